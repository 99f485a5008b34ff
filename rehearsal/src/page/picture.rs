//! The picture of who served viewers when: a stacked area over time as SVG, exact up to half a pixel, with a line and
//! words for every change. Must not know where its numbers come from.

use super::marks::{Kind, Mark};
use super::since;
use crate::world::Millis;
use maud::{Markup, html};
use std::collections::BTreeMap;

const WIDTH: f64 = 1080.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 16.0;
const PLOT_HEIGHT: f64 = 240.0;
const ROW: f64 = 19.0;
/// Rows of words above the plot; what does not fit shares the highest.
const ROWS_MAX: usize = 24;
/// Width of a letter at 12 px, a little more than the mean.
const LETTER: f64 = 6.7;
/// Steps along the time axis, seconds.
const TICKS: [i64; 15] = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400, 172_800];
/// Most steps along the time axis.
const TICKS_MAX: i64 = 10;

/// Source, target, others, nobody: class and word.
pub(super) const LAYERS: [(&str, &str); 4] = [("source", "source"), ("target", "target"), ("other", "others"), ("nobody", "NOBODY")];

/// What is drawn.
pub(super) struct Picture<'a> {
    /// When it begins.
    pub(super) start: Millis,
    /// When it ends.
    pub(super) end: Millis,
    /// Percent of source, target, others and nobody from each moment on.
    pub(super) shares: &'a [(Millis, [f64; 4])],
    /// Ids of source and target.
    pub(super) ids: [&'a str; 2],
    /// The changes.
    pub(super) marks: &'a [Mark],
}

/// A word's place above the plot.
struct Placed<'a> {
    mark: &'a Mark,
    x: f64,
    from: f64,
    until: f64,
    row: usize,
}

