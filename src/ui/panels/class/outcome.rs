//! The picture of what each run came to against what was changed, drawn from what `ui::state::class::outcome` has laid out.

use super::chart::theme_of;
use super::choice::Choice;
use crate::charts::css;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::class::outcome::{BOTTOM, HEIGHT, LEFT, Picture, Point, RIGHT, TOP, WIDTH, picture};
use leptos::prelude::*;

/// A line of the grid from one end to the other.
fn line([x1, y1, x2, y2]: [f64; 4]) -> AnyView {
    view! { <line class="rate-grid" x1=x1 y1=y1 x2=x2 y2=y2 /> }.into_any()
}

/// A label at a place.
fn label(x: f64, y: f64, anchor: &'static str, words: String) -> AnyView {
    view! { <text class="rate-label" x=x y=y text-anchor=anchor>{words}</text> }.into_any()
}

/// A cross at a place, by which a run that came to no number is known.
fn cross(x: f64, y: f64) -> String {
    format!("M{:.1} {:.1}l10 10m0 -10l-10 10", x - 5.0, y - 5.0)
}

fn point(point: &Point, fill: String) -> AnyView {
    let Point { x, y, words, .. } = point.clone();
    let shape = if point.is_number { format!("M{:.1} {y:.1}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0", x - 6.0) } else { cross(x, y) };
    let class = if point.is_number { "class-point" } else { "class-point lost" };
    view! { <path class=class d=shape fill=fill.clone() stroke=fill><title>{words}</title></path> }.into_any()
}

fn figure(page: Page, of: &Picture, ordered: bool) -> AnyView {
    let theme = theme_of(page, ordered);
    let mut parts = Vec::new();
    for (x, words) in &of.x_ticks {
        parts.push(line([*x, TOP, *x, BOTTOM]));
        parts.push(label(*x, BOTTOM + 16.0, "middle", words.clone()));
    }
    for (y, words) in &of.y_ticks {
        parts.push(line([LEFT, *y, RIGHT, *y]));
        parts.push(label(LEFT - 6.0, y + 4.0, "end", words.clone()));
    }
    parts.push(label((LEFT + RIGHT) / 2.0, HEIGHT - 6.0, "middle", of.x_label.clone()));
    parts.push(label(LEFT, TOP - 10.0, "start", of.y_label.clone()));
    parts.extend(of.points.iter().map(|each| point(each, css(theme.colour(each.colour)))));
    view! {
        <svg class="class-outcome" id="class-outcome" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=of.words.clone()>{parts}</svg>
        <p class="note" id="class-outcome-words">{of.words.clone()}</p>
    }
    .into_any()
}

/// The picture; in its place a sentence while nothing was changed.
pub fn view(page: Page, choice: Choice) -> AnyView {
    let body = move || {
        choice.with(page, |results, series, setting, styles| match setting.map(|setting| picture(results, series, setting, styles)) {
            Some(Some(of)) => figure(page, &of, styles.ordered),
            Some(None) => lean::tag("p", "note", "No result has these values.".into_any()),
            None => lean::tag("p", "note", "All have the same setup: there is nothing to compare yet.".into_any()),
        })
    };
    view! { <div class="class-against"><h3>"What it came to"</h3>{lean::live(body)}</div> }.into_any()
}
