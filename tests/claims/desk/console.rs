//! The commands on docs/REGISTRY.md and what they answer, held to a cutover that is under way, and to one that has completed.
//! `UPDATE_GOLDEN=1` writes the answers anew; read the difference before keeping it.

use super::{Stage, bridge, play};
use crate::support::top;
use serde_json::{Value, json};

const FENCE: &str = "```console\n";

/// The words of a command line, as a shell takes them: only single quotes are known here.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (number, part) in line.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// A block with the answers that its commands get now.
async fn answered(stage: &Stage, block: &str) -> String {
    let mut text = String::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("$ cutover ")) {
        let words = words(line);
        let spoken = stage.says(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
        text += &format!("$ cutover {line}\n{}{}", spoken.out, spoken.err);
        if spoken.status != 0 {
            text += &format!("(exit status {})\n", spoken.status);
        }
    }
    text
}

#[test]
fn the_commands_on_the_page_answer_what_it_shows() {
    let path = top().join("docs/REGISTRY.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut parts = page.split(FENCE);
    let head = parts.next().unwrap();
    let blocks: Vec<(&str, &str)> = parts.map(|part| part.split_once("```\n").unwrap()).collect();
    let [under_way, completed] = blocks.try_into().unwrap();
    let (world, request) = bridge(json!([]));
    let first = play(&world, async |stage| {
        let mut told = String::new();
        stage
            .walk("move-a-foo", &request, async |document: &Value| {
                let third = document["progress"]["at"] == 2 && document["progress"]["waitsFor"].is_object();
                if third && told.is_empty() {
                    stage.clock.sleep(2_000).await;
                    told = answered(stage, under_way.0).await;
                }
            })
            .await;
        told
    });
    let second = play(&world, async |stage| {
        stage.walk("move-a-foo", &request, async |_: &Value| ()).await;
        answered(stage, completed.0).await
    });
    let written = [head, FENCE, &first, "```\n", under_way.1, FENCE, &second, "```\n", completed.1].concat();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert_eq!(page, written, "the answers are others; if they should be, UPDATE_GOLDEN=1 writes them anew");
    assert!(first.contains("(exit status 1)") && second.contains("a.foo.com: owned"), "{first}{second}");
}
