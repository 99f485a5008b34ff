//! Are large accounts quick? A machine that does other things as well gets three tries.

use super::{Heard, NEW, OLD, accepted, distribution, within, world};
use crate::support::scenario;
use rehearsal::run::{Unwatched, run};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a whole look at two full accounts may take.
const MILLIS_MAX: u64 = 500;

/// The shortest of three.
fn shortest(mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..3).map(timed).min().unwrap()
}

/// As many more distributions in both accounts as an account may have.
fn filled(list: &mut Value, certificate: impl Fn(&str) -> Value) {
    let list = list.as_array_mut().unwrap();
    for account in [OLD, NEW] {
        let own = list.iter().filter(|found| found["account"] == account).count();
        for n in own..500 {
            let mut more =
                distribution(&format!("E7MORE{n}OF{}", &account[11..]), account, &[&format!("n{n}of{}.bar.com", &account[11..])]);
            more["certificate"] = certificate(account);
            list.push(more);
        }
    }
}

#[test]
fn two_accounts_with_five_hundred_distributions_each_are_listed_in_pages_of_a_hundred_at_once() {
    let mut full = world(json!([]));
    filled(&mut full["distributions"], |account| json!(super::arn(account, "site")));
    let took = shortest(|| {
        within(full.clone(), async |aws| {
            for account in [OLD, NEW] {
                let (mut found, mut pages, mut marker) = (0, 0, None);
                while pages == 0 || marker.is_some() {
                    let answer = accepted(aws.cloudfront(account).list_distributions().set_marker(marker).send().await.heard(), "a page");
                    let list = answer.distribution_list().unwrap();
                    (found, pages) = (found + list.items().len(), pages + 1);
                    marker = list.next_marker().map(str::to_owned);
                }
                assert_eq!((found, pages), (500, 5));
            }
        });
    });
    assert!(took < Duration::from_millis(MILLIS_MAX), "{took:?}");
}

#[test]
fn a_plan_between_two_full_accounts_is_made_at_once() {
    let mut play = scenario("legacy-to-new", 1);
    play.request["execute"] = json!(false);
    filled(&mut play.world["distributions"], |_| Value::Null);
    let took = shortest(|| assert_eq!(run(&play, &Unwatched).unwrap().outcome, "planned"));
    assert!(took < Duration::from_millis(MILLIS_MAX), "{took:?}");
}
