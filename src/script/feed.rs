//! The feed of a script: it tells every batch once, in order, and every other hook at its place between the batches.
//!
//! Batches are not kept here but read from the record when their turn comes, so a slow script lags and no queue grows.
//! One table is on its way at a time.

use super::hooks;
use super::logs::Table;
use std::collections::VecDeque;
use std::ops::Range;

/// The largest number of batches in one table.
pub const CHUNK: usize = 512;
/// The largest number of hooks that may wait: with some five an epoch, a script that is this far behind will not catch up.
const MOST_WAITING: usize = 5000;
/// Number of watchdog looks, one every [`LOOK_MS`], that a script may leave unanswered before it is stopped.
const LOOKS: u32 = 4;
/// Time between two looks of the watchdog, in milliseconds. Silence is counted in looks and not by the clock: after a
/// machine has slept, the clock says that hours passed.
pub const LOOK_MS: i32 = 500;

/// The result of a look of the watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// An answer is awaited, and not for too long yet.
    Fine,
    /// No answer is awaited, so the script is asked for a sign of life.
    Ask,
    /// The script owes an answer and has been silent for too long.
    Silent,
}

/// The next message to a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// A range of batches, by position in the record.
    Batches(Range<usize>),
    /// A call of another hook.
    Moment(Table),
}

/// The state of one script's feed: the batches told so far and the hooks that wait.
#[derive(Debug, Default)]
pub struct Feed {
    /// Hooks that wait, each with the number of batches that come before it.
    waiting: VecDeque<(usize, Table)>,
    /// Number of batches told and answered.
    told: usize,
    /// The table without an answer yet: its hook and its number of batches.
    on_its_way: Option<(&'static str, usize)>,
    /// Number of batches of that table that the script has done already.
    done: usize,
    looks: u32,
    /// Whether a sign of life was asked for and has not come.
    is_asked: bool,
    /// Whether the sandbox has begun to read the text.
    has_started: bool,
    /// The hooks that the script defines; `None` until it has said so.
    hooks: Option<Vec<String>>,
}

impl Feed {
    /// A feed that begins behind the first `from` batches.
    pub fn new(from: usize) -> Self {
        Self { told: from, ..Self::default() }
    }

    /// Takes in the list of hooks that the script defines.
    pub fn ready(&mut self, hooks: Vec<String>) {
        self.hooks = Some(hooks);
        self.looks = 0;
    }

    /// Whether the script has said which hooks it defines.
    pub fn is_ready(&self) -> bool {
        self.hooks.is_some()
    }

    fn has(&self, hook: &str) -> bool {
        self.hooks.as_ref().is_some_and(|hooks| hooks.iter().any(|known| known == hook))
    }

    /// Queues a hook that comes behind the first `after` batches. False when too many wait already.
    pub fn moment(&mut self, after: usize, table: Table) -> bool {
        if self.hooks.is_some() && !self.has(table.hook) {
            return true;
        }
        self.waiting.push_back((after, table));
        self.waiting.len() <= MOST_WAITING
    }

    /// The next message, given `recorded` batches; `None` while an answer is awaited or nothing is new.
    pub fn next(&mut self, recorded: usize) -> Option<Next> {
        if self.hooks.is_none() || self.on_its_way.is_some() {
            return None;
        }
        let next = self.find(recorded)?;
        self.on_its_way = Some(match &next {
            Next::Batches(range) => (hooks::BATCH_END, range.len()),
            Next::Moment(table) => (table.hook, 0),
        });
        Some(next)
    }

    fn find(&mut self, recorded: usize) -> Option<Next> {
        loop {
            let border = self.waiting.front().map_or(recorded, |(after, _)| *after).min(recorded);
            if self.told < border {
                if self.has(hooks::BATCH_END) {
                    return Some(Next::Batches(self.told..border.min(self.told + CHUNK)));
                }
                self.told = border;
            }
            if self.waiting.front()?.0 > self.told {
                return None;
            }
            let (_, table) = self.waiting.pop_front()?;
            if self.has(table.hook) {
                return Some(Next::Moment(table));
            }
        }
    }

    /// Takes in that the sandbox has begun to read the text.
    pub fn started(&mut self) {
        self.has_started = true;
    }

    /// Whether the sandbox has begun to read the text.
    pub fn has_started(&self) -> bool {
        self.has_started
    }

    /// Takes in a sign of life.
    pub fn alive(&mut self) {
        self.is_asked = false;
        self.looks = 0;
    }

    /// Takes in progress: the script has done the first `rows` rows of its table; `last` says that this is its answer.
    /// False where it is none: no table is on its way, or nothing more of it is done.
    pub fn answered(&mut self, rows: usize, last: bool) -> bool {
        let Some((_, batches)) = self.on_its_way else { return false };
        if !last && rows <= self.done {
            return false;
        }
        self.looks = 0;
        if last {
            self.told += batches;
            self.done = 0;
            self.on_its_way = None;
        } else {
            self.done = rows.min(batches);
        }
        true
    }

    /// Number of batches, out of `recorded`, that the script has not been told of yet.
    pub fn behind(&self, recorded: usize) -> usize {
        if self.hooks.is_some() && !self.has(hooks::BATCH_END) { 0 } else { recorded.saturating_sub(self.told + self.done) }
    }

    /// Whether the script has been told all of `recorded` batches and every hook.
    pub fn is_done(&self, recorded: usize) -> bool {
        self.on_its_way.is_none() && self.waiting.is_empty() && self.behind(recorded) == 0
    }

    /// The hook that is being called, with the number of batches done before it; `None` when no answer is awaited.
    pub fn calling(&self) -> Option<(&'static str, usize)> {
        self.on_its_way.map(|(hook, _)| (hook, self.told + self.done))
    }

