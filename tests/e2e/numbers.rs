//! The numbers of whole runs: the same run twice to the bit, the same JSON in the browser and natively, what WebGPU learns
//! beside the CPU, and digits from files learned as well as such a network learns them. That each step is computed right
//! on each device is held by `tests/maths`, where no rounding can add up over steps.

use crate::native;
use crate::support::{Flags, Page, Visit, largest_difference, mnist, on_disk, report};
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::event::series;

/// 1 600 samples in batches of 80, three times: 60 batches.
const SIXTY_BATCHES: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 2000 },
    validation: 0.2, batchSize: 80, epochs: 3, seed: 7, device: 'cpu' }";

#[test]
fn the_same_config_gives_the_same_curve_to_the_bit_and_natively_almost_the_same() {
    Visit::new().run(|page| {
        let [first, second] = [(); 2].map(|()| {
            let run = page.start(SIXTY_BATCHES);
            assert_eq!(page.finished(run)["reason"], "completed");
            run
        });
        for name in [series::BATCH_LOSS, series::BATCH_ACCURACY, series::VAL_LOSS] {
            let [one, other] = [first, second].map(|run| page.series(run, name));
            assert_eq!(one.len(), if name == series::VAL_LOSS { 3 } else { 60 });
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&one), bits(&other), "{name}");
        }

        // The very JSON of the run, by the library in this process. Not bit for bit: natively the matrix products use
        // fused multiply-add and wider vectors, so they round differently and add in another order. Measured: 1e-7.
        let json = page.ask("return JSON.stringify(emberscope.runs()[0].config);");
        let config = RunConfig::from_json(json.as_str().unwrap_or_default()).expect("the page's config is one");
        let data = config.data.generate(u64::from(config.seed)).expect("built-in data can be made");
        let (_, history, _) = native::train(&config, &data);
        let (browser, native) = (page.series(first, series::BATCH_LOSS), history.values(series::BATCH_LOSS));
        assert_eq!(browser.len(), native.len());
        let difference = largest_difference(&native, &browser);
        report(format_args!("largest relative difference of 60 batch losses, browser to native: {difference:.1e}"));
        // Another seed, rate or batch differs by more than a tenth. What rounding makes of 60 steps is a matter of the processor.
        assert!(difference < 1e-2, "browser {browser:?}\nnative {native:?}");
    });
}

/// The first 60 batch losses of `config` (a JavaScript expression) on `device`.
fn sixty_losses(page: &Page, config: &str, device: &str) -> Vec<f32> {
    page.ask("e2e.stopAfter(60);");
    let run = page.start(&format!("{{ ...({config}), device: '{device}' }}"));
    page.finished(run);
    let mut losses = page.series(run, series::BATCH_LOSS);
    assert!(losses.len() >= 60, "{} batches", losses.len());
    losses.truncate(60);
    losses
}

/// The mean loss, in nats, of batches 51 to 60 where something was learned. A guess among ten is 2.3; natively, six seeds of
/// the MLP get to 0.72 to 0.80, the CNN to 0.7.
const LEARNED: f32 = 1.3;

/// Fails where one of the devices does not learn. How near their curves stay to each other is only reported: two runs that
/// are left to themselves part by rounding alone.
fn both_learn(page: &Page, what: &str, config: &str) {
    let cpu = sixty_losses(page, config, "cpu");
    let begin = std::time::Instant::now();
    let gpu = sixty_losses(page, config, "webgpu");
    let seconds = begin.elapsed().as_secs_f64();
    println!("{what}: batch, loss on the CPU, loss on WebGPU");
    for at in (0..60).step_by(5).chain([59]) {
        println!("{:>4} {:>10.6} {:>10.6}", at + 1, cpu[at], gpu[at]);
    }
    let difference = largest_difference(&cpu, &gpu);
    report(format_args!(
        "{what}: largest relative difference of 60 batch losses, WebGPU to CPU: {difference:.1e}; {seconds:.0} s on WebGPU in software"
    ));
    for (device, losses) in [("CPU", &cpu), ("WebGPU", &gpu)] {
        let [first, last] = [&losses[..5], &losses[50..]].map(|part| part.iter().sum::<f32>() / part.len() as f32);
        assert!(first > 1.9 && last < LEARNED, "{what} on {device}: a mean loss of {first} at first and of {last} at last");
    }
    // The first batch has the same weights on both.
    assert!((gpu[0] - cpu[0]).abs() < 1e-3 * cpu[0], "{what}: the first loss is {} on the CPU and {} on WebGPU", cpu[0], gpu[0]);
}

