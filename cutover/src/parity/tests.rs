//! A difference that viewers or an attacker would notice needs a yes, what two accounts cannot have alike is a note, and
//! what was agreed to is silent.

use super::*;

fn side(account: &str, settings: &[(&str, &str)]) -> DistributionFacts {
    let settings = settings.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let settings = [("PriceClass".to_owned(), "PriceClass_All".to_owned())].into_iter().chain(settings).collect();
    DistributionFacts { account: account.to_owned(), id: format!("E{account}"), settings, ..DistributionFacts::default() }
}

fn allowing(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

/// What one setting that differs weighs, between two distributions of these accounts.
fn weight_between(accounts: [&str; 2], path: &str, source: &str, target: &str) -> Option<Severity> {
    let found = differences(&side(accounts[0], &[(path, source)]), &side(accounts[1], &[(path, target)]), &allowing(&[]));
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|difference| difference.weight)
}

fn weight(path: &str, source: &str, target: &str) -> Option<Severity> {
    weight_between(["1", "2"], path, source, target)
}

const STRICT_1: &str = "arn:aws:wafv2:us-east-1:1:global/webacl/strict/1";
const STRICT_2: &str = "arn:aws:wafv2:us-east-1:2:global/webacl/strict/2";
const LAX_2: &str = "arn:aws:wafv2:us-east-1:2:global/webacl/lax/2";
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

#[test]
fn what_viewers_or_an_attacker_would_notice_needs_a_yes() {
    for (path, source, target) in [
        ("DefaultCacheBehavior/ViewerProtocolPolicy", "redirect-to-https", "allow-all"),
        ("CacheBehaviors/Items/CacheBehavior[2]/PathPattern", "/api/*", ""),
        ("WebACLId", STRICT_1, ""),
        ("WebACLId", "", STRICT_2),
        ("WebACLId", STRICT_1, LAX_2),
        ("ConnectionFunctionAssociation/Id", "one", ""),
        ("ViewerCertificate/MinimumProtocolVersion", "TLSv1.2_2021", "TLSv1"),
        ("ViewerCertificate/SSLSupportMethod", "vip", "sni-only"),
        ("ViewerMtlsConfig/Mode", "required", "optional"),
        ("Restrictions/GeoRestriction/RestrictionType", "whitelist", "none"),
        ("CustomErrorResponses/Items/CustomErrorResponse[1]/ResponseCode", "200", "404"),
        ("DefaultRootObject", "index.html", ""),
        ("DefaultCacheBehavior/TrustedKeyGroups/Enabled", "true", "false"),
    ] {
        assert_eq!(weight(path, source, target), Some(Severity::NeedsYes), "{path} {source} {target}");
    }
}

#[test]
fn what_two_accounts_cannot_have_alike_and_what_nobody_notices_is_a_note() {
    let function = "DefaultCacheBehavior/FunctionAssociations/Items/FunctionAssociation[1]/FunctionARN";
    for (path, source, target) in [
        ("DefaultCacheBehavior/CachePolicyId", "one", "two"),
        ("CacheBehaviors/Items/CacheBehavior[2]/OriginRequestPolicyId", "one", "two"),
        ("DefaultCacheBehavior/TrustedKeyGroups/Items", "one three", "two four"),
        ("ViewerMtlsConfig/TrustStoreConfig/TrustStoreId", "one", "two"),
        ("WebACLId", STRICT_1, STRICT_2),
        (function, "arn:aws:cloudfront::1:function/rewrite", "arn:aws:cloudfront::2:function/rewrite"),
        ("BrandNew/Deep", "1", "2"),
        ("BrandNew/Deep", "1", ""),
        ("PriceClass", "PriceClass_100", "PriceClass_200"),
    ] {
        assert_eq!(weight(path, source, target), Some(Severity::Note), "{path} {source} {target}");
    }
}

#[test]
fn what_two_distributions_always_have_of_their_own_or_is_said_elsewhere_is_no_difference() {
    for (path, source, target) in [
        ("Origins/Items/Origin[1]/DomainName", "one.example.com", "two.example.com"),
        ("DefaultCacheBehavior/TargetOriginId", "one", "two"),
        ("CacheBehaviors/Items/CacheBehavior[1]/TargetOriginId", "one", "two"),
        ("HttpVersion", "http3", "http2"),
        ("DefaultCacheBehavior/Compress", "", "false"),
        ("DefaultCacheBehavior/Compress", "false", ""),
        ("WebACLId", STRICT_1, STRICT_1),
    ] {
        assert_eq!(weight(path, source, target), None, "{path} {source} {target}");
    }
    assert_eq!(weight("DefaultCacheBehavior/Compress", "true", "false"), Some(Severity::NeedsYes), "what is on is not off");
}

