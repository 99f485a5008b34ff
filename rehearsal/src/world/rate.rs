//! Token buckets: how many requests an account may send. Must not know what a request does.

use super::Millis;
use super::rules::Rate;
use std::collections::BTreeMap;

/// Route 53's bucket for an account.
const ROUTE53_BURST: f64 = 50.0;
const ROUTE53_PER_SECOND: f64 = 10.0;

/// Which bucket a request draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// CloudFront, writing.
    CloudFrontWrite,
    /// CloudFront, reading.
    CloudFrontRead,
    /// Route 53.
    Route53,
}

/// Every account's buckets.
#[derive(Debug)]
pub struct Buckets {
    rate: Option<Rate>,
    start: Millis,
    left: BTreeMap<(String, Kind), (f64, Millis)>,
}

impl Buckets {
    /// Full buckets.
    pub fn new(rate: Option<Rate>, start: Millis) -> Self {
        Self { rate, start, left: BTreeMap::new() }
    }

    /// Takes one token of `account`; false where none is left, which costs nothing.
    pub fn take(&mut self, account: &str, kind: Kind, now: Millis) -> bool {
        let (burst, per_second) = match (kind, self.rate) {
            (Kind::Route53, _) => (ROUTE53_BURST, ROUTE53_PER_SECOND),
            (_, None) => return true,
            (Kind::CloudFrontWrite, Some(rate)) => (f64::from(rate.write_burst), 1.0 / rate.write_refill_seconds),
            (Kind::CloudFrontRead, Some(rate)) => (f64::from(rate.read_burst), rate.read_per_second),
        };
        let (left, since) = self.left.entry((account.to_owned(), kind)).or_insert((burst, self.start));
        *left = (*left + (now - *since) as f64 / 1000.0 * per_second).min(burst);
        *since = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_spent_and_refills_one_write_in_twenty_seconds() {
        let mut buckets = Buckets::new(Some(Rate::default()), 0);
        let mut take = |now| buckets.take("1", Kind::CloudFrontWrite, now);
        assert!(take(0) && take(0) && take(0), "a burst of three");
        assert!(!take(0) && !take(19_000), "and no more");
        assert!(take(20_000) && !take(20_000));
        assert!(Buckets::new(None, 0).take("1", Kind::CloudFrontWrite, 0), "unlimited");
    }
}
