//! Whether what a viewer saw is the target. Must not know how the page was fetched.

use crate::document::Endpoints;
use crate::request::Expectation;
use std::collections::BTreeMap;

/// What `verify` decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Served as expected; what was asked, for a person.
    Passed(String),
    /// Nobody can be asked yet, and it goes on all the same; why.
    Unasked(String),
    /// Not served as expected; what was seen.
    Failed(String),
}

/// What a viewer saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Serial of the certificate that was served.
    pub certificate_serial: String,
}

/// Whether the target served this page.
///
/// The certificate gives the source away wherever source and target have different ones (ACM-10). Of a source that is not
/// ours to look at no certificate is known: then the page must show the target's own, or a header by which the request
/// knows the target. Without an expectation of the request's own any status below 500 will do: the root of an API may well
/// be a 404, and a name that nobody asks for, as in the proof through a wildcard, even more so.
///
/// # Errors
/// What differs, for a person.
pub fn judge_page(sight: &Sight, expected: Option<&Expectation>, endpoints: &Endpoints) -> Result<(), String> {
    let (source, target) = (&endpoints.source.certificate_serial, &endpoints.target.certificate_serial);
    // A serial that is neither is a certificate that was renewed meanwhile.
    if source != target && source.as_ref() == Some(&sight.certificate_serial) {
        return Err(format!("the certificate served is the source's, serial {}", sight.certificate_serial));
    }
    as_expected(sight, expected)?;
    let shows_target = target.as_ref() == Some(&sight.certificate_serial);
    if source.is_none() && !shows_target && expected.is_none_or(|expected| expected.header.is_empty()) {
        return Err(format!(
            "nothing tells the target from whoever served the name before: the certificate has serial {}, the target's {}, and `verify` \
             names no header",
            sight.certificate_serial,
            target.as_deref().unwrap_or("cannot be read")
        ));
    }
    Ok(())
}

/// Whether the page is as the request describes the target's, whoever served it.
///
/// # Errors
/// What differs, for a person.
pub fn as_expected(sight: &Sight, expected: Option<&Expectation>) -> Result<(), String> {
    match expected.and_then(|expected| expected.status) {
        Some(status) if status != sight.status => return Err(format!("status {} instead of {status}", sight.status)),
        None if sight.status >= 500 => return Err(format!("status {}", sight.status)),
        _ => {}
    }
    for (name, value) in expected.iter().flat_map(|expected| &expected.header) {
        let seen = sight.headers.get(name);
        if seen != Some(value) {
            return Err(format!("header {name} is {} instead of {value:?}", seen.map_or("absent".to_owned(), |seen| format!("{seen:?}"))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Endpoint;

    fn endpoints(source: &str, target: &str) -> Endpoints {
        let endpoint =
            |serial: &str| Endpoint { domain_name: "d1.cloudfront.net".into(), ipv6: true, certificate_serial: Some(serial.into()) };
        Endpoints { source: endpoint(source), target: endpoint(target) }
    }

    fn sight(status: u16, serial: &str) -> Sight {
        Sight { status, headers: [("x-served-by".to_owned(), "new".to_owned())].into(), certificate_serial: serial.into() }
    }

    #[test]
    fn the_source_s_certificate_gives_the_source_away() {
        assert!(judge_page(&sight(200, "0b"), None, &endpoints("0a", "0b")).is_ok());
        assert!(judge_page(&sight(200, "0a"), None, &endpoints("0a", "0b")).is_err());
        assert!(judge_page(&sight(200, "0c"), None, &endpoints("0a", "0b")).is_ok(), "a certificate that was renewed");
        assert!(judge_page(&sight(200, "0c"), None, &endpoints("0c", "0c")).is_ok(), "one certificate tells nothing");
    }

    #[test]
    fn of_a_source_that_nobody_can_look_at_the_page_itself_must_show_the_target() {
        let unknown = |target: Option<&str>| {
            let mut both = endpoints("", "0b");
            both.source.certificate_serial = None;
            both.target.certificate_serial = target.map(str::to_owned);
            both
        };
        let header = |value: &str| Expectation { path: "/".into(), status: None, header: [("x-served-by".into(), value.into())].into() };
        let status = Expectation { path: "/".into(), status: Some(200), header: BTreeMap::new() };
        assert!(judge_page(&sight(200, "0b"), None, &unknown(Some("0b"))).is_ok(), "the target's own certificate");
        assert!(judge_page(&sight(200, "0c"), None, &unknown(Some("0b"))).is_err(), "somebody's certificate");
        assert!(judge_page(&sight(200, "0c"), Some(&status), &unknown(Some("0b"))).is_err(), "a status is anybody's");
        assert!(judge_page(&sight(200, "0c"), None, &unknown(None)).is_err(), "neither certificate is known");
        assert!(judge_page(&sight(200, "0c"), Some(&header("new")), &unknown(None)).is_ok(), "the request's own header");
        assert!(judge_page(&sight(200, "0c"), Some(&header("old")), &unknown(None)).is_err());
    }

    #[test]
    fn a_silent_request_takes_any_good_status_and_an_explicit_one_only_its_own() {
        let wish = |status, value: &str| Expectation { path: "/".into(), status, header: [("x-served-by".into(), value.into())].into() };
        let both = endpoints("0a", "0b");
        assert!(judge_page(&sight(301, "0b"), None, &both).is_ok());
        assert!(judge_page(&sight(404, "0b"), None, &both).is_ok());
        assert!(judge_page(&sight(502, "0b"), None, &both).is_err());
        assert!(judge_page(&sight(403, "0b"), Some(&wish(Some(403), "new")), &both).is_ok());
        assert!(judge_page(&sight(200, "0b"), Some(&wish(Some(204), "new")), &both).is_err());
        assert!(judge_page(&sight(200, "0b"), Some(&wish(None, "legacy")), &both).is_err());
    }

    #[test]
    fn a_failed_page_says_what_differs() {
        let both = endpoints("0a", "0b");
        let said = |status, serial: &str, expected: Option<&Expectation>| judge_page(&sight(status, serial), expected, &both).unwrap_err();
        let wish = |name: &str, value: &str| Expectation {
            path: "/".into(),
            status: Some(200),
            header: [(name.to_owned(), value.to_owned())].into(),
        };
        assert_eq!(said(200, "0a", None), "the certificate served is the source's, serial 0a");
        assert_eq!(said(500, "0b", None), "status 500", "500 is the first that is not good");
        assert_eq!(said(499, "0b", Some(&wish("x-served-by", "new"))), "status 499 instead of 200");
        assert_eq!(said(200, "0b", Some(&wish("x-served-by", "legacy"))), "header x-served-by is \"new\" instead of \"legacy\"");
        assert_eq!(said(200, "0b", Some(&wish("x-other", "new"))), "header x-other is absent instead of \"new\"");
        assert!(judge_page(&sight(499, "0b"), None, &both).is_ok(), "and 499 the last that may be");
    }
}
