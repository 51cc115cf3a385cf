//! A student's result as a file and as a code: the same JSON, plain in a file; in a code with fewer points, four digits a value and only
//! the configuration's differences, packed as links are: `R1.DATA`, short enough for a QR code.
//!
//! Never here: the form of the JSON (`domain::class::result`), the page.

use super::link::packed::{pack, unpack};
use super::link::{changes_of, of_changes};
use super::qr;
use crate::domain::class::result::{Curve, MOST_BYTES, Metric, StudentResult, VERSION_KEY, rounded};
use crate::domain::class::thin::thin;
use crate::domain::record::series::Series;
use crate::error::{Code, Error, Result};

/// The points of a curve in a file.
pub const FILE_POINTS: usize = 200;
/// The most points of a curve in a code.
pub const CODE_POINTS: usize = 24;
/// The fewest of them, where the code would be too long to be shown: both ends, the lowest and the highest value.
const FEWEST_POINTS: usize = 4;
/// The letter that a code begins with.
const LETTER: char = 'R';
/// The most codes in one text.
const MOST_CODES: usize = 64;

/// The text of the file of `result`.
pub fn to_file(result: &StudentResult) -> String {
    result.to_json(&result.config.to_json())
}

/// The code of `result`, with as many points of its curves as a QR code has room for.
pub fn to_code(result: &StudentResult) -> String {
    let mut most = CODE_POINTS;
    loop {
        let code = code_of(result, most);
        if code.len() <= qr::MOST_BYTES || most == FEWEST_POINTS {
            return code;
        }
        most -= 2;
    }
}

/// The code of `result` with at most `most` points of each curve.
fn code_of(result: &StudentResult, most: usize) -> String {
    let curve = |Curve { name, points }: &Curve| {
        let points = thin(&Series::from_iter(points.iter().copied()), most);
        Curve { name: name.clone(), points: points.into_iter().map(|(step, value)| (step, rounded(value))).collect() }
    };
    let metric = |Metric { name, last, best }: &Metric| Metric {
        name: name.clone(),
        last: rounded(*last),
        best: best.map(|(value, epoch)| (rounded(value), epoch)),
    };
    let shorter = StudentResult {
        curves: result.curves.iter().map(curve).collect(),
        metrics: result.metrics.iter().map(metric).collect(),
        ..result.clone()
    };
    format!("{LETTER}{}", pack(shorter.to_json(&changes_of(&result.config)).as_bytes()))
}

/// Whether a file with these bytes is meant to be a result: it begins as one does, or is a code.
pub fn is_result(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut first = text.iter().filter(|byte| !byte.is_ascii_whitespace()).take(VERSION_KEY.len() + 3);
    let begin: Vec<u8> = first.by_ref().copied().collect();
    begin == format!("{{\"{VERSION_KEY}\"").as_bytes() || begin.starts_with(b"R1.")
}

