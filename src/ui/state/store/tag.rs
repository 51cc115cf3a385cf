//! The tag of a run: its name and its marks.

/// The name of a run and its marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// The name, unlike every other's.
    pub name: String,
    /// The palette's colour that its curves have beside those of the shown run.
    pub colour: u8,
    /// Whether its curves are drawn beside those of the shown run.
    pub overlaid: bool,
    /// Whether the visitor has ended it before its time: it does not count among the seeds of its group.
    pub cut_short: bool,
}
