//! Files that are wrong or made to do harm: each is refused in clear words, nothing else changes, and the page trains on.

use crate::support::{Page, Visit, gzip, images_file, labels_file, on_disk};
use serde_json::json;

const FILES: &str = "#files";

/// Gives the page two files (or one) and expects the refusal `says`, with everything else as it was.
fn refuses(page: &Page, name: &str, files: &[(&str, Vec<u8>)], says: &str) {
    let state =
        "return [e2e.text('#data-words'), document.querySelector('#data-source').value, document.querySelector('#data-source').length];";
    let before = page.ask(state);
    let paths: Vec<_> = files.iter().map(|(file, content)| on_disk(&format!("{name}-{file}"), content)).collect();
    page.upload(FILES, &paths);
    page.until("e2e.text('#notices') !== ''", 60);
    let notice = page.text("#notices");
    println!("{name}: {notice}");
    assert!(notice.to_lowercase().contains(&says.to_lowercase()), "{name}: {notice:?} does not say {says:?}");
    page.ask("await e2e.frames(5);");
    assert_eq!(page.ask(state), before, "{name} changed the data panel");
    page.click("#notices .notice button");
    page.until("e2e.text('#notices') === ''", 5);
}

fn picture(count: u32) -> Vec<u8> {
    images_file(count, 8, 8, &vec![90; count as usize * 64])
}

fn label(count: u32) -> Vec<u8> {
    labels_file(count, &(0..count).map(|i| (i % 2) as u8).collect::<Vec<_>>())
}

#[test]
fn wrong_and_hostile_files_are_refused_in_words_and_the_page_trains_on() {
    Visit::new().run(|page| {
        page.click(".own-data > summary");
        let packed = gzip(&picture(40));
        let cut = packed[..packed.len() - 6].to_vec();
        refuses(page, "cut", &[("images.gz", cut), ("labels", label(40))], "gzip data");
        refuses(page, "cut-plain", &[("images", picture(40)[..999].to_vec()), ("labels", label(40))], "ends inside its data");
        refuses(page, "png", &[("images", b"\x89PNG\r\n\x1a\n rest".to_vec()), ("labels", label(40))], "png-images is not an IDX file");
        refuses(page, "twice", &[("a", label(40)), ("b", label(40))], "both files are of the same kind");
        refuses(page, "alone", &[("images", picture(40))], "1 file cannot make a data set");
        refuses(page, "uneven", &[("images", picture(40)), ("labels", label(39))], "40 images, but 39 labels");
        refuses(page, "empty", &[("images", Vec::new()), ("labels", label(40))], "is not an IDX file");

        // A header that promises more than there is memory for, and one that hides a flood of zeros behind it.
        let promise = gzip(&images_file(u32::MAX, u32::MAX, u32::MAX, &[]));
        refuses(page, "promise", &[("images.gz", promise), ("labels", label(40))], "more than the limit");
        let near = gzip(&images_file(1 << 20, 22, 22, &[0; 1000]));
        refuses(page, "near", &[("images.gz", near), ("labels", labels_file(1 << 20, &vec![0; 1 << 20]))], "ends inside its data");
        let bomb = gzip(&[picture(40), vec![0; 256 << 20]].concat());
        println!("a bomb of {} kB unpacks to 256 MiB", bomb.len() / 1000);
        refuses(page, "bomb", &[("images.gz", bomb), ("labels", label(40))], "goes on after");

        // In either order, whatever they are called: these are right.
        let right = [on_disk("right-first", &gzip(&label(40))), on_disk("right-second", &picture(40))];
        page.upload(FILES, &right);
        page.until("e2e.text('#data-words').startsWith('40 samples of 8×8')", 20);
        let config = "{ ...emberscope.config(), model: { layers: [{ type: 'flatten' }] }, epochs: 2, batchSize: 8 }";
        let run = page.start(config);
        assert_eq!(page.finished(run)["reason"], "completed");
    });
}

/// Two classes that a glance tells apart: `name` of 60 pictures of 8 by 8, plain or packed.
fn sixty() -> (Vec<u8>, Vec<u8>) {
    let labels: Vec<u8> = (0..60).map(|sample| sample % 3).collect();
    let pixels: Vec<u8> = labels.iter().flat_map(|&label| [80 * label + 40; 64]).collect();
    (images_file(60, 8, 8, &pixels), labels_file(60, &labels))
}

/// The page has taken the set `id` of [`sixty`] and trains on it.
fn is_taken(page: &Page, id: &str) {
    page.until("e2e.text('#data-words').startsWith('60 samples of 8×8')", 20);
    assert!(page.text("#data-words").contains("3 classes, 20 each"), "{}", page.text("#data-words"));
    assert_eq!(page.ask("return emberscope.config().data;"), serde_json::json!({ "name": "loaded", "id": id }));
    let config = "{ ...emberscope.config(), model: { layers: [{ type: 'flatten' }] }, epochs: 2, batchSize: 16, device: 'cpu' }";
    let run = page.start(config);
    assert_eq!(page.finished(run)["reason"], "completed");
}

