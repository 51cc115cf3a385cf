//! Moments of a run: going back to one moves every view that can follow, and a run may go on from there.
//!
//! Never here: the time line.

use crate::charts::At;
use crate::domain::run::event::Step;
use crate::domain::run::trail::{card_of, id_of};
use crate::error::Result;
use crate::protocol::RunId;
use crate::ui::actions::view::gone;
use crate::ui::actions::weights::{self, Place};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use leptos::prelude::*;

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
    weights::branch(page, run, Place::Worker(worker, Some(id_of(step)))).await.map(drop)
}
