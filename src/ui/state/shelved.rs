//! The keeping of runs on the device as it stands, in words for the table of runs.
//!
//! Plain data. Never here: the device.

use crate::protocol::RunId;
use crate::store::disk::Trouble;

/// Whether runs are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The browser has not answered yet.
    #[default]
    Opening,
    /// Runs are kept on the device.
    Kept,
    /// Runs are kept only in this tab.
    TabOnly,
}

/// The keeping of runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelved {
    /// Whether runs are kept.
    pub mode: Mode,
    /// The bytes that are taken and those that may be taken in all; zero or not a number where they are not known.
    pub room: (f64, f64),
    /// The last trouble, in words; empty where there was none.
    pub trouble: String,
    /// Number of runs that are kept and could not be read, or are left out because of their size.
    pub unread: usize,
    /// Whether runs of earlier visits are still being read.
    pub is_reading: bool,
    /// Whether the browser keeps everything until the visitor deletes it; `None` where it does not say.
    pub is_lasting: Option<bool>,
    /// Whether it was asked for that by the visitor, and has refused.
    pub has_refused: bool,
    /// The runs of which something waits, since the device has no room: they are held, and the visitor is asked.
    pub waiting: Vec<RunId>,
    /// The runs of which something waits, and which the visitor lets go on so.
    pub left: Vec<RunId>,
    /// Number of times that the visitor has tried again in vain.
    pub tries: u32,
}

impl Shelved {
    /// The standing in a sentence or two; `bytes` writes a number of bytes.
    pub fn words(&self, bytes: fn(f64) -> String) -> String {
        let mut words = match self.mode {
            Mode::Opening => return String::new(),
            Mode::Kept if self.is_reading => return "The runs of earlier visits are being read …".to_owned(),
            Mode::TabOnly => {
                "Runs are kept only in this tab, and gone when it is closed: this browser lets the page keep nothing here.".to_owned()
            }
            Mode::Kept => {
                let (used, quota) = self.room;
                let of = if quota > 0.0 { format!(" of about {} that the browser allows", bytes(quota)) } else { String::new() };
                let taken = if used > 0.0 { format!(": {}{of}", bytes(used)) } else { String::new() };
                let until = match self.is_lasting {
                    Some(true) => " Kept until you delete them.",
                    Some(false) => " The browser may delete them when the disk is nearly full.",
                    None => "",
                };
                let refused = if self.has_refused && self.is_lasting == Some(false) {
                    " It has not agreed to keep them for good; it may later, for a page that you bookmark or visit often."
                } else {
                    ""
                };
                format!("Runs are kept on this device{taken}.{until}{refused}")
            }
        };
        match self.unread {
            0 => {}
            1 => words += " One kept run is damaged, too large or of a newer version of this page, and is not shown.",
            many => words += &format!(" {many} kept runs are damaged, too large or of a newer version of this page, and are not shown."),
        }
        words
    }

    /// The words about runs for which there is no room; `is_live` says whether one of them is going on.
    pub fn words_of_no_room(&self, is_live: bool) -> String {
        let what =
            if is_live { "the run is held, and what it has recorded waits in this tab" } else { "the end of a run is only in this tab" };
        let still = if self.tries > 0 { "still " } else { "" };
        format!("This device has {still}no room for more of this page: {what}. Delete kept runs or free the disk, then try again.")
    }

    /// Notes that the device has no room for what the run `id` records.
    pub fn note_full(&mut self, id: RunId) {
        if self.waiting.contains(&id) || self.left.contains(&id) {
            self.tries += 1;
        } else {
            self.waiting.push(id);
        }
    }

    /// Notes that nothing of the run `id` waits any more: it is there, or given up.
    pub fn note_room(&mut self, id: RunId) {
        let before = self.waiting.len() + self.left.len();
        self.waiting.retain(|known| *known != id);
        self.left.retain(|known| *known != id);
        if before > 0 && self.waiting.is_empty() && self.left.is_empty() {
            self.tries = 0;
            self.trouble.clear();
        }
    }

    /// Lets the runs that wait go on without being kept.
    pub fn go_on_unkept(&mut self) {
        self.left.append(&mut self.waiting);
        self.tries = 0;
    }
}

/// The trouble of a run that cannot be kept any further, in words.
pub fn lost_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Full => {
            "This device has no more room for this page: what comes now is kept only in this tab. Delete kept runs, then try again."
                .to_owned()
        }
        Trouble::Busy => "Another tab of this page is writing this run: what is changed here is kept only in this tab.".to_owned(),
        Trouble::Gone => "Another tab has deleted this run: it is kept only in this tab.".to_owned(),
        Trouble::Newer => "A newer version of this page has written this run: what is changed here is kept only in this tab.".to_owned(),
        Trouble::Other(why) => format!("The run cannot be kept on this device ({why}): what comes now is kept only in this tab."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_where_runs_are_and_claim_no_number_that_is_not_known() {
        let bytes = |bytes: f64| format!("{bytes} B");
        let mut shelved = Shelved::default();
        assert_eq!(shelved.words(bytes), "");
        shelved.mode = Mode::TabOnly;
        assert!(shelved.words(bytes).starts_with("Runs are kept only in this tab"));
        shelved.mode = Mode::Kept;
        shelved.is_reading = true;
        assert_eq!(shelved.words(bytes), "The runs of earlier visits are being read …");
        shelved.is_reading = false;
        assert_eq!(shelved.words(bytes), "Runs are kept on this device.");
        shelved.room = (5.0, f64::NAN);
        assert_eq!(shelved.words(bytes), "Runs are kept on this device: 5 B.");
        shelved.room = (5.0, 9.0);
        shelved.unread = 1;
        let words = shelved.words(bytes);
        assert!(words.starts_with("Runs are kept on this device: 5 B of about 9 B that the browser allows. One kept run is"), "{words}");
        shelved.unread = 0;
        for (is_lasting, has_refused, end) in [
            (Some(true), true, "Kept until you delete them."),
            (Some(false), false, "The browser may delete them when the disk is nearly full."),
            (Some(false), true, "bookmark or visit often."),
        ] {
            (shelved.is_lasting, shelved.has_refused) = (is_lasting, has_refused);
            assert!(shelved.words(bytes).ends_with(end), "{}", shelved.words(bytes));
        }
    }

    #[test]
    fn a_run_that_waits_for_room_is_told_until_it_is_there_or_goes_on_so() {
        let mut shelved = Shelved::default();
        shelved.note_room(7);
        shelved.note_full(1);
        assert!(shelved.words_of_no_room(true).contains("has no room") && shelved.words_of_no_room(true).contains("the run is held"));
        assert!(shelved.words_of_no_room(false).contains("the end of a run is only in this tab"));
        shelved.note_full(1);
        assert!(shelved.words_of_no_room(true).contains("has still no room"));
        shelved.note_full(2);
        shelved.trouble = lost_words(&Trouble::Full);
        shelved.go_on_unkept();
        assert_eq!((shelved.waiting.clone(), shelved.left.clone(), shelved.tries), (vec![], vec![1, 2], 0));
        // The visitor has answered: only another run is asked about.
        shelved.note_full(1);
        shelved.note_full(3);
        assert_eq!((shelved.waiting.clone(), shelved.left.clone()), (vec![3], vec![1, 2]));
        [1, 3].into_iter().for_each(|id| shelved.note_room(id));
        assert!(!shelved.trouble.is_empty(), "one still waits");
        shelved.note_room(2);
        assert_eq!(shelved, Shelved::default());
    }
}
