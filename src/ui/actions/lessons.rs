//! Lessons: their list from the files beside the page, the one that is open, its runs, the way to what is to be looked at.
//!
//! A lesson's run takes the setup's place, which can be had back, and starts. Progress is kept on the device, where its browser lets
//! a page keep anything. Never here: what a lesson says, what a check means.

use super::{Boxed, runs, setup};
use crate::charts::{XAxis, XKind, XRange};
use crate::domain::lesson::list::{self, in_fragment, of_lesson};
use crate::domain::lesson::parse::{LessonRun, Look};
use crate::domain::lesson::{self, parse};
use crate::error::{Code, Error, Result};
use crate::ui::page::Page;
use crate::ui::parts::address;
use crate::ui::parts::files::fetch_beside;
use crate::ui::parts::focus::{bring_into_view, lead_to, once_there, point_out};
use crate::ui::parts::lean;
use crate::ui::state::lessons::{Lessons, Listed, MadeRuns, Prediction, Progress, are_whole};
use crate::web::storage;
use leptos::prelude::*;
use std::sync::Arc;

/// The key under which progress is kept on the device.
const KEY: &str = "emberscope.lessons";

/// Changes the lessons' state.
fn update(page: Page, how: impl FnOnce(&mut Lessons)) {
    let mut how = Some(how);
    update_boxed(page, &mut |lessons| {
        if let Some(how) = how.take() {
            how(lessons);
        }
    });
}

fn update_boxed(page: Page, how: &mut dyn FnMut(&mut Lessons)) {
    page.lessons.update(how);
}

/// Brings the progress back, and opens the lesson of the address, now and whenever its fragment changes.
pub fn follow_address(page: Page) {
    let kept = storage::read(KEY).unwrap_or_default();
    update(page, |lessons| lessons.progress = Progress::read(&kept));
    address::follow(move |fragment| {
        if let Some(name) = in_fragment(fragment) {
            show(page, name);
            // The title and the task of a class stand above the lesson, and are read first: then nothing scrolls.
            if page.class.settings.with_untracked(Option::is_none) {
                once_there("lesson", lead_to);
            }
        }
    });
}

/// Opens the list, or closes it.
pub fn toggle_list(page: Page) {
    update(page, |lessons| lessons.is_listed = !lessons.is_listed);
    if page.lessons.with_untracked(|lessons| lessons.is_listed) {
        load(page);
        once_there("lesson-list", lead_to);
    }
}

/// Opens the lesson called `name`, and leads to it.
pub fn open(page: Page, name: &str) {
    show(page, name);
    once_there("lesson", lead_to);
}

/// Puts the lesson called `name` on the page.
fn show(page: Page, name: &str) {
    update(page, |lessons| {
        (lessons.is_listed, lessons.is_away) = (false, false);
        if lessons.open != name {
            name.clone_into(&mut lessons.open);
            lessons.made.clear();
        }
    });
    put_into_address(page, name);
    load(page);
}

/// Closes the lesson.
pub fn close(page: Page) {
    update(page, |lessons| {
        lessons.open.clear();
        lessons.is_away = false;
    });
    put_into_address(page, "");
    once_there("lessons-button", bring_into_view);
}

/// Opens the lesson so many places after the open one.
pub fn go(page: Page, distance: isize) {
    let name = page.lessons.with_untracked(|lessons| lessons.neighbour(distance).map(str::to_owned));
    if let Some(name) = name {
        open(page, &name);
    }
}

/// Follows a link within a lesson: to another one, or to a part of the page.
pub fn follow_link(page: Page, target: &str) {
    match target.strip_prefix("lesson=") {
        Some(name) => open(page, name),
        None => lead_into(page, target),
    }
}

/// Opens what is around the element `id`, leads there and marks it for a while. From there a button leads back.
fn lead_into(page: Page, id: &str) {
    update(page, |lessons| lessons.is_away = true);
    page.sections.reveal(id);
    once_there(id, point_out);
}

/// Leads back to where the open lesson says what to look at.
pub fn come_back(page: Page) {
    update(page, |lessons| lessons.is_away = false);
    once_there("lesson-look", lead_to);
}

/// The lesson's name in the address, so that a reload leads back. Without a name it is taken out, and anything else stays; the rest of a
/// class's link stays with either.
fn put_into_address(page: Page, name: &str) {
    let there = address::fragment();
    if name == in_fragment(&there).unwrap_or_default() {
        return;
    }
    let is_kept = |part: &&str| page.class.settings.with_untracked(Option::is_some) && in_fragment(part).is_none();
    let mut parts: Vec<&str> = there.trim_start_matches('#').split('&').filter(is_kept).collect();
    let lesson = of_lesson(name);
    if !name.is_empty() {
        parts.push(&lesson);
    }
    address::replace_fragment(&parts.join("&"));
}

