//! The library of recorded runs: naming, pinning, overlaying, deleting.

use super::Store;
use super::run::{Run, RunState};
use super::tag::Tag;
use crate::domain::run::list::names::{clean_name, free_name};
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;

/// The palette's colours for overlaid runs, in turn: first those that the shown run's curves use least.
const COLOURS: [u8; 8] = [3, 4, 7, 5, 2, 6, 1, 0];

fn unknown(id: RunId) -> Error {
    Error::new(Code::InvalidState, format!("there is no run {id}"), "runs() lists them")
}

impl Run {
    /// Whether it is still going on.
    pub fn is_live(&self) -> bool {
        !matches!(self.state, RunState::Finished(_) | RunState::Failed(_) | RunState::Interrupted { .. })
    }

    /// Milliseconds that it has taken so far, pauses included.
    pub fn took_ms(&self) -> f64 {
        match &self.state {
            RunState::Finished(end) => end.at_ms,
            _ => self.at_ms.last().copied().unwrap_or(0.0),
        }
    }

    /// The number of epochs that it has completed.
    pub fn epochs_done(&self) -> usize {
        self.series.get(crate::domain::run::event::series::TRAIN_LOSS).map_or(0, crate::domain::record::series::Series::len)
    }
}

impl Store {
    /// The run `id`, for those who were asked for it.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run.
    pub fn known(&self, id: RunId) -> Result<&Run> {
        self.run(id).ok_or_else(|| unknown(id))
    }

    /// The colour that the fewest runs and groups have. The runs of a group have its colour, and count once.
    pub(super) fn free_colour(&self) -> u8 {
        let alone = self.runs.iter().filter(|run| !self.groups.iter().any(|group| group.runs.contains(&run.id)));
        let used: Vec<u8> = alone.map(|run| run.tag.colour).chain(self.groups.iter().map(|group| group.colour)).collect();
        let uses = |colour: u8| used.iter().filter(|known| **known == colour).count();
        COLOURS.into_iter().min_by_key(|colour| uses(*colour)).unwrap_or_default()
    }

    /// The tag of the new run `id`.
    pub(super) fn new_tag(&self, id: RunId) -> Tag {
        Tag { name: self.free_name(&format!("Run {id}"), id), colour: self.free_colour(), overlaid: false, cut_short: false }
    }

    /// `wish`, or a name like it that no run but `own` has.
    pub(super) fn free_name(&self, wish: &str, own: RunId) -> String {
        free_name(wish, |name| self.runs.iter().any(|run| run.id != own && run.tag.name == name))
    }

    /// Calls the run `id` by this name, or by one like it if another has it; returns the name.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run, [`Code::InvalidConfig`] when the name is empty.
    pub fn rename(&mut self, id: RunId, name: &str) -> Result<String> {
        let wish = clean_name(name).ok_or_else(|| Error::new(Code::InvalidConfig, "the name is empty", "use a letter at least"))?;
        let name = self.free_name(&wish, id);
        self.run_mut(id).ok_or_else(|| unknown(id))?.tag.name.clone_from(&name);
        Ok(name)
    }

    /// Draws the curves of the run or group `id` beside those of the shown run, or no longer.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run.
    pub fn set_overlaid(&mut self, id: RunId, on: bool) -> Result<()> {
        if let Some(group) = self.group_mut(id) {
            group.overlaid = on;
            return Ok(());
        }
        self.run_mut(id).ok_or_else(|| unknown(id))?.tag.overlaid = on;
        Ok(())
    }

    /// The run that `run` goes on from, and the step, in words: by its present name, where it is still there.
    pub fn parent_words(&self, run: &Run) -> Option<String> {
        let parent = run.parent.as_ref()?;
        let present = parent.run.and_then(|id| self.run(id)).map(|run| run.tag.name.as_str());
        Some(parent.words(present.unwrap_or(&parent.name)))
    }

    /// The pinned runs, in the order of pinning.
    pub fn pins(&self) -> &[RunId] {
        &self.pins
    }

    /// Pins the run `id`, or no longer.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run.
    pub fn set_pinned(&mut self, id: RunId, on: bool) -> Result<()> {
        self.known(id)?;
        self.pins.retain(|pinned| *pinned != id);
        if on {
            self.pins.push(id);
        }
        Ok(())
    }

    /// The run that the others are compared with: the run pinned last, else the one shown.
    pub fn baseline(&self) -> Option<&Run> {
        self.pins.last().and_then(|id| self.run(*id)).or_else(|| self.shown())
    }

    /// Forgets the run `id` and all that it recorded. If it was shown, the last of the others is shown.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there is no such run, or it is still going on.
    pub fn delete(&mut self, id: RunId) -> Result<()> {
        let run = self.known(id)?;
        if run.is_live() {
            return Err(Error::new(Code::InvalidState, format!("{} is still going on", run.tag.name), "stop it first"));
        }
        self.runs.retain(|run| run.id != id);
        // The list itself gives its memory back too.
        self.runs.shrink_to_fit();
        self.pins.retain(|pinned| *pinned != id);
        self.leave_group(id);
        if self.shown == Some(id) {
            self.shown = self.runs.last().map(|run| run.id);
        }
        Ok(())
    }
}
