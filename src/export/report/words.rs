//! The words and tables of a report: the facts of the run, its end, its diagnoses.

use super::html::row;
use crate::charts::escape::xml as escape;
use crate::domain::data::source::DataSpec;
use crate::domain::diagnosis::Severity;
use crate::domain::record::known::Better;
use crate::domain::run::event::series;
use crate::export::record::{Columns, Ending, Head};
use std::fmt::Write;

/// A number as people read it.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "NaN".into() } else { "infinite".into() };
    }
    if value != 0.0 && !(1e-3..1e7).contains(&value.abs()) { format!("{value:.3e}") } else { format!("{}", (value * 1e5).round() / 1e5) }
}

/// A moment in UTC: `2026-11-21 14:03 UTC`. The calendar is Howard Hinnant's `civil_from_days`.
fn moment(unix_ms: f64) -> String {
    let seconds = (unix_ms / 1e3).clamp(-6e10, 2e11) as i64;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let slot = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * slot + 2) / 5 + 1, if slot < 10 { slot + 3 } else { slot - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3_600, second / 60 % 60)
}

fn duration(ms: f64) -> String {
    if ms < 1e4 {
        format!("{:.2} s", ms / 1e3)
    } else if ms < 6e5 {
        format!("{:.0} s", ms / 1e3)
    } else {
        format!("{:.1} min", ms / 6e4)
    }
}

/// The name of the data: that of a built-in set, or the id of a loaded one.
fn data_name(head: &Head) -> &str {
    match &head.config.data {
        DataSpec::Loaded { id } => id,
        data => data.id_name(),
    }
}

/// The report's title.
pub fn title(head: &Head) -> String {
    format!("Training run on {}, {}", data_name(head), moment(head.began_unix_ms))
}

/// A sentence about the run's end.
pub fn lead(head: &Head, columns: &Columns<'_>) -> String {
    let batches = columns.at_ms.len();
    let ended = match &head.ending {
        Ending::Open => "It had not ended when this report was written.".to_owned(),
        Ending::Failed(error) => format!("It failed: {}; {}.", error.message(), error.hint()),
        Ending::Finished(end) if end.reason == "completed" => format!("It ran to its end: {} epochs.", end.epochs),
        Ending::Finished(end) => format!("It ended after {} epochs: {}.", end.epochs, end.reason),
    };
    let took = columns.at_ms.last().map_or_else(String::new, |&ms| format!(" in {}", duration(ms)));
    format!("<p>{} batches{took} on {}. {}</p>", batches, escape(&head.device), escape(&ended))
}

fn last(columns: &Columns<'_>, name: &str) -> Option<f64> {
    columns.series.get(name)?.last().map(|(_, value)| f64::from(value))
}