/// Reads the list and its lessons, unless that was done.
pub fn load(page: Page) {
    if page.lessons.with_untracked(|lessons| !lessons.list.is_empty()) {
        return;
    }
    lean::spawn(async move {
        let names = names().await;
        update(page, |lessons| match &names {
            Err(error) => lessons.problem = Some(error.clone()),
            Ok(names) => {
                lessons.problem = None;
                lessons.list = names.iter().map(|name| Listed { name: name.clone(), lesson: None }).collect();
            }
        });
        // All at once: one after the other, each would wait for the one before it.
        names.unwrap_or_default().into_iter().for_each(|name| lean::spawn(read_into(page, name)));
    });
}

/// Reads the lesson `name` into its place in the list.
async fn read_into(page: Page, name: String) {
    let read = read(&name).await.map(Arc::new);
    update(page, |lessons| {
        if let Some(at) = lessons.place(&name) {
            lessons.list[at].lesson = Some(read);
        }
    });
}

/// The text of a file beside the page.
fn text(path: String, most: usize, hint: &'static str) -> Boxed<Result<String>> {
    Box::pin(async move {
        let file = fetch_beside(&path, &|_, _| {}).await.map_err(|error| Error::new(error.code(), error.message(), hint))?;
        match String::from_utf8(file.bytes) {
            Ok(text) if text.len() <= most => Ok(text),
            _ => Err(Error::new(
                Code::InvalidLesson,
                format!("{path} is too long, or not text"),
                format!("save it as UTF-8, with at most {most} bytes"),
            )),
        }
    })
}

async fn names() -> Result<Vec<String>> {
    let hint = "put a list of lessons there: lessons/README.md says how";
    let names = list::names(&text("lessons/index.txt".to_owned(), list::MOST_BYTES, hint).await?)?;
    if names.is_empty() { Err(Error::new(Code::InvalidLesson, "lessons/index.txt lists no lesson", hint)) } else { Ok(names) }
}

async fn read(name: &str) -> Result<parse::Lesson> {
    let hint = "put the file there, or take its line out of lessons/index.txt";
    lesson::parse(name, &text(format!("lessons/{name}.md"), parse::MOST_BYTES, hint).await?)
}

/// Keeps the progress on the device.
fn keep(page: Page) {
    storage::keep(KEY, &page.lessons.with_untracked(|lessons| lessons.progress.write()));
}

/// Notes the learner's prediction in the open lesson.
pub fn predict(page: Page, prediction: Prediction) {
    update(page, |lessons| lessons.progress.predict(&lessons.open, prediction));
    keep(page);
}

/// Forgets what was predicted and made in the open lesson.
pub fn begin_again(page: Page) {
    update(page, |lessons| {
        lessons.progress.forget(&lessons.open);
        lessons.made.clear();
    });
    keep(page);
    once_there("lesson", lead_to);
}

/// Makes a run of the open lesson: its configuration takes the setup's place, and it starts.
pub fn make(page: Page, run: LessonRun) {
    lean::spawn(async move {
        let made = make_run(page, run).await;
        update(page, |lessons| lessons.making.clear());
        page.tell(made);
    });
}

async fn make_run(page: Page, run: LessonRun) -> Result<()> {
    page.check_idle()?;
    let Some(lesson) = page.lessons.with_untracked(|lessons| lessons.called(&lessons.open)) else { return Ok(()) };
    let LessonRun { name, title, config, seeds } = run;
    setup::take(page, config.clone(), &format!("the lesson “{}”", lesson.title), true);
    update(page, |lessons| {
        lessons.forget(&name);
        lessons.making.clone_from(&name);
    });
    let (ids, drawn_as) = if seeds == 1 {
        let run = page.start(config, false).await?;
        runs::rename(page, run, &title)?;
        // What went wrong is told where the run is.
        page.finished(run).await.ok();
        (vec![run], run)
    } else {
        let end = runs::run_seeds(page, config, seeds).await?;
        runs::name_group(page, end.group, &title);
        (if end.finished == end.asked { end.runs } else { Vec::new() }, end.group)
    };
    // The learner may have stopped the run, or gone on to another lesson.
    let is_open = page.lessons.with_untracked(|lessons| lessons.open == lesson.name);
    if is_open && !ids.is_empty() && are_whole(&ids, &page.inner().store.borrow()) {
        update(page, |lessons| {
            lessons.made.push(MadeRuns { name, runs: ids, drawn_as });
            if lessons.made.len() == lesson.runs.len() {
                lessons.progress.finish(&lesson.name);
            }
        });
        keep(page);
        // On the charts beside those that were made before.
        runs::overlay(page, drawn_as, true)?;
    }
    Ok(())
}

/// Leads to what the lesson says to look at: the run on the charts, its steps, the panel.
pub fn look(page: Page, look: &Look) {
    let made = |lessons: &Lessons| lessons.made_of(look.run.as_deref()?)?.runs.first().copied();
    if let Some(run) = page.lessons.with_untracked(made) {
        runs::show(page, run);
        page.board.turn_to(Some(run));
    }
    let mut range = XRange::All;
    if let Some((from, to)) = look.steps {
        range = XRange::Fixed(f64::from(from), f64::from(to));
        page.board.view.update(|view| view.x = XAxis { kind: XKind::Step, log: false, ..view.x });
    }
    page.board.show(range);
    lead_into(page, &look.place);
}
