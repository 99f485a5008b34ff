//! The world that situations differ from: a source and a target in two accounts, one name, its record set. Holds no
//! expectation but how a planned world looks at the end.

use rehearsal::run::Report;
use serde_json::{Value, json};

pub struct Situation {
    pub world: Value,
    pub request: Value,
}

/// What makes a situation out of the plain one.
pub type Change = fn(&mut Situation);

pub const ONE: &str = "000000000001";
pub const TWO: &str = "000000000002";
pub const THREE: &str = "000000000003";
pub const SOURCE: &str = "xyz.cloudfront.net";
pub const TARGET: &str = "qrs.cloudfront.net";

pub fn situation(change: Change, execute: bool) -> Situation {
    let certificate =
        |account: &str, id: &str, names: Value| json!({"arn": format!("arn:aws:acm:us-east-1:{account}:certificate/{id}"), "names": names});
    let distribution = |id: &str, account: &str, domain: &str, aliases: Value, served: &str| {
        json!({"id": id, "account": account, "domainName": domain, "aliases": aliases,
               "origin": {"status": 200, "headers": {"x-served-by": served}},
               "certificate": format!("arn:aws:acm:us-east-1:{account}:certificate/{served}")})
    };
    let world = json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
        "accounts": [{"id": ONE}, {"id": TWO}, {"id": THREE}],
        "certificates": [certificate(ONE, "legacy", json!(["a.foo.com"])), certificate(TWO, "new", json!(["a.foo.com", "*.foo.com"]))],
        "distributions": [distribution("E1OLD", ONE, SOURCE, json!(["a.foo.com"]), "legacy"), distribution("E2NEW", TWO, TARGET, json!([]), "new")],
        "hostedZones": [{"id": "Z1FOO", "account": ONE, "name": "foo.com",
                         "records": [{"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [SOURCE]}]}],
    });
    let request = json!({"aliases": ["a.foo.com"],
        "source": {"account": ONE, "distribution": "E1OLD"}, "target": {"account": TWO, "distribution": "E2NEW"},
        "dns": {"account": ONE, "hostedZone": "Z1FOO"}, "execute": execute,
        "verify": {"path": "/", "status": 200, "header": {"x-served-by": "new"}}});
    let mut situation = Situation { world, request };
    change(&mut situation);
    situation
}

impl Situation {
    pub fn source(&mut self) -> &mut Value {
        &mut self.world["distributions"][0]
    }

    pub fn target(&mut self) -> &mut Value {
        &mut self.world["distributions"][1]
    }

    pub fn source_certificate(&mut self, names: &[&str]) {
        self.world["certificates"][0]["names"] = json!(names);
    }

    pub fn target_certificate(&mut self, names: &[&str]) {
        self.world["certificates"][1]["names"] = json!(names);
    }

    /// The names that move, on the source, with the target's certificate for each and for the wildcards above them.
    pub fn names(&mut self, names: &[&str]) {
        self.source()["aliases"] = json!(names);
        self.request["aliases"] = json!(names);
        self.source_certificate(names);
        let mut covered: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let above =
            names.iter().filter_map(|name| name.trim_start_matches("*.").split_once('.')).filter(|(_, parent)| parent.contains('.'));
        covered.extend(above.map(|(_, parent)| format!("*.{parent}")));
        covered.dedup();
        self.world["certificates"][1]["names"] = json!(covered);
        self.records(names.iter().map(|name| cname(name, SOURCE)).collect());
    }

    pub fn records(&mut self, records: Vec<Value>) {
        self.world["hostedZones"][0]["records"] = json!(records);
    }

    /// Source and target are one account's.
    pub fn one_account(&mut self) {
        let arn = format!("arn:aws:acm:us-east-1:{ONE}:certificate/new");
        self.world["certificates"][1]["arn"] = json!(arn);
        self.target()["certificate"] = json!(arn);
        self.target()["account"] = json!(ONE);
        self.request["target"]["account"] = json!(ONE);
    }

    pub fn accept_outage(&mut self) {
        self.request["acceptOutage"] = json!(true);
    }

    pub fn strategy(&mut self, name: &str) {
        self.request["strategy"] = json!(name);
    }

    /// The zone belongs to a third account.
    pub fn zone_elsewhere(&mut self) {
        self.world["hostedZones"][0]["account"] = json!(THREE);
        self.request["dns"]["account"] = json!(THREE);
    }

    /// Somebody else's distribution.
    pub fn third(&mut self, aliases: &[&str]) {
        let arn = format!("arn:aws:acm:us-east-1:{THREE}:certificate/third");
        self.world["certificates"].as_array_mut().unwrap().push(json!({"arn": arn, "names": aliases}));
        let third = json!({"id": "E3THIRD", "account": THREE, "domainName": "third.cloudfront.net", "aliases": aliases, "certificate": arn,
                           "origin": {"status": 200, "headers": {"x-served-by": "third"}}});
        self.world["distributions"].as_array_mut().unwrap().push(third);
    }

    pub fn apex(&mut self) {
        self.names(&["foo.com"]);
        self.records(vec![alias("foo.com", "A", SOURCE), alias("foo.com", "AAAA", SOURCE)]);
    }

    pub fn forget(&mut self, key: &str) {
        self.request.as_object_mut().unwrap().remove(key);
    }

    pub fn actor(&mut self, actor: Value) {
        if self.world.get("actors").is_none() {
            self.world["actors"] = json!([]);
        }
        self.world["actors"].as_array_mut().unwrap().push(actor);
    }

    /// Cutover's roles are not in the source's account; the zone is in another one.
    pub fn source_unreachable(&mut self) {
        self.world["accounts"][0]["roles"] = json!([]);
        self.zone_elsewhere();
    }
}

pub fn cname(name: &str, value: &str) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": 60, "values": [value]})
}

pub fn alias(name: &str, kind: &str, target: &str) -> Value {
    json!({"name": name, "type": kind, "aliasTarget": target})
}

/// The parts of a world that a cutover could change.
pub fn kept(world: &Value) -> Value {
    let of = |key: &str| world.get(key).cloned().unwrap_or(json!([]));
    json!({"distributions": of("distributions"), "tenants": of("tenants"), "hostedZones": of("hostedZones"),
           "externalZones": of("externalZones"), "certificates": of("certificates")})
}

/// Whether the first alias was served by anybody before anything was done.
pub fn served_at_the_start(world: &Value, request: &Value) -> bool {
    let name = request["aliases"][0].as_str().unwrap();
    let lists =
        |side: &&Value| ["aliases", "domains"].iter().any(|key| side[*key].as_array().is_some_and(|names| names.contains(&json!(name))));
    let of = |key: &str| world.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (distributions, tenants) = (of("distributions"), of("tenants"));
    let holder = distributions.iter().chain(&tenants).find(lists).cloned();
    holder.is_some_and(|side| side.get("enabled") != Some(&json!(false)))
}

/// The names are on the target and nowhere else, every record set that led to the source leads to the target and is the
/// same otherwise, and nothing else is different from the start.
pub fn assert_as_planned(at: &str, start: &Value, report: &Report) {
    let request = &report.document["request"];
    let moved: Vec<String> = request["aliases"].as_array().unwrap().iter().map(|alias| alias.as_str().unwrap().to_owned()).collect();
    let target = request["target"]["distribution"].as_str().or(request["target"]["distributionTenant"].as_str()).unwrap();
    let lists = |side: &Value, alias: &String| {
        ["aliases", "domains"].iter().any(|key| side[*key].as_array().is_some_and(|names| names.contains(&json!(alias))))
    };
    let (begun, ended) = (kept(start), kept(&report.world));
    for kind in ["distributions", "tenants"] {
        for (before, after) in begun[kind].as_array().unwrap().iter().zip(ended[kind].as_array().unwrap()) {
            for alias in &moved {
                assert_eq!(lists(after, alias), after["id"] == target, "{at}: {alias} on {}", after["id"]);
            }
            assert_eq!(without(before, &moved), without(after, &moved), "{at}: {} differs in nothing else", before["id"]);
        }
    }
    let sources: Vec<&str> = [&report.document["endpoints"]["source"]["domainName"]].iter().filter_map(|name| name.as_str()).collect();
    let destination = report.document["endpoints"]["target"]["domainName"].as_str().unwrap();
    if request.get("records").is_some() {
        return;
    }
    let named: Vec<String> =
        report.document["snapshot"].as_array().unwrap().iter().map(|name| name["name"].as_str().unwrap().to_owned()).collect();
    for kind in ["hostedZones", "externalZones"] {
        let mut wanted = begun[kind].clone();
        for zone in wanted.as_array_mut().unwrap() {
            for record in zone["records"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .filter(|record| named.contains(&record["name"].as_str().unwrap().to_owned()))
            {
                if sources.iter().any(|source| record["aliasTarget"] == *source) {
                    record["aliasTarget"] = json!(destination);
                }
                if sources.iter().any(|source| record["values"] == json!([source])) {
                    record["values"] = json!([destination]);
                }
            }
        }
        assert_eq!(sorted(&wanted), sorted(&ended[kind]), "{at}: {kind}");
    }
}

/// A distribution without the names that move.
fn without(side: &Value, moved: &[String]) -> Value {
    let mut side = side.clone();
    for key in ["aliases", "domains"] {
        if let Some(names) = side[key].as_array() {
            let mut rest: Vec<Value> = names.iter().filter(|name| !moved.iter().any(|alias| **name == json!(alias))).cloned().collect();
            rest.sort_by_key(Value::to_string);
            side[key] = json!(rest);
        }
    }
    if side["aliases"] == Value::Null {
        side["aliases"] = json!([]);
    }
    side
}

/// Record sets have no order.
fn sorted(zones: &Value) -> Value {
    let mut zones = zones.clone();
    for zone in zones.as_array_mut().unwrap() {
        zone["records"].as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    zones
}
