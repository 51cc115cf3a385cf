//! Moments of a run: going back to one moves every view that can follow, and a run may go on from there.
//!
//! Never here: the time line.

use crate::charts::At;
use crate::domain::run::event::Step;
use crate::domain::run::parent::Parent;
use crate::domain::run::trail::{card_of, id_of};
use crate::error::Result;
use crate::export::weights::Weights;
use crate::protocol::{Command, Event, RunId};
use crate::ui::actions::view::gone;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::weights::NamedWeights;
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::sync::Arc;

/// Looks at the moment of `run` after so many updates, or at the present. The picture of the network, predictions and
/// evaluations follow, and so does the cursor of all charts.
pub fn go_to(page: Page, moment: Option<(RunId, Step)>) {
    if page.eye.moment.get_untracked() == moment {
        return;
    }
    page.eye.moment.set(moment);
    page.judge.set(moment.map(|(_, step)| card_of(step, 0)));
    let at = moment.map(|(_, step)| At { run: None, step });
    for chart in page.inner().charts.borrow().iter().flatten() {
        chart.set_cursor(at);
    }
}

/// Begins the next run with the weights of the moment that is looked at: the setup becomes that of its run, to be changed.
pub fn branch(page: Page) {
    lean::spawn(async move {
        let result = prepare(page).await;
        page.tell(result);
    });
}

async fn prepare(page: Page) -> Result<()> {
    let Some((run, step)) = page.eye.moment.get_untracked() else { return Ok(()) };
    let worker = page.has_model(run).ok_or_else(gone)?;
    let (config, name, parent) = {
        let inner = page.inner();
        let store = inner.store.borrow();
        let run = store.known(run)?;
        let parent = Parent { run: Some(run.id), name: run.tag.name.clone(), step };
        (run.config.clone(), format!("{} at step {step}", run.tag.name), Some(parent))
    };
    let supervisor = page.inner().supervisor.clone();
    let checkpoint = Some(id_of(step));
    match supervisor.ask(worker, |request| Command::TakeWeights { request, checkpoint }, Bulk::new()).await? {
        (Event::WeightsTaken { step, arrays, .. }, values) if arrays.len() == values.len() => {
            let weights = Weights { heads: arrays, values, step: Some(step), config: Some(config.clone()) };
            page.config.set(config);
            page.first_weights.set(Some(Arc::new(NamedWeights { name, weights, parent })));
            Ok(())
        }
        _ => Err(gone()),
    }
}
