//! Are the house rules kept? Files, walls between the crates, and what the documents point at.
//!
//! A needle that this file looks for is put together at run time, so that the file does not find itself.

use crate::support;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of the longest file of Rust.
const LINES_MAX: usize = 500;

/// AWS's crates that plug a world under the SDK: types and traits, no service.
const PLUG: [&str; 5] = ["aws-credential-types", "aws-smithy-async", "aws-smithy-runtime-api", "aws-smithy-types", "aws-types"];

/// All that the rehearsal may name of the functions: the door, and the viewer's types.
const DOOR: [&str; 10] =
    ["Home", "NotResolved", "NotServed", "Page", "PageRequest", "PublicRecord", "PublicZone", "ServerRecords", "ServerTxt", "Viewer"];

/// What is made and not kept: a path to it need not exist.
const MADE: [&str; 2] = ["target/", ".aws-sam/"];

fn read(path: &str) -> String {
    std::fs::read_to_string(support::top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file that is or would be kept, by its path from the top. Without git, or outside a clone, what is in the
/// folders.
fn files() -> Vec<String> {
    let listed = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(support::top()).output();
    if let Some(listed) = listed.ok().filter(|listed| listed.status.success()) {
        let names = String::from_utf8(listed.stdout).unwrap();
        return names.lines().filter(|name| support::top().join(name).is_file()).map(str::to_owned).collect();
    }
    let mut found = Vec::new();
    let mut open = vec![support::top()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "target" && name != ".git" {
                open.push(entry);
            } else if entry.is_file() {
                found.push(entry.strip_prefix(support::top()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn rust_files() -> Vec<(String, String)> {
    files().into_iter().filter(|name| name.ends_with(".rs")).map(|name| (name.clone(), read(&name))).collect()
}

/// Whether `text` holds `word` with nothing of a name on either side.
fn has_word(text: &str, word: &str) -> bool {
    let of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(of_a_name) && !text[at + word.len()..].starts_with(of_a_name))
}

/// The keys of each table of a manifest: `serde` of `serde.workspace = true`.
fn tables(manifest: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            table = name.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, _)) = line.split_once('=') {
            tables.entry(table.clone()).or_default().insert(key.trim().split('.').next().unwrap().to_owned());
        }
    }
    tables
}

/// What a crate of ours uses, its tests included.
fn uses(member: &str) -> BTreeSet<String> {
    let tables = tables(&read(&format!("{member}/Cargo.toml")));
    let known = ["package", "bin", "test", "bench", "lints", "dependencies", "dev-dependencies"];
    assert!(tables.keys().all(|table| known.contains(&table.as_str())), "{member} has a table that nobody reads here: {:?}", tables.keys());
    ["dependencies", "dev-dependencies"].iter().filter_map(|table| tables.get(*table)).flatten().cloned().collect()
}

fn members() -> Vec<String> {
    let line = read("Cargo.toml").lines().find(|line| line.starts_with("members")).unwrap().to_owned();
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Name, version and dependencies of every package in `Cargo.lock`.
fn locked() -> Vec<(String, String, Vec<String>)> {
    let lock = read("Cargo.lock");
    let packages = lock.split("[[package]]").skip(1);
    let field = |package: &str, key: &str| {
        package.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap_or_default().trim_matches('"').to_owned()
    };
    packages
        .map(|package| {
            let needs =
                package.lines().filter_map(|line| line.strip_prefix(" \"")).map(|line| line.split(['"', ' ']).next().unwrap().to_owned());
            (field(package, "name"), field(package, "version"), needs.collect())
        })
        .collect()
}

/// Every package that `root` stands on, by name.
fn reached(root: &str) -> BTreeSet<String> {
    let locked = locked();
    let (mut reached, mut open) = (BTreeSet::new(), vec![root.to_owned()]);
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(locked.iter().filter(|(package, ..)| *package == name).flat_map(|(.., needs)| needs.clone()));
        }
    }
    reached.remove(root);
    reached
}

#[test]
fn no_file_is_too_long_and_every_module_says_what_it_is_for() {
    let files = rust_files();
    assert!(files.len() > 50, "only {} files were found", files.len());
    for (name, text) in files {
        let lines = text.lines().count();
        assert!(lines < LINES_MAX, "{name} has {lines} lines");
        assert!(text.starts_with("//! "), "{name} does not begin with what it is for");
    }
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    let not_safe = ["uns", "afe"].concat();
    let left_undone = [["to", "do!"].concat(), ["unimpl", "emented!"].concat(), ["#[ig", "nore"].concat(), ["d", "bg!("].concat()];
    for (name, text) in rust_files() {
        for needle in &left_undone {
            assert!(!text.contains(needle.as_str()), "{name} has {needle}");
        }
        assert!(!has_word(&text, &not_safe), "{name} has the word {not_safe}");
    }
}

#[test]
fn the_lints_hold_in_every_crate() {
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    assert_eq!(members(), ["cutover", "functions", "rehearsal", "tests"]);
    for member in members() {
        assert!(read(&format!("{member}/Cargo.toml")).contains("\n[lints]\nworkspace = true\n"), "{member} has lints of its own");
    }
}

#[test]
fn the_core_knows_no_cloud_no_runtime_and_no_other_room() {
    for name in uses("cutover").union(&reached("cutover")) {
        let walled = name.starts_with("aws-") || ["tokio", "lambda_runtime", "functions", "rehearsal", "tests"].contains(&name.as_str());
        assert!(!walled, "cutover stands on {name}");
    }
}

#[test]
fn the_core_reads_no_clock_and_touches_nothing() {
    let needles = ["::now()", "std::fs", "std::net", "std::thread", "std::env", "std::process", "async fn"];
    for (name, text) in rust_files().into_iter().filter(|(name, _)| name.starts_with("cutover/")) {
        for needle in needles {
            assert!(!text.contains(needle), "{name} has {needle}");
        }
    }
}

#[test]
fn the_functions_know_nothing_of_the_rehearsal() {
    for name in uses("functions").union(&reached("functions")) {
        assert!(!["rehearsal", "tests"].contains(&name.as_str()), "functions stand on {name}");
    }
    assert!(!read("functions/Cargo.toml").contains("[features]"), "a function has no switch for a rehearsal");
}

#[test]
fn the_rehearsal_knows_no_cutover_and_no_service_of_the_sdk() {
    for name in uses("rehearsal") {
        assert!(!["cutover", "tests", "lambda_runtime"].contains(&name.as_str()), "rehearsal uses {name}");
        assert!(!name.starts_with("aws-") || PLUG.contains(&name.as_str()), "rehearsal uses {name}");
    }
}

#[test]
fn the_rehearsal_comes_to_the_functions_by_one_door() {
    let mut named = BTreeSet::new();
    for (file, text) in rust_files().into_iter().filter(|(name, _)| name.starts_with("rehearsal/")) {
        for (at, prefix) in text.match_indices("functions::") {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &text[at + prefix.len()..];
            let list = rest
                .strip_prefix('{')
                .map_or_else(|| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next(), |list| list.split('}').next());
            for name in list.unwrap().split(',').map(str::trim) {
                assert!(DOOR.contains(&name), "{file} names functions::{name}");
                named.insert(name.to_owned());
            }
        }
        for way_around in ["use functions;", "use functions as", "extern crate"] {
            assert!(!text.contains(way_around), "{file} has {way_around}");
        }
    }
    assert_eq!(named, DOOR.map(str::to_owned).into(), "the door is wider than what goes through it");
}

#[test]
fn one_http_and_one_tls_stack_and_neither_is_an_old_one() {
    let number = |version: &str, part: usize| version.split(['.', '+', '-']).nth(part).unwrap().parse::<u32>().unwrap();
    for (name, version, _) in locked() {
        let (major, minor) = (number(&version, 0), number(&version, 1));
        let too_old = match name.as_str() {
            // Not `http`: the simulated DynamoDB brings the old one's types, which open nothing.
            "hyper" => major < 1,
            "rustls" => (major, minor) < (0, 23),
            "openssl-sys" | "native-tls" => true,
            _ => false,
        };
        assert!(!too_old, "Cargo.lock has {name} {version}");
    }
}

#[test]
fn no_file_names_a_place_of_the_machine_that_it_was_made_on() {
    let needles = ["work", "farm", "root", "Users"].map(|folder| ["/", folder, "/"].concat());
    for name in files() {
        let Ok(text) = std::fs::read_to_string(support::top().join(&name)) else { continue };
        for needle in &needles {
            // An absolute path begins where nothing of a longer path or address ends.
            let of_a_path = |c: char| c.is_alphanumeric() || "._-~}*/$".contains(c);
            let found = text.match_indices(needle.as_str()).find(|(at, _)| !text[..*at].ends_with(of_a_path));
            assert!(
                found.is_none(),
                "{name} names a place below {needle}: {:?}",
                found.map(|(at, _)| text[at..].chars().take(40).collect::<String>())
            );
        }
    }
}

#[test]
fn every_scenario_is_whole() {
    let mut scenarios = 0;
    for folder in std::fs::read_dir(support::top().join("tests/scenarios")).unwrap().map(|entry| entry.unwrap().path()) {
        for file in ["world.json", "request.json", "timeline.txt"] {
            assert!(folder.join(file).is_file(), "{} is missing", folder.join(file).display());
        }
        scenarios += 1;
    }
    assert!(scenarios > 0);
}

/// What stands in backticks, outside and inside of fenced blocks, one word each.
fn quoted_words(markdown: &str) -> Vec<String> {
    let (mut words, mut fenced) = (Vec::new(), false);
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            words.extend(line.split_whitespace().map(str::to_owned));
        } else {
            words.extend(line.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).map(str::to_owned));
        }
    }
    let punctuation = [',', ';', ':', '.', ')', '(', '"', '\''];
    words.into_iter().map(|word| word.trim_end_matches(punctuation).trim_start_matches(['(', '"', '\'']).to_owned()).collect()
}

