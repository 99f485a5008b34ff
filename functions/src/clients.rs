//! Clients of AWS, and what a process may spend on trying again: a bucket of tokens for each service, as the SDK has it, but
//! of one environment. The SDK's own is the whole process's; where many environments are in one, as in a rehearsal, what one
//! of them met would decide whether another tries again. Must not know who calls, and for what.

use aws_smithy_runtime::client::retries::RetryPartition;
use aws_types::SdkConfig;

/// One bucket a service, of the SDK's own size.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    acm: RetryPartition,
    cloudfront: RetryPartition,
    dynamodb: RetryPartition,
    route53: RetryPartition,
    sts: RetryPartition,
}

impl Clients {
    /// With full buckets.
    pub(crate) fn new() -> Self {
        let full = |service| RetryPartition::custom(service).build();
        Self { acm: full("acm"), cloudfront: full("cloudfront"), dynamodb: full("dynamodb"), route53: full("route53"), sts: full("sts") }
    }

    pub(crate) fn acm(&self, config: &SdkConfig) -> aws_sdk_acm::Client {
        let config = aws_sdk_acm::config::Builder::from(config).retry_partition(self.acm.clone());
        aws_sdk_acm::Client::from_conf(config.build())
    }

    pub(crate) fn cloudfront(&self, config: &SdkConfig) -> aws_sdk_cloudfront::Client {
        let config = aws_sdk_cloudfront::config::Builder::from(config).retry_partition(self.cloudfront.clone());
        aws_sdk_cloudfront::Client::from_conf(config.build())
    }

    pub(crate) fn dynamodb(&self, config: &SdkConfig) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(config).retry_partition(self.dynamodb.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn route53(&self, config: &SdkConfig) -> aws_sdk_route53::Client {
        let config = aws_sdk_route53::config::Builder::from(config).retry_partition(self.route53.clone());
        aws_sdk_route53::Client::from_conf(config.build())
    }

    pub(crate) fn sts(&self, config: &SdkConfig) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::config::Builder::from(config).retry_partition(self.sts.clone());
        aws_sdk_sts::Client::from_conf(config.build())
    }
}
