//! Small building blocks whose closures are boxed, so that Leptos' generic code is compiled once for all of them.
//!
//! A bare closure is a type of its own, and each brings some kilobytes of effects, memos, event handlers and their
//! clean-up into the page's wasm. Boxed, they cost a pointer's jump, which nobody notices at a visitor's pace. A closure
//! inside of a generic function is of another type for each of its callers, too: so what is generic here only boxes, and
//! hands on to something plain. `view!` boxes closures that are written in it, but not those that it is given by name:
//! these go through [`text`] or [`live`].
//!
//! Never here: training, charts.

use leptos::prelude::*;
use leptos::tachys::html::element::ElementType;
use leptos::tachys::html::node_ref::NodeRefContainer;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The type into which `view!` boxes closures: a part of the page that is made again when its signals change.
pub type Followed<T> = Arc<Mutex<dyn FnMut() -> T + Send>>;

/// Runs `act` now and whenever a signal that it read has changed.
pub fn effect(act: impl Fn() + 'static) {
    fn run(act: Box<dyn Fn()>) {
        Effect::new(move |_| act());
    }
    run(Box::new(act));
}

/// Runs `act` every so often while `is_on`. There is a timer only then: each turn of it sets the next one.
pub fn every(time: Duration, is_on: impl Fn() -> bool + 'static, act: impl Fn() + 'static) {
    fn run(time: Duration, is_on: Box<dyn Fn() -> bool>, act: Rc<dyn Fn()>) {
        let (turn, is_waiting) = (RwSignal::new(0_u32), StoredValue::new(false));
        effect(move || {
            turn.track();
            if is_on() && !is_waiting.get_value() {
                is_waiting.set_value(true);
                let act = act.clone();
                let next = move || {
                    // The place on the page may be gone by then.
                    if is_waiting.try_set_value(false).is_none() {
                        act();
                        turn.try_update(|turn| *turn = turn.wrapping_add(1));
                    }
                };
                set_timeout(next, time);
            }
        });
    }
    run(time, Box::new(is_on), Rc::new(act));
}

/// A memo of the value of `read`.
pub fn memo<T: PartialEq + Send + Sync + 'static>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    fn made<T: PartialEq + Send + Sync + 'static>(read: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| read())
    }
    made(Box::new(read))
}

/// An element of the page, once it is mounted: like Leptos' `NodeRef`, with one kind of signal for all kinds of elements.
pub struct Node<E>(RwSignal<Option<Element>, LocalStorage>, PhantomData<fn() -> E>);

impl<E> Clone for Node<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Node<E> {}

impl<E: ElementType<Output: JsCast>> Node<E> {
    /// A reference whose element is not mounted yet.
    pub fn new() -> Self {
        Self(RwSignal::new_local(None), PhantomData)
    }

    /// The element, if it is mounted; followed.
    pub fn get(self) -> Option<E::Output> {
        self.0.get().map(JsCast::unchecked_into)
    }

    /// The element, if it is mounted.
    pub fn get_untracked(self) -> Option<E::Output> {
        self.0.try_get_untracked().flatten().map(JsCast::unchecked_into)
    }
}

impl<E: ElementType> NodeRefContainer<E> for Node<E> {
    fn load(self, element: &Element) {
        self.0.set(Some(element.clone()));
    }
}

/// Starts an asynchronous task.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    crate::web::tasks::spawn(work);
}

/// A text that follows the signals that `read` reads.
pub fn text<T: Into<String>>(read: impl Fn() -> T + Send + 'static) -> Followed<String> {
    Arc::new(Mutex::new(move || read().into()))
}

/// Elements that are made again whenever a signal that `make` reads has changed.
pub fn live<T: IntoAny>(make: impl Fn() -> T + Send + 'static) -> Followed<AnyView> {
    Arc::new(Mutex::new(move || make().into_any()))
}

/// A boolean that follows the signals that `read` reads.
pub fn flag(read: impl Fn() -> bool + Send + 'static) -> Followed<bool> {
    Arc::new(Mutex::new(read))
}

/// An optional element as a view.
pub fn some<T: IntoAny>(element: Option<T>) -> AnyView {
    element.map(IntoAny::into_any).into_any()
}

/// Elements like those of [`live`] that may be absent.
pub fn maybe<T: IntoAny>(make: impl Fn() -> Option<T> + Send + 'static) -> Followed<AnyView> {
    live(move || some(make()))
}

