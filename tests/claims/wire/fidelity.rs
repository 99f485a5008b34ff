//! Does the page on fidelity name every key of a world, and only tests that exist?

use super::{distribution, world};
use crate::support;
use rehearsal::world::World;
use serde_json::{Value, json};

fn page() -> String {
    std::fs::read_to_string(support::top().join("docs/FIDELITY.md")).unwrap()
}

/// Every word in backticks.
fn quoted(page: &str) -> Vec<&str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let page = page();
    let named: Vec<&str> = quoted(&page).into_iter().filter(|word| word.contains("::") && !word.contains(' ')).collect();
    assert!(named.len() > 60, "only {} tests are named", named.len());
    for test in named {
        let (module, name) = test.rsplit_once("::").unwrap();
        let file = support::top().join(format!("tests/claims/{}.rs", module.replace("::", "/")));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        assert!(text.contains(&format!("#[test]\nfn {name}()")), "{test} does not exist");
    }
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
        "/hostedZones/0",
        "/hostedZones/0/records/0",
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
