//! Payload templates: literals, paths, and the intrinsic functions that are implemented.
//! Must not know states, error names or time.

use super::path::{Path, Scope};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A payload template: literals, with paths and functions in the fields whose names end in `.$`.
#[derive(Debug, Clone)]
pub(super) enum Template {
    Literal(Value),
    Path(Path),
    Call(Function),
    Object(Vec<(String, Template)>),
    Array(Vec<Template>),
}

/// Why a template cannot be filled.
#[derive(Debug)]
pub(super) enum Unfilled<'t> {
    /// The path that finds nothing.
    Missing(&'t Path),
    /// What an intrinsic function cannot work on.
    Failed(String),
}

/// An intrinsic function and its arguments.
#[derive(Debug, Clone)]
pub(super) enum Function {
    /// `States.StringSplit(text, delimiters)`: each letter of the second is a delimiter.
    StringSplit(Argument, Argument),
    /// `States.ArrayContains(array, value)`.
    ArrayContains(Argument, Argument),
}

/// An argument of a function.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Literal(Value),
    Path(Path),
    /// `$.list[*].member`: that of every member of the list that has it.
    Each(Path, Path),
}

impl Template {
    /// Reads a template that stands at `place`; an error is the place and the problem. Only where an item of a Map state is
    /// at hand may a path name it.
    pub(super) fn parse(place: &str, value: &Value, with_item: bool) -> Result<Template, (String, String)> {
        match value {
            Value::Object(fields) => Self::parse_object(place, fields, with_item),
            Value::Array(members) => {
                let parse = |(at, member)| Template::parse(&format!("{place}[{at}]"), member, with_item);
                Ok(Template::Array(members.iter().enumerate().map(parse).collect::<Result<_, _>>()?))
            }
            literal => Ok(Template::Literal(literal.clone())),
        }
    }

    fn parse_object(place: &str, fields: &Map<String, Value>, with_item: bool) -> Result<Template, (String, String)> {
        let mut names = BTreeSet::new();
        let mut members = Vec::new();
        for (key, value) in fields {
            let place = format!("{place}.{key}");
            let (name, member) = match (key.strip_suffix(".$"), value) {
                (None, value) => (key.as_str(), Template::parse(&place, value, with_item)?),
                (Some(name), Value::String(text)) => (name, Self::parse_text(text, with_item).map_err(|problem| (place.clone(), problem))?),
                (Some(_), _) => return Err((place, "has to be a path".to_owned())),
            };
            if !names.insert(name) {
                return Err((place, "gives the same field twice".to_owned()));
            }
            members.push((name.to_owned(), member));
        }
        Ok(Template::Object(members))
    }

    fn parse_text(text: &str, with_item: bool) -> Result<Template, String> {
        if text.starts_with("States.") {
            return Function::parse(text).map(Template::Call);
        }
        let path = Path::parse(text)?;
        if path.is_of_item() && !with_item {
            return Err(format!("{text} is a part of the context object that only an ItemSelector may read"));
        }
        Ok(Template::Path(path))
    }

