//! The states of a definition as types, and the strict reading of each.
//! Must not know the other states (whether a `Next` exists is the definition's business), nor how a state runs.

use super::choice::{Branch, timestamp};
use super::definition::{DefinitionError, Graph};
use super::fields::{Fields, SECONDS_MAX};
use super::path::Path;
use super::retry::{Catcher, Retrier};
use super::template::Template;
use jiff::Timestamp;
use serde_json::Value;

/// One state. A document path of `None` is the language's null.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) input_path: Option<Path>,
    pub(super) output_path: Option<Path>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Task(Box<Task>),
    Map(Box<MapState>),
    Choice { branches: Vec<Branch>, default: Option<String> },
    Wait { until: Until, goal: Goal },
    Pass { result: Option<Value>, parameters: Option<Box<Template>>, result_path: Option<Path>, goal: Goal },
    Succeed,
    Fail { error: Option<Words>, cause: Option<Words> },
}

#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) resource: String,
    pub(super) parameters: Option<Template>,
    pub(super) result_path: Option<Path>,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) clauses: Clauses,
    pub(super) goal: Goal,
}

/// A Map state of the mode INLINE: a graph of its own for each member of a list.
#[derive(Debug, Clone)]
pub(super) struct MapState {
    pub(super) items: Path,
    pub(super) selector: Option<Template>,
    pub(super) graph: Graph,
    /// How many iterations run at a time.
    pub(super) concurrency_max: usize,
    pub(super) result_path: Option<Path>,
    pub(super) clauses: Clauses,
    pub(super) goal: Goal,
}

/// What becomes of an error in a state.
#[derive(Debug, Clone)]
pub(super) struct Clauses {
    pub(super) retry: Vec<Retrier>,
    pub(super) catch: Vec<Catcher>,
}

/// Where a state leads.
#[derive(Debug, Clone)]
pub(super) enum Goal {
    Next(String),
    End,
}

#[derive(Debug, Clone)]
pub(super) enum Until {
    Seconds(u64),
    SecondsPath(Path),
    Timestamp(Timestamp),
    TimestampPath(Path),
}

/// A Fail state's error or cause.
#[derive(Debug, Clone)]
pub(super) enum Words {
    Given(String),
    At(Path),
}

impl Kind {
    /// The state's `Type`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Task(_) => "Task",
            Kind::Map(_) => "Map",
            Kind::Choice { .. } => "Choice",
            Kind::Wait { .. } => "Wait",
            Kind::Pass { .. } => "Pass",
            Kind::Succeed => "Succeed",
            Kind::Fail { .. } => "Fail",
        }
    }
}

impl State {
    pub(super) fn parse(name: &str, value: &Value) -> Result<State, DefinitionError> {
        let mut fields = Fields::of(Some(name), "", value)?;
        query_language(&mut fields)?;
        let kind = match fields.need_text("Type")? {
            "Task" => task(name, &mut fields)?,
            "Map" => map(name, &mut fields)?,
            "Choice" => choice(name, &mut fields)?,
            "Wait" => wait(&mut fields)?,
            "Pass" => pass(&mut fields)?,
            "Succeed" => Kind::Succeed,
            "Fail" => fail(&mut fields)?,
            other => return Err(fields.refuse("Type", format!("{other} is not implemented"))),
        };
        let (input_path, output_path) = match kind {
            // A Fail state has no input or output processing, so that the two are refused as unknown.
            Kind::Fail { .. } => (Some(Path::whole()), Some(Path::whole())),
            _ => (fields.document_path("InputPath")?, fields.document_path("OutputPath")?),
        };
        fields.finish()?;
        Ok(State { input_path, output_path, kind })
    }

