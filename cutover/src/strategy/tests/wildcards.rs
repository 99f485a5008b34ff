//! A name is caught by the closest wildcard that can be proved and that is free, or already where it should be; and by the
//! source's own wildcard only while that stays and serves.

use super::*;
use crate::samples_of_facts::{SOURCE, TARGET, THIRD, holder, stranger};

/// The wildcard that would catch `name`, or why none would.
fn caught_by(name: &str, facts: &Facts) -> Result<String, Code> {
    catching_wildcard(&alias(name), facts).map(|wildcard| wildcard.to_string()).map_err(|illegal| illegal.code)
}

fn covering(facts: &mut Facts, names: &[&str]) {
    facts.target.certificate.as_mut().unwrap().names = texts(names);
}

#[test]
fn the_closest_wildcard_that_the_targets_certificate_covers_catches_the_name() {
    let deep = "a.b.foo.com";
    for (covered, expected) in [
        (&["*.foo.com", "*.b.foo.com"][..], Ok("*.b.foo.com".to_owned())),
        (&["*.foo.com"], Ok("*.foo.com".to_owned())),
        (&["*.b.foo.com"], Ok("*.b.foo.com".to_owned())),
        (&["a.b.foo.com"], Err(Code::CertificateLacksName)),
    ] {
        let facts = but(facts(&[deep]), |facts| covering(facts, covered));
        assert_eq!(caught_by(deep, &facts), expected, "{covered:?} (WB-12, DT-5)");
    }
    let bare = but(facts(&[deep]), |facts| facts.target.certificate = None);
    assert_eq!(caught_by(deep, &bare), Err(Code::CertificateLacksName));
}

#[test]
fn an_apex_and_a_wildcard_at_the_top_have_nothing_above_them() {
    let apex = catching_wildcard(&alias("foo.com"), &facts(&["foo.com"])).unwrap_err();
    assert_eq!(apex.code, Code::NameIsApex);
    assert!(apex.why.contains("the apex of its zone"), "{apex:?}");
    let top = catching_wildcard(&alias("*.foo.com"), &facts(&["*.foo.com"])).unwrap_err();
    assert_eq!(top.code, Code::NameIsApex);
    assert!(top.why.contains("no wildcard that may be used lies above *.foo.com"), "{top:?}");
    let delegated = but(facts(&["b.foo.com"]), |facts| "b.foo.com".clone_into(&mut facts.hosted_zone.name));
    assert_eq!(caught_by("b.foo.com", &delegated), Err(Code::NameIsApex), "the apex of a zone, however deep that zone lies");
    assert_eq!(caught_by("*.b.foo.com", &facts(&["*.b.foo.com"])), Ok("*.foo.com".to_owned()));
}

#[test]
fn a_wildcard_that_stands_on_the_target_already_is_of_use_directly_above_the_name_only() {
    let unseen = |listed: &str, covered: &[&str]| {
        but(facts(&["a.b.foo.com"]), |facts| {
            facts.target.aliases = texts(&[listed]);
            facts.wildcards.clear();
            covering(facts, covered);
        })
    };
    let directly = unseen("*.b.foo.com", &["*.b.foo.com"]);
    assert_eq!(caught_by("a.b.foo.com", &directly), Ok("*.b.foo.com".to_owned()), "what stands there need not be free");
    let further = unseen("*.foo.com", &["*.foo.com"]);
    assert_eq!(caught_by("a.b.foo.com", &further), Err(Code::CertificateLacksName), "it cannot be proved for the name");
}

#[test]
fn a_wildcard_that_nobody_holds_and_no_dns_leads_away_is_free() {
    let free = |change: &dyn Fn(&mut Facts)| caught_by(A, &but(facts(&[A]), change));
    let held =
        |by: crate::facts::Holder| free(&move |facts| facts.wildcards.get_mut(&alias("*.foo.com")).unwrap().holders = vec![by.clone()]);
    let led = |to: &str| free(&|facts| facts.wildcards.get_mut(&alias("*.foo.com")).unwrap().record_sets = vec![cname(to)]);
    let ours = Ok("*.foo.com".to_owned());
    assert_eq!(free(&|_| {}), ours);
    assert_eq!(held(stranger("*.foo.com")), Err(Code::WildcardTaken), "a name exists once in all of CloudFront (CF-5)");
    assert_eq!(held(holder("*.foo.com", "****WQRS", "******000002")), ours, "the target itself is in nobody's way (DSC-5)");
    let alike = held(holder("*.foo.com", "****WQRS", "******445566"));
    assert_eq!(alike, Err(Code::WildcardTaken), "another account's distribution, whose id ends as the target's does (DSC-3)");
    assert_eq!(free(&|facts| facts.source.aliases.push("*.foo.com".to_owned())), Err(Code::WildcardTaken), "the source has it (DT-7)");
    assert_eq!(free(&|facts| facts.wildcards.clear()), Err(Code::WildcardTaken), "nobody looked who holds it");
    assert_eq!(led(SOURCE), Err(Code::WildcardRecordElsewhere), "the attach would be refused (DNS-2)");
    assert_eq!(led(THIRD), Err(Code::WildcardRecordElsewhere));
    assert_eq!(led(TARGET), ours);
}

#[test]
fn only_a_wildcard_of_an_enabled_source_that_stays_serves_the_name_in_the_gap() {
    let listing = |listed: &[&str]| but(facts(&[A]), |facts| facts.source.aliases = texts(listed));
    let serves = |name: &str, request: &Request, facts: &Facts| served_by_source(&alias(name), request, facts).map(String::from);
    let request = across_accounts(&[A]);
    let wildcard = Some("*.foo.com".to_owned());
    assert_eq!(serves(A, &request, &listing(&[A, "*.foo.com"])), wildcard, "(DT-7)");
    assert_eq!(serves(A, &request, &listing(&[A])), None);
    assert_eq!(serves(A, &request, &listing(&[A, "*.b.foo.com", "*.bar.com"])), None, "these catch other names");
    assert_eq!(serves(A, &request, &listing(&["*.b.foo.com", "*.foo.com"])), wildcard);
    assert_eq!(serves(A, &across_accounts(&[A, "*.foo.com"]), &listing(&[A, "*.foo.com"])), None, "it moves too");
    assert_eq!(serves("*.foo.com", &request, &listing(&["*.foo.com"])), None, "a name does not stand in for itself");
    let deeper = "a.b.foo.com";
    let asked = |closer: &str, holders: Vec<crate::facts::Holder>| {
        let seen = crate::facts::WildcardFacts { holders, ..crate::facts::WildcardFacts::default() };
        but(listing(&[deeper, "*.foo.com"]), |facts| drop(facts.wildcards.insert(alias(closer), seen)))
    };
    let closer = "*.b.foo.com";
    assert_eq!(serves(deeper, &request, &asked(closer, vec![])), wildcard, "nobody has a closer one");
    assert_eq!(serves(deeper, &request, &asked(closer, vec![stranger(closer)])), None, "somebody else's closer one serves it (CF-3, DT-5)");
    assert_eq!(serves(deeper, &request, &asked("*.c.foo.com", vec![])), None, "nobody was asked who has a closer one");
    let targets = but(asked(closer, vec![]), |facts| facts.target.aliases = texts(&[closer]));
    assert_eq!(serves(deeper, &request, &targets), None, "the target serves it then");
    let disabled = but(listing(&[A, "*.foo.com"]), |facts| facts.source.enabled = false);
    assert_eq!(serves(A, &request, &disabled), None, "a disabled source serves nobody (CF-7)");
}
