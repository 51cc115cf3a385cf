//! The questions that people ask of a training loop, answered by the page: each by a short run that is set up and
//! started by hand, and its answer compared with something independent: the same run by the library in this process, or
//! the numbers worked out here.

use crate::native;
use crate::support::{Page, Visit, largest_difference, report};
use emberscope::domain::callback::History;
use emberscope::domain::callback::{Callback, CallbackList, Controls};
use emberscope::domain::data::Dataset;
use emberscope::domain::data::sampler::split;
use emberscope::domain::record::probe::Probe;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::event::{Evaluation, series};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// The tolerance between the browser's numbers and the native ones: they add in another order.
const CLOSE: f32 = 1e-3;

/// An MLP on 600 drawn digits: 510 to train on, 11 batches an epoch, two epochs; looked into every 7 batches.
fn set_up(page: &Page) {
    page.set_up("mlp");
    page.fill_all(&[("samples-count", "600"), ("batch-size", "50"), ("epochs", "2"), ("seed", "5")]);
    // As often as asked for, whatever it costs on this machine.
    page.fill_all(&[("monitor-every", "7"), ("watch-budget", "0")]);
}

/// Starts by the button, waits for the end, and for the page to show it.
fn go(page: &Page) {
    assert_eq!(page.run_by_hand(1)["reason"], "completed");
    page.until("e2e.text('#phase') === 'Done'", 10);
    page.ask("await e2e.seeEverything();");
}

/// The looks and evaluations of a native run.
#[derive(Clone, Default)]
struct Recorder(Rc<RefCell<(Vec<Probe>, Vec<Evaluation>)>>);

impl Callback for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }
    fn on_probe(&mut self, event: &Probe) -> Controls {
        self.0.borrow_mut().0.push(event.clone());
        Controls::new()
    }
    fn on_evaluation(&mut self, event: &Evaluation) -> Controls {
        self.0.borrow_mut().1.push(event.clone());
        Controls::new()
    }
}

/// The library's own run of the page's first one.
struct Native {
    config: RunConfig,
    data: Dataset,
    history: History,
    probes: Vec<Probe>,
    evaluations: Vec<Evaluation>,
}

impl Native {
    fn of(page: &Page) -> Self {
        let json = page.ask("return JSON.stringify(emberscope.runs()[0].config);");
        let config = RunConfig::from_json(json.as_str().unwrap_or_default()).expect("the page's config is one");
        let data = config.data.generate(u64::from(config.seed)).expect("built-in data can be made");
        let recorder = Recorder::default();
        let (_, history, _) =
            native::train_with(&config, &data, CallbackList::new().with(recorder.clone()), &mut native::NativeHost::default());
        let (probes, evaluations) = recorder.0.take();
        Self { config, data, history, probes, evaluations }
    }

    /// The page's series is that of the native run, point by point.
    fn agrees(&self, page: &Page, name: &str) -> Vec<f32> {
        let points = page.ask(&format!("return [...emberscope.history(1)[{name:?}].step];"));
        let steps: Vec<u32> = points.as_array().into_iter().flatten().filter_map(|step| Some(step.as_u64()? as u32)).collect();
        let native = self.history.get(name);
        assert_eq!(steps, native.iter().map(|&(step, _)| step).collect::<Vec<_>>(), "{name}");
        let (shown, native) = (page.series(1, name), self.history.values(name));
        let difference = largest_difference(&native, &shown);
        assert!(difference < CLOSE, "{name}: {difference}\npage {shown:?}\nnative {native:?}");
        shown
    }
}

/// The words of a chart.
fn words(page: &Page, chart: &str) -> String {
    let label = page.ask(&format!("return document.querySelector('#{chart} .chart').getAttribute('aria-label');"));
    label.as_str().unwrap_or_default().to_owned()
}

