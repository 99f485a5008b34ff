//! The Lambda function. One binary serves every step; `CUTOVER_STEP` says which one this function is.

use aws_config::BehaviorVersion;
use functions::{Home, PublicViewer};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .without_time()
        .with_env_filter(tracing_subscriber::EnvFilter::new(std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned())))
        .init();
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
