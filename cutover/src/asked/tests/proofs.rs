//! A proof is asked for beside everybody else's text, and a removal names the one that stands there.

use super::{asked, document, last_detail, planned, release, stage, turned};
use crate::document::Cutover;
use crate::plan::PlannedEdit;
use crate::progress::{Direction, Progress, Stage};
use crate::proof::{ProofSnapshot, Proves, quoted};
use crate::samples_of_names::{SOURCE, TARGET};

const TARGETS: &str = "\"qrs.cloudfront.net\"";
const SOURCES: &str = "\"xyz.cloudfront.net\"";

fn stood_there(document: &mut Cutover, ttl: Option<u32>, values: &[&str]) {
    let values = values.iter().map(|value| quoted(value)).collect();
    document.proofs = vec![ProofSnapshot { name: "_a.foo.com".to_owned(), ttl, values }];
}

/// A proof that is staged and removed again, with the source's in its place on the way back: a move within one account.
fn replaced_on_the_way_back() -> Cutover {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    document.plan[1] = PlannedEdit { inverse: stage(Proves::Source), ..planned(stage(Proves::Nobody)) };
    document.way_back = vec![1, 0];
    stood_there(&mut document, None, &[]);
    document
}

#[test]
fn a_proof_is_asked_for_beside_everybody_elses_text_and_its_removal_names_it_alone() {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    assert_eq!(asked(&mut document), [super::STAGED]);
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {TARGETS}")]);
}

#[test]
fn a_proof_that_has_no_text_beside_it_says_so_by_silence_and_lives_a_minute() {
    let mut document = document(vec![stage(Proves::Target)]);
    stood_there(&mut document, None, &[]);
    assert_eq!(asked(&mut document), [format!("_a.foo.com. 60 IN TXT {TARGETS}")]);
}

#[test]
fn every_name_has_a_proof_of_its_own() {
    let mut document = document(vec![stage(Proves::Target)]);
    let of_b = ProofSnapshot { name: "_b.foo.com".to_owned(), ttl: None, values: vec![] };
    document.proofs.push(of_b);
    assert_eq!(asked(&mut document), [super::STAGED.to_owned(), format!("_b.foo.com. 60 IN TXT {TARGETS}")]);
}

#[test]
fn a_proof_of_the_source_that_stands_there_has_to_go_before_the_move_and_returns_after_it() {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    stood_there(&mut document, Some(300), &[SOURCE]);
    let replaced = [format!("_a.foo.com. 300 IN TXT {TARGETS}"), format!("remove _a.foo.com. IN TXT {SOURCES}")];
    assert_eq!(asked(&mut document), replaced, "two proofs at once may be refused (TXT-8)");
    let returned = [format!("_a.foo.com. 300 IN TXT {SOURCES}"), format!("remove _a.foo.com. IN TXT {TARGETS}")];
    assert_eq!(asked(&mut document), returned);
}

#[test]
fn a_proof_of_the_target_that_stood_there_before_stays() {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    stood_there(&mut document, Some(300), &[TARGET]);
    let stays = [format!("_a.foo.com. 300 IN TXT {TARGETS}")];
    assert_eq!(asked(&mut document), stays);
    assert_eq!(asked(&mut document), stays, "what was there before is there again at the end");
}

#[test]
fn where_no_proof_of_the_source_is_ever_needed_the_way_back_removes_the_targets() {
    let mut document = document(vec![stage(Proves::Target), release()]);
    document.way_back = vec![0];
    stood_there(&mut document, None, &[]);
    asked(&mut document);
    let mut document = turned(document);
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {TARGETS}")]);
}

