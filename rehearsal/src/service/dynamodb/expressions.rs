//! Expressions as DynamoDB takes them: what it refuses in their text, and what of them is not simulated. Must not know
//! what they are evaluated on.

use super::invalid;
use crate::wire::Reply;
use std::collections::{BTreeSet, HashMap};
use winterbaume_dynamodb::expr::{CompOp, Expr, Operand, evaluate, parse_expression, parse_update_expression};
use winterbaume_dynamodb::types::{AttributeValue, Item, PathSegment, UpdateAction};

/// Longest expression, bytes, and most operators and functions in it. They bound how deep one nests.
const BYTES_MAX: usize = 4096;
const OPERATORS_MAX: usize = 300;
/// Deepest value.
const DEPTH_MAX: usize = 32;

/// The words of the expressions themselves.
const KEYWORDS: [&str; 9] = ["ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"];

/// Reserved words that somebody could take for the name of an attribute here: written bare they are refused, in any
/// case. AWS has more than five hundred.
const RESERVED: [&str; 63] = [
    "ACTION",
    "AT",
    "BACK",
    "BY",
    "CLASS",
    "COMMENT",
    "CONDITION",
    "CONNECTION",
    "COUNT",
    "COUNTER",
    "CURRENT",
    "DATA",
    "DATE",
    "DOMAIN",
    "DURATION",
    "END",
    "ERROR",
    "FINAL",
    "FIRST",
    "HASH",
    "IDENTITY",
    "INDEX",
    "ITEM",
    "ITEMS",
    "KEY",
    "KEYS",
    "LAST",
    "LEVEL",
    "LIST",
    "LOCK",
    "LOG",
    "MEMBER",
    "METHOD",
    "NAME",
    "NAMES",
    "NEXT",
    "NUMBER",
    "ON",
    "OPERATOR",
    "OWNER",
    "PATH",
    "PLAN",
    "POSITION",
    "RECORD",
    "REGION",
    "RELEASE",
    "REQUEST",
    "RESULT",
    "ROLE",
    "ROLES",
    "SOURCE",
    "START",
    "STATE",
    "STATUS",
    "TIME",
    "TIMESTAMP",
    "TOKEN",
    "TTL",
    "TYPE",
    "UNTIL",
    "USER",
    "VALUE",
    "ZONE",
];

/// The expressions of one action, and what they use of its names and values.
pub(super) struct Expressions<'a> {
    names: &'a HashMap<String, String>,
    values: &'a HashMap<String, AttributeValue>,
    used: BTreeSet<String>,
}

/// The words of an expression, placeholders with their sign, and whether each is called.
fn words(expression: &str) -> Vec<(&str, bool)> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = vec![];
    let mut rest = expression;
    // Each turn takes at least one character off.
    while let Some(first) = rest.chars().next() {
        let sign = if "#:".contains(first) { first.len_utf8() } else { 0 };
        let tail = rest.get(sign..).unwrap_or_default();
        let length = sign + tail.find(|c| !in_word(c)).unwrap_or(tail.len());
        let taken = if length == 0 { first.len_utf8() } else { length };
        let (word, after) = rest.split_at(taken);
        if length > 0 {
            words.push((word, after.trim_start().starts_with('(')));
        }
        rest = after;
    }
    words
}

impl<'a> Expressions<'a> {
    /// Expressions that may use these names and values.
    pub(super) fn new(names: &'a HashMap<String, String>, values: &'a HashMap<String, AttributeValue>) -> Self {
        Self { names, values, used: BTreeSet::new() }
    }

    /// Reads the text of one: what DynamoDB refuses before it looks at any item.
    pub(super) fn reads(&mut self, kind: &str, expression: Option<&str>) -> Result<(), Reply> {
        let Some(expression) = expression else { return Ok(()) };
        let refuse = |why: String| Err(invalid(&format!("Invalid {kind}: {why}")));
        if expression.trim().is_empty() {
            return refuse("The expression can not be empty;".to_owned());
        }
        let operators = expression.matches('(').count() + expression.to_ascii_uppercase().matches("NOT").count();
        if expression.len() > BYTES_MAX || operators > OPERATORS_MAX {
            return refuse(format!(
                "Expression size has exceeded the maximum allowed size of {BYTES_MAX} bytes, or {OPERATORS_MAX} operators"
            ));
        }
        for (word, called) in words(expression) {
            let upper = word.to_ascii_uppercase();
            if word.starts_with(['#', ':']) {
                self.used.insert(word.to_owned());
            } else if !called && !KEYWORDS.contains(&upper.as_str()) && RESERVED.contains(&upper.as_str()) {
                return refuse(format!("Attribute name is a reserved keyword; reserved keyword: {word}"));
            }
        }
        Ok(())
    }

    /// What was given and not used is refused.
    pub(super) fn all_used(&self) -> Result<(), Reply> {
        let unused = |kind: &str, given: BTreeSet<&String>| {
            let unused: Vec<&str> = given.into_iter().filter(|name| !self.used.contains(*name)).map(String::as_str).collect();
            if unused.is_empty() {
                return Ok(());
            }
            Err(invalid(&format!("Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{}}}", unused.join(", "))))
        };
        unused("Names", self.names.keys().collect())?;
        unused("Values", self.values.keys().collect())?;
        self.values.values().try_for_each(|value| sound(value, 0))
    }