    /// Every state that this one may lead to, with the field that says so.
    pub(super) fn targets(&self) -> Vec<(String, &str)> {
        let numbered = |clause: &str, at: usize| format!("{clause}[{at}].Next");
        match &self.kind {
            Kind::Task(task) => task.clauses.targets().into_iter().chain(task.goal.target()).collect(),
            Kind::Map(map) => map.clauses.targets().into_iter().chain(map.goal.target()).collect(),
            Kind::Choice { branches, default } => {
                let chosen = branches.iter().enumerate();
                let chosen = chosen.map(|(at, branch)| (numbered("Choices", at), branch.next.as_str()));
                chosen.chain(default.iter().map(|next| ("Default".to_owned(), next.as_str()))).collect()
            }
            Kind::Wait { goal, .. } | Kind::Pass { goal, .. } => goal.target().into_iter().collect(),
            Kind::Succeed | Kind::Fail { .. } => Vec::new(),
        }
    }

    /// The clauses that a run may or may not take.
    pub(super) fn clauses(&self) -> Vec<String> {
        let numbered = |clause: &'static str, count: usize| (0..count).map(move |at| format!("{clause}[{at}]"));
        match &self.kind {
            Kind::Task(task) => task.clauses.keys(),
            Kind::Map(map) => map.clauses.keys(),
            Kind::Choice { branches, default } => {
                numbered("Choices", branches.len()).chain(default.iter().map(|_| "Default".to_owned())).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Clauses {
    fn targets(&self) -> Vec<(String, &str)> {
        self.catch.iter().enumerate().map(|(at, catcher)| (format!("Catch[{at}].Next"), catcher.next.as_str())).collect()
    }

    fn keys(&self) -> Vec<String> {
        let retry = (0..self.retry.len()).map(|at| format!("Retry[{at}]"));
        retry.chain((0..self.catch.len()).map(|at| format!("Catch[{at}]"))).collect()
    }
}

impl Goal {
    fn parse(fields: &mut Fields<'_>) -> Result<Goal, DefinitionError> {
        match (fields.text("Next")?, fields.take("End")) {
            (Some(next), None) => Ok(Goal::Next(next.to_owned())),
            (None, Some(Value::Bool(true))) => Ok(Goal::End),
            (None, None) => Err(fields.refuse("Next", "is missing, and so is End")),
            (Some(_), Some(_)) => Err(fields.refuse("End", "stands beside Next")),
            (None, Some(_)) => Err(fields.refuse("End", "has to be true")),
        }
    }

    fn target(&self) -> Option<(String, &str)> {
        match self {
            Goal::Next(next) => Some(("Next".to_owned(), next)),
            Goal::End => None,
        }
    }
}

/// Accepts the one query language that is implemented.
pub(super) fn query_language(fields: &mut Fields<'_>) -> Result<(), DefinitionError> {
    match fields.text("QueryLanguage")? {
        None | Some("JSONPath") => Ok(()),
        Some(other) => Err(fields.refuse("QueryLanguage", format!("{other} is not implemented"))),
    }
}

fn template(fields: &mut Fields<'_>, name: &'static str, with_item: bool) -> Result<Option<Template>, DefinitionError> {
    let Some(value) = fields.take(name) else { return Ok(None) };
    if !value.is_object() {
        return Err(fields.refuse(name, "has to be an object"));
    }
    Template::parse(name, value, with_item).map(Some).map_err(|(place, problem)| fields.refuse(&place, problem))
}

fn parameters(fields: &mut Fields<'_>) -> Result<Option<Template>, DefinitionError> {
    template(fields, "Parameters", false)
}

fn clauses(name: &str, fields: &mut Fields<'_>) -> Result<Clauses, DefinitionError> {
    let (retry, catch) = (fields.list("Retry")?, fields.list("Catch")?);
    let retrier = |(at, (place, value)): (usize, &(String, &Value))| Retrier::parse(name, place, value, at + 1 == retry.len());
    let catcher = |(at, (place, value)): (usize, &(String, &Value))| Catcher::parse(name, place, value, at + 1 == catch.len());
    Ok(Clauses {
        retry: retry.iter().enumerate().map(retrier).collect::<Result<_, _>>()?,
        catch: catch.iter().enumerate().map(catcher).collect::<Result<_, _>>()?,
    })
}

fn task(name: &str, fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    let resource = fields.need_text("Resource")?.to_owned();
    if resource.contains(".sync") || resource.ends_with(".waitForTaskToken") {
        return Err(fields.refuse("Resource", "waits for more than a response, which is not implemented"));
    }
    Ok(Kind::Task(Box::new(Task {
        resource,
        parameters: parameters(fields)?,
        result_path: fields.document_path("ResultPath")?,
        timeout_seconds: fields.whole("TimeoutSeconds", 1..=SECONDS_MAX)?,
        clauses: clauses(name, fields)?,
        goal: Goal::parse(fields)?,
    })))
}

/// The most iterations of an INLINE map that run at a time.
const CONCURRENCY_MAX: u64 = 40;

fn map(name: &str, fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    let mut processor = Fields::of(Some(name), "ItemProcessor", fields.need("ItemProcessor")?)?;
    if let Some(config) = processor.take("ProcessorConfig") {
        let mut config = Fields::of(Some(name), "ItemProcessor.ProcessorConfig", config)?;
        if config.text("Mode")?.is_some_and(|mode| mode != "INLINE") {
            return Err(config.refuse("Mode", "has to be INLINE: no other is implemented"));
        }
        config.finish()?;
    }
    let graph = Graph::parse(&mut processor)?;
    processor.finish()?;
    // 0 is the language's word for as many as there may be.
    let concurrency_max = fields.whole("MaxConcurrency", 0..=CONCURRENCY_MAX)?.filter(|most| *most > 0).unwrap_or(CONCURRENCY_MAX);
    Ok(Kind::Map(Box::new(MapState {
        items: fields.input_path("ItemsPath")?.unwrap_or_else(Path::whole),
        selector: template(fields, "ItemSelector", true)?,
        graph,
        concurrency_max: usize::try_from(concurrency_max).unwrap_or(1),
        result_path: fields.document_path("ResultPath")?,
        clauses: clauses(name, fields)?,
        goal: Goal::parse(fields)?,
    })))
}

fn choice(name: &str, fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    fields.need("Choices")?;
    let branches = fields.list("Choices")?;
    let branches = branches.iter().map(|(place, value)| Branch::parse(name, place, value));
    let branches = branches.collect::<Result<_, _>>()?;
    Ok(Kind::Choice { branches, default: fields.text("Default")?.map(str::to_owned) })
}

fn wait(fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    let mut given = Vec::new();
    given.extend(fields.whole("Seconds", 0..=SECONDS_MAX)?.map(Until::Seconds));
    given.extend(fields.input_path("SecondsPath")?.map(Until::SecondsPath));
    if let Some(text) = fields.text("Timestamp")? {
        let moment = timestamp(text).ok_or_else(|| fields.refuse("Timestamp", "is not a timestamp"))?;
        given.push(Until::Timestamp(moment));
    }
    given.extend(fields.input_path("TimestampPath")?.map(Until::TimestampPath));
    match (given.pop(), given.is_empty()) {
        (Some(until), true) => Ok(Kind::Wait { until, goal: Goal::parse(fields)? }),
        _ => Err(fields.refuse("Seconds", "or exactly one of SecondsPath, Timestamp, TimestampPath is needed")),
    }
}

fn pass(fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    Ok(Kind::Pass {
        result: fields.take("Result").cloned(),
        parameters: parameters(fields)?.map(Box::new),
        result_path: fields.document_path("ResultPath")?,
        goal: Goal::parse(fields)?,
    })
}

fn fail(fields: &mut Fields<'_>) -> Result<Kind, DefinitionError> {
    let mut words = |name, by_path| match (fields.text(name)?, fields.input_path(by_path)?) {
        (Some(_), Some(_)) => Err(fields.refuse(by_path, format!("stands beside {name}"))),
        (Some(text), None) => Ok(Some(Words::Given(text.to_owned()))),
        (None, path) => Ok(path.map(Words::At)),
    };
    Ok(Kind::Fail { error: words("Error", "ErrorPath")?, cause: words("Cause", "CausePath")? })
}
