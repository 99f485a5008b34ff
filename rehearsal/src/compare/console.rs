//! What a person has who moves an alias by hand: an administrator's requests to AWS, one at a time, through the same
//! plug as the functions' own, with its latencies, rates and refusals. Must not know in which order they are sent.

use crate::clock::VirtualClock;
use crate::plug::{Plug, SharedWorld};
use crate::service::cloudfront_update::text_of;
use crate::wire::ROUTE53_NS;
use crate::world::names::normal;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use roxmltree::{Document, Node};
use std::collections::BTreeSet;

/// A thing of AWS, and the account that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Twelve digits.
    pub(super) account: String,
    /// A distribution's or a hosted zone's id.
    pub(super) id: String,
}

/// What AWS said instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Whether the config that was sent was not the newest.
    pub(super) stale: bool,
    /// For a person.
    pub(super) text: String,
}

fn unreadable(what: &str) -> Refusal {
    Refusal { stale: false, text: format!("{what} cannot be read") }
}

/// A config as it was read, edited and ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    body: String,
    etag: String,
}

/// Record sets that have to lead elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Leading {
    /// As `<Change>` elements.
    changes: String,
    /// The longest TTL among them, seconds.
    pub(super) ttl_seconds: u32,
}

/// An administrator of every account, at the simulated AWS.
#[derive(Debug, Clone)]
pub(super) struct Console {
    plug: Plug,
}

impl Console {
    pub(super) fn new(world: SharedWorld, clock: VirtualClock) -> Self {
        Self { plug: Plug::new(world, clock) }
    }

    /// A distribution's domain name, and whether it is deployed.
    pub(super) async fn look(&self, place: &Place) -> Result<(String, bool), Refusal> {
        let path = format!("/2020-05-31/distribution/{}", place.id);
        let (body, _) = self.send(&place.account, "cloudfront", "GET", &path, None, String::new()).await?;
        Ok((normal(&text_of(&body, "DomainName")), text_of(&body, "Status") == "Deployed"))
    }

    /// The config of `place` with `add` and without `remove`; `None` where it is so already.
    pub(super) async fn read_config(&self, place: &Place, add: &[String], remove: &[String]) -> Result<Option<Ready>, Refusal> {
        let path = format!("/2020-05-31/distribution/{}/config", place.id);
        let (body, etag) = self.send(&place.account, "cloudfront", "GET", &path, None, String::new()).await?;
        let edited = edit_aliases(&body, add, remove).ok_or_else(|| unreadable(&format!("the config of {}", place.id)))?;
        Ok((edited != body).then_some(Ready { body: edited, etag }))
    }

    pub(super) async fn update(&self, place: &Place, ready: Ready) -> Result<(), Refusal> {
        let path = format!("/2020-05-31/distribution/{}/config", place.id);
        self.send(&place.account, "cloudfront", "PUT", &path, Some(&ready.etag), ready.body).await.map(|_| ())
    }

    /// The record sets of `alias` that lead to `from`, each changed to lead to `to`.
    pub(super) async fn record_sets(&self, zone: &Place, alias: &str, from: &str, to: &str) -> Result<Leading, Refusal> {
        let path = format!("/2013-04-01/hostedzone/{}/rrset?name={alias}", zone.id);
        let (body, _) = self.send(&zone.account, "route53", "GET", &path, None, String::new()).await?;
        let document = Document::parse(&body).map_err(|_| unreadable("the list of record sets"))?;
        let mut leading = Leading::default();
        for set in document.descendants().filter(|node| node.tag_name().name() == "ResourceRecordSet") {
            let text = |name: &str| set.descendants().find(|node| node.tag_name().name() == name).and_then(|node| node.text());
            let Some(target) = leads_to(set, from).filter(|_| text("Name").is_some_and(|name| normal(name) == alias)) else { continue };
            let (Some(before), Some(after)) = (body.get(set.range().start..target.start), body.get(target.end..set.range().end)) else {
                continue;
            };
            leading.changes += &format!("<Change><Action>UPSERT</Action>{before}{to}{after}</Change>");
            let ttl = text("TTL").and_then(|ttl| ttl.parse().ok()).unwrap_or(0);
            leading.ttl_seconds = leading.ttl_seconds.max(ttl);
        }
        Ok(leading)
    }

    /// Sends the changes as one batch; the id of the change, as the path of a look at it. `None` where there is nothing
    /// to change.
    pub(super) async fn change(&self, zone: &Place, sets: &[Leading]) -> Result<Option<String>, Refusal> {
        let changes: String = sets.iter().map(|leading| leading.changes.as_str()).collect();
        if changes.is_empty() {
            return Ok(None);
        }
        let body = format!(
            "<ChangeResourceRecordSetsRequest xmlns=\"{ROUTE53_NS}\"><ChangeBatch><Changes>{changes}</Changes></ChangeBatch>\
             </ChangeResourceRecordSetsRequest>"
        );
        let path = format!("/2013-04-01/hostedzone/{}/rrset", zone.id);
        let (body, _) = self.send(&zone.account, "route53", "POST", &path, None, body).await?;
        Ok(Some(text_of(&body, "Id")))
    }

