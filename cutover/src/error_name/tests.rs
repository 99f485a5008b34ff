//! Claims: an error name is one name in Rust, in JSON and in the definition.

use super::*;
use std::collections::BTreeSet;

#[test]
fn the_spellings_of_an_error_name_are_one_name() {
    for name in ErrorName::ALL {
        assert_eq!(name.as_str(), format!("{name:?}"), "the definition writes it as Rust does");
        assert_eq!(name.to_string(), name.as_str(), "and so does a log");
        assert_eq!(serde_json::to_value(name).unwrap(), name.as_str(), "and so does a document");
    }
}

#[test]
fn no_error_name_is_listed_twice() {
    let names: BTreeSet<&str> = ErrorName::ALL.into_iter().map(ErrorName::as_str).collect();
    assert_eq!(names.len(), ErrorName::ALL.len());
}
