//! The rules of a Choice state: what they compare and whether they hold.
//! Must not know what happens when one does, nor when none does.

use super::definition::DefinitionError;
use super::fields::Fields;
use super::path::{Path, Scope};
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;

/// One branch of a Choice state.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) test: Test,
    pub(super) next: String,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Of(Path, Operator),
}

#[derive(Debug, Clone)]
pub(super) enum Operator {
    IsPresent(bool),
    Is(Type, bool),
    Compare(Type, Relation, Operand),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    String,
    Numeric,
    Boolean,
    Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Literal(Value),
    Path(Path),
}

impl Branch {
    pub(super) fn parse(state: &str, place: &str, value: &Value) -> Result<Branch, DefinitionError> {
        let mut fields = Fields::of(Some(state), place, value)?;
        let next = fields.need_text("Next")?.to_owned();
        Ok(Branch { test: Test::parse(state, fields)?, next })
    }
}

impl Test {
    fn parse<'a>(state: &'a str, mut fields: Fields<'a>) -> Result<Test, DefinitionError> {
        let nested = |place: &str, value: &'a Value| Test::parse(state, Fields::of(Some(state), place, value)?);
        let several = |fields: &mut Fields<'a>, name| {
            let tests = fields.list(name)?;
            tests.iter().map(|(place, value)| nested(place, value)).collect::<Result<Vec<_>, DefinitionError>>()
        };
        let test = if fields.has("And") {
            Test::All(several(&mut fields, "And")?)
        } else if fields.has("Or") {
            Test::Any(several(&mut fields, "Or")?)
        } else if fields.has("Not") {
            let value = fields.need("Not")?;
            Test::Not(Box::new(nested(&fields.place("Not"), value)?))
        } else {
            let text = fields.need_text("Variable")?;
            let variable = Path::parse(text).map_err(|problem| fields.refuse("Variable", problem))?;
            let beside = fields.rest();
            let [(name, value)] = beside[..] else {
                let names: Vec<_> = beside.iter().map(|(name, _)| *name).collect();
                let problem = format!("needs one comparison operator beside it, and nothing else: {names:?}");
                return Err(fields.refuse("Variable", problem));
            };
            Test::Of(variable, Operator::parse(name, value).map_err(|problem| fields.refuse(name, problem))?)
        };
        fields.finish()?;
        Ok(test)
    }

    /// Whether it holds, or the path that finds nothing. Stops at the first part that decides, so that `IsPresent`
    /// can guard what follows it.
    pub(super) fn holds(&self, scope: Scope<'_>) -> Result<bool, &Path> {
        match self {
            Test::All(tests) => {
                for test in tests {
                    if !test.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Any(tests) => {
                for test in tests {
                    if test.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Test::Not(test) => test.holds(scope).map(|holds| !holds),
            Test::Of(variable, Operator::IsPresent(expected)) => Ok(variable.get(scope).is_some() == *expected),
            Test::Of(variable, operator) => operator.holds(variable.get(scope).ok_or(variable)?, scope),
        }
    }
}

impl Operator {
    fn parse(name: &str, value: &Value) -> Result<Operator, String> {
        if let Some(type_name) = name.strip_prefix("Is") {
            return Self::parse_is(type_name, value).unwrap_or_else(|| Err(unknown()));
        }
        let (bare, by_path) = name.strip_suffix("Path").map_or((name, false), |bare| (bare, true));
        let (compared, relation) = comparison(bare).ok_or_else(unknown)?;
        if by_path {
            let path = Path::parse(value.as_str().ok_or("has to be a path")?)?;
            return Ok(Operator::Compare(compared, relation, Operand::Path(path)));
        }
        if !compared.is_of(value) {
            return Err(format!("has to be given a value of type {compared:?}"));
        }
        Ok(Operator::Compare(compared, relation, Operand::Literal(value.clone())))
    }

    /// `None` for a type that is not known.
    fn parse_is(type_name: &str, value: &Value) -> Option<Result<Operator, String>> {
        let wanted = match type_name {
            "Present" => None,
            "Null" => Some(Type::Null),
            other => Some(Type::named(other)?),
        };
        let expected = value.as_bool().ok_or_else(|| "has to be true or false".to_owned());
        Some(expected.map(|expected| match wanted {
            None => Operator::IsPresent(expected),
            Some(wanted) => Operator::Is(wanted, expected),
        }))
    }

    fn holds<'a>(&'a self, value: &Value, scope: Scope<'_>) -> Result<bool, &'a Path> {
        Ok(match self {
            Operator::IsPresent(expected) => *expected,
            Operator::Is(wanted, expected) => wanted.is_of(value) == *expected,
            Operator::Compare(compared, relation, Operand::Literal(operand)) => {
                compared.order(value, operand).is_some_and(|order| relation.allows(order))
            }
            Operator::Compare(compared, relation, Operand::Path(path)) => {
                let operand = path.get(scope).ok_or(path)?;
                compared.order(value, operand).is_some_and(|order| relation.allows(order))
            }
        })
    }
}

fn unknown() -> String {
    "is a comparison operator that is unknown or not implemented".to_owned()
}

fn comparison(name: &str) -> Option<(Type, Relation)> {
    let starts = ["String", "Numeric", "Boolean", "Timestamp"];
    let (type_name, rest) = starts.iter().find_map(|start| Some((*start, name.strip_prefix(start)?)))?;
    let relation = match rest {
        "Equals" => Relation::Equals,
        "LessThan" => Relation::LessThan,
        "LessThanEquals" => Relation::LessThanEquals,
        "GreaterThan" => Relation::GreaterThan,
        "GreaterThanEquals" => Relation::GreaterThanEquals,
        _ => return None,
    };
    let compared = Type::named(type_name)?;
    (compared != Type::Boolean || relation == Relation::Equals).then_some((compared, relation))
}

impl Type {
    fn named(name: &str) -> Option<Type> {
        match name {
            "String" => Some(Type::String),
            "Numeric" => Some(Type::Numeric),
            "Boolean" => Some(Type::Boolean),
            "Timestamp" => Some(Type::Timestamp),
            _ => None,
        }
    }

    fn is_of(self, value: &Value) -> bool {
        if self == Type::Null { value.is_null() } else { self.order(value, value).is_some() }
    }

    /// How two values compare; `None` where one of them is of another type.
    fn order(self, left: &Value, right: &Value) -> Option<Ordering> {
        match self {
            Type::Null => None,
            Type::String => Some(left.as_str()?.cmp(right.as_str()?)),
            Type::Numeric => left.as_f64()?.partial_cmp(&right.as_f64()?),
            Type::Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
            Type::Timestamp => Some(timestamp(left.as_str()?)?.cmp(&timestamp(right.as_str()?)?)),
        }
    }
}

impl Relation {
    fn allows(self, order: Ordering) -> bool {
        match self {
            Relation::Equals => order.is_eq(),
            Relation::LessThan => order.is_lt(),
            Relation::LessThanEquals => order.is_le(),
            Relation::GreaterThan => order.is_gt(),
            Relation::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// RFC 3339 as the language narrows it: a capital T, and a capital Z or an offset in digits.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let is_narrow = text.chars().all(|c| c.is_ascii_digit() || "-+:.TZ".contains(c));
    let has_time = text.as_bytes().get(10) == Some(&b'T');
    if is_narrow && has_time { text.parse().ok() } else { None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Whether a rule holds for this input; `Err` with the path that finds nothing.
    fn holds(rule: Value) -> Result<bool, String> {
        let mut rule = rule;
        rule.as_object_mut().unwrap().insert("Next".to_owned(), json!("Anywhere"));
        let branch = Branch::parse("Choose", "Choices[0]", &rule).unwrap();
        let input = json!({"text": "report-7.json", "three": 3, "yes": true, "none": null,
                           "noon": "2026-12-01T12:00:00Z", "one": "2026-12-01T13:00:00+01:00"});
        branch.test.holds(Scope { input: &input, context: &json!({}) }).map_err(Path::to_string)
    }

    #[test]
    fn rules_hold_as_the_language_says() {
        let table = [
            (json!({"Variable": "$.text", "StringEquals": "report-7.json"}), true),
            (json!({"Variable": "$.text", "StringGreaterThan": "report-8"}), false),
            (json!({"Variable": "$.three", "NumericEquals": 3.0}), true),
            (json!({"Variable": "$.three", "NumericLessThanEquals": 2}), false),
            (json!({"Variable": "$.three", "NumericGreaterThanEqualsPath": "$.three"}), true),
            (json!({"Variable": "$.yes", "BooleanEquals": true}), true),
            (json!({"Variable": "$.noon", "TimestampEqualsPath": "$.one"}), true),
            (json!({"Variable": "$.noon", "TimestampLessThan": "2026-12-01T12:00:01Z"}), true),
            (json!({"Variable": "$.none", "IsNull": true}), true),
            (json!({"Variable": "$.noon", "IsTimestamp": true}), true),
            (json!({"Variable": "$.text", "IsTimestamp": false}), true),
            (json!({"Variable": "$.absent", "IsPresent": false}), true),
            (json!({"Not": {"Variable": "$.yes", "BooleanEquals": true}}), false),
            (json!({"Or": [{"Variable": "$.yes", "IsNull": true}, {"Variable": "$.three", "IsNumeric": true}]}), true),
        ];
        for (rule, expected) in table {
            assert_eq!(holds(rule.clone()), Ok(expected), "{rule}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_not_equal_and_is_no_error() {
        assert_eq!(holds(json!({"Variable": "$.three", "StringEquals": "3"})), Ok(false));
        assert_eq!(holds(json!({"Variable": "$.none", "BooleanEquals": false})), Ok(false));
    }

    #[test]
    fn an_absent_variable_is_an_error_unless_its_presence_is_asked_first() {
        let absent = json!({"Variable": "$.absent", "BooleanEquals": true});
        assert_eq!(holds(absent.clone()), Err("$.absent".to_owned()));
        assert_eq!(holds(json!({"And": [{"Variable": "$.absent", "IsPresent": true}, absent]})), Ok(false));
        assert_eq!(holds(json!({"Variable": "$.three", "NumericEqualsPath": "$.gone"})), Err("$.gone".to_owned()));
    }
}
