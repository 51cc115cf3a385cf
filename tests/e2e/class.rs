//! A class as its teacher and its students meet it: a link is made and shown as a QR code, a second page is opened by it, trains and
//! saves a result; and thirty results become curves, an answer and a table.

use crate::support::{Page, Visit, on_disk, report};
use serde_json::{Value, json};

/// axe-core as published; `vendor/README.md` says from where.
const AXE: &str = include_str!("vendor/axe.min.js");

/// What the tests do with results inside the page.
const TOOLS: &str = "window.classroom = {
  // Types a name and gives the text of the file that the page would have saved.
  save: async name => {
    const field = document.querySelector('#student-name');
    field.value = name;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    let blob;
    const create = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
    URL.createObjectURL = made => { blob = made; return 'blob:nowhere'; };
    HTMLAnchorElement.prototype.click = function () { classroom.file = this.download; };
    try { document.querySelector('#save-result').click(); }
    finally { URL.createObjectURL = create; HTMLAnchorElement.prototype.click = click; }
    return blob?.text();
  },
  cells: () => [...document.querySelectorAll('#class-table tbody tr')]
    .map(row => [...row.querySelectorAll('th, td')].slice(0, -1).map(cell => cell.textContent.replace(/[\\u202f\\u00a0]/g, ' ').trim())),
  locked: selector => document.querySelector(selector).matches(':disabled'),
  seen: selector => document.querySelector(selector).checkVisibility(),
};";

/// What the QR code in the open dialog says, read by a decoder of another hand from the path that is drawn.
fn decoded(page: &Page) -> String {
    const GRAIN: usize = 4;
    let drawn = page.ask("const svg = document.querySelector('#class-code svg'); return [svg.viewBox.baseVal.width, svg.querySelector('path').getAttribute('d')];");
    let size = drawn[0].as_f64().expect("a width") as usize * GRAIN;
    let mut dark = vec![false; size * size];
    for bar in drawn[1].as_str().expect("a path").split('M').skip(1) {
        let numbers: Vec<usize> = bar.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        for row in numbers[1] * GRAIN..(numbers[1] + 1) * GRAIN {
            dark[row * size + numbers[0] * GRAIN..][..numbers[2] * GRAIN].fill(true);
        }
    }
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| if dark[y * size + x] { 0 } else { 255 });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code is found");
    grids[0].decode().expect("it can be read").1
}

/// What axe finds in the page as it is.
fn violations(page: &Page) -> Value {
    page.cdp("Runtime.evaluate", &json!({ "expression": AXE, "returnByValue": true }));
    page.ask("await e2e.frames(3); return access.violations();")
}

/// Three significant digits, as the page writes losses.
fn three_digits(value: f64) -> String {
    let decimals = (2.0 - (1.0005 * value).abs().log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}")
}