#[test]
fn an_id_that_only_one_side_has_or_that_means_the_same_everywhere_needs_a_yes() {
    for (path, source, target) in [
        ("DefaultCacheBehavior/ResponseHeadersPolicyId", "one", ""),
        ("DefaultCacheBehavior/ResponseHeadersPolicyId", "", "two"),
        ("DefaultCacheBehavior/CachePolicyId", CACHING_OPTIMIZED, CACHING_DISABLED),
        ("DefaultCacheBehavior/CachePolicyId", CACHING_OPTIMIZED, "own"),
        ("DefaultCacheBehavior/CachePolicyId", "own", CACHING_DISABLED),
        ("WebACLId", STRICT_1, "473e64fd-f30b-4765-81a0-62ad96dd167a"),
    ] {
        assert_eq!(weight(path, source, target), Some(Severity::NeedsYes), "{path} {source} {target}");
    }
}

#[test]
fn within_one_account_two_ids_that_differ_name_two_things() {
    for (path, source, target) in [("DefaultCacheBehavior/CachePolicyId", "one", "two"), ("WebACLId", STRICT_1, STRICT_2)] {
        assert_eq!(weight_between(["1", "1"], path, source, target), Some(Severity::NeedsYes), "{path}");
    }
}

#[test]
fn a_function_is_the_same_in_two_accounts_where_its_name_is_whatever_its_version() {
    let path = "DefaultCacheBehavior/LambdaFunctionAssociations/Items/LambdaFunctionAssociation[1]/LambdaFunctionARN";
    let of = |account: &str, function: &str| format!("arn:aws:lambda:us-east-1:{account}:function:{function}");
    for (source, target, wanted) in [
        ("rewrite:3", "rewrite:12", Severity::Note),
        ("rewrite", "rewrite:12", Severity::Note),
        ("rewrite:3", "redirect:3", Severity::NeedsYes),
        ("rewrite", "redirect", Severity::NeedsYes),
        ("rewrite:live", "rewrite:test", Severity::NeedsYes),
    ] {
        assert_eq!(weight(path, &of("1", source), &of("2", target)), Some(wanted), "{source} {target}");
    }
    let elsewhere = of("2", "rewrite:3").replace("us-east-1", "eu-west-1");
    assert_eq!(weight(path, &of("1", "rewrite:3"), &elsewhere), Some(Severity::NeedsYes), "another Region's is another function");
    assert_eq!(named_by("473e64fd-f30b-4765-81a0-62ad96dd167a"), None, "what is no ARN names nothing");
}

#[test]
fn a_log_or_an_address_that_ends_is_noticed_and_one_that_begins_or_is_another_is_not() {
    for path in ["Logging/Enabled", "Logging/Bucket", "AnycastIpListId"] {
        let on = if path == "Logging/Enabled" { "true" } else { "one" };
        assert_eq!(weight(path, on, ""), Some(Severity::NeedsYes), "{path} ends");
        assert_eq!(weight(path, "", on), Some(Severity::Note), "{path} begins");
    }
    assert_eq!(weight("Logging/Enabled", "true", "false"), Some(Severity::NeedsYes));
    assert_eq!(weight("Logging/Enabled", "false", "true"), Some(Severity::Note));
    assert_eq!(weight("Logging/Bucket", "one.s3.amazonaws.com", "two.s3.amazonaws.com"), Some(Severity::Note));
    assert_eq!(weight("AnycastIpListId", "one", "two"), Some(Severity::Note));
    assert_eq!(weight("Logging/Prefix", "a", ""), Some(Severity::Note), "a log that is kept elsewhere");
}

#[test]
fn of_origins_only_whether_there_are_some_is_compared() {
    for element in ["Origins", "OriginGroups"] {
        let path = format!("{element}/Items/Member[1]/DomainName");
        let (some, none) = (side("1", &[(&path, "one.example.com")]), side("2", &[(&path, "")]));
        let difference = |source: &str, target: &str| Difference {
            path: element.to_owned(),
            source: source.to_owned(),
            target: target.to_owned(),
            weight: Severity::Note,
        };
        assert_eq!(differences(&some, &none, &allowing(&[])), [difference("some", "")]);
        assert_eq!(differences(&none, &some, &allowing(&[])), [difference("", "some")]);
        assert_eq!(differences(&some, &side("2", &[]), &allowing(&[])), [difference("some", "")], "nor where the element is missing");
    }
}

