//! A document's edits, waits and proofs in words, from their JSON alone. Must not know why any of them is in a plan.

use serde_json::Value;

/// The text at `key`, or nothing.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The list at `key`, or an empty one.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One name, or the first and how many more.
pub(crate) fn some(names: &[Value]) -> String {
    let first = names.first().and_then(Value::as_str).unwrap_or("nothing");
    if names.len() > 1 { format!("{first} and {} more", names.len() - 1) } else { first.to_owned() }
}

/// What an edit does.
pub fn edit(edit: &Value) -> String {
    let at = |side: &str| edit.get(side).map(place).unwrap_or_default();
    let names = || some(list(edit, "aliases"));
    let zone = text(edit, "hostedZone");
    match text(edit, "op") {
        "updateDistribution" => update(edit),
        "swapAliases" => format!("swap {} from {} to {}", names(), at("from"), at("to")),
        "setEnabled" if edit.get("enabled") == Some(&Value::Bool(true)) => format!("enable {}", text(edit, "distribution")),
        "setEnabled" => format!("disable {}", text(edit, "distribution")),
        "updateDomainAssociation" if edit.get("from").is_none_or(Value::is_null) => format!("have AWS move {} to {}", names(), at("to")),
        "updateDomainAssociation" => format!("move {} from {} to {}", names(), at("from"), at("to")),
        "changeRecordSets" => match text(edit, "to") {
            "target" => format!("point {} in {zone} at the target", names()),
            "asRead" => format!("point {} in {zone} back where it was", names()),
            "loweredAtSource" => format!("lower the TTL of {} in {zone}", names()),
            _ => format!("point {} in {zone} at the target with a low TTL", names()),
        },
        "changeProofs" => match text(edit, "proves") {
            "target" => format!("stage the proof for {} in {zone}", text(edit, "of")),
            "source" => format!("put the source's proof for {} into {zone}", text(edit, "of")),
            _ => format!("remove the proof for {} from {zone}", text(edit, "of")),
        },
        "askForRecordSets" => {
            let where_to = if ["target", "loweredAtTarget"].contains(&text(edit, "to")) { "at the target" } else { "back where it was" };
            format!("ask whoever edits DNS to point {} {where_to}", names())
        }
        "askForProofs" => {
            let verb = if text(edit, "proves") == "nobody" { "remove" } else { "stage" };
            format!("ask whoever edits DNS to {verb} the proof for {}", text(edit, "of"))
        }
        "askForRelease" => format!("wait until its service releases {}", names()),
        "askForMove" => format!("wait until AWS Support moves {} to {}", names(), at("to")),
        _ => edit.to_string(),
    }
}

fn update(edit: &Value) -> String {
    let distribution = text(edit, "distribution");
    let (add, remove) = (list(edit, "add"), list(edit, "remove"));
    match (add.is_empty(), remove.is_empty()) {
        (_, true) => format!("add {} to {distribution}", some(add)),
        (true, false) => format!("remove {} from {distribution}", some(remove)),
        (false, false) => format!("add {} to and remove {} from {distribution}", some(add), some(remove)),
    }
}

/// The id of a distribution or tenant.
pub(crate) fn place(place: &Value) -> String {
    ["distribution", "distributionTenant"].map(|key| text(place, key)).concat()
}

/// What is waited for: `until …`, `while …`.
pub fn wait(settle: &Value) -> String {
    let seconds = settle.get("seconds").map(Value::to_string).unwrap_or_default();
    match text(settle, "kind") {
        "distributionDeployed" => {
            let id = place(settle);
            format!("until {} is deployed", if id.is_empty() { "it" } else { &id })
        }
        "changeInSync" => "until the change is in sync".to_owned(),
        "proofVisible" => "until every name server answers the proof".to_owned(),
        "ttlRunOut" if seconds == "0" => "for nothing".to_owned(),
        "ttlRunOut" => format!("until the old answer has run out ({seconds} s)"),
        "recordsSeen" => "until every name server answers the record sets that were asked for".to_owned(),
        "namesReleased" => "until nobody holds the names any more".to_owned(),
        "namesMoved" => "until the target lists the names".to_owned(),
        "soaked" => format!("while the target serves, for {seconds} s"),
        _ => "until it has settled".to_owned(),
    }
}

/// Whether it is others who take their time over it.
pub(crate) fn waits_for_others(settle: &Value) -> bool {
    ["recordsSeen", "namesReleased", "namesMoved"].contains(&text(settle, "kind"))
}

/// What a viewer must see before the next edit; nothing where nobody looks.
pub(crate) fn proof(planned: &Value) -> Option<&'static str> {
    let kind = planned.get("proof").and_then(Value::as_str)?;
    Some(match kind {
        "wildcard" => "the target serves a throw-away name below the wildcard",
        "target" => "the target answers under its own domain name",
        "aliases" => "the target serves the names themselves",
        "attached" => "the target serves the names that were added",
        _ => "a viewer is served as expected",
    })
}

/// `text` in lines of at most `width` characters, broken between words; a longer word keeps a line of its own.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{some, wrap};
    use serde_json::json;

    #[test]
    fn lines_break_between_words_and_lose_none() {
        let text = "one two three fourfivesixseven eight";
        assert_eq!(wrap(text, 9), ["one two", "three", "fourfivesixseven", "eight"]);
        assert_eq!(wrap(text, 200), [text]);
        assert_eq!(wrap("  ", 9), Vec::<String>::new());
    }

    #[test]
    fn several_names_are_the_first_and_how_many_more() {
        let names = |names: &serde_json::Value| some(names.as_array().map_or(&[], Vec::as_slice));
        assert_eq!(names(&json!([])), "nothing");
        assert_eq!(names(&json!(["a", "b", "c"])), "a and 2 more");
    }
}
