//! How many requests an account may send.

use super::{Aws, Heard, OLD, Refusal, THROTTLED, accepted, refused, ruled, within, world};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn limited(rate: Value) -> Value {
    ruled(world(json!([])), "cfRate", rate)
}

/// A write that changes nothing but the comment, with an ETag read before the burst was begun.
async fn write(aws: &Aws, etag: &mut String) -> Result<(), Refusal> {
    let (config, _) = aws.read("E1OLD").await;
    *etag = aws.send("E1OLD", config, Some(etag)).await?;
    Ok(())
}

#[test]
fn an_account_may_write_three_times_and_then_once_in_twenty_seconds() {
    let mut default = world(json!([]));
    default.as_object_mut().unwrap().remove("rules");
    within(default, async |aws| {
        let (_, mut etag) = aws.read("E1OLD").await;
        let mut stale = "E0STALE".to_owned();
        accepted(write(&aws, &mut etag).await, "a first write");
        accepted(write(&aws, &mut etag).await, "a second write");
        assert!(write(&aws, &mut stale).await.unwrap_err().code != "Throttling", "a third, refused for its ETag, costs as much");
        refused(write(&aws, &mut etag).await, THROTTLED, "a fourth write");
        accepted(aws.add("E2NEW", "b.foo.com").await, "another account's write");
        aws.wait(17).await;
        refused(write(&aws, &mut etag).await, THROTTLED, "a throttled write, which costs nothing");
        aws.wait(3).await;
        accepted(write(&aws, &mut etag).await, "a write twenty seconds later");
        refused(write(&aws, &mut etag).await, THROTTLED, "and only one");
    });
}

#[test]
fn write_rates_follow_the_rules_numbers_or_have_no_limit() {
    within(limited(json!({"writeBurst": 1, "writeRefillSeconds": 2})), async |aws| {
        let (_, mut etag) = aws.read("E1OLD").await;
        accepted(write(&aws, &mut etag).await, "a burst of one");
        refused(write(&aws, &mut etag).await, THROTTLED, "and no more");
        aws.wait(2).await;
        accepted(write(&aws, &mut etag).await, "two seconds later");
    });
    within(limited(json!("unlimited")), async |aws| {
        let (_, mut etag) = aws.read("E1OLD").await;
        for number in 0..20 {
            accepted(write(&aws, &mut etag).await, &format!("write {number} without a limit"));
        }
    });
}

/// How many of `count` reads sent at the same moment are answered; the others are throttled.
async fn reads_at_once(aws: &Aws, count: usize) -> usize {
    let client = aws.cloudfront(OLD);
    let mut reads = JoinSet::new();
    for _ in 0..count {
        let read = client.get_distribution().id("E1OLD");
        reads.spawn(async move { read.send().await.heard().map(|_| ()) });
    }
    tally(reads.join_all().await)
}

fn tally(answers: Vec<Result<(), Refusal>>) -> usize {
    let (answered, throttled): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in throttled {
        refused(answer, THROTTLED, "one too many at once");
    }
    answered.len()
}

#[test]
fn an_account_may_read_ten_times_and_then_twice_a_second() {
    within(limited(json!({})), async |aws| {
        assert_eq!(reads_at_once(&aws, 15).await, 10, "a burst of ten");
        aws.wait(2).await;
        assert_eq!(reads_at_once(&aws, 15).await, 4, "two seconds later");
    });
    within(limited(json!({"readBurst": 2, "readPerSecond": 1})), async |aws| {
        assert_eq!(reads_at_once(&aws, 15).await, 2, "the rule's own numbers");
    });
    within(limited(json!("unlimited")), async |aws| {
        assert_eq!(reads_at_once(&aws, 100).await, 100, "no limit");
    });
}

#[test]
fn an_account_may_ask_route_53_fifty_times_and_then_ten_times_a_second() {
    within(world(json!([])), async |aws| {
        let at_once = async |count: usize| {
            let client = aws.route53();
            let mut reads = JoinSet::new();
            for _ in 0..count {
                let read = client.get_hosted_zone().id("Z1FOO");
                reads.spawn(async move { read.send().await.heard().map(|_| ()) });
            }
            tally(reads.join_all().await)
        };
        assert_eq!(at_once(60).await, 50, "a burst of fifty, whatever CloudFront's rates are");
        aws.wait(1).await;
        assert!((10..=11).contains(&at_once(60).await), "one second later");
    });
}