#[test]
fn an_element_that_was_agreed_to_is_silent_with_all_that_is_below_it() {
    let settings = [("CacheBehaviors/Items/CacheBehavior[1]/Compress", "true"), ("DefaultCacheBehavior/Compress", "true")];
    let left = |allowed: &str| {
        let found = differences(&side("1", &settings), &side("2", &[]), &allowing(&[allowed]));
        found.into_iter().map(|difference| difference.path).collect::<Vec<_>>()
    };
    assert_eq!(left("CacheBehaviors"), ["DefaultCacheBehavior/Compress"]);
    assert_eq!(left("CacheBehaviors/Items/CacheBehavior"), ["DefaultCacheBehavior/Compress"]);
    assert_eq!(left("CacheBehaviors/Items/CacheBehavior[1]"), ["DefaultCacheBehavior/Compress"]);
    for other in ["CacheBehaviors/Items/CacheBehavior[2]", "DefaultCacheBehavior/Comp", "DefaultCacheBehavior/Compress/Deeper"] {
        assert_eq!(left(other).len(), 2, "{other} is neither of them, nor above one");
    }
}

#[test]
fn a_side_without_settings_such_as_a_tenant_differs_in_nothing() {
    let (some, tenant) = (side("1", &[("WebACLId", "x")]), DistributionFacts::default());
    assert_eq!(differences(&some, &tenant, &allowing(&[])), []);
    assert_eq!(differences(&tenant, &some, &allowing(&[])), []);
    assert_eq!(findings(&some, &tenant, &allowing(&[])), []);
}

#[test]
fn two_that_are_alike_have_nothing_said_of_them() {
    let settings = [("WebACLId", STRICT_1), ("DefaultCacheBehavior/Compress", "true")];
    assert_eq!(findings(&side("1", &settings), &side("2", &settings), &allowing(&[])), []);
}

#[test]
fn what_needs_a_yes_is_said_first_and_apart_from_what_is_only_noted() {
    let version = |version: &str, side: DistributionFacts| DistributionFacts { http_version: version.to_owned(), ..side };
    let source = version("http3", side("1", &[("WebACLId", "arn:x"), ("BrandNew/Deep", "1"), ("BrandNew/Wide", "1")]));
    let target = version("http2", side("2", &[]));
    let found = findings(&source, &target, &allowing(&[]));
    let said: Vec<_> = found.iter().map(|finding| (finding.code, finding.severity, finding.seen.as_str())).collect();
    assert_eq!(
        said,
        [
            (Code::ConfigDiffers, Severity::NeedsYes, "E1 and E2 differ in 1 setting: WebACLId arn:x → nothing"),
            (Code::ConfigDiffers, Severity::Note, "E1 and E2 differ in 2 settings: BrandNew/Deep; BrandNew/Wide"),
            (Code::HttpVersionLost, Severity::Note, "E1 speaks http3 and E2 only http2"),
        ]
    );
    assert!(found[0].remedy.starts_with("make the two alike, or agree: "), "{:?}", found[0]);
    assert!(found[1].remedy.starts_with("compare by hand; "), "nobody has to agree to a note: {:?}", found[1]);
}

#[test]
fn a_finding_shows_three_differences_and_says_where_there_are_more() {
    let seen = |count: usize| {
        let paths: Vec<String> = (1..=count).map(|n| format!("Logging/N{n}")).collect();
        let settings: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "1")).collect();
        findings(&side("1", &settings), &side("2", &[]), &allowing(&[])).remove(0).seen
    };
    let three = "Logging/N1 1 → nothing; Logging/N2 1 → nothing; Logging/N3 1 → nothing";
    assert_eq!(seen(3), format!("E1 and E2 differ in 3 settings: {three}"));
    assert_eq!(seen(4), format!("E1 and E2 differ in 4 settings: {three}; …"));
    assert_eq!(seen(9), format!("E1 and E2 differ in 9 settings: {three}; …"));
}

