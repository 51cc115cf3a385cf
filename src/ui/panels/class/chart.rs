//! All curves of a class in one chart, with the meaning of their colours; the line of the table that is looked at is drawn thicker.

use super::choice::Choice;
use crate::charts::{Chart, HoverReadout, SeriesLookup, Style, Theme, css, format_value};
use crate::ui::page::Page;
use crate::ui::parts::controls::swatch;
use crate::ui::parts::lean::{self, Node, tag};
use crate::ui::state::class::curves::{Curves, known, spec};
use leptos::html::Div;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// The most values that are told under the cursor.
const MOST_TOLD: usize = 6;

/// The charts' colours for styles that may be ordered.
pub fn theme_of(page: Page, ordered: bool) -> Theme {
    let theme = page.appearance.get().chart_theme();
    if ordered { theme.ordered() } else { theme }
}

/// The values at the cursor: the first few of them.
fn told(reading: &HoverReadout, name: &str) -> String {
    let unit = known(name).unit;
    let told = |label: &str, value| format!("{label} {}", format_value(value, unit));
    let mut words: Vec<String> = reading.entries.iter().take(MOST_TOLD).map(|entry| told(&entry.label, entry.value)).collect();
    if reading.entries.len() > MOST_TOLD {
        words.push(format!("and {} more", reading.entries.len() - MOST_TOLD));
    }
    words.join(", ")
}

/// The chart.
pub fn view(page: Page, choice: Choice) -> AnyView {
    let host = Node::<Div>::new();
    let curves: Rc<RefCell<Curves>> = Rc::default();
    let chart = StoredValue::new_local(None::<Chart>);
    let (words, cursor) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    lean::effect(move || {
        let Some(host) = host.get() else { return };
        let (spec, theme) = choice.with(page, |results, series, _, styles| {
            curves.replace(Curves::of(results));
            (spec(results, series, styles), theme_of(page, styles.ordered))
        });
        let name = spec.series.first().map_or(String::new(), |curve| curve.name.clone());
        // Of so many curves each in words would be too much to listen to.
        let label = format!("{} of {} runs; the values are in the table below", known(&name).title, spec.series.len());
        let lender: Rc<RefCell<dyn SeriesLookup>> = curves.clone();
        if chart.with_value(Option::is_none) {
            let made = Chart::mount(&host, spec.clone(), lender, theme.clone(), &page.inner().painter);
            if let Some(made) = &made {
                let show = move |range| {
                    chart.try_with_value(|chart| chart.as_ref().map(|chart| chart.update_spec(|spec| spec.x_range = range)));
                };
                made.on_range(Rc::new(show));
            }
            chart.set_value(made);
        }
        chart.with_value(|chart| {
            let Some(chart) = chart else { return };
            chart.on_hover(Rc::new(move |reading| cursor.set(reading.map_or(String::new(), |reading| told(&reading, &name)))));
            chart.set_theme(theme);
            chart.update_spec(|old| {
                let range = old.x_range;
                *old = spec;
                old.x_range = range;
            });
            words.set(label);
        });
    });
    // Apart from the rest: it follows the pointer over the table.
    lean::effect(move || {
        let looked_at = page.class.looked_at.get();
        chart.with_value(|chart| {
            let Some(chart) = chart else { return };
            chart.update_spec(|spec| {
                for curve in &mut spec.series {
                    curve.style.width = if curve.run == looked_at { 4.0 } else { 1.75 };
                }
            });
        });
    });
    on_cleanup(move || drop(chart.try_update_value(Option::take)));
    let legend = move || {
        choice.with(page, |_, _, setting, styles| {
            let theme = theme_of(page, styles.ordered);
            let entry = |(style, words): &(Style, String)| {
                tag("span", "class-key", lean::list([swatch(css(theme.colour(style.colour))), words.clone().into_any()]).into_any())
            };
            let name = setting.map_or(String::new(), |setting| format!("{}: ", setting.label));
            lean::list([name.into_any(), lean::list(styles.legend.iter().map(entry)).into_any()]).into_any()
        })
    };
    view! {
        <div class="class-chart">
            <h3>"Every run"</h3>
            <p class="note class-legend" id="class-legend">{lean::live(legend)}</p>
            <div class="chart" id="class-chart" node_ref=host role="application" aria-roledescription="chart" aria-label=move || words.get()></div>
            <p class="note class-cursor">{move || cursor.get()}</p>
        </div>
    }
    .into_any()
}
