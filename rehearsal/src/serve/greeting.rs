//! What a served world says of itself at the beginning and at the end: lines that can be pasted as they are. Must not
//! know how anything is served.

use super::{Served, Server};
use serde_json::Value;

/// The lines with which a server begins.
pub fn greeting(server: &Server) -> Vec<String> {
    let options = server.options();
    let address = server.address();
    let home = server.world.input.home_account.as_str();
    let keys = |account: &str| {
        format!(
            "export AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID=AKIA{account} AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1"
        )
    };
    let passes = if server.stands_between_requests() {
        "time stands between requests".to_owned()
    } else {
        format!("a second here is {} s there", options.speed)
    };
    let mut lines = vec![
        format!("# A simulated AWS at http://{address}, on this machine only. It is {}; {passes}.", server.world.input.now),
        String::new(),
        format!("# {home}, the home account: the state machine and the functions"),
        keys(home),
    ];
    for account in server.world.input.accounts.iter().filter(|account| account.id != home) {
        let name = account.name.as_deref().map(|name| format!(", {}", name.escape_debug())).unwrap_or_default();
        lines.push(format!("# {}{name}", account.id));
        lines.push(keys(&account.id));
    }
    lines.push(String::new());
    lines.push("# with the keys of an account that has distributions".to_owned());
    lines.push("aws cloudfront list-distributions --query 'DistributionList.Items[].[Id,Status,Aliases.Items]' --output json".to_owned());
    let machine = format!("arn:aws:states:us-east-1:{home}:stateMachine:cutover");
    if let Some((_, path)) = &options.request {
        lines.push("# with the keys of the home account".to_owned());
        lines.push(format!(
            "aws stepfunctions start-execution --state-machine-arn {machine} --name first --input file://{}",
            quoted(&path.display().to_string())
        ));
        let arn = format!("arn:aws:states:us-east-1:{home}:execution:cutover:first");
        lines.push(format!("aws stepfunctions describe-execution --execution-arn {arn} --query status"));
    }
    if let Some(alias) = alias(server) {
        lines.push("# with no keys at all: who serves viewers".to_owned());
        lines.push(format!("curl -i -H 'Host: {alias}' http://{address}/"));
    }
    lines.push(String::new());
    lines
}

/// A name to ask for: one of the request's, or else any that is served.
fn alias(server: &Server) -> Option<String> {
    let requested = server.options().request.as_ref().and_then(|(request, _)| request.pointer("/aliases/0")).and_then(Value::as_str);
    let served = || server.world.input.distributions.iter().flat_map(|distribution| &distribution.aliases).next().map(String::as_str);
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    requested.or_else(served).filter(plain).map(str::to_owned)
}

/// As a shell takes it.
fn quoted(path: &str) -> String {
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

impl Served {
    /// The lines with which it ends.
    pub fn summary(&self) -> Vec<String> {
        let list = |counts: Vec<(&str, u64)>| {
            let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
        };
        let mut lines = vec![
            format!("requests     {}", list(self.requests.iter().map(|(name, count)| (name.as_str(), *count)).collect())),
            format!(
                "calls        {} (the steps' own included)",
                list(self.calls.iter().map(|(name, count)| (name.as_str(), *count)).collect())
            ),
            format!("executions   {}", list(self.executions.iter().map(|(name, count)| (*name, *count)).collect())),
        ];
        if !self.finished {
            lines.push("stopped      before every reply was finished".to_owned());
        }
        lines
    }
}