#[test]
fn a_long_text_is_shown_by_its_beginning() {
    let shown = |text: &str| {
        let difference = Difference { path: "Comment".to_owned(), source: text.to_owned(), target: String::new(), weight: Severity::Note };
        describe(&difference)
    };
    let (longest, longer) = ("ü".repeat(24), "ü".repeat(25));
    assert_eq!(shown(&longest), format!("Comment {longest} → nothing"));
    assert_eq!(shown(&longer), format!("Comment {longest}… → nothing"), "cut between two characters");
}

#[test]
fn what_a_setting_holds_that_nobody_knows_is_not_shown() {
    let found = findings(&side("1", &[("NewAuth/Token", "s3cr3t")]), &side("2", &[]), &allowing(&[]));
    assert_eq!(found[0].seen, "E1 and E2 differ in 1 setting: NewAuth/Token");
}

#[test]
fn a_request_agrees_to_what_needs_a_yes_and_to_no_more() {
    let many: Vec<String> = (1..=49).map(|n| format!("CustomErrorResponses/Group{}/N{n}", n % 2)).collect();
    let settings: Vec<(&str, &str)> = many.iter().map(|path| (path.as_str(), "1")).chain([("Comment", "noted only")]).collect();
    let agreeing = |count: usize, allowed: &[&str]| {
        let source = side("1", &settings[50 - count..]);
        let paths = agreeing(&source, &side("2", &[]), &allowing(allowed));
        assert!(differences(&source, &side("2", &[]), &paths).iter().all(|difference| difference.weight == Severity::Note));
        paths
    };
    assert_eq!(agreeing(2, &["WebACLId"]), allowing(&["WebACLId", "CustomErrorResponses/Group1/N49"]));
    assert_eq!(agreeing(50, &["WebACLId"]).len(), 50, "as many as a request takes");
    let two = ["CustomErrorResponses/Group0", "CustomErrorResponses/Group1", "Restrictions", "WebACLId"];
    assert_eq!(agreeing(50, &["WebACLId", "Restrictions"]), allowing(&two), "more than that by what holds them");
}

#[test]
fn the_paths_of_a_remedy_can_be_agreed_to_as_they_stand_however_many_they_are() {
    let paths = |stem: &str, count: usize| (1..=count).map(|n| format!("{stem}{n}")).collect::<Vec<String>>();
    for (paths, wanted) in [
        (vec!["WebACLId".to_owned()], "[\"WebACLId\"]"),
        (paths("DefaultCacheBehavior/N", 2), "[\"DefaultCacheBehavior/N1\", \"DefaultCacheBehavior/N2\"]"),
        (paths("DefaultCacheBehavior/VeryLongElementOfItsOwn/Number", 9), "[\"DefaultCacheBehavior/VeryLongElementOfItsOwn\"]"),
        (paths("DefaultCacheBehavior/VeryLongElementOfItsOwn", 9), "[\"DefaultCacheBehavior\"]"),
    ] {
        let settings: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "true")).collect();
        let (source, target) = (side("1", &settings), side("2", &[]));
        let found = findings(&source, &target, &allowing(&[]));
        let list = found[0].remedy.split_once("\"allowDifferences\": ").map(|(_, list)| list).unwrap_or_default();
        assert_eq!(list, wanted);
        let agreed: BTreeSet<String> = serde_json::from_str(list).unwrap();
        assert_eq!(differences(&source, &target, &agreed), [], "a request that takes the list hears no more of it");
    }
}

#[test]
fn a_version_of_http_that_is_lost_is_said_and_one_that_is_won_is_not() {
    let version = |version: &str| DistributionFacts { http_version: version.to_owned(), ..side("1", &[]) };
    let lost = |source: &str, target: &str| !findings(&version(source), &version(target), &allowing(&[])).is_empty();
    for (source, target) in [("http3", "http2"), ("http2and3", "http2"), ("http2", "http1.1"), ("http2and3", "http3"), ("http2", "http3")] {
        assert!(lost(source, target), "{source} {target}");
    }
    for (source, target) in [
        ("http2", "http2"),
        ("http2and3", "http2and3"),
        ("http3", "http3"),
        ("http1.1", "http2"),
        ("http2", "http2and3"),
        ("http3", "http2and3"),
    ] {
        assert!(!lost(source, target), "{source} {target}");
    }
    assert!(!lost("", "http2") && !lost("http3", ""), "a version that cannot be read says nothing");
}
