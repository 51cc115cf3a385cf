//! The panel of the learning-rate test: loss against rate, the steepest fall, and a button that sets that rate.

use crate::domain::callback::rate_test::{Curve, FEWEST_RATES, SMOOTHED_LOSS, SUGGESTION};
use crate::domain::callback::spec::CallbackSpec;
use crate::domain::number::short_number;
use crate::domain::run::event::series;
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::format::{format_count, format_number};
use crate::ui::parts::lean;
use crate::ui::session::{Author, Intent};
use crate::ui::state::store::Run;
use leptos::prelude::*;

/// Size of the drawing, in its own units.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 260.0;
/// Room for the axes' numbers.
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 34.0;
const TOP: f64 = 10.0;
/// The largest number of points of a line: more than there are columns of pixels.
const MOST_POINTS: usize = 1_500;

/// The recorded values of a run's test.
struct Test {
    /// The rate and raw loss of each batch.
    raw: Vec<(f64, f64)>,
    /// The rate and smoothed loss as the test saw it.
    smoothed: Vec<(f64, f64)>,
    /// The curve on which the suggestion rests.
    curve: Curve,
    suggestion: Option<f64>,
    batches: usize,
}

fn smoothing_of(run: &Run) -> Option<f64> {
    run.config.callbacks.iter().find_map(|spec| match spec {
        CallbackSpec::LrFinder { smoothing, .. } => Some(*smoothing),
        _ => None,
    })
}

impl Test {
    /// The test of `run`; `None` where it had none, or has recorded nothing of it yet.
    fn of(run: &Run) -> Option<Self> {
        let smoothing = smoothing_of(run)?;
        let rates = run.series.get(series::LEARNING_RATE)?;
        let losses = run.series.get(SMOOTHED_LOSS)?;
        let rate_at = |step: u32| run.value_at(series::LEARNING_RATE, step).map(f64::from);
        let smoothed: Vec<(f64, f64)> = losses.iter().filter_map(|(step, loss)| Some((rate_at(step)?, f64::from(loss)))).collect();
        let raw: Vec<(f64, f64)> =
            losses.iter().filter_map(|(step, _)| Some((rate_at(step)?, f64::from(run.value_at(series::BATCH_LOSS, step)?)))).collect();
        let suggestion = run.series.get(SUGGESTION).and_then(crate::domain::record::series::Series::last).map(|(_, rate)| f64::from(rate));
        Some(Self { curve: Curve::of(&raw, smoothing), raw, smoothed, suggestion, batches: rates.len() })
    }
}

/// The axes: rates (logarithmic) and losses become places in the drawing.
struct Axes {
    rates: (f64, f64),
    losses: (f64, f64),
}

impl Axes {
    /// The axes around all smoothed points; raw ones outside are not drawn.
    fn around(test: &Test) -> Option<Self> {
        let rates = (test.smoothed.first()?.0.log10(), test.smoothed.last()?.0.log10());
        let all = || test.smoothed.iter().chain(&test.curve.points).map(|&(_, loss)| loss).filter(|loss| loss.is_finite());
        let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
        let air = ((high - low) * 0.08).max(1e-6);
        Some(Self { rates: (rates.0, rates.1.max(rates.0 + 1e-9)), losses: (low - air, high + air) })
    }

    fn x(&self, rate: f64) -> f64 {
        LEFT + (rate.log10() - self.rates.0) / (self.rates.1 - self.rates.0) * (WIDTH - LEFT - 8.0)
    }

