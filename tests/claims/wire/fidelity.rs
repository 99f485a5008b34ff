//! Does the page on fidelity name every fact about AWS, every key of a world and every switch with its test, and only
//! tests that exist?

use super::{distribution, ruled, world};
use crate::support;
use rehearsal::world::World;
use serde_json::{Value, json};

fn page() -> String {
    std::fs::read_to_string(support::top().join("docs/FIDELITY.md")).unwrap()
}

/// The parts of the fact sheet that are about AWS, and how many facts each has.
const FACTS: [(&str, usize); 19] = [
    ("CF", 23),
    ("DNS", 8),
    ("SW", 14),
    ("MV", 10),
    ("TXT", 9),
    ("DSC", 9),
    ("TEN", 2),
    ("CFG", 15),
    ("ERR", 4),
    ("Q", 9),
    ("R53", 16),
    ("ACM", 10),
    ("STS", 8),
    ("IAM", 6),
    ("SFN", 14),
    ("DDB", 7),
    ("CT", 3),
    ("EB", 1),
    ("U", 28),
];

/// Every word in backticks.
fn quoted(page: &str) -> Vec<&str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let page = page();
    let named: Vec<&str> = quoted(&page).into_iter().filter(|word| word.contains("::") && !word.contains(' ')).collect();
    assert!(named.len() > 110, "only {} tests are named", named.len());
    for test in named {
        let (module, name) = test.rsplit_once("::").unwrap();
        let file = support::top().join(format!("tests/claims/{}.rs", module.replace("::", "/")));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        assert!(text.contains(&format!("#[test]\nfn {name}()")), "{test} does not exist");
    }
}

/// The cells of the page's tables, row by row.
fn rows(page: &str) -> Vec<Vec<&str>> {
    page.lines().filter(|line| line.starts_with('|')).map(|line| line.split('|').map(str::trim).collect()).collect()
}

#[test]
fn every_fact_about_aws_is_in_a_table_of_the_page() {
    let page = page();
    let rows = rows(&page);
    let ids: Vec<&str> = rows.iter().flatten().flat_map(|cell| cell.split([',', ' ', ';'])).collect();
    for (family, facts) in FACTS {
        for number in 1..=facts {
            // U-26 is about the tests themselves, and stands in the text.
            let id = format!("{family}-{number}");
            let told = if id == "U-26" { page.contains("U-26") } else { ids.contains(&id.as_str()) };
            assert!(told, "{id} is in no table");
        }
    }
}

#[test]
fn every_switch_has_a_row_with_a_test_that_turns_it() {
    let page = page();
    let rows = rows(&page);
    for switch in keys(ruled(world(json!([])), "cfRate", json!("unlimited")), "/rules") {
        let quoted_switch = format!("`{switch}`");
        let mut tests = rows.iter().filter(|row| row.iter().any(|cell| cell.starts_with(&quoted_switch))).flat_map(|row| quoted_tests(row));
        let turns = |test: &str| {
            let (module, name) = test.rsplit_once("::").unwrap();
            let file = support::top().join(format!("tests/claims/{}.rs", module.replace("::", "/")));
            let text = std::fs::read_to_string(file).unwrap_or_default();
            // What the test itself or the helpers of its module set.
            text.contains(&format!("\"{switch}\"")) && text.contains(&format!("fn {name}()"))
        };
        assert!(tests.any(|test| turns(&test)), "{switch} has no row with a test that turns it");
    }
}

fn quoted_tests(row: &[&str]) -> Vec<String> {
    let words = row.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.filter(|word| word.contains("::") && !word.contains(' ')).map(str::to_owned).collect()
}

/// The keys that are possible where `pointer` leads, as the error for an impossible one lists them.
fn keys(mut world: Value, pointer: &str) -> Vec<String> {
    world.pointer_mut(pointer).unwrap()["noSuchKey"] = json!(0);
    let error = World::new(world, 1).unwrap_err();
    let (_, listed) = error.split_once("expected").unwrap_or_else(|| panic!("{pointer}: {error}"));
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_a_world_is_on_the_page() {
    let mut full = world(json!([{"name": "a.foo.com", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}]));
    full["accounts"][0]["roles"] = json!([{"name": "cutover-read"}]);
    full["distributions"] = json!([distribution("E1OLD", super::OLD, &[])]);
    full["distributions"][0]["origin"] = json!({});
    full["tenants"] = json!([{"id": "dt_1", "account": super::OLD, "distribution": "E1OLD", "endpoint": "group.cloudfront.net"}]);
    full["connectionGroups"] = json!([{"id": "cg_1", "account": super::OLD, "endpoint": "other.cloudfront.net"}]);
    full["externalZones"] = json!([{"name": "bar.com"}]);
    full["actors"] = json!([{"do": "editConfig", "distribution": "E1OLD"}]);
    let page = page();
    let known = quoted(&page);
    for pointer in [
        "",
        "/accounts/0",
        "/accounts/0/roles/0",
        "/certificates/0",
        "/distributions/0",
        "/distributions/0/origin",
        "/tenants/0",
        "/hostedZones/0",
        "/hostedZones/0/records/0",
        "/externalZones/0",
        "/connectionGroups/0",
        "/edge",
        "/edge/propagation",
        "/rules",
        "/actors/0",
    ] {
        let keys = keys(full.clone(), pointer);
        assert!(!keys.is_empty(), "{pointer:?} has no keys");
        for key in keys {
            assert!(known.contains(&key.as_str()), "{pointer}/{key} is not on the page");
        }
    }
}