/// The table of metrics, training beside validation: the last values, and the best of validation.
fn metrics(head: &Head, columns: &Columns<'_>) -> String {
    let names: Vec<&str> = columns.series.keys().filter_map(|name| name.strip_prefix("val/")).filter(|name| !name.contains('/')).collect();
    if names.is_empty() && head.config.validation > 0.0 {
        return String::new();
    }
    if names.is_empty() {
        let last = |name| last(columns, name).map_or("–".to_owned(), number);
        let (loss, accuracy) = (last(series::TRAIN_LOSS), last(series::TRAIN_ACCURACY));
        return format!(
            "<div class=\"card\"><p>No validation data was held out. Mean over the last epoch's batches of training: loss {loss}, accuracy {accuracy}.</p></div>"
        );
    }
    let cell = |value: Option<f64>| value.map_or("–".to_owned(), number);
    let mut rows = String::new();
    for name in names {
        let series = &columns.series[&format!("val/{name}")];
        let best = Better::of(&format!("val/{name}")).index_of_best(series).and_then(|index| series.get(index));
        write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            cell(last(columns, &format!("train/{name}"))),
            cell(last(columns, &format!("val/{name}"))),
            cell(best.map(|(_, value)| f64::from(value))),
            best.map_or("–".to_owned(), |(step, _)| step.to_string()),
        )
        .expect("memory takes every write");
    }
    format!(
        "<div class=\"card scroll\"><table><caption>Training: mean over the last epoch's batches. Validation: all held-out samples at the epoch's end.</caption>\
         <thead><tr><th scope=\"col\">metric</th><th scope=\"col\">training, last</th><th scope=\"col\">validation, last</th><th scope=\"col\">validation, best</th><th scope=\"col\">at step</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

/// Precision, recall, F1 and AUC of each class at the last validation.
fn classes(head: &Head) -> String {
    let Some((evaluation, _)) = &head.evaluation else { return String::new() };
    let names = evaluation.report.class_names(head.data.as_ref().map_or(&[], |(_, names)| names.as_slice()));
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut rows = String::new();
    for (report, class) in evaluation.report.per_class.iter().zip(&names) {
        let scores = &report.scores;
        let cells = [
            percent(scores.precision),
            percent(scores.recall),
            percent(scores.f1),
            report.auc.map_or("–".into(), percent),
            scores.support.to_string(),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        write!(rows, "<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(class)).expect("memory takes every write");
    }
    format!(
        "<div class=\"card scroll\"><table><caption>Each class against all others, step {}</caption><thead><tr><th scope=\"col\">class</th><th scope=\"col\">precision</th>\
         <th scope=\"col\">recall</th><th scope=\"col\">F1</th><th scope=\"col\">AUC</th><th scope=\"col\">samples</th></tr></thead><tbody>{rows}</tbody></table></div>",
        evaluation.step
    )
}

fn findings(head: &Head) -> String {
    if head.diagnoses.is_empty() {
        return String::new();
    }
    let items: String = head
        .diagnoses
        .iter()
        .map(|found| {
            let (class, word) = match found.severity {
                Severity::Note => ("note-level", "Note"),
                Severity::Warning => ("warning", "Warning"),
                Severity::Problem => ("problem", "Problem"),
            };
            let place = if found.place.is_empty() { String::new() } else { format!(", {}", escape(&found.place)) };
            format!(
                "<li class=\"{class}\"><strong>{word}{place}</strong> <span class=\"note\">step {}, since step {}</span><p>{}</p><p>{}</p><p>{}</p></li>",
                found.step, found.since, escape(&found.evidence), escape(&found.why), escape(&found.remedy)
            )
        })
        .collect();
    format!("<h2>What was found</h2><div class=\"card\"><ul class=\"findings\">{items}</ul></div>")
}

/// A number of samples that are held out, in words.
fn held_out(samples: usize) -> String {
    if samples == 0 { "none".to_owned() } else { samples.to_string() }
}

/// The cards before the charts: run, device, metrics, findings.
pub fn cards(head: &Head, columns: &Columns<'_>) -> String {
    let config = &head.config;
    let mut run = row("Began", &moment(head.began_unix_ms));
    run += &row("Data", data_name(head));
    run += &row("Data hash", head.data_hash.as_deref().unwrap_or("not known"));
    if let Some(begin) = &head.begin {
        run += &row("Samples", &format!("{} to train on, {} held out", begin.train_samples, held_out(begin.validation_samples)));
        run += &row("Weights", &begin.parameters.to_string());
        run += &row("Batches an epoch", &begin.batches_per_epoch.to_string());
    }
    run += &row("Optimiser", &format!("{}, learning rate {}", config.optimizer.title(), number(config.optimizer.learning_rate())));
    run += &row("Seed", &config.seed.to_string());
    if let Some(parent) = &head.parent {
        run += &row("Branch", &parent.words(&parent.name));
    }
    if let Some(file) = &head.weights_from {
        run += &row("Began with", &format!("the weights of {file}, not those of its seed"));
    }
    let mut device = row("Trained on", &head.device);
    device += &row("Why there", &head.why);
    for (name, what) in
        [("time/batch_mean_ms", "Mean batch, last epoch"), (series::TIME_EPOCH, "Last epoch"), (series::TIME_VALIDATION, "Last validation")]
    {
        if let Some(ms) = last(columns, name) {
            device += &row(what, &format!("{ms:.2} ms"));
        }
    }
    device += &row("Written by", concat!("Emberscope ", env!("CARGO_PKG_VERSION")));
    format!(
        "<div class=\"cards\"><section class=\"card\"><h3>Run</h3><dl>{run}</dl></section><section class=\"card\"><h3>Device</h3><dl>{device}</dl></section></div>\
         {}<h2>Results</h2><div class=\"cards\">{}{}</div>",
        findings(head),
        metrics(head, columns),
        classes(head)
    )
}

/// The whole configuration.
pub fn configuration(head: &Head) -> String {
    // Through a tree: a second form of every type's writer would only make the page larger.
    let tree: serde_json::Value = serde_json::from_str(&head.config.to_json()).unwrap_or_default();
    let pretty = format!("{tree:#}");
    let begun = if head.weights_from.is_some() { ", begun with the same weights," } else { "" };
    format!(
        "<h2>Configuration</h2><p class=\"note\">The same JSON{begun} gives the same run, but for what was changed by hand while it trained.</p>\
         <div class=\"card\"><pre id=\"config\">{}</pre></div>\n",
        escape(&pretty)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        // `datetime.fromtimestamp(s, timezone.utc)` of Python.
        for (seconds, text) in [
            (0.0, "1970-01-01 00:00 UTC"),
            (951_782_400.0, "2000-02-29 00:00 UTC"),
            (1_700_000_000.0, "2023-11-14 22:13 UTC"),
            (4_107_542_399.0, "2100-02-28 23:59 UTC"),
        ] {
            assert_eq!(moment(seconds * 1e3), text);
        }
        moment(f64::NAN);
    }
}
