//! The panel of predictions at the moment that the time line is at: the evaluation of that epoch's end, if it was one, or else one
//! that is asked for.
//!
//! One question at a time, and then only the latest: a slider that is drawn along asks for no more than the worker answers.
//! Nothing is asked while the section is closed.

use super::choice::Choice;
use crate::domain::run::event::Step;
use crate::domain::run::trail::id_of;
use crate::error::Code;
use crate::protocol::RunId;
use crate::ui::actions::questions::{Model, evaluate};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::sections::PREDICTIONS;
use leptos::prelude::*;

/// Keeps `choice` at the moment that is looked at; gives the step that is being evaluated.
pub fn follow(page: Page, choice: RwSignal<Choice>) -> RwSignal<Option<Step>> {
    let asked = RwSignal::new(None::<Step>);
    // Whether the choice is the time line's, so that the present comes back with it.
    let is_followed = StoredValue::new(false);
    let moment = lean::memo(move || page.eye.moment.get().filter(|_| page.sections.is_open(PREDICTIONS)));
    lean::effect(move || match moment.get() {
        Some(_) => {
            is_followed.set_value(true);
            look(page, choice, asked, moment);
        }
        None if is_followed.get_value() => {
            is_followed.set_value(false);
            choice.set(Choice::Latest);
        }
        None => {}
    });
    asked
}

fn look(page: Page, choice: RwSignal<Choice>, asked: RwSignal<Option<Step>>, moment: Memo<Option<(RunId, Step)>>) {
    let Some((run, step)) = moment.get_untracked() else { return };
    let known = {
        let inner = page.inner();
        let store = inner.store.borrow();
        let Some(run) = store.run(run).filter(|run| run.is_validated()) else { return };
        run.evaluations.at(step).is_some()
    };
    if known {
        choice.set(Choice::At(step));
        return;
    }
    if asked.get_untracked().is_some() {
        return;
    }
    asked.set(Some(step));
    lean::spawn(async move {
        let result = evaluate(page, Model::Last(Some(id_of(step)))).await;
        asked.set(None);
        if moment.get_untracked() == Some((run, step)) {
            match result {
                Ok(_) => choice.set(Choice::Asked),
                // The run's model made room for the next one's.
                Err(error) if error.code() == Code::InvalidState => {}
                Err(error) => page.notify(error),
            }
        } else {
            look(page, choice, asked, moment);
        }
    });
}