#[test]
fn webgpu_learns_what_the_cpu_learns() {
    Visit::new().flags(Flags::WithWebGpu).run(|page| {
        if !page.has_gpu("training on WebGPU") {
            return;
        }
        both_learn(page, "MLP on drawn digits", SIXTY_BATCHES);
        let badge = page.text("#device-badge");
        assert!(badge.starts_with("WebGPU · ") && badge.contains("chosen in the setup, though it is emulated in software"), "{badge}");

        let pair = mnist();
        let id = page.load_by_fetch(&pair);
        let config = format!("{{ ...emberscope.defaultConfig('cnn'), data: {{ name: 'loaded', id: '{id}' }} }}");
        both_learn(page, &format!("small CNN on {}", pair.name), &config);
    });
}

#[test]
fn digits_from_two_chosen_files_are_learned_to_96_5_percent() {
    Visit::new().run(|page| {
        let pair = mnist();
        let files = [on_disk("t10k-images-idx3-ubyte.gz", &pair.images), on_disk("t10k-labels-idx1-ubyte.gz", &pair.labels)];
        page.click(".own-data > summary");
        page.upload("#files", &files);
        let words = page.until("e2e.text('#data-words').includes('10 000 samples') && e2e.text('#data-words')", 60);
        println!("{}: {}", pair.name, words.as_str().unwrap_or_default());
        page.click("#device option[value=cpu]");
        for (field, value) in
            [("#validation", "0.15"), ("#batch-size", "64"), ("#epochs", "5"), ("#learning-rate", "0.001"), ("#seed", "3")]
        {
            page.fill(field, value);
        }
        assert_eq!(page.ask("return document.querySelector('#preset').value;"), "cnn");
        page.ask("scrollTo(0, 0);");

        // Everything on the screen, as in use: six charts in a window of 1440 by 1000.
        page.click("#main-action");
        page.until("e2e.batches() >= 20", 60);
        page.ask("window.stopWatching = e2e.watchFrames();");
        let end = page.finished(1);
        let smooth = page.ask("return stopWatching();");
        assert_eq!(end["reason"], "completed");
        assert_eq!(page.text("#phase"), "Done");

        let columns = ["train/loss", "train/accuracy", "val/loss", "val/accuracy", "time/epoch_ms"].map(|name| page.series(1, name));
        println!("epoch  train loss  train acc  val loss  val acc  samples/s");
        for (epoch, &ms) in columns[4].iter().enumerate() {
            let [train_loss, train_accuracy, loss, accuracy] = [0, 1, 2, 3].map(|column: usize| columns[column][epoch]);
            let speed = 8500.0 / ms * 1000.0;
            println!("{:>5}  {train_loss:>10.4}  {train_accuracy:>9.4}  {loss:>8.4}  {accuracy:>7.4}  {speed:>9.0}", epoch + 1);
        }
        let best = columns[3].iter().copied().fold(0.0, f32::max);
        let speed = 5.0 * 8500.0 / columns[4].iter().sum::<f32>() * 1000.0;
        report(format_args!(
            "{}: small CNN, 5 epochs of 8500 on the CPU: \
             val accuracy {:.2} % at best, {:.2} % at the end; {speed:.0} samples/s",
            pair.name,
            100.0 * best,
            100.0 * columns[3][4]
        ));
        report(format_args!(
            "page while training with all charts: longest task {} ms ({} over 50 ms); \
             frames {}, median {} ms, 95th percentile {} ms, worst {} ms",
            smooth["longestTask"], smooth["longTasks"], smooth["frames"], smooth["median"], smooth["p95"], smooth["worst"],
        ));
        for frame in smooth["slow"].as_array().into_iter().flatten() {
            println!("slow frame: {frame}");
        }
        assert_eq!(page.series(1, series::BATCH_LOSS).len(), 5 * 8500_usize.div_ceil(64));
        // Of drawn digits the net gets more than 98 % for every seed. Of MNIST's 8 500, natively, seeds 1 to 4 end at 95.8, 96.7,
        // 98.0 and 97.2; this is seed 3, and one seed always gives the same numbers in WebAssembly.
        assert!(columns[3][4] >= 0.965, "validation accuracies {:?}", columns[3]);
    });
}
