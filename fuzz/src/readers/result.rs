//! Results of students: files and codes as the page writes them, with other names, curves and configurations; mixed, cut and damaged.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::deflate;
use super::super::draw::Draw;
use super::super::tree::Tree;
use super::config;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emberscope::domain::class::result::{MOST_CURVES, MOST_NAME, MOST_POINTS};
use emberscope::export::result::{codes, is_result, read, to_code, to_file};
use emberscope::ui::state::class::curves::{Styles, chosen, spec};
use emberscope::ui::state::class::outcome::picture;
use emberscope::ui::state::class::results::{Column, Results};

/// The reader of results.
pub struct StudentResult;

/// The names of curves and metrics.
const NAMES: [&str; 6] = ["val/loss", "val/accuracy", "train/loss", "train/accuracy", "batch/loss", ""];

fn value(draw: &mut Draw) -> Tree {
    // Nearly all right: a result has a hundred of them.
    match draw.below(600) {
        0 => Tree::Number(draw.float()),
        1..40 => Tree::Null,
        _ => Tree::Number(draw.plain()),
    }
}

fn curve(draw: &mut Draw) -> Tree {
    let count = 1 + draw.count(12);
    let mut step = 0.0;
    let steps = (0..count).map(|_| {
        step += draw.below(40) as f64;
        if !draw.one_in(400) {
            step += 1.0;
        }
        Tree::Number(step)
    });
    let steps = steps.collect();
    let values = (0..count + usize::from(draw.one_in(30))).map(|_| value(draw)).collect();
    Tree::Object(vec![("steps".into(), Tree::List(steps)), ("values".into(), Tree::List(values))])
}

fn named(draw: &mut Draw, make: fn(&mut Draw) -> Tree) -> Tree {
    // Different ones nearly always: a file with the same name twice is refused.
    let first = draw.below(NAMES.len());
    let name = |index: usize, draw: &mut Draw| match draw.below(18) {
        0 => draw.text(),
        1 => (*draw.pick(&NAMES)).to_owned(),
        _ => NAMES[(first + index) % NAMES.len()].to_owned(),
    };
    let count = draw.count(4);
    Tree::Object((0..count).map(|index| (name(index, draw), make(draw))).collect())
}

fn metric(draw: &mut Draw) -> Tree {
    let epoch = if draw.one_in(5) { Tree::Null } else { Tree::Number(draw.below(40) as f64) };
    Tree::List(vec![value(draw), value(draw), epoch])
}

fn result(draw: &mut Draw) -> Tree {
    let text = |draw: &mut Draw, usual: &str| Tree::Text(if draw.one_in(8) { draw.text() } else { usual.to_owned() });
    let whole = |draw: &mut Draw, most: usize| Tree::Number(if draw.one_in(20) { draw.whole() as f64 } else { draw.below(most) as f64 });
    let lesson = match draw.one_in(2) {
        true => Tree::Null,
        false => {
            Tree::Object(vec![("name".into(), text(draw, "step-size")), ("holds".into(), whole(draw, 3)), ("of".into(), whole(draw, 5))])
        }
    };
    let mut config = config::config(draw);
    // A code has what differs from the base of links.
    if draw.one_in(2)
        && let Tree::Object(fields) = &mut config
    {
        fields.retain(|_| draw.one_in(2));
    }
    let version = Tree::Number(if draw.one_in(40) { draw.whole() as f64 } else { 1.0 });
    Tree::Object(vec![
        ("classResult".into(), version),
        ("name".into(), text(draw, "Ada")),
        ("state".into(), text(draw, "done")),
        ("epochs".into(), whole(draw, 40)),
        ("build".into(), text(draw, "0123abcd")),
        ("lesson".into(), lesson),
        ("metrics".into(), named(draw, metric)),
        ("curves".into(), named(draw, curve)),
        ("config".into(), config),
    ])
}

impl Reader for StudentResult {
    fn name(&self) -> &'static str {
        "result"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut tree = result(draw);
        if draw.one_in(6) {
            let donor = result(draw);
            tree.damage(&[donor], draw);
        }
        let mut text = tree.json(draw).into_bytes();
        if draw.one_in(12) {
            damage(&mut text, draw);
        }
        if draw.one_in(2) {
            let mut packed = deflate::zlib(&text, draw);
            if draw.one_in(12) {
                damage(&mut packed, draw);
            }
            text = format!("{}{}", draw.pick(&["R1.", "R1.", "R1.", " R1.", "R2.", "r1."]), URL_SAFE_NO_PAD.encode(packed)).into_bytes();
            if draw.one_in(12) {
                damage(&mut text, draw);
            }
        }
        text
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        gauge.measure(|| {
            is_result(input);
            codes(&String::from_utf8_lossy(input)).map(|codes| codes.len()).ok()
        });
        let Ok(result) = gauge.measure(|| read(input)) else { return false };
        let is_short =
            result.name.chars().count() <= MOST_NAME && result.curves.len() <= MOST_CURVES && result.metrics.len() <= MOST_CURVES;
        assert!(is_short && result.curves.iter().all(|curve| (1..=MOST_POINTS).contains(&curve.points.len())), "limits hold");
        result.config.validate().expect("what is accepted can be run");
        // As texts, since what is no number is not equal to itself; configurations as those of links are compared.
        let file = to_file(&result);
        let again = read(file.as_bytes()).expect("what is written is read");
        assert_eq!(again.to_json(""), result.to_json(""));
        config::assert_same(&result.config, &again.config);
        if input.len().is_multiple_of(4) {
            let short = read(to_code(&result).as_bytes()).expect("a code is read");
            let shorter = read(to_code(&short).as_bytes()).expect("a code is read");
            assert_eq!(shorter.to_json(""), short.to_json(""), "what is short is not shortened again");
            config::assert_same(&short.config, &shorter.config);
        }
        // All that the page makes of a class of two, of which the other has another rate.
        let mut other = again;
        *other.config.optimizer.learning_rate_mut() = 0.5;
        let mut results = Results::default();
        for (result, text) in [(result, file), (other, String::new())] {
            results.add(result, text).expect("there is room for two");
        }
        let setting = results.setting("");
        for (column, ..) in Column::ALL {
            results.lines((column, true), setting, &str::to_owned);
        }
        let styles = Styles::of(setting, 2);
        let series = chosen(&results, "val/loss");
        assert_eq!(spec(&results, series, &styles).series.len(), 2);
        if let Some(picture) = setting.and_then(|setting| picture(&results, series, setting, &styles)) {
            assert!(picture.points.iter().all(|point| point.x.is_finite() && point.y.is_finite()), "{picture:?}");
        }
        true
    }
}