/// The last value of `curve` in the words of a chart.
fn last_said(words: &str, curve: &str) -> f32 {
    let rest = words.split(&format!("{curve}: last ")).nth(1).unwrap_or_else(|| panic!("no last value of {curve} in {words:?}"));
    // Numbers have spaces of many kinds, between thousands and before units.
    let is_number = |character: &char| character.is_ascii_digit() || *character == '.' || character.is_whitespace();
    let digits: String = rest.chars().take_while(is_number).filter(|character| !character.is_whitespace()).collect();
    digits.parse().unwrap_or_else(|error| panic!("{curve} in {words:?}: {error}"))
}

/// A share as the page writes it.
fn percent(share: f32) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[test]
fn how_long_does_each_batch_take_and_on_average_in_an_epoch() {
    Visit::new().run(|page| {
        set_up(page);
        // As people write it for Keras: collect in on_batch_end, average in on_epoch_end.
        page.ask(
            "window.TrainingPlot = { batch: [], times: [], means: [] };
             emberscope.on('on_epoch_begin', () => { TrainingPlot.batch = []; });
             emberscope.on('on_batch_end', ({ times }) => TrainingPlot.batch.push(times.batch));
             emberscope.on('on_epoch_end', ({ epoch }) => {
               const { batch } = TrainingPlot;
               TrainingPlot.times.push(...batch);
               TrainingPlot.means.push(batch.reduce((sum, ms) => sum + ms, 0) / batch.length);
             });",
        );
        go(page);
        let (times, epochs) = (page.series(1, series::TIME_BATCH), page.series(1, series::TIME_EPOCH));
        assert_eq!((times.len(), epochs.len()), (22, 2));
        let collected = crate::support::numbers(&page.ask("return TrainingPlot.times;"));
        assert_eq!(collected, times, "the callback saw what was recorded");
        let means = crate::support::numbers(&page.ask("return TrainingPlot.means;"));
        for (epoch, batches) in times.chunks(11).enumerate() {
            let sum: f32 = batches.iter().sum();
            assert!(batches.iter().all(|&ms| ms > 0.0));
            assert!((sum - epochs[epoch]).abs() < 1e-3 * sum, "an epoch's time is the sum of its batches': {sum}, {}", epochs[epoch]);
            assert!((means[epoch] - sum / 11.0).abs() < 1e-3 * means[epoch]);
        }
        report(format_args!("time per batch {:.2} ms and {:.2} ms on average in two epochs", means[0], means[1]));
        let shown = words(page, "chart-epoch-time");
        assert!((last_said(&shown, "training") - epochs[1]).abs() < 0.01 * epochs[1], "{shown}, recorded {epochs:?}");
    });
}

#[test]
fn which_weights_are_kept_after_early_stopping() {
    Visit::new().run(|page| {
        // Few noisy points, a large net, a high rate: validation soon turns.
        page.set_up("planar");
        page.click("#data-source option[value=moons]");
        page.fill_all(&[("samples-count", "200"), ("noise", "0.5"), ("learning-rate", "0.1"), ("epochs", "40")]);
        page.click("#callbacks li:first-child input[type=checkbox]");
        let end = page.run_by_hand(1);
        let losses = page.series(1, series::VAL_LOSS);
        let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).expect("there were epochs");
        assert!(losses.len() < 40 && best + 4 == losses.len(), "stopped three epochs after the best: {losses:?}, {end}");

        // The validation samples, chosen here; the loss, worked out here from the page's predictions.
        let json = page.ask("return JSON.stringify(emberscope.runs()[0].config);");
        let config = RunConfig::from_json(json.as_str().unwrap_or_default()).expect("the page's config is one");
        let data = config.data.generate(u64::from(config.seed)).expect("built-in data can be made");
        let held_out = split(data.len(), config.validation, u64::from(config.seed)).validation;
        let mut inputs = Vec::new();
        data.gather(&held_out, &mut inputs);
        let rows = crate::support::numbers(&page.ask(&format!("return Array.from(await emberscope.predict({inputs:?}));")));
        let loss_of = |(row, &index): (&[f32], &u32)| -f64::from(row[data.labels()[index as usize] as usize]).ln();
        let loss = rows.chunks(2).zip(&held_out).map(loss_of).sum::<f64>() / held_out.len() as f64;
        report(format_args!(
            "validation loss {} at best, {} at the stop, {loss:.6} with the kept weights",
            losses[best],
            losses[losses.len() - 1]
        ));
        assert!((loss - f64::from(losses[best])).abs() < 1e-4, "{loss} is not {}", losses[best]);
        assert!((loss - f64::from(losses[losses.len() - 1])).abs() > 1e-3, "the last weights are others: {losses:?}");
    });
}