impl Picture<'_> {
    /// The whole picture.
    pub(super) fn draw(&self) -> Markup {
        let placed = self.place();
        let rows = placed.iter().map(|placed| placed.row + 1).max().unwrap_or(0);
        let top = rows as f64 * ROW + 10.0;
        let bottom = top + PLOT_HEIGHT;
        let (strip, height) = (bottom + 10.0, bottom + 62.0);
        html! {
            svg.picture viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(self.in_words()) {
                (weaves())
                @for percent in [0, 25, 50, 75, 100] {
                    @let y = bottom - PLOT_HEIGHT * f64::from(percent) / 100.0;
                    line.grid x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(y)) y2=(px(y)) {}
                    text.faint x=(px(LEFT - 8.0)) y=(px(y + 4.0)) text-anchor="end" { (percent) " %" }
                }
                @for (index, (class, word)) in LAYERS.into_iter().enumerate() {
                    @let path = self.area(index, bottom);
                    @if !path.is_empty() {
                        g { title { "served by " (word) }
                            path class=(format!("fill-{class}")) d=(path) {}
                            path fill=(format!("url(#weave-{class})")) d=(path) {} }
                    }
                }
                @for tick in self.ticks() {
                    @let x = self.x(self.start + tick * 1000);
                    line.grid x1=(px(x)) x2=(px(x)) y1=(px(bottom)) y2=(px(bottom + 6.0)) {}
                    text.faint x=(px(x)) y=(px(bottom + 38.0)) text-anchor="middle" { (since(tick * 1000)) }
                }
                rect.frame x=(px(LEFT)) y=(px(top)) width=(px(WIDTH - RIGHT - LEFT)) height=(px(PLOT_HEIGHT)) {}
                @for (from, until) in self.unserved() {
                    rect.fill-nobody x=(px(self.x(from))) y=(px(strip)) width=(px((self.x(until) - self.x(from)).max(2.0))) height="8" {
                        title { "unserved at some locations from " (since(from - self.start)) " to " (since(until - self.start)) }
                    }
                }
                @for Placed { mark, x, from, row, .. } in &placed {
                    @let y = top - 10.0 - *row as f64 * ROW;
                    @let class = match mark.kind { Kind::Edit => "mark", Kind::Turn => "mark turn", Kind::Stranger => "mark stranger" };
                    line class=(class) x1=(px(*x)) x2=(px(*x)) y1=(px(if from < x { y + 4.0 } else { y - 9.0 })) y2=(px(bottom)) {}
                }
                // All words after all lines: where one must cross the other, the words stay readable.
                @for Placed { mark, from, row, .. } in &placed {
                    text.haloed x=(px(*from)) y=(px(top - 10.0 - *row as f64 * ROW)) {
                        title { (since(mark.at - self.start)) " " (mark.text) }
                        (mark.text)
                    }
                }
                (self.insides(bottom))
                text.faint x=(px(LEFT)) y=(px(height - 6.0)) { "time since the beginning, h:mm:ss" }
                @if !self.unserved().is_empty() {
                    text.faint x=(px(WIDTH - RIGHT)) y=(px(height - 6.0)) text-anchor="end" { "bar below the plot: unserved somewhere" }
                }
            }
        }
    }

    /// The picture for who cannot see it.
    fn in_words(&self) -> String {
        let says = |shares: &[f64; 4]| {
            let parts = LAYERS.iter().zip(shares).filter(|(_, share)| **share > 0.0);
            parts.map(|((_, word), share)| format!("{share:.1} % {word}")).collect::<Vec<_>>().join(", ")
        };
        let (first, last) = (self.shares.first(), self.shares.last());
        let [first, last] = [first, last].map(|moment| moment.map_or(String::new(), |(_, shares)| says(shares)));
        format!("Who served viewers. At the beginning: {first}. At the end: {last}. {} changes are marked.", self.marks.len())
    }

    fn x(&self, at: Millis) -> f64 {
        let whole = (self.end - self.start).max(1) as f64;
        LEFT + (at.clamp(self.start, self.end) - self.start) as f64 / whole * (WIDTH - LEFT - RIGHT)
    }

    fn ticks(&self) -> Vec<i64> {
        let seconds = (self.end - self.start) / 1000;
        let step = TICKS.into_iter().find(|step| seconds / step <= TICKS_MAX).unwrap_or_else(|| (seconds / TICKS_MAX).max(1));
        // The last word would stick out over the edge when it is too near.
        (0..=seconds / step).map(|tick| tick * step).collect()
    }

    /// Steps of at least half a pixel. Where several changes fall into one half pixel, it shows the worst for viewers,
    /// and the next one the last.
    fn steps(&self) -> Vec<(f64, [f64; 4])> {
        let mut halves: BTreeMap<i64, ([f64; 4], [f64; 4])> = BTreeMap::new();
        for (at, shares) in self.shares {
            let (worst, last) = halves.entry((self.x(*at) * 2.0).floor() as i64).or_insert((*shares, *shares));
            let ([.., nobody], [.., most]) = (shares, &*worst);
            if nobody >= most {
                *worst = *shares;
            }
            *last = *shares;
        }
        let mut steps = vec![];
        for (half, (worst, last)) in &halves {
            steps.push((*half as f64 / 2.0, *worst));
            if worst != last && !halves.contains_key(&(half + 1)) {
                steps.push(((half + 1) as f64 / 2.0, *last));
            }
        }
        steps
    }

    /// The outline of one layer; empty where it never shows.
    fn area(&self, layer: usize, bottom: f64) -> String {
        let steps = self.steps();
        if steps.iter().all(|(_, shares)| shares.get(layer).is_none_or(|share| *share <= 0.0)) {
            return String::new();
        }
        let y = |shares: &[f64; 4], layers: usize| bottom - PLOT_HEIGHT * shares.iter().take(layers).sum::<f64>() / 100.0;
        let ends: Vec<f64> = steps.iter().skip(1).map(|(x, _)| *x).chain([WIDTH - RIGHT]).collect();
        let mut path = String::new();
        for ((x, shares), end) in steps.iter().zip(&ends) {
            let verb = if path.is_empty() { 'M' } else { 'L' };
            path += &format!("{verb}{} {}H{}", px(*x), px(y(shares, layer + 1)), px(*end));
        }
        for ((x, shares), end) in steps.iter().zip(&ends).rev() {
            path += &format!("L{} {}H{}", px(*end), px(y(shares, layer)), px(*x));
        }
        path + "Z"
    }

    /// From when until when somebody somewhere was unserved.
    fn unserved(&self) -> Vec<(Millis, Millis)> {
        let mut spans: Vec<(Millis, Millis)> = vec![];
        let ends = self.shares.iter().skip(1).map(|(at, _)| *at).chain([self.end]);
        for ((at, [.., nobody]), end) in self.shares.iter().zip(ends) {
            match spans.last_mut() {
                _ if *nobody <= 0.0 => {}
                Some((_, until)) if until == at => *until = end,
                _ => spans.push((*at, end)),
            }
        }
        spans
    }

    /// A word in every layer that is large enough for it, in the middle of its longest stretch of half the plot.
    fn insides(&self, bottom: f64) -> Markup {
        let steps = self.steps();
        let words = LAYERS.into_iter().enumerate().filter_map(|(layer, (_, word))| {
            let share = |shares: &[f64; 4]| shares.get(layer).copied().unwrap_or(0.0);
            let (mut best, mut open): (Option<(f64, f64)>, Option<f64>) = (None, None);
            let end = (WIDTH - RIGHT, [0.0; 4]);
            for (x, shares) in steps.iter().chain([&end]) {
                match (share(shares) >= 50.0, open) {
                    (true, None) => open = Some(*x),
                    (false, Some(from)) => {
                        open = None;
                        if best.is_none_or(|(a, b)| x - from > b - a) {
                            best = Some((from, *x));
                        }
                    }
                    _ => {}
                }
            }
            let text = match self.ids.get(layer) {
                Some(id) => format!("{word} {id}"),
                None => word.to_owned(),
            };
            let (from, until) = best.filter(|(from, until)| until - from > text.chars().count() as f64 * 9.5)?;
            let middle = (from + until) / 2.0;
            let (_, shares) = steps.iter().rev().find(|(x, _)| *x <= middle)?;
            let below: f64 = shares.iter().take(layer).sum();
            Some((text, middle, bottom - PLOT_HEIGHT * (below + share(shares) / 2.0) / 100.0 + 5.0))
        });
        html! { @for (text, x, y) in words { text class="haloed inside" x=(px(x)) y=(px(y)) text-anchor="middle" { (text) } } }
    }

    /// Every mark's words in a row of their own height, so that no words cover others and, where that can be had, no
    /// line crosses words. Later marks lie lower.
    fn place(&self) -> Vec<Placed<'_>> {
        let mut placed: Vec<Placed<'_>> = vec![];
        for mark in self.marks.iter().rev() {
            let (x, width) = (self.x(mark.at), mark.text.chars().count() as f64 * LETTER);
            // At the right edge the words stand on their line and not beside it.
            let from = (x + 5.0).min(WIDTH - width - 2.0).max(0.0);
            let until = from + width;
            let covers = |other: &Placed<'_>| from < other.until + 8.0 && other.from < until + 8.0;
            let crossed = |row: usize, other: &Placed<'_>| {
                (other.row < row && (other.from..other.until).contains(&x)) || (other.row > row && (from..until).contains(&other.x))
            };
            let free = |row: &usize| placed.iter().all(|other| other.row != *row || !covers(other));
            let clear = |row: &usize| placed.iter().all(|other| !crossed(*row, other));
            let row = (0..ROWS_MAX).find(|row| free(row) && clear(row)).or_else(|| (0..ROWS_MAX).find(free)).unwrap_or(ROWS_MAX);
            placed.push(Placed { mark, x, from, until, row });
        }
        placed
    }
}

