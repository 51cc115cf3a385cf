//! Files that are wrong or made to do harm: each is refused in clear words, nothing else changes, and the page trains on.

use crate::support::{Page, Visit, gzip, images_file, labels_file, on_disk};

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
    assert!(notice.contains(says), "{name}: {notice:?} does not say {says:?}");
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