#[test]
fn how_long_is_the_gradient_every_n_batches() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        native.agrees(page, "grad/norm/dense_1/kernel");
        let steps = page.ask("return [...emberscope.history(1)['grad/norm'].step];");
        assert_eq!(steps, json!([1, 8, 15, 22]), "every 7 batches");
        // The whole norm is that of the parts.
        let whole = page.series(1, "grad/norm");
        for (look, probe) in native.probes.iter().enumerate() {
            let squares: f64 = probe.weights.iter().map(|array| array.gradient.norm * array.gradient.norm).sum();
            assert!((whole[look] - squares.sqrt() as f32).abs() < CLOSE * whole[look]);
        }
        assert!(page.text("#chart-gradient-norm .legend").contains("dense_1"), "{}", page.text("#chart-gradient-norm .legend"));
    });
}

#[test]
fn are_training_and_validation_on_one_chart() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        let validation = native.agrees(page, series::VAL_LOSS);
        let train = native.agrees(page, series::TRAIN_LOSS);
        // The epoch's training loss is the mean over its samples, the last batch being smaller: 10 of 50 and one of 10.
        let batches = page.series(1, series::BATCH_LOSS);
        for (epoch, losses) in batches.chunks(11).enumerate() {
            let sum: f32 = losses.iter().enumerate().map(|(batch, loss)| loss * if batch == 10 { 10.0 } else { 50.0 }).sum();
            assert!((sum / 510.0 - train[epoch]).abs() < 1e-5, "{} is not {}", sum / 510.0, train[epoch]);
        }
        let legend = page.text("#chart-loss .legend");
        assert!(legend.contains("train") && legend.contains("validation"), "{legend}");
        let shown = words(page, "chart-loss");
        for (curve, losses) in [("train", &train), ("validation", &validation)] {
            assert!((last_said(&shown, curve) - losses[1]).abs() < 0.01, "{shown}, recorded {losses:?}");
        }
        assert!(validation[1] < validation[0], "it learns: {validation:?}");
    });
}

#[test]
fn what_are_mean_and_deviation_of_each_layers_activations() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        for layer in ["dense_1", "relu_1", "output"] {
            for (what, chart) in [("mean", "chart-activation-mean"), ("deviation", "chart-activation-deviation")] {
                native.agrees(page, &format!("activation/{what}/{layer}"));
                let legend = page.text(&format!("#{chart} .legend"));
                assert!(legend.contains(layer), "{legend}");
            }
        }
    });
}

#[test]
fn how_are_each_layers_gradients_distributed() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        assert_eq!(native.probes.len(), 4);
        for array in ["dense_1/kernel", "output/bias"] {
            page.click(&format!("#histogram-subject option[value='gradient:{array}']"));
            // The newest look is shown; the slider goes back to the first.
            for (look, key) in [(3, '\u{e010}'), (0, '\u{e011}')] {
                page.ask("document.querySelector('#histogram-step').focus();");
                page.press(key);
                let probe = &native.probes[look];
                let gradient = &probe.weights.iter().find(|known| known.name == array).expect("it is looked at").gradient;
                page.until(&format!("e2e.text('#histogram-words').startsWith('Step {}:')", probe.step), 5);
                let shown = page.text("#histogram-words");
                assert!(shown.contains(&format!("{} values", gradient.histogram.total())), "{shown}");
                let read = |what: &str| -> f64 {
                    let rest = shown.split(&format!("{what} ")).nth(1).and_then(|rest| rest.split(' ').next());
                    rest.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {what} in {shown}"))
                };
                for (what, value) in [("deviation", gradient.deviation), ("norm", gradient.norm)] {
                    assert!((read(what) - value).abs() < 2e-3 * value, "{what} of {array}: {shown}, natively {value}");
                }
            }
        }
        // The counts themselves, as the API gives them to a callback.
        let counted = page.ask(
            "const seen = [];
             emberscope.on('on_probe', probe => seen.push(probe.weights[0].gradient.histogram));
             await emberscope.start(emberscope.config()).then(run => emberscope.finished(run));
             return seen.map(({ bins, zeros, nans, infinities }) => [bins.reduce((sum, count) => sum + count, zeros + nans + infinities), zeros]);",
        );
        let kernel = |probe: &Probe| json!([probe.weights[0].gradient.histogram.total(), probe.weights[0].gradient.histogram.zeros]);
        assert_eq!(counted, Value::from(native.probes.iter().map(kernel).collect::<Vec<_>>()));
    });
}