    pub(super) async fn in_sync(&self, zone: &Place, change: &str) -> Result<bool, Refusal> {
        let path = format!("/2013-04-01{change}");
        let (body, _) = self.send(&zone.account, "route53", "GET", &path, None, String::new()).await?;
        Ok(text_of(&body, "Status") == "INSYNC")
    }

    /// Body and ETag of the answer.
    async fn send(
        &self,
        account: &str,
        service: &str,
        method: &str,
        path: &str,
        if_match: Option<&str>,
        body: String,
    ) -> Result<(String, String), Refusal> {
        let scope = format!("AKIA{account}/20261201/us-east-1/{service}/aws4_request");
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://{service}.amazonaws.com{path}"))
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=simulated"));
        let request = if_match.into_iter().fold(request, |request, etag| request.header("if-match", etag));
        let request = request.body(SdkBody::from(body)).ok().and_then(|request| HttpRequest::try_from(request).ok());
        let request = request.ok_or_else(|| Refusal { stale: false, text: format!("{method} {path} is no request") })?;
        let answer = self.plug.call(request).await.map_err(|error| Refusal { stale: false, text: error.to_string() })?;
        heard(method, path, &answer)
    }
}

fn heard(method: &str, path: &str, answer: &HttpResponse) -> Result<(String, String), Refusal> {
    let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default()).into_owned();
    if answer.status().is_success() {
        return Ok((body, answer.headers().get("etag").unwrap_or_default().to_owned()));
    }
    let code = text_of(&body, "Code");
    let stale = ["PreconditionFailed", "InvalidIfMatchVersion"].contains(&code.as_str());
    let status = answer.status().as_u16();
    Err(Refusal { stale, text: format!("{method} {path}: HTTP {status} {code} {}", text_of(&body, "Message")) })
}

/// Where in the text the domain name stands that `set` leads to, if that is `domain`.
fn leads_to(set: Node<'_, '_>, domain: &str) -> Option<std::ops::Range<usize>> {
    let names = set.descendants().filter(|node| ["Value", "DNSName"].contains(&node.tag_name().name()));
    let mut texts = names.filter_map(|node| node.children().find(Node::is_text));
    texts.find(|node| node.text().is_some_and(|name| normal(name) == domain)).map(|node| node.range())
}

/// `config` with another `<Aliases>` and every other byte as it was; `config` itself where the aliases are right.
fn edit_aliases(config: &str, add: &[String], remove: &[String]) -> Option<String> {
    let document = Document::parse(config).ok()?;
    let element = document.root_element().children().find(|node| node.tag_name().name() == "Aliases")?;
    let names = element.descendants().filter(|node| node.tag_name().name() == "CNAME");
    let before: BTreeSet<String> = names.filter_map(|node| node.text()).map(normal).collect();
    let mut after = before.clone();
    after.extend(add.iter().cloned());
    after.retain(|alias| !remove.contains(alias));
    if after == before {
        return Some(config.to_owned());
    }
    let (head, tail) = (config.get(..element.range().start)?, config.get(element.range().end..)?);
    // An alias holds letters, digits, hyphens, dots and a star: nothing to escape.
    let items: String = after.iter().map(|alias| format!("<CNAME>{alias}</CNAME>")).collect();
    let items = if items.is_empty() { items } else { format!("<Items>{items}</Items>") };
    Some(format!("{head}<Aliases><Quantity>{}</Quantity>{items}</Aliases>{tail}", after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::CLOUDFRONT_NS;

    #[test]
    fn a_person_edits_the_aliases_and_nothing_else() {
        let config = |aliases: &str| {
            format!("<DistributionConfig xmlns=\"{CLOUDFRONT_NS}\"><New>x</New><Aliases>{aliases}</Aliases><Comment/></DistributionConfig>")
        };
        let one = config("<Quantity>1</Quantity><Items><CNAME>a.foo.com</CNAME></Items>");
        let none = config("<Quantity>0</Quantity>");
        let alias = ["a.foo.com".to_owned()];
        assert_eq!(edit_aliases(&one, &[], &alias), Some(none.clone()));
        assert_eq!(edit_aliases(&none, &alias, &[]), Some(one.clone()));
        assert_eq!(edit_aliases(&one, &alias, &[]), Some(one), "what is right already is left alone");
        assert_eq!(edit_aliases("<DistributionConfig/>", &alias, &[]), None);
    }
}
