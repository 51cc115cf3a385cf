//! The setup's configuration out of a link or a file, and as a link.
//!
//! A link that is opened fills the setup and starts nothing, and the setup from before can be had back. Never here: the format of
//! links (`export::link`).

use crate::domain::data::source::DataSpec;
use crate::domain::run::config::{MOST_JSON, RunConfig};
use crate::domain::run::preset;
use crate::error::{Code, Error, Result};
use crate::export::link;
use crate::ui::page::Page;
use crate::ui::parts::address;
use crate::ui::state::phase::Phase;
use crate::ui::state::replaced::Replaced;
use leptos::prelude::*;

/// The page's address with `config` in it.
///
/// # Errors
/// As [`link::encode`].
pub fn link(config: &RunConfig) -> Result<String> {
    let fragment = link::encode(config)?;
    let location = window().location();
    let here = [location.origin(), location.pathname(), location.search()].into_iter().flatten().collect::<String>();
    Ok(format!("{here}#{fragment}"))
}

/// Loads the configuration of the address, now and whenever its fragment changes.
pub fn follow_address(page: Page) {
    address::follow(move |fragment| match link::decode(fragment) {
        None => {}
        Some(Ok(config)) => take(page, config, "the link", false),
        Some(Err(error)) => page.notify(error),
    });
}

/// Puts `config`, which came from `source`, into the setup, unless a run is going on. `keeps_example`: whether the setup with which the
/// page opened can be had back as well.
pub fn take(page: Page, config: RunConfig, source: &str, keeps_example: bool) {
    if page.phase.with_untracked(Phase::is_live) {
        let message = format!("a run is going on, so the configuration of {source} was not loaded");
        return page.notify(Error::new(Code::InvalidState, message, "stop the run, then open it again"));
    }
    if let DataSpec::Loaded { id } = &config.data
        && page.shape_of(&config.data).is_none()
    {
        let hint = "load the two files under Data, Your own data; then load the configuration again";
        page.notify(Error::new(
            Code::UnknownData,
            format!("the configuration of {source} needs the data {id:?}, which is not loaded"),
            hint,
        ));
    }
    let example = (!keeps_example).then(|| preset::all().swap_remove(0).config);
    let replaced = Replaced::next(page.replaced.get_value(), page.config.get_untracked(), &config, example.as_ref());
    page.replaced_words.set(match &replaced {
        Some(replaced) => format!("The setup was replaced by that of {source}.{}", callbacks_words(&replaced.before)),
        None => String::new(),
    });
    page.replaced.set_value(replaced);
    page.scripts.arrive_from_outside(&config);
    page.config.set(config);
    page.said.set(format!("The setup is that of {source}."));
}

fn callbacks_words(before: &RunConfig) -> &'static str {
    if before.scripts.is_empty() { "" } else { " Its callbacks in JavaScript come back switched off." }
}

/// Brings the setup back that was replaced; that which is there now can be brought back in turn.
pub fn undo(page: Page) {
    let Some(replaced) = page.replaced.get_value() else { return };
    let (before, kept) = replaced.undo(page.config.get_untracked());
    page.replaced_words.set(format!("The setup from before is back.{}", callbacks_words(&kept.before)));
    page.replaced.set_value(Some(kept));
    page.scripts.arrive(&before);
    page.config.set(before);
    page.said.set(String::new());
}

/// Forgets the setup that was replaced.
pub fn forget_replaced(page: Page) {
    page.replaced.set_value(None);
    page.replaced_words.set(String::new());
}

/// Reads a configuration from a file's bytes into the setup; what is wrong is shown.
pub fn take_file(page: Page, name: &str, bytes: &[u8]) {
    match read(name, bytes) {
        Ok(config) => take(page, config, name, false),
        Err(error) => page.notify(error),
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<RunConfig> {
    if bytes.len() > MOST_JSON {
        let message = format!("{name} has {:.1} MB", bytes.len() as f64 / 1e6);
        return Err(Error::new(Code::InvalidConfig, message, "a configuration has a few kilobytes; choose a file that was saved here"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::new(Code::InvalidConfig, format!("{name} is not text"), "choose a config.json that was saved here"))?;
    RunConfig::from_json(text.trim_start_matches('\u{feff}')).map_err(|error| error.at(name))
}
