//! The measurement of how fast the setup trains on this device, one way after the other; the quickest is put into the setup. Never
//! here: which are worth it ([`crate::domain::run::pace`]).

use crate::domain::run::device::Device;
use crate::domain::run::pace::{Pace, candidates, quickest, set};
use crate::error::{Code, Error, Result};
use crate::protocol::Event;
use crate::ui::page::Page;
use crate::ui::session::launch;
use crate::ui::supervisor::replicas::cores;
use leptos::prelude::*;

/// Measures all ways that are worth it, and sets the quickest.
///
/// # Errors
/// When the setup cannot be trained, a run goes on, or the CPU's worker fails. A GPU that fails is left out.
pub async fn measure(page: Page) -> Result<Vec<Pace>> {
    if page.phase.with_untracked(crate::ui::state::phase::Phase::is_live) {
        return Err(Error::new(Code::InvalidState, "a run is going on", "measure when it is over"));
    }
    let probe = page.probed().await;
    let config = page.config.get_untracked();
    launch::check(&config, None, None)?;
    let mut paces = Vec::new();
    for (device, workers) in candidates(&config, cores(), &probe) {
        let mut wanted = config.clone();
        set(&mut wanted, device, workers);
        match page.inner().supervisor.measure(device.worker(), &wanted).await {
            Ok((Event::Measured { batch_ms, .. }, _)) => paces.push(Pace { device, workers, batch_ms }),
            Ok(_) => return Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page")),
            Err(error) if device == Device::Cpu => return Err(error),
            Err(_) => {}
        }
    }
    if let Some(pace) = quickest(&paces) {
        page.config.update(|config| set(config, pace.device, pace.workers));
    }
    Ok(paces)
}