    /// The payload.
    pub(super) fn fill(&self, scope: Scope<'_>) -> Result<Value, Unfilled<'_>> {
        Ok(match self {
            Template::Literal(value) => value.clone(),
            Template::Path(path) => path.get(scope).cloned().ok_or(Unfilled::Missing(path))?,
            Template::Call(function) => function.call(scope)?,
            Template::Object(members) => {
                let filled = members.iter().map(|(name, member)| Ok((name.clone(), member.fill(scope)?)));
                Value::Object(filled.collect::<Result<_, Unfilled<'_>>>()?)
            }
            Template::Array(members) => Value::Array(members.iter().map(|member| member.fill(scope)).collect::<Result<_, Unfilled<'_>>>()?),
        })
    }
}

impl Function {
    fn parse(text: &str) -> Result<Function, String> {
        let not_implemented = || format!("{text}: of the intrinsic functions States.StringSplit and States.ArrayContains are implemented");
        let (name, rest) = text.split_once('(').ok_or_else(not_implemented)?;
        let arguments = rest.strip_suffix(')').and_then(arguments).ok_or_else(|| format!("{text} has arguments that cannot be read"))?;
        let arguments = arguments.into_iter().map(Argument::parse).collect::<Result<Vec<_>, String>>()?;
        let two: Result<[Argument; 2], _> = arguments.try_into();
        let two = || two.map_err(|_| format!("{text} needs two arguments"));
        match name {
            "States.StringSplit" => two().map(|[whole, delimiters]| Function::StringSplit(whole, delimiters)),
            "States.ArrayContains" => two().map(|[array, value]| Function::ArrayContains(array, value)),
            _ => Err(not_implemented()),
        }
    }

    fn call(&self, scope: Scope<'_>) -> Result<Value, Unfilled<'_>> {
        let unfit = |wanted: &str| Unfilled::Failed(format!("{self:?} needs {wanted}"));
        match self {
            Function::StringSplit(whole, delimiters) => match (whole.value(scope)?, delimiters.value(scope)?) {
                (Value::String(whole), Value::String(delimiters)) if !delimiters.is_empty() => {
                    // What stands between two delimiters that follow each other is nowhere written; nothing is what is left out.
                    let parts = whole.split(|letter| delimiters.contains(letter)).filter(|part| !part.is_empty());
                    Ok(parts.map(|part| Value::String(part.to_owned())).collect())
                }
                _ => Err(unfit("two strings, the second not empty")),
            },
            Function::ArrayContains(array, value) => match array.value(scope)? {
                Value::Array(members) => Ok(Value::Bool(members.contains(&value.value(scope)?))),
                _ => Err(unfit("an array first")),
            },
        }
    }
}

/// What stands between the commas that are in no quotes. None of ours holds an escape, so none is read.
fn arguments(text: &str) -> Option<Vec<&str>> {
    let (mut found, mut from, mut quoted) = (vec![], 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' => return None,
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                found.push(text.get(from..at)?.trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(from..)?.trim());
    (!quoted).then_some(found)
}

impl Argument {
    fn parse(text: &str) -> Result<Argument, String> {
        if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Argument::Literal(Value::String(inner.to_owned())));
        }
        if let Some((list, member)) = text.split_once("[*]") {
            return Ok(Argument::Each(Path::parse(list)?, Path::parse(&format!("${member}"))?));
        }
        if text.starts_with('$') {
            return Path::parse(text).map(Argument::Path);
        }
        let literal: Value = serde_json::from_str(text).map_err(|_| format!("{text} is no argument of an intrinsic function"))?;
        if literal.is_object() || literal.is_array() || literal.is_string() {
            return Err(format!("{text} is no argument of an intrinsic function"));
        }
        Ok(Argument::Literal(literal))
    }

    fn value(&self, scope: Scope<'_>) -> Result<Value, Unfilled<'_>> {
        match self {
            Argument::Literal(value) => Ok(value.clone()),
            Argument::Path(path) => path.get(scope).cloned().ok_or(Unfilled::Missing(path)),
            Argument::Each(list, member) => {
                let list = list.get(scope).and_then(Value::as_array).ok_or(Unfilled::Missing(list))?;
                let of = |input| member.get(Scope { input, ..scope }).cloned();
                Ok(list.iter().filter_map(of).collect())
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(text: &str) -> Result<Value, String> {
        let template = Template::parse("Parameters", &json!({"x.$": text}), false).map_err(|(_, problem)| problem)?;
        let input = json!({"ids": "1,2;;3", "list": [{"bad": false}, {"bad": true}, {}], "empty": [], "n": 2});
        let value = template.fill(Scope { input: &input, context: &json!({}) }).map_err(|unfilled| format!("{unfilled:?}"))?;
        Ok(value["x"].clone())
    }

    #[test]
    fn a_text_is_split_at_every_letter_of_the_delimiters() {
        assert_eq!(filled("States.StringSplit($.ids, ',;')"), Ok(json!(["1", "2", "3"])));
        assert_eq!(filled("States.StringSplit('a,b', ',')"), Ok(json!(["a", "b"])));
        assert_eq!(filled("States.StringSplit('', ',')"), Ok(json!([])));
        assert!(filled("States.StringSplit($.n, ',')").unwrap_err().contains("needs two strings"));
    }

    #[test]
    fn a_list_is_searched_and_so_is_one_member_of_each_of_its_members() {
        assert_eq!(filled("States.ArrayContains($.list[*].bad, true)"), Ok(json!(true)));
        assert_eq!(filled("States.ArrayContains($.list[*].bad, 'true')"), Ok(json!(false)));
        assert_eq!(filled("States.ArrayContains($.empty, 1)"), Ok(json!(false)));
        assert!(filled("States.ArrayContains($.gone[*].bad, true)").unwrap_err().contains("Missing"));
        assert!(filled("States.ArrayContains($.n, 1)").unwrap_err().contains("array"));
    }

    #[test]
    fn a_function_that_is_not_implemented_or_not_well_written_is_refused() {
        for text in [
            "States.UUID()",
            "States.StringSplit('a')",
            "States.StringSplit('a', ',', 'b')",
            "States.StringSplit('a\\'b', ',')",
            "States.StringSplit('a, ',')",
            "States.StringSplit(a, ',')",
            "States.StringSplit",
            "$$.Map.Item.Value",
        ] {
            assert!(filled(text).is_err(), "{text}");
        }
    }
}
