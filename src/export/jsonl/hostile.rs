//! Files that nobody has exported: changed in their structure, then opened and asked for all that the page asks of a run.
//! Nothing that a file says may panic. A test module only.

#[cfg(test)]
mod tests {
    use super::super::tests::written;
    use super::super::*;
    use crate::charts::axes::Size;
    use crate::charts::axis::XKind;
    use crate::charts::readout::words::summary;
    use crate::charts::{At, ChartSpec, RunClock, Scene, SeriesLookup, SeriesSpec, Style, XAxis, YRange};
    use crate::domain::diagnosis::remedy::remedies;
    use crate::domain::record::evaluations::Evaluations;
    use crate::domain::record::known::Better;
    use crate::domain::record::series::Series;
    use crate::domain::run::config::diff::differences;
    use crate::domain::run::list::outcome::outcome;
    use crate::domain::run::preset;
    use crate::export::csv::CsvExport;
    use crate::export::record::Imported;
    use crate::export::report::{ReportChart, ReportExport};
    use crate::export::tfevents::EventExport;
    use crate::export::{samples, to_bytes};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    struct Lookup<'a>(&'a Imported);

    impl SeriesLookup for Lookup<'_> {
        fn series(&self, _: Option<u32>, name: &str) -> Option<&Series> {
            self.0.series.get(name)
        }
        fn clock(&self, _: Option<u32>) -> RunClock<'_> {
            let head = &self.0.head;
            let batches_per_epoch = head.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
            RunClock { batches_per_epoch, at_ms: &self.0.at_ms, started_at_ms: head.began_unix_ms }
        }
    }

    /// A chart of all series.
    fn spec(run: &Imported, kind: XKind, y_range: YRange) -> ChartSpec {
        let series = run.series.keys().map(|name| SeriesSpec::new(name, name, Style::RAW)).collect();
        ChartSpec { title: "all".into(), series, x: XAxis { kind, ..XAxis::default() }, y_range, ..ChartSpec::default() }
    }

    /// Asks for everything that panels and exports ask for; panics where one of them would.
    fn ask_everything(run: &Imported) {
        let (head, columns, lookup) = (&run.head, run.columns(), Lookup(run));
        for kind in XKind::ALL {
            for y_range in [YRange::Auto, YRange::Log] {
                let spec = spec(run, kind, y_range);
                let size = Size { width: 640.0, height: 240.0, dpr: 1.0, font_px: 12.0 };
                let scene = Scene::build(&spec, &lookup, size, None);
                for step in [0, 1, 5, u32::MAX] {
                    scene.hover_at(&spec, &lookup, At { run: None, step });
                }
                summary(&spec, &lookup);
            }
        }
        let chart = ReportChart { spec: spec(run, XKind::Step, YRange::Auto), note: "note".into() };
        to_bytes(&mut ReportExport::new(head.clone(), vec![chart], &columns), &columns).unwrap();
        to_bytes(&mut CsvExport::new(&columns), &columns).unwrap();
        to_bytes(&mut EventExport::new(head, &columns), &columns).unwrap();
        // What was read can be written, and that can be read again.
        read(&written(run)).unwrap();
        if let Some((evaluation, numbers)) = &head.evaluation {
            let report = &evaluation.report;
            // The names of other data, more and fewer than the report's classes; then those of the file.
            let other: Vec<String> = (0..12).map(|class| class.to_string()).collect();
            for known in [&other[..], &other[..1], head.data.as_ref().map_or(&[], |(_, names)| &names[..])] {
                let names = report.class_names(known);
                assert_eq!(names.len(), report.per_class.len());
                for truth in 0..names.len() {
                    let row: Vec<u64> = (0..names.len()).map(|predicted| report.confusion.count(truth, predicted)).collect();
                    let total: u64 = row.iter().sum::<u64>().max(1);
                    row.iter().for_each(|count| assert!(9 * count / total <= 9));
                    report.confusion.unpredicted(truth);
                }
            }
            report.confusion.count(usize::MAX, usize::MAX);
            report.logs();
            let epoch = evaluation.epoch + 1;
            if let Some((shape, _)) = &head.data {
                assert_eq!(
                    numbers.chunks_exact(shape.len()).len(),
                    if numbers.is_empty() { 0 } else { evaluation.worst.len() },
                    "epoch {epoch}"
                );
            }
            let mut evaluations = Evaluations::default();
            evaluations.push(evaluation.clone(), numbers.clone());
            evaluations.push(evaluation.clone(), numbers.clone());
        }
        head.diagnoses.iter().for_each(|found| drop(remedies(found, &head.diagnoses, &head.config)));
        differences(&head.config, &preset::config("mlp").unwrap());
        for (name, series) in &run.series {
            let _ = outcome(series, Better::of(name));
        }
        head.probes.iter().for_each(|probe| drop(probe.logs()));
        if let Some((shape, names)) = &head.data {
            head.config.model.plan(*shape, names.len(), head.config.loss).ok();
        }
        let _ = head.begin.as_ref().map(|begin| begin.total_steps());
    }

    fn read(bytes: &[u8]) -> crate::error::Result<Imported> {
        let mut reader = Reader::new();
        reader.push(bytes)?;
        reader.finish()
    }

    /// The lines of a small run as trees, without the checksum, which people need not write.
    fn trees() -> Vec<Value> {
        let text = String::from_utf8(written(&samples::small())).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).filter(|line: &Value| line["record"] != "checksum").collect()
    }

    fn bytes_of(lines: &[Value]) -> Vec<u8> {
        lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
    }

    /// All places within a tree, as pointers of RFC 6901.
    fn places(tree: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match tree {
            Value::Object(fields) => {
                fields.iter().for_each(|(key, inner)| places(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found))
            }
            // The ends of a list are enough: a histogram has 48 bins.
            Value::Array(items) => {
                for index in [0, 1, items.len().saturating_sub(1)].into_iter().filter(|&index| index < items.len()) {
                    places(&items[index], &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    /// Changes one place of a tree.
    fn damage(value: &mut Value, how: u8) {
        *value = match (how, value.take()) {
            (0, _) => json!(0),
            (1, _) => json!(1),
            (2, _) => json!(u32::MAX),
            (3, _) => json!(1e300),
            (4, _) => json!(-1),
            (5, _) => Value::Null,
            (6, _) => json!(u64::MAX),
            (7, _) => json!("NaN"),
            (8, _) => json!([]),
            (9, Value::Array(mut items)) => {
                items.pop();
                Value::Array(items)
            }
            (10, Value::Array(mut items)) => {
                items.extend(items.clone());
                Value::Array(items)
            }
            (11, Value::Object(mut fields)) => {
                let first = fields.keys().next().cloned();
                first.map(|key| fields.remove(&key));
                Value::Object(fields)
            }
            (12, Value::Number(number)) => json!(number.as_f64().unwrap_or(0.0) + 1.0),
            (13, _) => json!("x".repeat(300)),
            (_, other) => other,
        };
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn whatever_is_changed_in_a_file_it_is_refused_or_can_be_shown(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..14_u8), 1..4),
            moved in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
        ) {
            let mut lines = trees();
            for (line, place, how) in changes {
                let line = line.index(lines.len());
                let mut found = Vec::new();
                places(&lines[line], "", &mut found);
                let place = &found[place.index(found.len())];
                if let Some(value) = lines[line].pointer_mut(place) {
                    damage(value, how);
                }
            }
            if let Some((from, to)) = moved {
                let line = lines.remove(from.index(lines.len()));
                let to = to.index(lines.len() + 1);
                lines.insert(to, line);
            }
            if let Ok(run) = read(&bytes_of(&lines)) {
                ask_everything(&run);
            }
        }
    }

    #[test]
    fn every_single_change_of_the_header_and_the_metrics_is_refused_or_can_be_shown() {
        let lines = trees();
        let (mut opened, mut refused) = (0, 0);
        for (index, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| ["header", "evaluation", "end", "diagnosis"].contains(&line["record"].as_str().unwrap()))
        {
            let mut found = Vec::new();
            places(line, "", &mut found);
            for place in found {
                for how in 0..14 {
                    let mut changed = lines.clone();
                    damage(changed[index].pointer_mut(&place).unwrap(), how);
                    match read(&bytes_of(&changed)) {
                        Ok(run) => {
                            opened += 1;
                            ask_everything(&run);
                        }
                        Err(_) => refused += 1,
                    }
                }
            }
        }
        assert!(opened > 100 && refused > 100, "{opened} opened, {refused} refused");
    }

    #[test]
    fn what_does_not_fit_together_is_refused_with_the_reason() {
        let refusal = |change: &dyn Fn(&mut Vec<Value>)| {
            let mut lines = trees();
            change(&mut lines);
            read(&bytes_of(&lines)).unwrap_err().message().to_owned()
        };
        let of = |lines: &mut Vec<Value>, record: &str| lines.iter().position(|line| line["record"] == record).unwrap();
        for (change, says) in [
            (
                &(|lines: &mut Vec<Value>| lines[0]["classes"] = json!(["a", "b", "c"])) as &dyn Fn(&mut Vec<Value>),
                "the metrics are of 2 classes, the header names 3",
            ),
            (&|lines| lines[0]["shape"] = json!({"vector": 0}), "line 1: no sample has the shape [0, 1, 1]"),
            (
                &|lines| lines[0]["shape"] = json!({"image": {"channels": 1_u64 << 40, "height": 1_u64 << 40, "width": 2}}),
                "no sample has the shape",
            ),
            (&|lines| lines[0]["shape"] = json!({"vector": 5}), "6 numbers are not those of 2 samples of 5"),
            (&|lines| lines[0]["classes"] = json!([]), "0 classes are too many or too few"),
            (
                &|lines| {
                    let at = of(lines, "evaluation");
                    lines[at]["report"]["confusion"]["counts"] = json!([u64::MAX, 1, 0, 0])
                },
                "the confusion matrix",
            ),
            (
                &|lines| {
                    let at = of(lines, "evaluation");
                    lines[at]["epoch"] = json!(u32::MAX)
                },
                "there is no epoch 4294967295",
            ),
            (
                &|lines| {
                    let at = of(lines, "batch");
                    lines[at]["atMs"] = json!(1e6)
                },
                "\"atMs\" is 2, no time or earlier than that of the batch before",
            ),
            (&|lines| lines[0]["config"]["batchSize"] = json!(0), "batchSize is 0"),
        ] {
            let message = refusal(change);
            assert!(message.contains(says), "{message:?} does not say {says:?}");
        }
    }

    #[test]
    fn every_length_has_a_limit_that_is_named() {
        type Grow = fn(&mut Vec<Value>, usize);
        let at = |lines: &[Value], record: &str| lines.iter().position(|line| line["record"] == record).unwrap();
        // The record that grows, how, a length that is read, one that is not, and the words for that.
        let cases: [(&str, Grow, [usize; 2], &str); 11] = [
            (
                "header",
                |l, n| l[0]["columns"] = (0..n).map(|i| json!(format!("c{i}"))).collect(),
                [4_900, 5_001],
                "5001 columns, more than 5000",
            ),
            ("header", |l, n| l[0]["classes"] = (0..n).map(|i| json!(i.to_string())).collect(), [256, 257], "257 classes are too many"),
            ("header", |l, n| l[0]["device"] = json!("d".repeat(n - 2)), [20_000, 20_001], "\"device\" has 20001 bytes, more than 20000"),
            (
                "header",
                |l, n| l[0]["config"]["model"]["layers"] = vec![json!({"type": "relu"}); n].into(),
                [100, 101],
                "model.layers has 101 entries",
            ),
            (
                "header",
                |l, n| l[0]["config"]["callbacks"] = vec![json!({"name": "terminate_on_nan"}); n].into(),
                [16, 17],
                "callbacks has 17 entries",
            ),
            ("batch", |l, n| l[1] = json!({"record": "values", "step": 1, "values": named(n)}), [4_900, 5_001], "more than 5000 series"),
            (
                "probe",
                |l, n| l[0]["weights"] = vec![l[0]["weights"][0].clone(); n].into(),
                [1_000, 1_001],
                "more than 1000 arrays or layers",
            ),
            (
                "probe",
                |l, n| l[0]["activations"] = vec![l[0]["activations"][0].clone(); n].into(),
                [1_000, 1_001],
                "more than 1000 arrays or layers",
            ),
            ("evaluation", |l, n| l[0]["worst"] = vec![l[0]["worst"][0].clone(); n].into(), [100, 101], "more than 100 worst samples"),
            ("evaluation", |l, n| roc(&mut l[0], n), [1_000, 1_001], "a ROC curve has more than 1000 points"),
            ("diagnosis", |l, n| l[0]["diagnosis"]["evidence"] = json!("e".repeat(n)), [19_000, 21_000], "\"diagnosis\" has"),
        ];
        for (record, grow, [most, more], says) in cases {
            let grown = |count: usize| {
                let mut lines = trees();
                let first = at(&lines, record);
                let mut part = lines.split_off(first);
                grow(&mut part, count);
                lines.extend(part);
                read(&bytes_of(&lines))
            };
            // What is as long as may be can be refused for another reason, but not for its length.
            if let Err(error) = grown(most) {
                assert!(!error.message().contains("more than") && !error.message().contains("too many or"), "{says}: {error}");
            }
            let error = grown(more).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
    }

    /// Values under so many names of their own.
    fn named(count: usize) -> Value {
        (0..count).map(|index| (format!("x/{index}"), json!(0))).collect::<serde_json::Map<_, _>>().into()
    }

    fn roc(evaluation: &mut Value, count: usize) {
        let points = &mut evaluation["report"]["perClass"][0]["roc"];
        *points = vec![points[0].clone(); count].into();
    }

    #[test]
    fn thousands_of_series_open_without_a_search_of_all_for_each() {
        let mut lines = trees();
        let names: Vec<String> = (0..4_000).map(|index| format!("x/{index}")).collect();
        lines.retain(|line| ["header", "end"].contains(&line["record"].as_str().unwrap()));
        lines[0]["columns"] = names.clone().into();
        lines[1] = json!({"record": "end", "batches": 0, "state": "open"});
        for step in 1..=50 {
            lines.insert(lines.len() - 1, json!({"record": "values", "step": step, "values": named(4_900)}));
        }
        let run = read(&bytes_of(&lines)).unwrap();
        assert_eq!((run.series.len(), run.series["x/4899"].len(), run.series["x/0"].len()), (4_900, 50, 50));
        lines[0]["columns"].as_array_mut().unwrap().push(json!("x/7"));
        assert!(read(&bytes_of(&lines)).unwrap_err().message().contains("the column \"x/7\" is there twice"));
    }

    #[test]
    fn a_file_of_before_shape_and_classes_opens_and_so_does_a_run_that_could_not_start_today() {
        let mut lines = trees();
        let header = lines[0].as_object_mut().unwrap();
        header.remove("shape");
        header.remove("classes");
        header["config"]["callbacks"] = json!([
            {"name": "early_stopping", "monitor": "my/series"},
            {"name": "model_checkpoint", "save": "best"},
            {"name": "model_checkpoint", "save": "best", "copies": 2},
        ]);
        let run = read(&bytes_of(&lines)).unwrap();
        assert_eq!(run.head.data, None);
        assert_eq!(run.head.evaluation.as_ref().unwrap().1.len(), 6);
        ask_everything(&run);
        assert!(run.head.config.validate().is_err());
    }

    #[test]
    fn numbers_of_a_configuration_come_back_to_the_bit() {
        let mut run = samples::small();
        // serde_json's own reader of text is off by one unit in the last place for numbers such as these.
        let mut off = 0;
        let mut state = 7_u64;
        for _ in 0..200 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let rate = (state >> 11) as f64 / (1_u64 << 53) as f64 * 1e-3;
            *run.head.config.optimizer.learning_rate_mut() = rate;
            off += usize::from(serde_json::from_str::<f64>(&serde_json::to_string(&rate).unwrap()).unwrap().to_bits() != rate.to_bits());
            let back = read(&written(&run)).unwrap();
            assert_eq!(back.head.config.optimizer.learning_rate().to_bits(), rate.to_bits());
        }
        assert!(off > 0, "if serde_json reads exactly now, this test says nothing");
    }
}
