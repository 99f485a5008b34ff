//! A comparison as people read it. Must not know how it was made.

use super::{Comparison, Row};

/// What the columns and procedures are, below every table.
const LEGEND: [&str; 7] = [
    "by hand (a)   DNS first and seen by CloudFront, detach, look every 60 s until the source is Deployed, a person's",
    "              reaction of up to 120 s, attach; whatever is refused is tried again every 30 s",
    "by hand (b)   the same without the wait: attach 30 s after the detach",
    "outage        of a viewer at one location: the mean over locations and seeds, and the worst of all",
    "gaveUp        after two hours of refusals; the outage is counted until then, and goes on",
    "target serves all   from the beginning until no viewer anywhere meets anything else",
    "nameRelease   when AWS frees a name: once its removal is accepted, or once the source is deployed; nobody has told",
];

/// Lines of the table, the ratios and a legend.
pub fn table(comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![
        format!("{}, {} seeds: the same world, the same propagation, three ways to move", comparison.scenario, comparison.seeds),
        String::new(),
        format!(
            "{:<12} {:<24} {:<18} {:>12} {:>12} {:>18} {:>7}",
            "nameRelease", "procedure", "outcomes", "outage mean", "outage worst", "target serves all", "writes"
        ),
    ];
    lines.extend(comparison.rows.iter().map(line));
    lines.push(String::new());
    for ratios in &comparison.ratios {
        for (whose, ratio) in [("(a)", ratios.by_hand_deployed), ("(b)", ratios.by_hand_at_once)] {
            let compared = ratio.map_or(format!("cannot be compared with {whose}'s"), |ratio| format!("is {ratio:.3} of {whose}'s"));
            lines.push(format!("{}: Cutover's mean outage {compared}", ratios.name_release));
        }
    }
    for row in &comparison.rows {
        lines.extend(row.gave_up.iter().map(|why| format!("{}: {} gave up: {why}", row.name_release, called(row))));
    }
    lines.push(String::new());
    lines.extend(LEGEND.map(str::to_owned));
    lines
}

fn called(row: &Row) -> String {
    match (row.procedure, &row.strategy) {
        ("byHandDeployed", _) => "by hand (a)".to_owned(),
        ("byHandAtOnce", _) => "by hand (b)".to_owned(),
        (_, Some(strategy)) => format!("Cutover, {strategy}"),
        (_, None) => "Cutover".to_owned(),
    }
}

fn line(row: &Row) -> String {
    let outcomes: Vec<String> = row.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
    let all = row.target_serves_all_seconds_mean.map_or("never".to_owned(), |seconds| {
        let seconds = seconds.round() as u64;
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    });
    format!(
        "{:<12} {:<24} {:<18} {:>10.1} s {:>10.1} s {:>18} {:>7.1}",
        row.name_release,
        called(row),
        outcomes.join(", "),
        row.outage_seconds_mean,
        row.outage_seconds_worst,
        all,
        row.writes_mean
    )
}
