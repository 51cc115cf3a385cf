//! The keeping of runs on the device as it stands, in words for the table of runs.
//!
//! Plain data. Never here: the device.

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
}

impl Shelved {
    /// The standing in a sentence or two; `bytes` writes a number of bytes.
    pub fn words(&self, bytes: fn(f64) -> String) -> String {
        let mut words = match self.mode {
            Mode::Opening => return String::new(),
            Mode::Kept if self.is_reading => return "The runs of earlier visits are being read …".to_owned(),
            Mode::TabOnly => "Runs are kept only in this tab: this browser lets the page keep nothing here.".to_owned(),
            Mode::Kept => {
                let (used, quota) = self.room;
                let of = if quota > 0.0 { format!(" of about {} that the browser allows", bytes(quota)) } else { String::new() };
                let taken = if used > 0.0 { format!(": {}{of}", bytes(used)) } else { String::new() };
                format!("Runs are kept on this device{taken}.")
            }
        };
        match self.unread {
            0 => {}
            1 => words += " One kept run is damaged, too large or of a newer version of this page, and is not shown.",
            many => words += &format!(" {many} kept runs are damaged, too large or of a newer version of this page, and are not shown."),
        }
        words
    }
}

/// The trouble of a run that cannot be kept any further, in words.
pub fn lost_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Full => {
            "This device has no more room for this page: what comes now is kept only in this tab. Delete kept runs to make room.".to_owned()
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
    }
}
