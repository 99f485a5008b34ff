//! Routed record sets: several sets of one name and type, told apart by their identifiers, of which one answers
//! (R53-7). Must not know who asks, nor what a set leads to.

use super::World;
use super::input::RecordInput;
use super::names::normal;
use rand::RngExt;

/// The routing policies that a set carries, as Route 53 names their elements: one for a member of a routed name.
pub fn policies(set: &RecordInput) -> Vec<&'static str> {
    let carries = |element: &str| set.extra_xml.as_ref().is_some_and(|xml| xml.contains(&format!("<{element}>")));
    let all = [
        ("Weight", set.weight.is_some()),
        ("Region", set.region.is_some()),
        ("Failover", set.failover.is_some()),
        ("GeoLocation", set.geo_location.is_some()),
        ("MultiValueAnswer", set.multi_value_answer == Some(true)),
        ("CidrRoutingConfig", carries("CidrRoutingConfig")),
        ("GeoProximityLocation", carries("GeoProximityLocation")),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

/// Route 53's word for the sets of a policy.
fn kind_of(set: &RecordInput) -> &'static str {
    match policies(set).first() {
        Some(&"Weight") => "weighted",
        Some(&"Region") => "latency",
        Some(&"Failover") => "failover",
        Some(&"GeoLocation") => "geolocation",
        Some(&"MultiValueAnswer") => "multivalue answer",
        Some(&"CidrRoutingConfig") => "cidr",
        Some(&"GeoProximityLocation") => "geoproximity",
        _ => "simple",
    }
}

/// What only one member of a routed name may have.
fn place(set: &RecordInput) -> Option<String> {
    let region = set.region.as_ref().map(|region| format!("Region Name={region}"));
    let failover = set.failover.as_ref().map(|failover| format!("Failover={failover}"));
    let geo = set.geo_location.as_ref().map(|geo| format!("GeoLocation={geo}"));
    region.or(failover).or(geo)
}

/// Why `set` cannot join `others`, the other sets of its name, in Route 53's words (R53-9).
pub fn mixed(others: &[RecordInput], set: &RecordInput) -> Option<String> {
    let others: Vec<&RecordInput> = others.iter().filter(|other| other.kind == set.kind).collect();
    if others.is_empty() {
        return None;
    }
    let (name, kind) = (normal(&set.name), &set.kind);
    let Some(identifier) = &set.set_identifier else {
        return Some(format!(
            "RRSet with DNS name {name}., type {kind} cannot be created as other RRSets exist with the same name and type."
        ));
    };
    let own = kind_of(set);
    if others.iter().any(|other| kind_of(other) != own) {
        return Some(format!(
            "RRSet with DNS name {name}., type {kind}, SetIdentifier {identifier} cannot be created as a non-{own} set exists with the same name and type."
        ));
    }
    let place = place(set)?;
    let taken = others.iter().any(|other| self::place(other).as_ref() == Some(&place));
    taken.then(|| {
        let what = place.split(['=', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        format!(
            "RRSet with DNS name {name}., type {kind}, SetIdentifier {identifier}, and {place} cannot be created because a {own} RRSet with the same name, type and {what} already exists."
        )
    })
}

/// What is wrong with all sets of a name together: weighted sets share one TTL, and of a failover pair one set at most
/// leads to CloudFront (R53-7).
pub fn wrong_together(name: &str, sets: &[RecordInput]) -> Option<String> {
    let of_kind = |set: &RecordInput| sets.iter().filter(|other| other.kind == set.kind).collect::<Vec<_>>();
    let ttl_differs = |set: &&RecordInput| {
        set.weight.is_some() && set.ttl.is_some() && of_kind(set).iter().any(|other| other.ttl.is_some_and(|ttl| Some(ttl) != set.ttl))
    };
    if let Some(set) = sets.iter().find(ttl_differs) {
        let identifier = set.set_identifier.as_deref().unwrap_or_default();
        return Some(format!(
            "RRSet with DNS name {name}. and type {}, SetIdentifier {identifier} cannot be created as weighted sets must contain the same TTL.",
            set.kind
        ));
    }
    let to_cloudfront = |set: &RecordInput| set.failover.is_some() && set.alias_target.is_some() && set.alias_zone.is_none();
    let pair = |set: &&RecordInput| to_cloudfront(set) && of_kind(set).iter().filter(|other| to_cloudfront(other)).count() > 1;
    sets.iter().find(pair).map(|set| {
        format!("RRSet with DNS name {name}. and type {} cannot be created as both failover sets are aliases of CloudFront.", set.kind)
    })
}

impl World {
    /// Which of `members`, the sets of one name and type, answers whoever asks from the place that `asker` names: by
    /// weight, of regions and places any, always the same for one asker; of a failover pair the primary.
    pub(super) fn chosen<'a>(&self, name: &str, members: &[&'a RecordInput], asker: &str) -> Option<&'a RecordInput> {
        let first = *members.first()?;
        if first.set_identifier.is_none() {
            return Some(first);
        }
        let mut members = members.to_vec();
        members.sort_by(|left, right| left.set_identifier.cmp(&right.set_identifier));
        if let Some(primary) = members.iter().find(|set| set.failover.as_deref() == Some("PRIMARY")) {
            return Some(primary);
        }
        let weight = |set: &RecordInput| u64::from(set.weight.unwrap_or(1));
        let all: u64 = members.iter().map(|set| weight(set)).sum();
        // Where every weight is 0, all are equal.
        let share = |set: &RecordInput| if all == 0 { 1.0 / members.len() as f64 } else { weight(set) as f64 / all as f64 };
        let mut left: f64 = self.draws(&format!("route/{name}/{asker}")).random_range(0.0..1.0);
        for set in &members {
            left -= share(set);
            if left < 0.0 {
                return Some(set);
            }
        }
        members.iter().rev().find(|set| share(set) > 0.0).copied()
    }
}
