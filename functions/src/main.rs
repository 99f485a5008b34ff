//! The Lambda function. One binary serves every step; `CUTOVER_STEP` says which one this function is.

use aws_config::BehaviorVersion;
use functions::{Home, METRICS, PublicViewer};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// An event's message alone: CloudWatch takes a number only from a line that is nothing else.
struct Bare;

impl<S, N> FormatEvent<S, N> for Bare
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &tracing::Event<'_>) -> std::fmt::Result {
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let level = EnvFilter::new(std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned()));
    let is_metric = |metadata: &tracing::Metadata<'_>| metadata.target() == METRICS;
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .without_time()
        .with_filter(filter_fn(move |metadata| !is_metric(metadata)))
        .with_filter(level);
    let metrics = tracing_subscriber::fmt::layer().event_format(Bare).with_ansi(false).with_filter(filter_fn(is_metric));
    tracing_subscriber::registry().with(lines).with(metrics).init();
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