/// A message about a problem, told aloud when it comes; absent while `read` gives none.
pub fn problem(read: impl Fn() -> Option<String> + Send + 'static) -> Followed<AnyView> {
    maybe(move || read().map(|problem| view! { <p class="problem" role="alert">{problem}</p> }))
}

/// The elements of `make` while `when` is true.
pub fn shown<T: IntoAny>(
    when: impl Fn() -> bool + Send + Sync + 'static,
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Followed<AnyView> {
    let when = memo(when);
    maybe(move || when.get().then(&make))
}

/// Elements one after the other, all boxed into one type: a list of each kind of element would be a program of its own.
pub fn list<T: IntoAny>(all: impl IntoIterator<Item = T>) -> Vec<AnyView> {
    all.into_iter().map(IntoAny::into_any).collect()
}

/// A view for each name, made once for each and removed with it.
pub fn each(names: impl Fn() -> Vec<String> + Send + Sync + 'static, make: impl Fn(String) -> AnyView + Send + Sync + 'static) -> AnyView {
    each_key(move || names().into_iter().map(|name| (0, name)).collect(), move |_, name| make(name))
}

/// A view for each key, made once for each and removed with it.
pub fn each_key(
    keys: impl Fn() -> Vec<Key> + Send + Sync + 'static,
    make: impl Fn(usize, String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_boxed(Box::new(keys), Arc::new(make))
}

/// The key of a list's element: a number and a name, of which one may be unused.
pub type Key = (usize, String);

fn each_boxed(keys: Box<dyn Fn() -> Vec<Key> + Send + Sync>, make: Arc<dyn Fn(usize, String) -> AnyView + Send + Sync>) -> AnyView {
    view! { <For each=keys key=Clone::clone children=move |(number, name)| make(number, name) /> }.into_any()
}

/// A button.
pub struct Button {
    /// The CSS class; may be empty.
    pub class: &'static str,
    /// The id; may be empty.
    pub id: &'static str,
    /// The face: text or icon.
    pub face: AnyView,
    /// The accessible name where the face is only a sign; may be empty.
    pub name: &'static str,
    /// The tooltip; may be empty.
    pub title: &'static str,
    /// Whether the button is pressed, if it is a toggle.
    pub pressed: Option<Signal<bool>>,
    /// Whether it can be used.
    pub enabled: Signal<bool>,
}

impl Button {
    /// A plain button with the text `face`.
    pub fn new(face: &'static str, title: &'static str) -> Self {
        Self { class: "", id: "", face: face.into_any(), name: "", title, pressed: None, enabled: Signal::stored(true) }
    }

    /// The button as a view; a click calls `act`.
    pub fn view(self, act: impl Fn() + 'static) -> AnyView {
        self.view_boxed(Box::new(act))
    }

    fn view_boxed(self, act: Box<dyn Fn()>) -> AnyView {
        let Self { class, id, face, name, title, pressed, enabled } = self;
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        view! {
            <button
                class=class id=some(id) title=some(title) aria-label=some(name)
                aria-pressed=move || pressed.map(|pressed| if pressed.get() { "true" } else { "false" })
                disabled=move || !enabled.get() on:click=move |_| act()
            >
                {face}
            </button>
        }
        .into_any()
    }
}

/// An element that never changes, `tag` with `class`, both of which may be any: by `view!` each kind of element is a program of its own.
pub fn tag(tag: &'static str, class: &'static str, inside: AnyView) -> AnyView {
    let class = (!class.is_empty()).then_some(class);
    leptos::tachys::html::element::custom(tag).class(class).child(inside).into_any()
}

/// The options of a menu, each a value and its title.
pub fn options(all: Vec<(String, String)>, chosen: &str) -> Vec<AnyView> {
    let option = |(value, title): (String, String)| {
        let is_chosen = value == chosen;
        view! { <option value=value selected=is_chosen>{title}</option> }
    };
    list(all.into_iter().map(option))
}

/// A choice among options, each a value and its title.
pub fn choice(
    id: &'static str,
    label: &'static str,
    options: impl Fn() -> Vec<(String, String)> + Send + 'static,
    chosen: impl Fn() -> String + Send + 'static,
    set: impl Fn(String) + 'static,
) -> AnyView {
    choice_boxed(id, label, live(move || self::options(options(), &chosen())), Box::new(set))
}

fn choice_boxed(id: &'static str, label: &'static str, list: Followed<AnyView>, set: Box<dyn Fn(String)>) -> AnyView {
    view! {
        <label class="field" for=id>
            <span>{label}</span>
            <select id=id on:change=move |event| set(event_target_value(&event))>{list}</select>
        </label>
    }
    .into_any()
}
