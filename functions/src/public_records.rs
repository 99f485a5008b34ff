//! Whether the name servers of a name's zone answer given record sets, where nobody's API can be asked. Must not know who
//! edits the zone.

use crate::viewer::{NotResolved, PublicRecord, ServerRecords, Viewer};
use cutover::name::Alias;
use cutover::record_set::RecordSet;
use std::collections::BTreeMap;

/// The first server that answers other than `sets`; `None` where every one answers exactly these, whatever their TTL.
///
/// # Errors
/// Where the servers could not be asked.
pub(crate) async fn differs(viewer: &dyn Viewer, name: &Alias, sets: &[RecordSet]) -> Result<Option<String>, NotResolved> {
    let servers = viewer.records(name.as_str()).await?;
    let wanted: BTreeMap<&str, Vec<String>> = sets.iter().map(|set| (set.kind.as_str(), values(set))).collect();
    let other = |server: &&ServerRecords| {
        let answered: BTreeMap<&str, Vec<String>> =
            server.records.iter().map(|record| (record.kind.as_str(), record.values.clone())).collect();
        answered != wanted
    };
    Ok(match servers.iter().find(other) {
        Some(server) => Some(format!("{} answers {}", server.server, told(&server.records))),
        None if servers.is_empty() => Some("no server answers".to_owned()),
        None => None,
    })
}

/// As a server's answer has them: sorted, names in lower case without final dot.
fn values(set: &RecordSet) -> Vec<String> {
    let mut values: Vec<String> = match set.leads_to() {
        Some(name) => vec![name],
        None => set.values.clone(),
    };
    values.sort();
    values
}

fn told(records: &[PublicRecord]) -> String {
    if records.is_empty() {
        return "nothing".to_owned();
    }
    let one = |record: &PublicRecord| format!("{} {}", record.kind, record.values.join(" "));
    records.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::viewer::{NotServed, Page, PageRequest, PublicZone, ServerTxt};
    use async_trait::async_trait;

    /// Sees one CNAME at each server.
    struct Servers(Vec<&'static str>);

    #[async_trait]
    impl Viewer for Servers {
        async fn txt(&self, _: &str) -> Result<Vec<ServerTxt>, NotResolved> {
            Err(NotResolved("not asked".to_owned()))
        }
        async fn zone_of(&self, _: &str) -> Result<PublicZone, NotResolved> {
            Err(NotResolved("not asked".to_owned()))
        }
        async fn records(&self, _: &str) -> Result<Vec<ServerRecords>, NotResolved> {
            let record = |value: &&str| PublicRecord { kind: "CNAME".to_owned(), ttl: 17, values: vec![(*value).to_owned()] };
            let server = |value: &&str| ServerRecords {
                server: "ns-1.example".to_owned(),
                records: Some(record(value)).filter(|record| record.values != [""]).into_iter().collect(),
            };
            Ok(self.0.iter().map(server).collect())
        }
        async fn get(&self, _: &PageRequest) -> Result<Page, NotServed> {
            Err(NotServed::TimedOut(0))
        }
    }

    fn cname() -> RecordSet {
        let values = vec!["QRS.cloudfront.net.".to_owned()];
        RecordSet { kind: "CNAME".to_owned(), ttl: Some(300), values, alias_target: None, routing: None }
    }

    #[tokio::test]
    async fn every_server_must_answer_the_sets_and_nothing_else() {
        let name = Alias::parse("a.foo.com").unwrap();
        let seen = async |servers: Vec<&'static str>, sets: &[RecordSet]| differs(&Servers(servers), &name, sets).await.unwrap();
        assert_eq!(seen(vec!["qrs.cloudfront.net"; 2], &[cname()]).await, None, "neither dot nor case nor TTL");
        let behind = seen(vec!["qrs.cloudfront.net", "xyz.cloudfront.net"], &[cname()]).await;
        assert_eq!(behind.as_deref(), Some("ns-1.example answers CNAME xyz.cloudfront.net"));
        assert_eq!(seen(vec![""], &[cname()]).await.as_deref(), Some("ns-1.example answers nothing"));
        assert!(seen(vec!["qrs.cloudfront.net"], &[]).await.is_some(), "a set that should not be there");
        assert!(seen(vec![], &[cname()]).await.is_some(), "nobody was asked");
    }
}
