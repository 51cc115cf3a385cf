//! The hold of a run: three parties may hold it, the visitor, its scripts, and the store that has no room for it, and it goes on when
//! none does.
//!
//! A worker knows one hold only. While scripts or store hold the run, nothing that the visitor wants about holding is sent: it
//! is kept, and becomes one command when they let go of it.

use crate::protocol::Command;

/// The parties that hold a run, and the batches to be trained nevertheless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    by_visitor: bool,
    by_scripts: bool,
    by_store: bool,
    /// Batches that were asked for by Step since the visitor holds it.
    steps: u32,
    /// Whether the worker says that it holds the run.
    is_told: bool,
}

impl Hold {
    /// The hold of a run that begins.
    pub fn new(by_visitor: bool, by_scripts: bool) -> Self {
        Self { by_visitor, by_scripts, ..Self::default() }
    }

    /// Whether anyone holds it.
    pub fn is_held(self) -> bool {
        self.by_visitor || self.is_held_by_others()
    }

    /// Whether scripts or store hold it, whatever the visitor wants.
    fn is_held_by_others(self) -> bool {
        self.by_scripts || self.by_store
    }

    /// The visitor holds it; gives the command to send.
    pub fn pause(&mut self) -> Option<Command> {
        (self.by_visitor, self.steps) = (true, 0);
        (!self.is_held_by_others()).then_some(Command::Pause)
    }

    /// The visitor holds it no longer; gives the command to send.
    pub fn resume(&mut self) -> Option<Command> {
        (self.by_visitor, self.steps) = (false, 0);
        (!self.is_held_by_others()).then_some(Command::Resume)
    }

    /// The visitor holds it after `batches` more; gives the command to send.
    pub fn step(&mut self, batches: u32) -> Option<Command> {
        (self.by_visitor, self.steps) = (true, self.steps.saturating_add(batches));
        (!self.is_held_by_others()).then_some(Command::Step { batches })
    }

    /// The scripts hold it no longer; gives the command to send.
    pub fn scripts_are_ready(&mut self) -> Option<Command> {
        if std::mem::take(&mut self.by_scripts) { self.let_go() } else { None }
    }

    /// The store holds it: it has no room for what is recorded. Steps that are under way are taken back. Gives the command to send.
    pub fn store_is_full(&mut self) -> Option<Command> {
        if self.is_held_by_others() {
            self.by_store = true;
            return None;
        }
        (self.by_store, self.steps) = (true, 0);
        Some(Command::Pause)
    }

    /// The store holds it no longer; gives the command to send.
    pub fn store_has_room(&mut self) -> Option<Command> {
        if std::mem::take(&mut self.by_store) { self.let_go() } else { None }
    }

    /// The command for a worker that was held for others.
    fn let_go(self) -> Option<Command> {
        if self.by_visitor || self.is_held_by_others() { self.steps_to_send() } else { Some(Command::Resume) }
    }

    /// The steps that a worker must be told of after it was launched held.
    pub fn steps_to_send(self) -> Option<Command> {
        (!self.is_held_by_others() && self.steps > 0).then_some(Command::Step { batches: self.steps })
    }

    /// The run begins again, with a worker that knows of nothing.
    pub fn begin_again(&mut self, by_scripts: bool) {
        (self.by_scripts, self.is_told) = (by_scripts, false);
    }

    /// Batches have come: the steps asked for are the worker's own affair from now on. Those that were not sent are still to come.
    pub fn has_trained(&mut self) {
        if !self.is_held_by_others() {
            self.steps = 0;
        }
    }

    /// The worker says whether it holds the run; gives whether that is a pause to be shown. A hold by scripts or store is none.
    pub fn hear(&mut self, is_held: bool) -> bool {
        self.is_told = is_held;
        self.is_paused()
    }

    /// Whether the run stands still because the visitor wants it to.
    pub fn is_paused(self) -> bool {
        self.is_told && self.by_visitor
    }
}