#[test]
fn on_the_way_back_of_a_move_the_sources_proof_takes_the_place_of_the_targets_and_goes_last() {
    let mut document = replaced_on_the_way_back();
    assert_eq!(asked(&mut document), [format!("_a.foo.com. 60 IN TXT {TARGETS}")]);
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {TARGETS}")], "forward the target's goes");
    let mut document = turned(document);
    assert_eq!(document.inverses(), [1, 0]);
    let replaced = [format!("_a.foo.com. 60 IN TXT {SOURCES}"), format!("remove _a.foo.com. IN TXT {TARGETS}")];
    assert_eq!(asked(&mut document), replaced);
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {SOURCES}")], "it stands there now, and nobody else's does");
}

#[test]
fn where_aws_refused_the_move_no_proof_of_the_source_is_asked_for() {
    let mut document = replaced_on_the_way_back();
    asked(&mut document);
    asked(&mut document);
    let mut document = turned(document);
    document.asked.clear();
    document.progress.move_refused = Some("IllegalUpdate".to_owned());
    assert_eq!(asked(&mut document), [""; 0], "nothing has moved, so nothing needs a proof to come back");
    assert_eq!(last_detail(&document), "not needed: AWS refused the move");
    assert_eq!((document.progress.direction, document.progress.at), (Direction::Back, 1), "and the next inverse is due");
}

#[test]
fn a_move_that_is_turned_round_before_aws_was_asked_has_the_targets_proof_removed_again() {
    let mut document = document(vec![stage(Proves::Target), release(), stage(Proves::Nobody)]);
    document.plan[2] = PlannedEdit { inverse: stage(Proves::Source), inverse_once: Some(1), ..planned(stage(Proves::Nobody)) };
    document.way_back = vec![2, 0];
    stood_there(&mut document, None, &[]);
    asked(&mut document);
    document.progress = Progress { stage: Stage::Settle { index: 0 }, begun: 1, ..Progress::default() };
    let mut document = turned(document);
    assert_eq!(document.inverses(), [0], "the source's proof was never due");
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {TARGETS}")], "nothing stays behind (L3)");
}

#[test]
fn where_aws_refused_the_move_the_targets_proof_is_the_one_to_be_removed() {
    let mut document = replaced_on_the_way_back();
    asked(&mut document);
    asked(&mut document);
    let mut document = turned(document);
    document.progress.move_refused = Some("IllegalUpdate".to_owned());
    asked(&mut document);
    assert_eq!(asked(&mut document), [format!("remove _a.foo.com. IN TXT {TARGETS}")], "the source's never took its place");
}

#[test]
fn a_proof_in_another_spelling_is_nobody_elses_text_and_is_asked_to_go_as_it_stands() {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    stood_there(&mut document, Some(300), &["XYZ.CloudFront.net"]);
    let theirs = "\"XYZ.CloudFront.net\"";
    let replaced = [format!("_a.foo.com. 300 IN TXT {TARGETS}"), format!("remove _a.foo.com. IN TXT {theirs}")];
    assert_eq!(asked(&mut document), replaced, "two proofs at once may be refused, in whatever case (TXT-8)");
    let returned = [format!("_a.foo.com. 300 IN TXT {theirs}"), format!("remove _a.foo.com. IN TXT {TARGETS}")];
    assert_eq!(asked(&mut document), returned, "and it returns as it stood there");
}

#[test]
fn a_proof_of_the_target_in_another_spelling_does_not_stay_beside_the_one_that_is_asked_for() {
    let mut document = document(vec![stage(Proves::Target), stage(Proves::Nobody)]);
    stood_there(&mut document, Some(300), &["QRS.CloudFront.net"]);
    let theirs = "\"QRS.CloudFront.net\"";
    let replaced = [format!("_a.foo.com. 300 IN TXT {TARGETS}"), format!("remove _a.foo.com. IN TXT {theirs}")];
    assert_eq!(asked(&mut document), replaced);
    let returned = [format!("_a.foo.com. 300 IN TXT {theirs}"), format!("remove _a.foo.com. IN TXT {TARGETS}")];
    assert_eq!(asked(&mut document), returned);
}
