//! The way back in time: histograms and predictions go with it, a branch says where it comes from, and a training is saved as a
//! film.

use crate::support::{Extent, Page, Visit, report};
use serde_json::Value;

fn trained(page: &Page, config: &str) -> u64 {
    let run = page.start(config);
    assert_eq!(page.finished(run)["reason"], "completed");
    page.until("!document.querySelector('#save-film').disabled", 20);
    run
}

/// The step that the time line says it is at.
fn step(page: &Page) -> u64 {
    let words = page.text("#moment-words").replace(' ', "");
    let digits: String = words.trim_start_matches("step").chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no step in {words}"))
}

#[test]
fn histograms_and_predictions_go_back_with_the_time_line() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        trained(page, "{ ...emberscope.config(), epochs: 6, device: 'cpu' }");
        page.until("e2e.text('#evaluation-head').startsWith('Epoch 6')", 20);
        let kept = page.number("return Number(document.querySelector('#moment').max);") as usize;
        // Drawn along quickly: in the end all are at the last place.
        for place in (0..kept / 2).rev() {
            page.slide("#moment", place);
        }
        page.slide("#moment", 2);
        let at = step(page);
        page.until(&format!("e2e.text('#histogram-words').startsWith('Step {at}:')"), 20);
        page.until(&format!("new RegExp('step {at}[:,]').test(e2e.text('#evaluation-head'))"), 30);
        let then = page.text("#evaluation-head");
        assert!(then.contains(&format!("step {at}")), "{then}");
        page.until("e2e.text('#evaluating') === ''", 20);
        page.shoot("moments-predictions", Extent::Visible);
        // The histograms' own slider is still its own.
        page.slide("#histogram-step", 1);
        page.until(&format!("!e2e.text('#histogram-words').startsWith('Step {at}:')"), 10);
        page.click("#moment-now");
        page.until("e2e.text('#evaluation-head').startsWith('Epoch 6')", 20);
        let last = page.number("return Number(document.querySelector('#histogram-step').max);");
        page.until(&format!("Number(document.querySelector('#histogram-step').value) === {last}"), 10);
    });
}

#[test]
fn a_branch_says_where_it_comes_from() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        let parent = trained(page, "{ ...emberscope.config(), epochs: 3, device: 'cpu' }");
        page.slide("#moment", 3);
        let at = step(page);
        page.until("!document.querySelector('#branch').disabled", 10);
        page.click("#branch");
        page.until("e2e.text('#first-weights').includes('at step')", 10);
        let branch = page.start("{ ...emberscope.config(), epochs: 2 }");
        page.finished(branch);
        let words = format!("goes on from Run {parent} at step {at}");
        page.until(&format!("e2e.text('tr[data-run=\"{branch}\"] + tr .run-difference').startsWith({words:?})"), 10);
        assert_eq!(
            page.ask(&format!("return document.querySelector('tr[data-run=\"{parent}\"] .run-overlay').checked;")),
            true,
            "drawn beside it"
        );
        assert_eq!(page.ask("return e2e.lastRun().goesOnFrom;"), words);
        let record = String::from_utf8(page.file(&format!("return emberscope.export({branch}, 'jsonl');"))).expect("the record is text");
        let header: Value = serde_json::from_str(record.lines().next().unwrap_or_default()).expect("its first line is JSON");
        assert_eq!(header["parent"], serde_json::json!({ "name": format!("Run {parent}"), "step": at }));
        // Renamed, it is still the same run.
        page.ask("document.querySelector('#runs-table').scrollIntoView({ block: 'center' }); await e2e.frames(3);");
        page.shoot("moments-branch", Extent::Visible);
    });
}

/// Clicks on the button for a film, and gives what the page would have saved.
fn film(page: &Page) -> Vec<u8> {
    page.ask("document.querySelector('#save-film').scrollIntoView({ block: 'center' });");
    let bytes = page.file(
        "const made = [], create = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
         URL.createObjectURL = blob => { made.push(blob); return 'blob:nowhere'; };
         HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
         const begin = performance.now(), frames = e2e.watchFrames();
         try {
           document.querySelector('#save-film').click();
           await e2e.until('a film', () => made.length >= 2, 600000);
         } finally { URL.createObjectURL = create; HTMLAnchorElement.prototype.click = click; }
         window.filmed = { ms: performance.now() - begin, name: made[1], ...frames() };
         return made[0];",
    );
    let filmed = page.ask("return window.filmed;");
    assert!(filmed["name"].as_str().is_some_and(|name| name.ends_with("-film.gif")), "{filmed}");
    report(format_args!(
        "film of {} kB in {:.0} ms, longest task {} ms, 95th percentile frame {} ms",
        bytes.len() / 1000,
        filmed["ms"].as_f64().unwrap_or_default(),
        filmed["longestTask"],
        filmed["p95"]
    ));
    bytes
}

/// Checks that the film has a frame for each moment, and that they differ.
fn check(page: &Page, bytes: &[u8], shot: &str) {
    let moments = page.number("return Number(document.querySelector('#moment').max);") as usize;
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("it is a GIF");
    assert_eq!((decoder.width(), decoder.height()), (1280, 720));
    let (mut frames, mut hundredths) = (Vec::new(), 0);
    while let Some(frame) = decoder.read_next_frame().expect("the frame can be read") {
        hundredths += u64::from(frame.delay);
        frames.push(frame.clone());
    }
    assert_eq!(frames.len(), moments, "a frame for each moment that is kept");
    assert_eq!(hundredths, 12 * (moments as u64 - 1) + 200);
    let colours = |frame: &gif::Frame| frame.buffer.as_chunks::<4>().0.iter().collect::<std::collections::HashSet<_>>().len();
    assert_eq!((frames[0].width, frames[0].height), (1280, 720), "the first frame is whole");
    assert!(colours(&frames[0]) > 50, "{} colours", colours(&frames[0]));
    for (index, frame) in frames.iter().enumerate().skip(1) {
        let new = frame.buffer.as_chunks::<4>().0.iter().filter(|pixel| pixel[3] != 0).count();
        assert!(new > 200, "frame {index} has {new} new pixels");
    }
    if let Some(folder) = std::env::var_os("EMBERSCOPE_SHOTS") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{shot}.gif")), bytes).expect("the folder can be written");
    }
}

#[test]
fn a_training_is_saved_as_a_film() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        trained(page, "{ ...emberscope.config(), epochs: 6, device: 'cpu' }");
        let bytes = film(page);
        check(page, &bytes, "film-planar");
        // The page is where it was.
        assert!(page.text("#moment-words").starts_with("now"), "{}", page.text("#moment-words"));
        page.until("e2e.text('#save-film') === 'Save film'", 10);
        // Called off, nothing is saved and the next one can begin.
        page.ask("document.querySelector('#save-film').click();");
        page.until("e2e.text('#save-film').startsWith('Stop saving (')", 10);
        page.ask("document.querySelector('#save-film').click();");
        page.until("e2e.text('#save-film') === 'Save film'", 20);
    });
}

#[test]
fn a_film_of_images_has_the_sample_and_its_classes() {
    Visit::new().run(|page| {
        page.prefer("dark");
        page.open();
        trained(page, "{ ...emberscope.defaultConfig('cnn'), data: { name: 'digits', samples: 1500 }, epochs: 3, device: 'cpu' }");
        let bytes = film(page);
        check(page, &bytes, "film-cnn");
    });
}
