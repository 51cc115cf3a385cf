//! Ranges of an axis: two numbers, and the policies by which they follow the data.
//!
//! Never here: how a policy is carried out ([`autoscale`](super::autoscale)).

/// Range of an axis, from its low to its high end. Its height is never zero.
pub type Range = (f64, f64);

/// Policy by which the y range follows the visible values. Only `Fixed`, and a chart that leaves outliers out, may have values
/// outside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum YRange {
    /// A range around the values, with a margin; down to zero if they come close to it.
    #[default]
    Auto,
    /// Range from zero (or from the smallest value, if that is negative) to the largest value.
    FromZero,
    /// A range around the positive values, on a logarithmic axis of at least one decade. Zero and negative values have
    /// no place on it: like NaN, they break the line and leave a mark.
    Log,
    /// A fixed range.
    Fixed(f64, f64),
}

/// Policy by which a part of the x axis is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum XRange {
    /// Everything recorded, with a little room to grow, so that the axis moves seldom.
    #[default]
    All,
    /// The last so many steps.
    Last(u32),
    /// A fixed range, in the axis' unit: a part that was zoomed into.
    Fixed(f64, f64),
}
