//! The part of TensorBoard's protocol buffers that is written: `tensorboard/compat/proto/{event,summary,histogram}.proto`.
//!
//! Scalars as `simple_value` and histograms as `histo`, the forms that every version of TensorBoard reads.

/// Something that happened.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Event {
    /// Seconds since 1970 (UTC).
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// The x axis.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// In the first event of a file only.
    #[prost(string, optional, tag = "3")]
    pub file_version: Option<String>,
    /// What was measured.
    #[prost(message, optional, tag = "5")]
    pub summary: Option<Summary>,
}

/// Some values.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summary {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// A value of one chart: one of the two.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Value {
    /// Of which chart.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A number.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    /// A histogram.
    #[prost(message, optional, tag = "5")]
    pub histo: Option<Histogram>,
}

/// `HistogramProto`: `bucket[i]` values lie between `bucket_limit[i - 1]` and `bucket_limit[i]`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Histogram {
    /// Where the first bucket begins.
    #[prost(double, tag = "1")]
    pub min: f64,
    /// Where the last bucket ends.
    #[prost(double, tag = "2")]
    pub max: f64,
    /// How many values.
    #[prost(double, tag = "3")]
    pub num: f64,
    /// Their sum.
    #[prost(double, tag = "4")]
    pub sum: f64,
    /// The sum of their squares.
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    /// Where each bucket ends, rising.
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    /// How many values are in each.
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}
