//! The part of TensorBoard's protocol buffers that is written:
//! `tensorboard/compat/proto/{event,summary,histogram}.proto`.
//!
//! Scalars as `simple_value` and histograms as `histo`, the forms that every version of TensorBoard reads.

/// An event: values at one step.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Event {
    /// The time in seconds since 1970 (UTC).
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// The step: the x axis.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// The version of the format, in the first event of a file only.
    #[prost(string, optional, tag = "3")]
    pub file_version: Option<String>,
    /// The values that were measured.
    #[prost(message, optional, tag = "5")]
    pub summary: Option<Summary>,
}

/// A list of values.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summary {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// A value of one chart: a scalar or a histogram.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Value {
    /// The tag: the chart's name.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A scalar.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    /// A histogram.
    #[prost(message, optional, tag = "5")]
    pub histo: Option<Histogram>,
}

/// `HistogramProto`: `bucket[i]` values lie between `bucket_limit[i - 1]` and `bucket_limit[i]`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Histogram {
    /// The begin of the first bucket.
    #[prost(double, tag = "1")]
    pub min: f64,
    /// The end of the last bucket.
    #[prost(double, tag = "2")]
    pub max: f64,
    /// Number of values.
    #[prost(double, tag = "3")]
    pub num: f64,
    /// The sum of the values.
    #[prost(double, tag = "4")]
    pub sum: f64,
    /// The sum of their squares.
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    /// The end of each bucket, rising.
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    /// Number of values in each bucket.
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}