/// A second sign beside the colour: stripes one way, the other way, dots, a grid.
pub(super) fn weaves() -> Markup {
    html! {
        defs {
            pattern id="weave-source" width="8" height="8" patternUnits="userSpaceOnUse" {}
            pattern id="weave-target" width="8" height="8" patternUnits="userSpaceOnUse" { path.weave d="M-2 2L2 -2M0 8L8 0M6 10L10 6" {} }
            pattern id="weave-other" width="8" height="8" patternUnits="userSpaceOnUse" { path.weave d="M0 4H8" {} }
            pattern id="weave-nobody" width="8" height="8" patternUnits="userSpaceOnUse" { path.weave d="M0 0L8 8M8 0L0 8" {} }
        }
    }
}

fn px(length: f64) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture<'a>(shares: &'a [(Millis, [f64; 4])], marks: &'a [Mark]) -> Picture<'a> {
        Picture { start: 0, end: 1_000_000, shares, ids: ["E1", "E2"], marks }
    }

    #[test]
    fn an_outage_too_short_for_a_pixel_is_drawn_all_the_same() {
        let shares = [(0, [100.0, 0.0, 0.0, 0.0]), (500_000, [0.0, 0.0, 0.0, 100.0]), (500_001, [0.0, 100.0, 0.0, 0.0])];
        let picture = picture(&shares, &[]);
        assert_eq!(picture.unserved(), [(500_000, 500_001)]);
        let steps = picture.steps();
        assert!(steps.iter().any(|(_, [.., nobody])| *nobody == 100.0), "{steps:?}");
        assert_eq!(steps.last().map(|(_, shares)| *shares), Some([0.0, 100.0, 0.0, 0.0]));
        assert!(!picture.area(3, 0.0).is_empty() && picture.area(2, 0.0).is_empty());
    }

    #[test]
    fn no_words_cover_others() {
        let mark = |at| Mark { at, kind: Kind::Edit, text: "3/5 E1LEGACYXYZ loses a.foo.com".to_owned() };
        let marks = [0, 10, 20_000, 400_000, 900_000, 999_000, 1_000_000].map(mark);
        let picture = picture(&[], &marks);
        let placed = picture.place();
        for (index, a) in placed.iter().enumerate() {
            for b in placed.iter().skip(index + 1) {
                assert!(a.row != b.row || a.until < b.from || b.until < a.from, "{} {}", a.mark.at, b.mark.at);
            }
            assert!(a.from >= 0.0 && a.until <= WIDTH);
        }
    }
}