/// Reads a result: a file, or a code.
///
/// # Errors
/// [`Code::InvalidData`] or [`Code::InvalidConfig`], naming what is wrong and its limit.
pub fn read(bytes: &[u8]) -> Result<StudentResult> {
    if bytes.len() > MOST_BYTES {
        let message = format!("it has {} kB", bytes.len() / 1024);
        return Err(Error::new(Code::InvalidData, message, format!("results of up to {} kB are read", MOST_BYTES / 1024)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    match std::str::from_utf8(bytes).ok().and_then(|text| text.strip_prefix(LETTER)) {
        Some(code) => StudentResult::from_json(&unpack(code, "code")?, of_changes),
        None => StudentResult::from_json(bytes, of_changes),
    }
}

/// The codes in a text that was pasted, with blanks or line breaks between them.
///
/// # Errors
/// [`Code::InvalidData`] when there are too many, or none.
pub fn codes(text: &str) -> Result<Vec<&str>> {
    let codes: Vec<&str> = text.split_whitespace().collect();
    let wrong = |message: String, hint: String| Error::new(Code::InvalidData, message, hint);
    match codes.len() {
        0 => Err(wrong("there is no code in it".to_owned(), format!("a code begins with {LETTER}1.; paste one or several"))),
        count if count > MOST_CODES => Err(wrong(format!("{count} codes came at once"), format!("give at most {MOST_CODES} at a time"))),
        _ => Ok(codes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::class::result::LessonOutcome;
    use crate::domain::data::source::DataSpec;
    use crate::domain::run::config::{OptimizerSpec, RunConfig};
    use crate::domain::run::preset;
    use proptest::prelude::*;

    /// A result with curves of `points` points.
    fn sample(points: u32) -> StudentResult {
        let curve = |name: &str| Curve {
            name: name.to_owned(),
            points: (1..=points).map(|at| (at * 7, 2.0 / at as f32 + (at % 5) as f32 * 0.013)).collect(),
        };
        StudentResult {
            name: "Grace Hopper".to_owned(),
            state: "done".to_owned(),
            epochs: 40,
            build: "0123456789abcdef".to_owned(),
            lesson: Some(LessonOutcome { name: "step-size".to_owned(), holds: 3, of: 3 }),
            metrics: vec![Metric { name: "val/loss".to_owned(), last: 0.123_456_7, best: Some((0.101_234_5, 33)) }],
            curves: ["batch/loss", "train/accuracy", "train/loss", "val/accuracy", "val/loss"].map(curve).into(),
            config: RunConfig { optimizer: OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.9 }, ..preset::config("planar").unwrap() },
        }
    }

    #[test]
    fn a_file_and_a_code_hold_the_result() {
        let result = sample(200);
        let file = to_file(&result);
        assert_eq!(read(file.as_bytes()), Ok(result.clone()));
        assert_eq!(read(format!("\u{feff}  {file}\n").as_bytes()), Ok(result.clone()));
        let code = to_code(&result);
        let back = read(format!("\n {code} ").as_bytes()).unwrap();
        assert_eq!((&back.name, &back.config, &back.lesson), (&result.name, &result.config, &result.lesson));
        assert!(
            back.curves.iter().all(|curve| curve.points.len() <= CODE_POINTS && curve.points.last().map(|point| point.0) == Some(1400))
        );
        assert_eq!(back.metrics[0].best, Some((0.1012, 33)));
        assert_eq!(to_code(&back), code, "what is short is not shortened again");
        assert!(is_result(file.as_bytes()) && is_result(code.as_bytes()) && is_result(b" \n{ \"classResult\" : 9"));
        assert!(!is_result(result.config.to_json().as_bytes()) && !is_result(b"") && !is_result(b"{"));
    }

    /// A curve of a long run: noisy, with some values that were none.
    fn any_curve() -> impl Strategy<Value = Vec<(u32, f32)>> {
        let value = prop_oneof![40 => 1e-6..9.0_f32, 1 => Just(f32::NAN)];
        (1..400_u32, prop::collection::vec((1..400_u32, value), 1..FILE_POINTS)).prop_map(|(first, points)| {
            let later = |step: &mut u32, (more, value): (u32, f32)| {
                *step += more;
                Some((*step, value))
            };
            points.into_iter().scan(first, later).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn a_code_of_any_run_of_a_preset_can_be_shown(
            curves in prop::collection::vec(any_curve(), 5),
            name in "[A-Za-zäöüßéñ ]{1,39}",
            preset in prop::sample::select(vec!["planar", "mlp", "cnn"]),
            rate in 1e-6..10.0_f64,
        ) {
            let names = ["batch/loss", "train/accuracy", "train/loss", "val/accuracy", "val/loss"];
            let metric = |name: &&str| Metric { name: (*name).to_owned(), last: 0.123_456_7, best: Some((0.101_234_5, 33)) };
            let long = StudentResult {
                name: format!("x{name}"),
                metrics: names[1..].iter().map(metric).collect(),
                curves: names.iter().zip(curves).map(|(name, points)| Curve { name: (*name).to_owned(), points }).collect(),
                config: RunConfig { optimizer: OptimizerSpec::adam(rate), ..preset::config(preset).expect("it is there") },
                ..sample(1)
            };
            let code = to_code(&long);
            prop_assert!(code.len() <= qr::MOST_BYTES, "{} characters", code.len());
            prop_assert!(qr::picture(&code).is_some());
            prop_assert_eq!(to_code(&read(code.as_bytes()).expect("it can be read")), code);
        }
    }

    #[test]
    fn data_of_ones_own_is_no_obstacle() {
        let own = RunConfig { data: DataSpec::Loaded { id: "mnist".to_owned() }, ..preset::config("mlp").unwrap() };
        let result = StudentResult { config: own, ..sample(5) };
        assert_eq!(read(to_file(&result).as_bytes()), Ok(result.clone()));
        assert_eq!(read(to_code(&result).as_bytes()).unwrap().config, result.config);
    }

    #[test]
    fn what_is_damaged_is_refused_in_words() {
        let code = to_code(&sample(30));
        for (text, says) in [
            (code[..code.len() - 9].to_owned(), "this code is damaged"),
            (code.replace("R1.", "R7."), "this code has format 7, and this page reads format 1"),
            (code.to_lowercase(), "this is no result of a student"),
            ("x".repeat(300_000), "results of up to 256 kB are read"),
            (to_file(&sample(1_001)), "has 1001 points"),
        ] {
            let error = read(text.as_bytes()).expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(codes(" a\n b\tc ").unwrap(), ["a", "b", "c"]);
        assert!(codes(" \n").unwrap_err().to_string().contains("R1."));
        assert!(codes(&"a ".repeat(65)).unwrap_err().to_string().contains("65 codes"));
    }
}
