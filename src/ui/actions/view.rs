//! Views of the network: asks for one whenever what is looked at has changed, and while a run trains now and then, within the
//! budget of watching.
//!
//! Nothing is asked for that nobody sees. Never here: pictures.

use super::Boxed;
use super::questions::{Judge, Model, judge_of};
use crate::domain::data::SampleShape;
use crate::domain::run::checkpoint::LAST;
use crate::domain::run::device::WorkerKind;
use crate::domain::run::event::Step;
use crate::domain::run::trail::id_of;
use crate::domain::view::{Subject, ViewWish};
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, GivenWeights, RunId, floats};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::session::launch::for_worker;
use crate::ui::state::data::DataView;
use crate::ui::state::phase::Phase;
use crate::ui::state::view::Seen;
use crate::web::port::Bulk;
use crate::web::tasks::now_ms;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The shortest time between two views while a run trains, in milliseconds.
const EVERY_MS: f64 = 250.0;
/// The share of the training's time that views may take where the budget of watching has no limit.
const MOST_SHARE: f64 = 0.05;

/// The state of asking.
#[derive(Default)]
struct Asking {
    is_asked: Cell<bool>,
    /// Whether something changed since the last question.
    is_stale: Cell<bool>,
    /// The time before which no further view of a run that trains is asked for.
    not_before_ms: Cell<f64>,
    is_waiting: Cell<bool>,
}

/// Keeps the view of the network up to date from now on.
pub fn follow(page: Page) {
    let asking = Rc::new(Asking::default());
    let (eye, on_change) = (page.eye, asking.clone());
    // What the visitor changes is answered at once.
    lean::effect(move || {
        eye.subject.track();
        eye.moment.track();
        eye.axes.track();
        eye.occlusion.track();
        eye.watchers.track();
        page.config.track();
        page.preview.track();
        page.runs.list.track();
        page.phase.track();
        on_change.not_before_ms.set(0.0);
        ask(page, &on_change);
    });
    // What is trained, a few times a second.
    lean::effect(move || {
        page.runs.tick.track();
        ask(page, &asking);
    });
}

fn ask(page: Page, asking: &Rc<Asking>) {
    asking.is_stale.set(true);
    if asking.is_asked.get() || page.eye.watchers.get_untracked() == 0 {
        return;
    }
    let wait_ms = asking.not_before_ms.get() - now_ms();
    if wait_ms > 0.0 {
        if !asking.is_waiting.replace(true) {
            let asking = asking.clone();
            let later = move || {
                asking.is_waiting.set(false);
                ask(page, &asking);
            };
            set_timeout(later, Duration::from_millis(wait_ms.ceil() as u64));
        }
        return;
    }
    asking.is_stale.set(false);
    asking.is_asked.set(true);
    let asking = asking.clone();
    lean::spawn(async move {
        let begin = now_ms();
        let eye = page.eye;
        match look(page).await {
            Ok(seen) => {
                let took = seen.view.took_ms;
                // While it trains, what views take stays within the budget of watching.
                if page.phase.with_untracked(Phase::is_live) && eye.moment.get_untracked().is_none() {
                    let budget = page.config.with_untracked(|config| config.monitors.watch_budget) / 100.0;
                    let share = if budget > 0.0 { budget.min(MOST_SHARE) } else { MOST_SHARE };
                    asking.not_before_ms.set((begin + EVERY_MS).max(now_ms() + took / share));
                }
                eye.trouble.set(String::new());
                eye.seen.set(Some(Arc::new(seen)));
            }
            // A run that begins takes the model's place: the next question finds it.
            Err(error) if error.code() == Code::InvalidState => {}
            Err(error) => {
                eye.trouble.set(error.message().to_owned());
                eye.seen.set(None);
            }
        }
        asking.is_asked.set(false);
        if asking.is_stale.get() {
            ask(page, &asking);
        }
    });
}

/// The error of a moment whose weights are no longer kept.
pub fn gone() -> Error {
    Error::new(Code::InvalidState, "the weights of this moment are gone", "they go with the next run")
}