#[test]
fn what_are_the_raw_loss_and_metrics_of_each_batch() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        let losses = native.agrees(page, series::BATCH_LOSS);
        let accuracies = native.agrees(page, series::BATCH_ACCURACY);
        assert_eq!((losses.len(), accuracies.len()), (22, 22));
        assert_eq!(page.text("#batches-shown"), "22 of 22 batches shown");
        // Whole samples of 50, or of 10 in the last batch: nothing has been averaged.
        for (batch, accuracy) in accuracies.iter().enumerate() {
            let right = accuracy * if batch % 11 == 10 { 10.0 } else { 50.0 };
            assert!((right - right.round()).abs() < 1e-3, "batch {batch}: {right} right");
        }
        // Read off the chart with the keyboard: the first batch, then the second.
        page.ask("document.querySelector('#chart-batch-loss .chart').focus();");
        for (key, step) in [('\u{e011}', 1_usize), ('\u{e014}', 2)] {
            page.press(key);
            page.until(&format!("e2e.text('#chart-batch-loss .cursor-step') === 'step {step}'"), 5);
            let read: f32 = page.text("#chart-batch-loss .reading").parse().expect("a number is read");
            assert!((read - losses[step - 1]).abs() < 2e-3 * read, "{read} is not {}", losses[step - 1]);
        }
    });
}

#[test]
fn what_does_it_predict_and_what_is_true() {
    Visit::new().run(|page| {
        set_up(page);
        go(page);
        let native = Native::of(page);
        let last = native.evaluations.last().expect("it was validated");
        let cells = page.ask("return [...document.querySelectorAll('#confusion tbody tr')].map(row => [...row.cells].slice(1).map(cell => Number(cell.textContent)));");
        let classes = native.data.classes().len();
        let counts = |truth: usize| (0..classes).map(|predicted| last.report.confusion.count(truth, predicted)).collect::<Vec<_>>();
        assert_eq!(cells, Value::from((0..classes).map(counts).map(Value::from).collect::<Vec<_>>()));
        // Each class has a curve, and its name beside it.
        let names = page.ask("return [...document.querySelectorAll('.roc-names li')].map(name => name.textContent.trim());");
        assert_eq!(names, Value::from(native.data.classes().iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>()));
        assert_eq!(page.number("return document.querySelectorAll('.roc-curve.named').length;"), classes as f64);
        let right: u64 = (0..classes).map(|class| last.report.confusion.count(class, class)).sum();
        assert_eq!(last.report.samples as usize, split(600, native.config.validation, 5).validation.len());
        let accuracy = page.series(1, series::VAL_ACCURACY)[1];
        assert!((accuracy - right as f32 / last.report.samples as f32).abs() < 1e-6);
        assert!(page.text("#latest").contains(&format!("val accuracy {}", percent(accuracy))), "{}", page.text("#latest"));
        // The worst samples, with truth, prediction and loss.
        let worst: Vec<String> = last
            .worst
            .iter()
            .take(3)
            .map(|outcome| format!("{} → {}", outcome.label, outcome.predicted.map_or("NaN".to_owned(), |class| class.to_string())))
            .collect();
        let shown = page.ask("return [...document.querySelectorAll('#worst li')].slice(0, 3).map(item => item.querySelector('span').textContent);");
        assert_eq!(shown, json!(worst));
    });
}