    /// A condition or filter.
    pub(super) fn condition(&mut self, kind: &str, expression: Option<&str>) -> Result<Option<Expr>, Reply> {
        self.reads(kind, expression)?;
        let Some(expression) = expression else { return Ok(None) };
        let wrong = |message: String| invalid(&format!("Invalid {kind}: {message}"));
        let parsed = parse_expression(expression, self.names, self.values).map_err(wrong)?;
        simulated(&parsed).map_err(|what| super::refuse("NotSimulated", &format!("{kind}: {what}")))?;
        Ok(Some(parsed))
    }

    /// An update.
    pub(super) fn update(&mut self, expression: Option<&str>) -> Result<Vec<UpdateAction>, Reply> {
        self.reads("UpdateExpression", expression)?;
        let Some(expression) = expression else { return Ok(vec![]) };
        let actions = parse_update_expression(expression, self.names, self.values).map_err(|message| invalid(&message))?;
        let paths: Vec<&[PathSegment]> = actions.iter().map(path).map(|(_, rest)| rest).collect();
        let heads: Vec<&str> = actions.iter().map(path).map(|(head, _)| head).collect();
        if let Some(key) = heads.iter().find(|head| crate::world::registry::TABLE_KEYS.contains(head)) {
            let message =
                format!("One or more parameter values were invalid: Cannot update attribute {key}. This attribute is part of the key");
            return Err(invalid(&message));
        }
        for (at, (head, rest)) in heads.iter().zip(&paths).enumerate() {
            let mut earlier = heads.iter().zip(&paths).take(at);
            if earlier.any(|(other, path)| other == head && (path.starts_with(rest) || rest.starts_with(path))) {
                let message = format!(
                    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path: [{head}]"
                );
                return Err(invalid(&message));
            }
        }
        Ok(actions)
    }
}

/// The attribute that an action changes, and where in it.
fn path(action: &UpdateAction) -> (&str, &[PathSegment]) {
    match action {
        UpdateAction::Set { path, .. } | UpdateAction::Remove(path) => match path.split_first() {
            Some((PathSegment::Attr(head), rest)) => (head, rest),
            _ => ("", &[]),
        },
        UpdateAction::Add(head, _) | UpdateAction::Delete(head, _) => (head, &[]),
    }
}

/// Whether the parent of what an action sets is in the item: AWS makes none up.
pub(super) fn has_parent(item: &Item, action: &UpdateAction) -> bool {
    let UpdateAction::Set { path, .. } = action else { return true };
    let parent = path.split_last().map(|(_, parent)| parent).unwrap_or_default();
    parent.is_empty() || evaluate(&Expr::AttributeExists(parent.to_vec()), item)
}

/// A value that DynamoDB takes.
pub(super) fn sound(value: &AttributeValue, depth: usize) -> Result<(), Reply> {
    if depth > DEPTH_MAX {
        return Err(invalid("Nesting Levels have exceeded supported limits"));
    }
    let number = |text: &String| text.parse::<f64>().is_ok_and(f64::is_finite);
    let numbers = |fine: bool| if fine { Ok(()) } else { Err(invalid("The parameter cannot be converted to a numeric value")) };
    let set = |members: &[String]| {
        let distinct: BTreeSet<&String> = members.iter().collect();
        if members.is_empty() || distinct.len() < members.len() {
            return Err(invalid("One or more parameter values were invalid: an empty set, or one with duplicates"));
        }
        Ok(())
    };
    match value {
        AttributeValue::N(text) => numbers(number(text)),
        AttributeValue::SS(members) | AttributeValue::BS(members) => set(members),
        AttributeValue::NS(members) => set(members).and_then(|()| numbers(members.iter().all(number))),
        AttributeValue::L(members) => members.iter().try_for_each(|member| sound(member, depth + 1)),
        AttributeValue::M(fields) => fields.values().try_for_each(|field| sound(field, depth + 1)),
        _ => Ok(()),
    }
}

/// Whether winterbaume evaluates this as AWS does.
fn simulated(expression: &Expr) -> Result<(), &'static str> {
    let scalar = |operand: &Operand| {
        use AttributeValue::{Bool, N, Null, S};
        match operand {
            Operand::Value(S(_) | N(_) | Bool(_) | Null(_)) | Operand::Path(_) | Operand::Size(_) => Ok(()),
            Operand::Value(_) => Err("comparisons with lists, maps, sets and bytes are not simulated"),
        }
    };
    match expression {
        Expr::And(one, other) | Expr::Or(one, other) => simulated(one).and_then(|()| simulated(other)),
        Expr::Not(inner) => simulated(inner),
        Expr::Comparison(_, CompOp::Ne, _) => Err("<> is not simulated; NOT a = b says what becomes of an attribute that is not there"),
        Expr::Comparison(left, _, right) => scalar(left).and_then(|()| scalar(right)),
        Expr::Between(value, low, high) => [value, low, high].into_iter().try_for_each(scalar),
        Expr::In(value, list) => scalar(value).and_then(|()| list.iter().try_for_each(scalar)),
        Expr::Contains(..) => Err("contains is not simulated"),
        Expr::AttributeExists(_) | Expr::AttributeNotExists(_) | Expr::AttributeType(..) | Expr::BeginsWith(..) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_placeholders_and_calls() {
        let found = words("attribute_not_exists (#a) AND b.c[0]=:v1");
        let bare = |word: &'static str| (word, false);
        assert_eq!(found, [("attribute_not_exists", true), bare("#a"), bare("AND"), bare("b"), bare("c"), bare("0"), bare(":v1")]);
        assert!(words("äöü # (:) ").len() > 1, "whatever it is, it ends");
    }
}