/// The run whose network is looked at, and whom to ask for it: the shown run, at the moment that is looked at; without one the
/// network of the setup, as nobody has trained it.
fn addressee(page: Page, moment: Option<(RunId, Step)>) -> Boxed<Result<(Option<RunId>, Judge)>> {
    Box::pin(async move {
        let inner = page.inner();
        let shown = inner.store.borrow().shown().filter(|run| run.begin.is_some()).map(|run| run.id);
        let shown = moment.map(|(run, _)| run).or(shown);
        let Some(run) = shown else {
            let config = page.config.get_untracked();
            config.validate()?;
            inner.supervisor.give_data(WorkerKind::Cpu, &config.data);
            let config = Box::new(for_worker(&config, WorkerKind::Cpu));
            let given = Some(Box::new(GivenWeights { run: 0, config, step: 0, arrays: Vec::new() }));
            return Ok((None, Judge { worker: WorkerKind::Cpu, checkpoint: None, given, card: None, arrays: Bulk::new() }));
        };
        let is_asked_for = moment.is_some();
        let moment = moment.or(page.eye.moment.get_untracked()).filter(|(of, _)| *of == run);
        let model = match page.has_model(run) {
            None if is_asked_for => return Err(gone()),
            Some(_) => Model::Last(moment.map(|(_, step)| id_of(step))),
            None => Model::Of(run, LAST.to_owned()),
        };
        Ok((Some(run), judge_of(page, model).await?))
    })
}

/// The network as it is looked at.
///
/// # Errors
/// When there is no network, it does not fit its data, or the worker fails.
async fn look(page: Page) -> Result<Seen> {
    look_at(page, None, page.eye.seen.get_untracked()).await
}

/// The network as it is looked at, but of this moment, if one is given; with the units of `before`, if that is of the same run.
///
/// # Errors
/// When there is no network, it does not fit its data, or the worker fails.
pub fn look_at(page: Page, moment: Option<(RunId, Step)>, before: Option<Arc<Seen>>) -> Boxed<Result<Seen>> {
    Box::pin(look_now(page, moment, before))
}

async fn look_now(page: Page, moment: Option<(RunId, Step)>, before: Option<Arc<Seen>>) -> Result<Seen> {
    let eye = page.eye;
    let (run, Judge { worker, checkpoint, given, arrays: mut bulk, .. }) = addressee(page, moment).await?;
    let inner = page.inner();
    let known = match run {
        Some(run) => inner.store.borrow().run(run).and_then(|run| page.data_of(run)),
        None => {
            let data = page.config.with_untracked(|config| config.data.clone());
            let look = |view: &DataView| (view.summary.shape, view.summary.classes.clone());
            page.preview.with_untracked(|preview| preview.view_of(&data).map(look))
        }
    };
    let (shape, classes) = known.ok_or_else(|| Error::new(Code::InvalidState, "the data is on its way", "wait a moment"))?;
    let mut subject = eye.subject.get_untracked();
    let mut numbers = Vec::new();
    if let SampleShape::Vector(_) = shape {
        // What is learned of two numbers is a surface, whichever point is looked at.
        subject = Subject::Plane { axes: eye.axes.get_untracked() };
    } else if subject == Subject::Given {
        let given = eye.given.get_value();
        if given.len() == shape.len() {
            numbers = floats::to_bytes(&given);
        } else {
            // A drawing for other data.
            subject = Subject::HeldOut { number: 0 };
        }
    }
    let units = match before.filter(|seen| seen.run == run && run.is_some()) {
        Some(seen) => seen.view.layers.iter().map(|layer| layer.shown.clone()).collect(),
        None => Vec::new(),
    };
    let wish = Box::new(ViewWish { subject, units, occlusion: moment.is_none() && eye.occlusion.get_untracked() });
    bulk.insert(0, numbers);
    let supervisor = inner.supervisor.clone();
    drop(inner);
    match supervisor.ask(worker, |request| Command::View { request, wish, checkpoint, given }, bulk).await? {
        (Event::Viewed { view, .. }, bulk) => {
            let numbers = view.numbers(bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect())?;
            Ok(Seen { run, view: *view, numbers, classes })
        }
        _ => Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page")),
    }
}