#[test]
fn a_link_locks_hides_and_leads_and_can_be_left() {
    Visit::new().script(include_str!("access.js")).script(TOOLS).run(|page| {
        page.click("#class .section-button");
        page.click("#preset option[value=planar]");
        page.fill("#epochs", "3");
        page.fill("#class-name", "Step sizes, 9b");
        page.fill("#class-task-field", "Find the largest rate that still learns.");
        let titles = "[...document.querySelectorAll('#class-lesson option')]";
        page.until(&format!("{titles}.length > 1 && {titles}.every(option => option.text !== option.value)"), 20);
        page.click("#class-lesson option[value=step-size]");
        for part in ["Time", "Callbacks", "Network"] {
            page.ask(&format!(
                "[...document.querySelectorAll('.class-choices')][1].querySelectorAll('label').forEach(label => {{ if (label.textContent.trim() === {part:?}) label.querySelector('input').click(); }});"
            ));
        }
        page.until("document.querySelector('#class-link').value.includes('&lesson=step-size')", 5);
        let link = page.ask("return document.querySelector('#class-link').value;").as_str().expect("a link").to_owned();
        report(format_args!("the link of a class has {} characters", link.len()));

        // What a phone reads is the link.
        page.click("#class-show");
        page.until("document.querySelector('#class-code').open", 5);
        assert_eq!(decoded(page), link);
        assert_eq!(page.ask("return document.querySelector('#class-code-text').value;"), link);
        assert_eq!(violations(page), json!([]), "the dialog with the code");
        page.ask("document.querySelector('#class-code').close();");

        // A student's page, as a fresh document.
        let fragment = link[link.find('#').expect("a fragment")..].to_owned();
        page.open_at(&fragment);
        page.until("e2e.text('#class-title') === 'Step sizes, 9b' && document.querySelector('#lesson-title')", 10);
        page.ask("await e2e.frames(5);");
        assert_eq!(page.number("return scrollY;"), 0.0, "the task is read before the lesson");
        assert_eq!(page.text("#class-task"), "Find the largest rate that still learns.");
        assert!(page.text("#class-banner").contains("Locked: all but learning rate."), "{}", page.text("#class-banner"));
        page.click("#open-setup");
        for selector in ["#preset", "#data-source", "#epochs", "#batch-size", "#optimizer", "#seed", "#device", "#add-layer", "#shuffle", "#load-config"] {
            assert_eq!(page.ask(&format!("return classroom.locked({selector:?});")), true, "{selector}");
        }
        for selector in ["#live-learning-rate", "#learning-rate", "#main-action", "#leave-class"] {
            assert_eq!(page.ask(&format!("return classroom.locked({selector:?});")), false, "{selector}");
        }
        let word = |selector: &str| page.ask(&format!("return getComputedStyle(document.querySelector({selector:?}), '::after').content;"));
        assert_eq!(word("label[for=epochs] > span"), "\" · locked\"");
        assert_eq!(word("label[for=learning-rate] > span"), "none");
        assert_eq!(page.ask("return emberscope.config().epochs;"), 3);
        for selector in ["#time", "#own", "#class", "#picture-network"] {
            assert_eq!(page.ask(&format!("return classroom.seen({selector:?});")), false, "{selector}");
        }
        for selector in ["#runs", "#picture-data", "#lesson"] {
            assert_eq!(page.ask(&format!("return classroom.seen({selector:?});")), true, "{selector}");
        }
        assert_eq!(violations(page), json!([]), "a student's page");

        // What is not locked is used; the result says so.
        assert_eq!(page.ask("return classroom.save('Ada');"), Value::Null, "nothing was trained yet");
        page.until("e2e.text('#hand-in-problem') === 'There is no run to save yet. Press Start, and save when it is done.'", 5);
        assert_eq!(page.text("#notices"), "", "it is said beside the button");
        page.fill("#live-learning-rate", "0.03");
        page.run_by_hand(1);
        let text = page.ask("return classroom.save('  Ada Lovelace ');").as_str().expect("a file").to_owned();
        assert_eq!(page.ask("return classroom.file;"), "result-ada-lovelace.json");
        page.until("e2e.text('#class-handed') === 'Saved as result-ada-lovelace.json: give it to your teacher.'", 5);
        let result: Value = serde_json::from_str(&text).expect("a result is JSON");
        assert_eq!((&result["classResult"], &result["name"], &result["state"], &result["epochs"]), (&json!(1), &json!("Ada Lovelace"), &json!("done"), &json!(3)));
        assert_eq!(result["config"]["optimizer"]["learningRate"], 0.03);
        assert_eq!(result["lesson"], Value::Null, "none of the lesson's checks can be judged");
        assert_eq!(result["build"], page.ask("return document.querySelector('meta[name=build]').content;"));
        let losses = page.series(1, "val/loss");
        assert_eq!(super::support::numbers(&result["curves"]["val/loss"]["values"]), losses);
        assert_eq!(result["metrics"]["val/loss"][0].as_f64().expect("a number") as f32, losses[2]);
        let batches = result["curves"]["batch/loss"]["steps"].as_array().expect("points");
        assert!(batches.len() <= 200 && batches[0] == 1, "{} points", batches.len());
        page.click("#show-result");
        page.until("document.querySelector('#class-code').open", 5);
        let code = page.ask("return document.querySelector('#class-code-text').value;").as_str().expect("a code").to_owned();
        report(format_args!("the code of a result has {} characters", code.len()));
        assert!(code.starts_with("R1."));
        assert_eq!(decoded(page), code);
        page.ask("document.querySelector('#class-code').close();");

        // Going on to another lesson keeps the class, and so does a reload; leaving it brings everything back, and the setup stays.
        page.click("#lesson-next");
        page.until("!location.hash.includes('lesson=step-size') && location.hash.includes('&class=1.')", 5);
        let there = page.ask("return location.hash;").as_str().expect("a fragment").to_owned();
        page.open_at(&there);
        page.until("e2e.text('#class-title') === 'Step sizes, 9b'", 10);
        page.click("#leave-class");
        page.until("!document.querySelector('#class-banner') && !location.hash.includes('class=')", 5);
        assert_eq!(page.ask("return [classroom.locked('#epochs'), classroom.seen('#own'), classroom.seen('#class'), emberscope.config().epochs];"), json!([false, true, true, 3]));
        assert!(page.ask("return location.hash;").as_str().is_some_and(|hash| hash.starts_with("#lesson=")));

        // What is damaged is told, and nothing is locked.
        page.open_at("#class=1.broken");
        page.until("e2e.text('#notices').toLowerCase().includes('this link is damaged')", 5);
        assert_eq!(page.ask("return Boolean(document.querySelector('#class-banner'));"), false);
    });
}

