//! A strict reader of one JSON object in a definition: every field has to be asked for, or it is refused.
//! Knows how a complaint is worded; must not know what any field means.

use super::definition::DefinitionError;
use super::path::Path;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The longest time that a definition may name, in seconds.
pub(super) const SECONDS_MAX: u64 = 99_999_999;

/// The fields of one object, and which of them somebody has read.
pub(super) struct Fields<'a> {
    state: Option<&'a str>,
    prefix: String,
    map: &'a Map<String, Value>,
    read: BTreeSet<&'a str>,
}

impl<'a> Fields<'a> {
    /// The object at `prefix` (empty at the top of the definition or of a state).
    pub(super) fn of(state: Option<&'a str>, prefix: &str, value: &'a Value) -> Result<Self, DefinitionError> {
        let complaint = |problem: &str| DefinitionError::new(state, prefix, problem);
        let map = value.as_object().ok_or_else(|| complaint("has to be an object"))?;
        if map.get("Comment").is_some_and(|comment| !comment.is_string()) {
            return Err(complaint("has a Comment that is not a string"));
        }
        Ok(Fields { state, prefix: prefix.to_owned(), map, read: BTreeSet::from(["Comment"]) })
    }

    /// The name of a field as a complaint gives it.
    pub(super) fn place(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }

    pub(super) fn refuse(&self, name: &str, problem: impl Into<String>) -> DefinitionError {
        DefinitionError::new(self.state, &self.place(name), problem)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read.insert(name);
        self.map.get(name)
    }

    pub(super) fn need(&mut self, name: &'static str) -> Result<&'a Value, DefinitionError> {
        self.take(name).ok_or_else(|| self.refuse(name, "is missing"))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<&'a str>, DefinitionError> {
        let read = self.take(name).map(|value| value.as_str().filter(|text| !text.is_empty()));
        read.map(|text| text.ok_or_else(|| self.refuse(name, "has to be a string that is not empty"))).transpose()
    }

    pub(super) fn need_text(&mut self, name: &'static str) -> Result<&'a str, DefinitionError> {
        self.text(name)?.ok_or_else(|| self.refuse(name, "is missing"))
    }

    pub(super) fn whole(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Result<Option<u64>, DefinitionError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let found = value.as_u64().filter(|number| range.contains(number));
        let wanted = || format!("has to be a whole number from {} to {}", range.start(), range.end());
        found.map(Some).ok_or_else(|| self.refuse(name, wanted()))
    }

    /// A path into the input only: the guide lists no use of `$$` for these fields.
    pub(super) fn input_path(&mut self, name: &'static str) -> Result<Option<Path>, DefinitionError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let path = Path::parse(text).map_err(|problem| self.refuse(name, problem))?;
        if path.is_of_context() { Err(self.refuse(name, "may not read the context object")) } else { Ok(Some(path)) }
    }

    /// InputPath, OutputPath or ResultPath: `None` for null, the whole document when left out.
    pub(super) fn document_path(&mut self, name: &'static str) -> Result<Option<Path>, DefinitionError> {
        match self.take(name) {
            None => Ok(Some(Path::whole())),
            Some(Value::Null) => Ok(None),
            Some(_) if name == "ResultPath" => self.input_path(name),
            Some(_) => {
                let text = self.need_text(name)?;
                Path::parse(text).map(Some).map_err(|problem| self.refuse(name, problem))
            }
        }
    }

    /// The members of an array field that is not empty, each with its place. Left out, there are none.
    pub(super) fn list(&mut self, name: &'static str) -> Result<Vec<(String, &'a Value)>, DefinitionError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let members = value.as_array().filter(|members| !members.is_empty());
        let members = members.ok_or_else(|| self.refuse(name, "has to be an array that is not empty"))?;
        Ok(members.iter().enumerate().map(|(at, member)| (self.place(&format!("{name}[{at}]")), member)).collect())
    }

    /// Everything that nobody has read so far, which counts as read from here on.
    pub(super) fn rest(&mut self) -> Vec<(&'a str, &'a Value)> {
        let rest = self.map.iter().filter(|(name, _)| !self.read.contains(name.as_str()));
        let rest: Vec<_> = rest.map(|(name, value)| (name.as_str(), value)).collect();
        self.read.extend(rest.iter().map(|(name, _)| *name));
        rest
    }

    /// Refuses what nobody has read.
    pub(super) fn finish(mut self) -> Result<(), DefinitionError> {
        match self.rest().first() {
            Some((name, _)) => Err(self.refuse(name, "is unknown here, or not implemented")),
            None => Ok(()),
        }
    }
}
