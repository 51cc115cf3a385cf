//! A class: its settings out of a link, the link that a teacher makes, and the way out; a student's result, and the results that came back.
//!
//! The configuration and the lesson of such a link are taken by `setup` and `lessons`. Never here: the form of links
//! (`export::link`), what is locked or hidden where.

use super::{Boxed, setup};
use crate::domain::class::ClassSettings;
use crate::domain::class::result::{MOST_BYTES, StudentResult, file_name};
use crate::domain::lesson::list::{in_fragment, of_lesson};
use crate::error::Result;
use crate::export::link::class;
use crate::export::result;
use crate::ui::page::Page;
use crate::ui::parts::address;
use crate::ui::parts::clipboard::copy_text;
use crate::ui::parts::files::{chosen, read_files, save};
use crate::ui::parts::focus::{bring_into_view, once_there};
use crate::ui::parts::lean;
use crate::ui::state::arrivals::{check_count, check_size};
use crate::ui::state::class::Draft;
use crate::ui::state::class::made::{lesson_outcome, result_of};
use crate::ui::state::data::NamedBytes;
use crate::ui::state::sections::CLASS;
use crate::web::build;
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::File;

/// Takes the settings in the address, now and whenever its fragment changes.
pub fn follow_address(page: Page) {
    address::follow(move |fragment| match class::decode(fragment) {
        None => {}
        Some(Ok(settings)) => enter(page, settings),
        Some(Err(error)) => page.notify(error),
    });
}

fn enter(page: Page, settings: ClassSettings) {
    // What a lesson or a finding leads to opens again, and is seen.
    settings.hidden.iter().for_each(|id| page.sections.close_for_now(id));
    page.class.settings.set(Some(Arc::new(settings)));
}

/// Leaves the class settings: everything is there again, the setup and the lesson stay.
pub fn leave(page: Page) {
    let fragment = address::fragment();
    address::replace_fragment(&in_fragment(&fragment).map_or(String::new(), of_lesson));
    page.class.settings.set(None);
    once_there("main-action", bring_into_view);
}

/// The link that opens the setup with the class of `draft`.
///
/// # Errors
/// As [`setup::link`].
pub fn link(page: Page, draft: &Draft) -> Result<String> {
    let mut link = page.config.with(setup::link)?;
    link += "&";
    link += &class::encode(&draft.settings);
    if !draft.lesson.is_empty() {
        link += "&";
        link += &of_lesson(&draft.lesson);
    }
    Ok(link)
}

/// Copies `text`, which is `what`, and says so.
pub fn copy(page: Page, what: &'static str, text: String) {
    lean::spawn(async move {
        let words = if copy_text(&text).await { "is copied." } else { "could not be copied: select it and copy it by hand." };
        page.class.said.set(format!("The {what} {words}"));
    });
}

/// Shows `text`, a link or the code of a result, as a QR code.
pub fn show_code(page: Page, text: String) {
    page.class.said.set(String::new());
    page.class.code.set(text);
}

/// The result of the shown run, by the student `name`.
fn result(page: Page, name: &str) -> Result<StudentResult> {
    let inner = page.inner();
    let store = inner.store.borrow();
    let lesson = page.lessons.with_untracked(|lessons| lesson_outcome(lessons, &store));
    result_of(store.shown(), name, &build::of_page(), lesson)
}

/// Saves the result of the shown run as a file.
///
/// # Errors
/// As [`result_of`].
pub fn save_result(page: Page, name: &str) -> Result<()> {
    let result = result(page, name)?;
    let file = file_name(&result.name);
    save(&file, "application/json", result::to_file(&result).as_bytes());
    page.class.said.set(format!("Saved as {file}: give it to your teacher."));
    Ok(())
}

/// Shows the result of the shown run as a code.
///
/// # Errors
/// As [`result_of`].
pub fn show_result(page: Page, name: &str) -> Result<()> {
    show_code(page, result::to_code(&result(page, name)?));
    Ok(())
}

/// Takes in results out of files that were read; one that is broken is named, and the others count.
pub fn take(page: Page, files: Vec<NamedBytes>) {
    let (all, mut taken, mut known) = (files.len(), 0, 0);
    for NamedBytes { name, bytes } in files {
        let read = result::read(&bytes).and_then(|result| {
            let text = result::to_file(&result);
            page.class.results.try_update(|results| results.add(result, text)).unwrap_or(Ok(false))
        });
        match read {
            Ok(true) => taken += 1,
            Ok(false) => known += 1,
            Err(error) => page.notify(error.at(name)),
        }
    }
    let mut words = format!("{taken} of {all} taken in.");
    if known > 0 {
        words += &format!(" {known} were there already.");
    }
    if taken + known < all {
        words += &format!(" {} could not be read: see the notices at the top.", all - taken - known);
    }
    page.class.said.set(words);
    page.sections.reveal(CLASS);
}

/// Takes in the files that were chosen in the field of `event`, each as a result.
pub fn take_chosen(page: Page, event: &leptos::ev::Event) {
    let files = chosen(event);
    lean::spawn(async move { page.tell(take_files(page, files).await) });
}

fn take_files(page: Page, files: Vec<File>) -> Boxed<Result<()>> {
    Box::pin(async move {
        check_count(files.len())?;
        let is_small = |file: &File| check_size(&file.name(), file.size(), MOST_BYTES as f64);
        let (small, large): (Vec<File>, Vec<File>) = files.into_iter().partition(|file| is_small(file).is_ok());
        large.iter().for_each(|file| page.tell(is_small(file)));
        take(page, read_files(&small).await?);
        Ok(())
    })
}

/// Takes in the codes in a text that was pasted; whether all could be read.
pub fn take_codes(page: Page, text: &str) -> bool {
    let before = page.notices.with_untracked(Vec::len);
    match result::codes(text) {
        Ok(codes) => {
            let file = |(index, code): (usize, &&str)| NamedBytes { name: format!("code {}", index + 1), bytes: code.as_bytes().to_vec() };
            take(page, codes.iter().enumerate().map(file).collect());
        }
        Err(error) => page.notify(error),
    }
    page.notices.with_untracked(Vec::len) == before
}
