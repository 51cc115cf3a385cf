//! The setup that another one has taken the place of, so that the visitor can have it back: a link can arrive, or a file be dropped,
//! in the middle of work on a setup that is saved nowhere.
//!
//! Never here: the setup itself, what is shown of this.

use crate::domain::run::config::RunConfig;

/// A setup that was replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Replaced {
    /// The setup that comes back.
    pub before: RunConfig,
    /// The setup that came in its place, from outside.
    by: RunConfig,
}

impl Replaced {
    /// The setup to keep when `arriving` takes the place of `present`, given what was kept until now; none where nothing of the
    /// visitor's is lost, since both are equal or `present` is the `example` that the page opened with and that nobody misses: a lesson,
    /// which replaces a setup in passing, names none. A second arrival does not push out the visitor's own setup: what arrived and was
    /// not touched since is not worth keeping.
    pub fn next(known: Option<Self>, present: RunConfig, arriving: &RunConfig, example: Option<&RunConfig>) -> Option<Self> {
        let before = match known {
            Some(known) if known.by == present => known.before,
            _ => present,
        };
        (before != *arriving && Some(&before) != example).then(|| Self { before, by: arriving.clone() })
    }

    /// The setup that comes back now, and what to keep of `present` in turn: an undo can be undone.
    pub fn undo(self, present: RunConfig) -> (RunConfig, Self) {
        (self.before, Self { before: present, by: self.by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::preset;

    fn setup(seed: u32) -> RunConfig {
        RunConfig { seed, ..preset::config("mlp").unwrap() }
    }

    #[test]
    fn what_the_visitor_made_comes_back_however_many_links_arrive() {
        let example = preset::config("cnn").unwrap();
        assert_eq!(Replaced::next(None, example.clone(), &setup(1), Some(&example)), None, "the example is no work");
        assert_eq!(Replaced::next(None, setup(1), &setup(1), Some(&example)), None, "the same again");
        let first = Replaced::next(None, setup(7), &setup(1), Some(&example));
        let second = Replaced::next(first, setup(1), &setup(2), Some(&example)).unwrap();
        assert_eq!(second.before, setup(7));
        // Changed since: this is the visitor's work now.
        let third = Replaced::next(Some(second.clone()), setup(3), &setup(4), Some(&example)).unwrap();
        assert_eq!(third.before, setup(3));
        // The visitor's own setup comes by a link.
        assert_eq!(Replaced::next(Some(second), setup(2), &setup(7), Some(&example)), None);
    }

    #[test]
    fn a_lesson_gives_back_what_was_there_before_its_first_run_even_the_example() {
        let example = preset::config("cnn").unwrap();
        let first = Replaced::next(None, example.clone(), &setup(1), None);
        assert_eq!(first.as_ref().map(|kept| &kept.before), Some(&example));
        let second = Replaced::next(first, setup(1), &setup(2), None).unwrap();
        assert_eq!(second.before, example, "not the lesson's first run");
        // A link that was opened before is what the visitor had.
        assert_eq!(Replaced::next(None, setup(7), &setup(1), None).unwrap().before, setup(7));
    }

    #[test]
    fn an_undo_can_be_undone() {
        let replaced = Replaced::next(None, setup(7), &setup(1), Some(&preset::config("cnn").unwrap())).unwrap();
        let (back, kept) = replaced.undo(setup(5));
        assert_eq!(back, setup(7));
        assert_eq!(kept.clone().undo(setup(7)).0, setup(5));
        // What came back is the visitor's, also for the next that arrives.
        let example = preset::config("cnn").unwrap();
        assert_eq!(Replaced::next(Some(kept), setup(7), &setup(2), Some(&example)).unwrap().before, setup(7));
    }
}
