//! Does every promise of docs/SEMANTICS.md name a claim that exists?

use crate::support::top;

/// The claims that a page names: words in backticks with `::` in them.
fn named(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(top().join("docs").join(page)).unwrap();
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|word| word.contains("::") && !word.contains([' ', '/'])).map(str::to_owned).collect()
}

fn exists(claim: &str) -> bool {
    let Some((module, name)) = claim.rsplit_once("::") else { return false };
    let path = module.replace("::", "/");
    let files = [format!("tests/claims/{path}.rs"), format!("tests/claims/{path}/mod.rs")];
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(top().join(file)).ok());
    // A claim for each strategy is made by a macro, which names it first.
    let mut texts = texts.map(|text| text.contains(&format!("#[test]\nfn {name}()")) || text.contains(&format!("\n    {name} ")));
    texts.any(|found| found)
}

#[test]
fn every_promise_names_claims_and_every_claim_that_is_named_exists() {
    let page = std::fs::read_to_string(top().join("docs/SEMANTICS.md")).unwrap();
    let promises = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let (mut all, mut without) = (0, vec![]);
    for promise in promises {
        all += 1;
        if !promise.split('|').nth(2).is_some_and(|cell| cell.contains("::")) {
            without.push(promise);
        }
    }
    assert!(all > 15 && without.is_empty(), "{all} promises, without a claim: {without:#?}");
    let named = named("SEMANTICS.md");
    let absent: Vec<&String> = named.iter().filter(|claim| !exists(claim)).collect();
    assert!(absent.is_empty(), "{absent:#?}");
    assert!(!exists("explore::rules::a_claim_that_nobody_has_written"), "this claim can fail");
}
