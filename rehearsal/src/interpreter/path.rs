//! Reference paths: how a state reads and writes one place of a JSON document.
//! Must not know states, templates, error names or time.

use serde_json::{Map, Value};
use std::fmt;

/// What paths are resolved against: the state's input (`$`) and the context object (`$$`).
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) input: &'a Value,
    pub(super) context: &'a Value,
}

#[derive(Debug, Clone)]
enum Segment {
    Name(String),
    Index(usize),
}

/// A reference path: it names one place, not a set of places.
#[derive(Debug, Clone)]
pub(super) struct Path {
    text: String,
    of_context: bool,
    segments: Vec<Segment>,
}

impl fmt::Display for Path {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.text)
    }
}

impl Path {
    /// `$`.
    pub(super) fn whole() -> Path {
        Path { text: "$".to_owned(), of_context: false, segments: Vec::new() }
    }

    pub(super) fn parse(text: &str) -> Result<Path, String> {
        if text.starts_with("States.") {
            return Err(format!("{text}: an intrinsic function cannot stand here"));
        }
        let after_root = text.strip_prefix('$').ok_or_else(|| format!("{text} is not a path: it has to begin with $"))?;
        let of_context = after_root.starts_with('$');
        let mut rest = after_root.strip_prefix('$').unwrap_or(after_root);
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let not_implemented = || format!("{text} is a path form that is not implemented ($.name and [0] are)");
            let (segment, after) = first_segment(rest).ok_or_else(not_implemented)?;
            segments.push(segment);
            rest = after;
        }
        if of_context && !is_in_context(&segments) {
            return Err(format!("{text} is not a part of the context object that is implemented"));
        }
        Ok(Path { text: text.to_owned(), of_context, segments })
    }

    /// Whether it names the whole document.
    pub(super) fn is_whole(&self) -> bool {
        !self.of_context && self.segments.is_empty()
    }

    pub(super) fn is_of_context(&self) -> bool {
        self.of_context
    }

    /// Whether it names the item of a Map state, which only that state's ItemSelector may.
    pub(super) fn is_of_item(&self) -> bool {
        self.of_context && matches!(self.segments.first(), Some(Segment::Name(name)) if name == "Map")
    }

    /// What is there; null is something, absence is not.
    pub(super) fn get<'a>(&self, scope: Scope<'a>) -> Option<&'a Value> {
        let root = if self.of_context { scope.context } else { scope.input };
        self.segments.iter().try_fold(root, |value, segment| match segment {
            Segment::Name(name) => value.as_object()?.get(name),
            Segment::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// `document` with `value` at this path. Objects on the way are made where they are missing, elements of an array
    /// are not. `None` where something else is in the way.
    pub(super) fn put(&self, mut document: Value, value: Value) -> Option<Value> {
        let slot = self.segments.iter().try_fold(&mut document, |value, segment| match segment {
            Segment::Name(name) => Some(value.as_object_mut()?.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()))),
            Segment::Index(index) => value.as_array_mut()?.get_mut(*index),
        })?;
        *slot = value;
        Some(document)
    }
}

fn first_segment(rest: &str) -> Option<(Segment, &str)> {
    if let Some(after) = rest.strip_prefix('[') {
        let (digits, after) = after.split_once(']')?;
        let is_number = digits.chars().all(|digit| digit.is_ascii_digit());
        return is_number.then(|| digits.parse().ok()).flatten().map(|index| (Segment::Index(index), after));
    }
    let after = rest.strip_prefix('.')?;
    let (name, after) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    is_plain.then(|| (Segment::Name(name.to_owned()), after))
}

fn is_in_context(segments: &[Segment]) -> bool {
    let name = |at: usize| match segments.get(at) {
        Some(Segment::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    match (name(0), name(1)) {
        (Some("Execution"), Some("Input")) => true,
        (Some("Execution"), Some("Id" | "Name" | "RoleArn" | "StartTime")) => segments.len() == 2,
        (Some("State"), Some("Name" | "EnteredTime" | "RetryCount")) => segments.len() == 2,
        (Some("StateMachine"), Some("Id" | "Name")) => segments.len() == 2,
        (Some("Map"), Some("Item")) => match name(2) {
            Some("Value") => true,
            Some("Index") => segments.len() == 3,
            _ => segments.len() == 2,
        },
        (Some("Execution" | "State" | "StateMachine"), None) => segments.len() == 1,
        _ => segments.is_empty(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_finds_names_and_elements_and_tells_null_from_absence() {
        let input = json!({"a": {"b-2": [10, {"c": null}]}});
        let context = json!({"Execution": {"Id": "arn"}});
        let scope = Scope { input: &input, context: &context };
        let get = |text: &str| Path::parse(text).unwrap().get(scope);
        assert_eq!(get("$"), Some(&input));
        assert_eq!(get("$.a.b-2[0]"), Some(&json!(10)));
        assert_eq!(get("$.a.b-2[1].c"), Some(&Value::Null));
        assert_eq!(get("$.a.b-2[2]"), None);
        assert_eq!(get("$.a[0]"), None);
        assert_eq!(get("$$.Execution.Id"), Some(&json!("arn")));
    }

    #[test]
    fn a_path_form_that_is_not_implemented_is_refused() {
        for text in ["", "a", "$.", "$a", "$..a", "$.*", "$.a[*]", "$.a[-1]", "$.a[0:2]", "$.a[]", "$['a']", "$.a[?(@.b)]"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
        assert!(Path::parse("States.UUID()").unwrap_err().contains("intrinsic"));
        assert!(Path::parse("$$.Task.Token").unwrap_err().contains("context"));
    }

    #[test]
    fn a_result_makes_the_objects_on_its_way_but_overwrites_nothing_else() {
        let put = |path: &str, document: Value| Path::parse(path).unwrap().put(document, json!(1));
        assert_eq!(put("$", json!({"a": 0})), Some(json!(1)));
        assert_eq!(put("$.b.c", json!({"a": 0})), Some(json!({"a": 0, "b": {"c": 1}})));
        assert_eq!(put("$.a[1]", json!({"a": [0, 0]})), Some(json!({"a": [0, 1]})));
        assert_eq!(put("$.a[2]", json!({"a": [0, 0]})), None);
        assert_eq!(put("$.a.b", json!({"a": "text"})), None);
        assert_eq!(put("$.a", json!("text")), None);
    }
}