    fn y(&self, loss: f64) -> f64 {
        TOP + (self.losses.1 - loss) / (self.losses.1 - self.losses.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn line(&self, points: &[(f64, f64)]) -> String {
        let every = points.len().div_ceil(MOST_POINTS).max(1);
        let last = points.len().saturating_sub(1);
        let shown = points.iter().enumerate().filter(|(index, (_, loss))| loss.is_finite() && (index % every == 0 || *index == last));
        shown.map(|(_, &(rate, loss))| format!("{:.1},{:.1}", self.x(rate), self.y(loss))).collect::<Vec<_>>().join(" ")
    }

    fn contains(&self, loss: f64) -> bool {
        (self.losses.0..=self.losses.1).contains(&loss)
    }
}

fn grid(axes: &Axes) -> impl IntoView + use<> {
    let decades = axes.rates.0.ceil() as i32..=axes.rates.1.floor() as i32;
    let every = (decades.clone().count() / 9 + 1) as i32;
    let xs = decades.filter(|decade| decade.rem_euclid(every) == 0).map(|decade| {
        let x = axes.x(10_f64.powi(decade));
        view! {
            <line class="rate-grid" x1=x y1=TOP x2=x y2=HEIGHT - BOTTOM />
            <text class="rate-label" x=x y=HEIGHT - BOTTOM + 15.0 text-anchor="middle">{format!("1e{decade}")}</text>
        }
    });
    let ys = (0..5).map(|i| axes.losses.0 + (axes.losses.1 - axes.losses.0) * f64::from(i) / 4.0).map(|loss| {
        let y = axes.y(loss);
        view! {
            <line class="rate-grid" x1=LEFT y1=y x2=WIDTH - 8.0 y2=y />
            <text class="rate-label" x=LEFT - 6.0 y=y + 4.0 text-anchor="end">{format!("{loss:.2}")}</text>
        }
    });
    view! {
        {lean::list(xs)}{lean::list(ys)}
        <text class="rate-label" x=(LEFT + WIDTH) / 2.0 y=HEIGHT - 3.0 text-anchor="middle">"learning rate"</text>
    }
}

fn words(test: &Test) -> String {
    let (first, last) = (test.smoothed.first().map_or(f64::NAN, |p| p.0), test.smoothed.last().map_or(f64::NAN, |p| p.0));
    let lowest = test.smoothed.iter().copied().reduce(|best, point| if point.1 < best.1 { point } else { best });
    let mut words = format!("{} rates from {first:.1e} to {last:.1e}.", format_count(test.batches as f64));
    if let Some((rate, loss)) = lowest {
        words.push_str(&format!(" The smoothed loss is lowest, {loss:.3} nats, at {rate:.1e}."));
    }
    match test.suggestion {
        Some(rate) => words.push_str(&format!(" It falls fastest at {}: the suggested rate.", short_number(rate))),
        None if test.batches < FEWEST_RATES as usize => words.push_str(" These are too few to suggest a rate."),
        None => words.push_str(" No rate is suggested: the loss has not clearly fallen."),
    }
    words
}

fn figure(test: &Test) -> Option<impl IntoView + use<>> {
    let axes = Axes::around(test)?;
    let every = test.raw.len().div_ceil(MOST_POINTS).max(1);
    let dots: Vec<_> = test
        .raw
        .iter()
        .step_by(every)
        .filter(|(_, loss)| axes.contains(*loss))
        .map(|&(rate, loss)| view! { <circle class="rate-dot" cx=axes.x(rate) cy=axes.y(loss) r="1.6" /> })
        .collect();
    let mark = test.suggestion.zip(test.curve.steepest).map(|(rate, steepest)| {
        // A piece of the tangent, a third of a decade to either side.
        let reach = 10_f64.powf(1.0 / 3.0);
        let at = |factor: f64| (rate * factor, steepest.loss + steepest.slope * factor.ln());
        let ends = axes.line(&[at(1.0 / reach), at(reach)]);
        let x = axes.x(rate);
        let anchor = if x > WIDTH * 0.7 { ("end", -6.0) } else { ("start", 6.0) };
        view! {
            <line class="rate-mark" x1=x y1=TOP x2=x y2=HEIGHT - BOTTOM />
            <polyline class="rate-tangent" points=ends />
            <circle class="rate-point" cx=x cy=axes.y(steepest.loss) r="4" />
            <text class="rate-note" x=x + anchor.1 y=TOP + 12.0 text-anchor=anchor.0>{format!("suggested {rate:.2e}")}</text>
        }
    });
    Some(view! {
        <figure class="rate-figure">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=words(test)>
                {grid(&axes)}{dots}
                <polyline class="rate-seen" points=axes.line(&test.smoothed) />
                <polyline class="rate-curve" points=axes.line(&test.curve.points) />
                {lean::some(mark)}
            </svg>
            <figcaption>"Dots: each batch's loss in nats. Dashed: smoothed as the test saw it, by which it stops. Solid: smoothed in both directions, up to its lowest point, on which the suggestion rests; the short line is its steepest slope."</figcaption>
        </figure>
    })
}

/// The panel; absent unless the shown run had the test.
pub fn view(page: Page) -> impl IntoView {
    // Drawn anew when points have come, not with every other change of the record.
    let state = lean::memo(move || {
        page.version.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.shown().filter(|run| smoothing_of(run).is_some())?;
        let points = run.series.get(SMOOTHED_LOSS).map_or(0, crate::domain::record::series::Series::len);
        let suggestion = run.series.get(SUGGESTION).and_then(crate::domain::record::series::Series::last).map(|(_, rate)| rate);
        // While it runs, in steps of an eighth: a picture of thousands of points is not made for each of them.
        let grain = (points / 8).next_power_of_two().max(1);
        Some((run.id, if suggestion.is_some() { points } else { points / grain * grain }, suggestion))
    });
    let content = move || {
        state.get()?;
        let inner = page.inner();
        let store = inner.store.borrow();
        let test = Test::of(store.shown()?)?;
        Some(view! { {lean::some(figure(&test))}<p class="note" id="rate-words">{words(&test)}</p> })
    };
    let suggestion = move || state.get().and_then(|(.., rate)| rate);
    let said = RwSignal::new(String::new());
    let take = move |_| {
        let Some(rate) = suggestion() else { return };
        // Three digits: the test cannot tell more, and the field stays readable.
        let rate: f64 = format!("{rate:.2e}").parse().unwrap_or(f64::from(rate));
        match page.intend(Intent::SetLearningRate { rate, by: Author::Visitor }) {
            Ok(()) => {
                page.config.update(|config| config.callbacks.retain(|spec| !matches!(spec, CallbackSpec::LrFinder { .. })));
                said.set(format!(
                    "The learning rate in the setup is {} now, and the test is switched off: the next start trains.",
                    format_number(rate)
                ));
            }
            Err(error) => page.notify(error),
        }
    };
    view! {
        <section class="panel" id="rate-test" aria-labelledby="rate-test-title" class:hidden=move || state.get().is_none()>
            <header class="panel-head">
                {heading("rate-test-title", "Rate test", "A learning rate that grows with each batch, from far too small to far too large. The best one lies where the loss falls fastest, well before it rises.")}
                <button id="use-rate" disabled=move || suggestion().is_none() on:click=take>"Use this rate"</button>
            </header>
            {lean::maybe(content)}
            <p role="status" id="rate-said">{move || said.get()}</p>
        </section>
    }
}