    /// Counts one look of the watchdog. A script that owes no answer is asked for a sign of life: what it left behind may
    /// not come to an end, or have taken more memory than there is.
    pub fn look(&mut self) -> Look {
        if self.hooks.is_some() && self.on_its_way.is_none() && !self.is_asked {
            self.is_asked = true;
            self.looks = 0;
            return Look::Ask;
        }
        self.looks += 1;
        // The first word takes longer: a file has to come over the network.
        let patience = if self.hooks.is_none() { 5 * LOOKS } else { LOOKS };
        if self.looks > patience { Look::Silent } else { Look::Fine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(hooks: &[&str]) -> Feed {
        let mut feed = Feed::new(0);
        feed.ready(hooks.iter().map(|hook| (*hook).to_owned()).collect());
        feed
    }

    fn moment(step: usize) -> Table {
        Table::one("on_epoch_end", Some(0), step as u32)
    }

    #[test]
    fn nothing_is_told_before_the_script_is_ready() {
        let mut feed = Feed::new(0);
        assert!(feed.moment(0, Table::one("on_train_begin", None, 0)));
        assert_eq!(feed.next(5), None);
        feed.ready(vec!["on_train_begin".into(), "on_batch_end".into()]);
        assert_eq!(feed.next(5), Some(Next::Moment(Table::one("on_train_begin", None, 0))));
        assert_eq!(feed.next(5), None, "one at a time");
        feed.answered(1, true);
        assert_eq!(feed.next(5), Some(Next::Batches(0..5)));
        assert_eq!((feed.behind(5), feed.calling()), (5, Some(("on_batch_end", 0))));
        feed.answered(3, false);
        assert_eq!((feed.behind(6), feed.calling()), (3, Some(("on_batch_end", 3))));
        feed.answered(5, true);
        assert_eq!((feed.behind(5), feed.is_done(5), feed.is_done(6)), (0, true, false));
    }

    #[test]
    fn a_script_without_a_hook_is_not_asked_for_it() {
        let mut feed = feed(&["on_epoch_end"]);
        assert!(feed.moment(3, moment(3)));
        assert_eq!((feed.next(2), feed.behind(2)), (None, 0));
        assert_eq!(feed.next(3), Some(Next::Moment(moment(3))));
        feed.answered(1, true);
        for _ in 0..2 * MOST_WAITING {
            assert!(feed.moment(3, Table::one("on_probe", Some(3), 3)), "what is not wanted does not wait");
        }
        assert!(feed.is_done(100));
    }

    #[test]
    fn silence_counts_while_a_table_is_on_its_way() {
        let mut feed = feed(&["on_batch_end"]);
        assert!(feed.next(1000).is_some());
        assert!((0..LOOKS).all(|_| feed.look() == Look::Fine));
        assert!(feed.answered(100, false));
        assert!((0..LOOKS).all(|_| feed.look() == Look::Fine), "slow, but alive");
        assert!(!feed.answered(100, false), "no progress is no answer");
        assert_eq!(feed.look(), Look::Silent);
    }

    #[test]
    fn who_owes_no_answer_is_asked_for_a_sign_of_life() {
        let mut feed = feed(&["on_batch_end"]);
        assert!(!feed.answered(1, true), "nothing is on its way");
        for _ in 0..100 {
            assert_eq!(feed.look(), Look::Ask);
            assert_eq!(feed.look(), Look::Fine, "it is asked once");
            feed.alive();
        }
        assert_eq!(feed.look(), Look::Ask);
        assert!((0..LOOKS).all(|_| feed.look() == Look::Fine));
        assert_eq!(feed.look(), Look::Silent);
        // A table that goes out meanwhile is an answer more, not one less.
        feed.alive();
        assert_eq!(feed.look(), Look::Ask);
        assert!(feed.next(5).is_some());
        feed.alive();
        assert!(feed.answered(5, true));
        assert_eq!(feed.look(), Look::Ask);
    }

    #[test]
    fn too_much_that_waits_is_told() {
        let mut feed = Feed::new(0);
        assert!((0..MOST_WAITING).all(|_| feed.moment(0, moment(0))));
        assert!(!feed.moment(0, moment(0)));
    }

    proptest! {
        /// However batches, epochs' ends and answers interleave.
        #[test]
        fn every_batch_is_told_once_and_every_moment_at_its_place(turns in proptest::collection::vec((0_usize..700, any::<bool>(), any::<bool>()), 1..60)) {
            let mut feed = feed(&["on_batch_end", "on_epoch_end"]);
            let (mut recorded, mut heard, mut moments) = (0, 0, 0);
            let mut expected = Vec::new();
            let mut hear = |next: Next, heard: &mut usize| {
                match next {
                    Next::Batches(range) => {
                        assert_eq!(range.start, *heard);
                        assert!(!range.is_empty() && range.len() <= CHUNK);
                        *heard = range.end;
                    }
                    Next::Moment(table) => {
                        assert_eq!(table.steps[0], *heard as f64, "a moment comes right behind its batches");
                        moments += 1;
                    }
                }
            };
            for (batches, has_moment, answers) in turns {
                recorded += batches;
                if has_moment {
                    expected.push(recorded);
                    prop_assert!(feed.moment(recorded, moment(recorded)));
                }
                if let Some(next) = feed.next(recorded) {
                    hear(next, &mut heard);
                }
                if answers {
                    feed.answered(CHUNK, true);
                }
                prop_assert!(feed.behind(recorded) <= recorded);
            }
            feed.answered(CHUNK, true);
            while let Some(next) = feed.next(recorded) {
                hear(next, &mut heard);
                feed.answered(CHUNK, true);
            }
            prop_assert!(feed.is_done(recorded));
            prop_assert_eq!((heard, moments), (recorded, expected.len()));
        }
    }
}
