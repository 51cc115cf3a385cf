//! A report has everything, and nothing in it can become what it should not be.

use super::*;
use crate::charts::{SeriesSpec, Style, XRange};
use crate::domain::record::known::Better;
use crate::export::{samples, to_bytes};
use std::io::Read;

fn charts() -> Vec<ReportChart> {
    let spec = |title: &str, y_range, names: &[&str]| ReportChart {
        spec: ChartSpec {
            title: title.to_owned(),
            y_label: "nats".into(),
            unit: Unit::Plain,
            better: Better::Lower,
            y_range,
            x_range: XRange::All,
            series: names.iter().enumerate().map(|(index, name)| SeriesSpec::new(*name, *name, Style::nth(index))).collect(),
            ..ChartSpec::default()
        },
        note: "mean & more <\"quoted\">".into(),
    };
    vec![
        spec("Loss <img src=x>", YRange::Auto, &["train/loss", "val/loss"]),
        spec("Batch loss", YRange::Log, &["batch/loss", "mine, \"<&>\" ü"]),
        spec("Nothing", YRange::Auto, &["none"]),
    ]
}

fn report(run: &crate::export::record::Imported) -> String {
    let columns = run.columns();
    String::from_utf8(to_bytes(&mut ReportExport::new(run.head.clone(), charts(), &columns), &columns).unwrap()).unwrap()
}

/// What stands between `begin` and the next `end`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let at = text.find(begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    &text[at..at + text[at..].find(end).unwrap()]
}

#[test]
fn every_column_is_in_the_file_to_the_bit() {
    for run in [samples::small(), samples::long(40_000)] {
        let text = report(&run);
        let manifest: serde_json::Value = serde_json::from_str(between(&text, "id=\"manifest\">", "</script>")).unwrap();
        let unpack = |index: &serde_json::Value| {
            let packed = STANDARD.decode(between(&text, &format!("id=\"data-{index}\">"), "</script>")).unwrap();
            let mut bytes = Vec::new();
            flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
            bytes.as_chunks().0.iter().map(|&chunk| u32::from_le_bytes(chunk)).collect::<Vec<u32>>()
        };
        let all = manifest["series"].as_array().unwrap();
        assert_eq!(all.len(), run.series.len());
        for entry in all {
            let series = &run.series[entry["name"].as_str().unwrap()];
            let values: Vec<u32> = series.iter().map(|(_, value)| value.to_bits()).collect();
            assert_eq!(unpack(&entry["values"]), values, "{entry}");
            let steps: Vec<u32> = series.iter().map(|(step, _)| step).collect();
            let found = if entry["steps"].is_null() {
                (entry["first"].as_u64().unwrap() as u32..).take(values.len()).collect()
            } else {
                unpack(&entry["steps"])
            };
            assert_eq!(found, steps, "{entry}");
        }
        assert_eq!(manifest["charts"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn names_and_reasons_stay_text() {
    let text = report(&samples::small());
    for odd in ["<img", "<b>", "<&>", "<\"quoted\">"] {
        assert!(!text.contains(odd), "{odd}");
    }
    assert_eq!(text.matches("</script>").count(), text.matches("<script").count());
    assert!(text.contains("enough &lt;/script&gt;") && text.contains("Loss &lt;img src=x&gt;") && text.contains("\\u003c&>"));
    assert!(text.contains("&lt;b&gt;really&lt;/b&gt; &amp; &quot;so&quot;"));
    // Self-contained: no address of anything, and no style that the policy forbids.
    for outside in ["http://", "https://", "src=", "href=", " style=", "url(", "@import", "onclick"] {
        assert!(!text.replace("src=x", "").contains(outside), "{outside}");
    }
}

#[test]
fn the_policy_allows_its_script_and_style_only() {
    let text = report(&samples::small());
    let style = between(&text, "<style>", "</style>");
    let script = &text[text.rfind("<script>").unwrap() + 8..text.rfind("</script>").unwrap()];
    let policy =
        format!("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'", source(script), source(style));
    assert_eq!(between(&text, "http-equiv=\"Content-Security-Policy\" content=\"", "\""), policy);
}

#[test]
fn a_run_without_anything_has_a_report_too() {
    let mut run = samples::small();
    run.series.clear();
    run.at_ms.clear();
    run.head.evaluation = None;
    assert!(report(&run).contains("</html>"));
}

#[test]
fn a_run_without_validation_says_so_in_place_of_its_results() {
    let mut run = samples::small();
    run.head.config.validation = 0.0;
    run.head.evaluation = None;
    if let Some(begin) = &mut run.head.begin {
        begin.validation_samples = 0;
    }
    run.series.retain(|name, _| !name.starts_with("val/"));
    let text = report(&run);
    let said = between(&text, "No validation data was held out. ", "</p>");
    assert!(said.starts_with("Mean over the last epoch's batches of training: loss "), "{said}");
    assert!(text.contains("100 to train on, none held out"));
}