/// Whether a quoted word is meant as a file of the repository: it begins in one of its folders, or ends like a source.
fn is_path(word: &str, folders: &BTreeSet<String>) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let below = word.split_once('/').is_some_and(|(first, _)| folders.contains(first));
    let source = [".rs", ".md", ".yaml", ".toml", ".asl.json"].iter().any(|ending| word.len() > ending.len() && word.ends_with(ending));
    plain && !MADE.iter().any(|made| word.starts_with(made)) && (below || source)
}

#[test]
fn every_file_that_a_document_names_exists() {
    let files = files();
    let folders: BTreeSet<String> = files.iter().filter_map(|file| file.split_once('/')).map(|(first, _)| first.to_owned()).collect();
    let documents: Vec<&String> =
        files.iter().filter(|name| *name == "README.md" || (name.starts_with("docs/") && name.ends_with(".md"))).collect();
    for document in documents {
        let beside = support::top().join(document).parent().map(Path::to_path_buf).unwrap();
        for word in quoted_words(&read(document)).iter().filter(|word| is_path(word, &folders)) {
            let there = |base: &PathBuf| base.join(word).exists();
            let somewhere = || files.iter().any(|file| file.ends_with(&format!("/{word}")));
            assert!(there(&support::top()) || there(&beside) || somewhere(), "{document} names {word}, which does not exist");
        }
    }
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    for document in files().iter().filter(|name| name.ends_with(".md")) {
        let text = read(document);
        let beside = support::top().join(document).parent().map(Path::to_path_buf).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let elsewhere = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
            assert!(elsewhere || beside.join(link).exists(), "{document} links to {link}, which does not exist");
        }
    }
}

#[test]
fn the_sieves_of_this_module_catch_what_they_are_for() {
    assert!(has_word("an old x here", "old") && !has_word("an older_x", "old") && !has_word("b_old", "old"));
    let manifest = tables("[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = { version = \"1\" }\n[[bin]]\npath = \"p\"\n");
    assert_eq!(manifest["dependencies"], ["a", "b"].map(str::to_owned).into());
    assert!(reached("functions").contains("cutover") && reached("functions").contains("aws-sdk-cloudfront"));
    let folders = BTreeSet::from(["docs".to_owned()]);
    let words = quoted_words("see `docs/A.md`, run `x docs/b` and `c.rs`.\n```\ncat docs/d.txt\n```\nplain docs/e");
    let paths: Vec<&String> = words.iter().filter(|word| is_path(word, &folders)).collect();
    assert_eq!(paths, ["docs/A.md", "docs/b", "c.rs", "docs/d.txt"]);
}