/// Drags files called `names` over the page and drops them there; their bytes are those at `served/NAME`.
fn drop_files(page: &Page, names: &[&str]) {
    page.ask(&format!(
        "const transfer = new DataTransfer();
         for (const name of {names:?}) {{
           transfer.items.add(new File([await (await fetch('served/' + name)).arrayBuffer()], name));
         }}
         const target = document.querySelector('#chart-loss');
         const send = type => target.dispatchEvent(new DragEvent(type, {{ bubbles: true, cancelable: true, dataTransfer: transfer }}));
         const isTaken = !send('dragover');
         await e2e.frames(2);
         if (!isTaken || !document.querySelector('.dragging')) throw new Error('the page does not offer to take the files');
         send('drop');
         await e2e.frames(2);
         if (document.querySelector('.dragging')) throw new Error('the page still offers to take files');"
    ));
}

#[test]
fn files_dropped_anywhere_are_loaded_and_wrong_ones_refused() {
    Visit::new().run(|page| {
        let (images, labels) = sixty();
        page.site.put("served/three-images.gz", gzip(&images));
        page.site.put("served/three-labels", labels);
        page.site.put("served/note.txt", b"not a data set".to_vec());
        drop_files(page, &["three-images.gz", "note.txt"]);
        page.until("e2e.text('#notices').includes('note.txt is not an IDX file')", 20);
        page.click("#notices .notice button");
        drop_files(page, &["three-labels", "three-images.gz"]);
        is_taken(page, "three");
    });
}

#[test]
fn files_from_addresses_are_loaded_and_missing_ones_are_told() {
    // The browser logs the 404 itself.
    Visit::new().expect_error("404").run(|page| {
        let (images, labels) = sixty();
        page.site.put("served/web-images", images);
        page.site.put("served/web-labels.gz", gzip(&labels));
        page.click(".own-data > summary");
        page.fill("#images-url", &format!("{}served/web-images", page.url));
        page.until("document.querySelector('#images-url').value !== ''", 5);
        page.fill("#labels-url", &format!("{}served/nothing", page.url));
        page.until("e2e.text('#notices').includes('the server answers 404')", 20);
        assert!(page.text("#notices").contains("served/nothing cannot be fetched"), "{}", page.text("#notices"));
        page.click("#notices .notice button");
        page.fill("#labels-url", &format!("{}served/web-labels.gz", page.url));
        is_taken(page, "web");
    });
}

#[test]
fn files_of_every_kind_are_told_apart_wherever_they_come_in() {
    Visit::new().run(|page| {
        let run =
            page.start("{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 300 }, epochs: 1, device: 'cpu' }");
        page.finished(run);
        let record = page.ask(&format!("return await (await emberscope.export({run}, 'jsonl')).text();"));
        let record = on_disk("kinds-run.jsonl", record.as_str().expect("text").as_bytes());
        let config = page.ask("return { ...emberscope.defaultConfig('mlp'), seed: 4711 };");
        let config = on_disk("kinds-any-name", &serde_json::to_vec(&config).expect("JSON"));
        let (images, labels) = (on_disk("kinds-images", &gzip(&picture(40))), on_disk("kinds-labels", &label(40)));
        // All at once, and where another kind is asked for.
        page.click(".own-data > summary");
        page.upload(FILES, &[record.clone(), images, config.clone(), labels]);
        page.until("emberscope.runs().length === 2 && emberscope.config().seed === 4711", 20);
        page.until("e2e.text('#data-words').startsWith('40 samples of 8×8')", 20);
        page.ask("emberscope.delete(emberscope.runs().at(-1).id);");
        page.upload("#config-file", &[record]);
        page.until("emberscope.runs().length === 2", 20);
        assert_eq!(page.text("#notices"), "");
    });
}

#[test]
fn the_list_of_data_beside_the_page_is_asked_for_anew() {
    Visit::new().run(|page| {
        let list = |names: &[&str]| {
            let sets: Vec<_> = names.iter().map(|name| json!({ "name": name, "images": "i", "labels": "l" })).collect();
            page.site.put("data/index.json", json!(sets).to_string().into_bytes());
        };
        list(&["first set"]);
        page.open();
        page.until("document.body.textContent.includes('first set')", 10);
        list(&["first set", "second set"]);
        page.open();
        page.until("document.body.textContent.includes('second set')", 10);
    });
}

#[test]
fn data_that_could_not_be_had_is_there_once_its_files_are_loaded() {
    Visit::new().run(|page| {
        let config = "{ ...emberscope.config(), data: { name: 'loaded', id: 'served' } }";
        page.ask(&format!("await emberscope.start({config}).then(run => emberscope.finished(run)).catch(() => {{}});"));
        page.until("e2e.text('#data-problem').includes('served')", 20);
        let pair = crate::support::Pair { name: "two classes", images: picture(40), labels: label(40) };
        assert_eq!(page.load_by_fetch(&pair), "served");
        page.until("e2e.text('#data-words').startsWith('40 samples of 8×8')", 20);
        assert_eq!(page.text("#data-problem"), "");
    });
}

#[test]
fn two_sets_of_one_name_that_are_loaded_at_once_have_two_ids() {
    Visit::new().run(|page| {
        page.site.put("served/images", picture(40));
        page.site.put("served/labels", label(40));
        let ids = page.ask(
            "const [images, labels] = await Promise.all(['images', 'labels'].map(async part => (await fetch('served/' + part)).arrayBuffer()));
             const load = () => emberscope.loadData({ images, labels, name: 'twin' });
             return Promise.all([load(), load()]);",
        );
        assert_eq!(ids, serde_json::json!(["twin", "twin-2"]));
        let options = page.ask("return [...document.querySelectorAll('#data-source option')].map(({ value }) => value).filter(value => /twin/.test(value));");
        assert_eq!(options, serde_json::json!(["loaded:twin", "loaded:twin-2"]));
    });
}