#[test]
fn thirty_results_become_curves_an_answer_and_a_table() {
    Visit::new().script(include_str!("access.js")).script(TOOLS).run(|page| {
        page.click("#class .section-button");
        // Thirty real runs, each with a rate of its own from 1e-4 to 1, as thirty students make them.
        let made = page.ask(
            "const files = [];
             for (let at = 0; at < 30; at += 1) {
               const rate = Number((10 ** (-4 + at * 4 / 29)).toPrecision(3));
               const run = await emberscope.start({ ...emberscope.defaultConfig('planar'), data: { name: 'moons', samples: 300, noise: 0.1 },
                 optimizer: { name: 'adam', learningRate: rate }, epochs: 2, device: 'cpu' });
               await emberscope.finished(run);
               files.push(await classroom.save(`Student ${at}`));
             }
             return files;",
        );
        let texts: Vec<&str> = made.as_array().expect("files").iter().map(|text| text.as_str().expect("a file")).collect();
        let results: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
        let loss = |result: &Value| result["metrics"]["val/loss"][0].as_f64().expect("a finite loss");
        let rate = |result: &Value| result["config"]["optimizer"]["learningRate"].as_f64().expect("a rate");

        let mut files: Vec<_> = texts.iter().enumerate().map(|(at, text)| on_disk(&format!("result-{at}.json"), text.as_bytes())).collect();
        files.push(on_disk("result-broken.json", &texts[0].as_bytes()[..texts[0].len() / 2]));
        files.push(on_disk("result-later.json", texts[0].replace("\"classResult\":1", "\"classResult\":2").as_bytes()));
        page.upload("#class-files", &files);
        page.until("e2e.text('#class-count') === '30 results'", 20);
        assert_eq!(page.text("#class-said"), "30 of 32 taken in. 2 could not be read: see the notices at the top.");
        let notices = page.text("#notices");
        assert!(notices.contains("result-broken.json: this is no result of a student") && notices.contains("result-later.json: it has format 2"), "{notices}");

        // The table: by what was changed, with the values of the files.
        let cells = page.ask("return classroom.cells();");
        let rows = cells.as_array().expect("rows");
        assert_eq!(rows.len(), 30);
        for (row, result) in rows.iter().zip(&results) {
            let metric = |name: &str| result["metrics"][name].clone();
            let (of_loss, of_accuracy) = (metric("val/loss"), metric("val/accuracy"));
            let share = |value: &Value| format!("{:.2} %", 100.0 * f64::from(value.as_f64().expect("a share") as f32));
            let expected = json!([
                result["name"],
                format!("learning rate {}", rate(result)),
                three_digits(loss(result)),
                format!("{} ({})", three_digits(of_loss[1].as_f64().expect("a best")), of_loss[2]),
                share(&of_accuracy[0]),
                format!("{} ({})", share(&of_accuracy[1]), of_accuracy[2]),
                "–",
            ]);
            assert_eq!(*row, expected);
        }
        // Sorted by the last loss.
        page.click("#class-table thead th:nth-child(3) button");
        page.until("document.querySelector('#class-table thead th:nth-child(3)').getAttribute('aria-sort') === 'ascending'", 5);
        let mut by_loss: Vec<&Value> = results.iter().collect();
        by_loss.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
        let names: Vec<Value> = by_loss.iter().map(|result| result["name"].clone()).collect();
        assert_eq!(page.ask("return classroom.cells().map(row => row[0]);"), Value::from(names));

        // The answer: a point for each run, further right with a larger rate, and the best one in words.
        let best = by_loss[0];
        let words = page.text("#class-outcome-words");
        assert!(words.starts_with("30 runs, validation loss at the end against learning rate."), "{words}");
        assert!(words.contains(&format!("The lowest, {}, came with learning rate", three_digits(loss(best)))), "{words}");
        assert!(words.contains(&format!("({}).", best["name"].as_str().unwrap_or_default())), "{words}");
        let xs = page.ask("return [...document.querySelectorAll('.class-point')].map(point => Number(point.getAttribute('d').match(/^M([\\d.]+)/)[1]));");
        let xs: Vec<f64> = xs.as_array().expect("points").iter().filter_map(Value::as_f64).collect();
        assert!(xs.len() == 30 && xs.windows(2).all(|pair| pair[0] < pair[1]), "{xs:?}");

        // The curves: eight ordered colours with their meaning, all of them on the canvas.
        assert_eq!(page.ask("return document.querySelectorAll('#class-legend .class-key').length;"), 8);
        page.ask("document.querySelector('#class-chart').scrollIntoView({ block: 'center' }); await e2e.frames(5);");
        let missing = "(() => {
            const canvas = document.querySelectorAll('#class-chart canvas')[1];
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const drawn = new Set();
            for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) drawn.add(`rgb(${data[at]} ${data[at + 1]} ${data[at + 2]})`);
            return [...document.querySelectorAll('#class-legend rect')].map(key => key.getAttribute('fill')).filter(fill => !drawn.has(fill));
        })()";
        page.until(&format!("{missing}.length === 0"), 10);
        assert!(page.ask("return document.querySelector('#class-chart').getAttribute('aria-label');").as_str().is_some_and(|words| words.starts_with("Validation loss of 30 runs")));

        // Another series; codes that are pasted; the same ones again, by a drop on the page; one that is taken out.
        page.click("#class-series option[value='batch/loss']");
        page.until("e2e.text('#class-outcome-words').includes('batch loss at the end')", 5);
        let last = page.finished(30);
        assert_eq!(last["reason"], "completed");
        page.ask("await classroom.save('Grace'); document.querySelector('#show-result').click();");
        page.until("document.querySelector('#class-code').open", 5);
        let code = page.ask("const { value } = document.querySelector('#class-code-text'); document.querySelector('#class-code').close(); return value;");
        let code = code.as_str().expect("a code");
        page.ask(&format!(
            "const field = document.querySelector('#class-codes'); field.value = ' {code}\\n R1.nonsense '; field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ));
        page.click("#class-add-codes");
        page.until("e2e.text('#class-count') === '31 results'", 5);
        assert!(page.text("#notices").contains("Code 2: this code is damaged"), "{}", page.text("#notices"));
        page.ask(&format!(
            "const files = new DataTransfer(); files.items.add(new File([{:?}], 'whatever.json'));
             document.querySelector('.page').dispatchEvent(new DragEvent('drop', {{ dataTransfer: files, bubbles: true, cancelable: true }}));",
            texts[3]
        ));
        page.until("e2e.text('#class-said') === '0 of 1 taken in. 1 were there already.'", 10);
        page.ask("[...document.querySelectorAll('#class-table tbody tr')].find(row => row.textContent.startsWith(' Grace') || row.textContent.includes('Grace')).querySelector('.class-remove').click();");
        page.until("e2e.text('#class-count') === '30 results'", 5);

        page.ask("document.querySelectorAll('#notices button').forEach(button => button.click());");
        for scheme in ["light", "dark"] {
            page.ask(&format!("if (document.documentElement.dataset.theme !== {scheme:?}) document.querySelector('#theme').click();"));
            assert_eq!(violations(page), json!([]), "the teacher's page, {scheme}");
        }
        for (width, height) in [(390, 844), (1440, 900), (1920, 1080)] {
            page.window(width, height);
            // Charts out of view keep their size until they are painted again.
            page.ask("await access.settled(); await e2e.seeEverything();");
            let misfits = page.ask("return access.misfits();");
            assert_eq!(misfits, json!([]), "at {width}");
        }
    });
}
