//! The Lambda function. One binary serves every step; `CUTOVER_STEP` says which one this function is.

use aws_config::BehaviorVersion;
use functions::{Home, METRICS_FIELD, METRICS_TARGET, PublicViewer};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Writes lines of metrics as they are: CloudWatch reads them only where nothing is around them.
struct Metrics;

impl<S: Subscriber> Layer<S> for Metrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Line);
    }
}

struct Line;

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == METRICS_FIELD {
            println!("{value}");
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// What a person reads, as JSON; what CloudWatch counts, as it is.
fn log() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let is_metric = || filter_fn(|metadata| metadata.target() == METRICS_TARGET);
    let told = fmt::layer().json().without_time().with_filter(EnvFilter::new(level).and(is_metric().not()));
    tracing_subscriber::registry().with(told).with(Metrics.with_filter(is_metric())).init();
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log();
    let step = std::env::var("CUTOVER_STEP").map_err(|_| "CUTOVER_STEP is not set: it names the step that this function carries out")?;
    let home = Home::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let viewer = PublicViewer::new()?;
    let (home, viewer, step) = (&home, &viewer, step.as_str());
    let handler = |event: LambdaEvent<Value>| async move {
        Box::pin(home.invoke(viewer, step, &event.payload))
            .await
            .map_err(|error| Diagnostic { error_type: error.error_type, error_message: error.message })
    };
    lambda_runtime::run(service_fn(handler)).await
}
