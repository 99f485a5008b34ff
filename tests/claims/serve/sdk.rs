//! The SDK that the functions use, over a real socket: what is plugged in and what is served are the same AWS.

use super::serve;
use crate::support::scenario;
use aws_sdk_cloudfront::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudfront::error::ProvideErrorMetadata;
use aws_sdk_cloudfront::types::Aliases;

#[test]
fn the_sdk_reads_writes_and_is_refused_over_a_socket() {
    let running = serve(scenario("legacy-to-new", 1).world, 60.0);
    let config = aws_sdk_cloudfront::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIA000000000002", "x", None, None, "claims"))
        .endpoint_url(format!("http://{}", running.address))
        .build();
    let client = aws_sdk_cloudfront::Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let read = client.get_distribution_config().id("E2NEWQRS").send().await.unwrap();
        let mut config = read.distribution_config().unwrap().clone();
        config.aliases = Some(Aliases::builder().quantity(1).items("b.foo.com").build().unwrap());
        let update = |etag: &str| client.update_distribution().id("E2NEWQRS").if_match(etag).distribution_config(config.clone()).send();
        let etag = read.e_tag().unwrap();
        let written = update(etag).await.unwrap();
        assert_eq!(written.distribution().unwrap().status(), "InProgress");
        assert_ne!(written.e_tag().unwrap(), etag);
        let stale = update(etag).await.unwrap_err();
        assert!(["PreconditionFailed", "InvalidIfMatchVersion"].contains(&stale.code().unwrap()), "{stale:?}");
    });
    let served = running.stop();
    assert_eq!(served.requests["cloudfront:UpdateDistribution"], 2);
}
