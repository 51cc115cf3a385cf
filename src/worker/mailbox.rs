//! The mailbox of a run: the page's requests to it, filled while the loop gives way and read at its next turn. Never here: what is done
//! with them.

use super::questions::Question;
use crate::domain::view::slow::SlowWish;
use crate::protocol::RequestId;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// The page's requests to the present run, filled while the loop gives way and read at its next turn.
#[derive(Default)]
pub struct Mailbox {
    pub(super) paused: Cell<bool>,
    pub(super) steps: Cell<u32>,
    pub(super) stop: RefCell<Option<String>>,
    pub(super) learning_rate: Cell<Option<f64>>,
    pub(super) watch_budget: Cell<Option<f64>>,
    pub(super) hidden: Cell<bool>,
    /// Whether the page was hidden at any time since the last turn: a tab may go and come back while the worker is busy.
    pub(super) was_hidden: Cell<bool>,
    pub(super) acknowledged: Cell<u32>,
    /// Whether the run waits for the page to take in what was sent.
    pub(super) waits_for_page: Cell<bool>,
    /// Whether a state is on its way to its place.
    pub(super) state_on_way: Cell<bool>,
    /// Whether a state is wanted as soon as may be: the page may be about to go away.
    pub(super) hurries: Cell<bool>,
    pub(super) questions: RefCell<VecDeque<Question>>,
    /// The wish to see the next batch in slow motion, until that is seen.
    pub(super) slow: RefCell<Option<(RequestId, SlowWish)>>,
    pub(super) held: RefCell<Option<oneshot::Sender<()>>>,
}

impl Mailbox {
    /// The mailbox of a run that begins paused or not.
    pub fn new(paused: bool) -> Self {
        Self { paused: Cell::new(paused), ..Self::default() }
    }

    /// Pauses at the next batch.
    pub fn pause(&self) {
        self.paused.set(true);
        self.steps.set(0);
    }

    /// Resumes.
    pub fn resume(&self) {
        self.paused.set(false);
        self.steps.set(0);
        self.wake();
    }

    /// Trains so many batches more, then pauses.
    pub fn step(&self, batches: u32) {
        self.paused.set(true);
        self.steps.set(self.steps.get().saturating_add(batches));
        self.wake();
    }

    /// Ends the run at the next batch.
    pub fn stop(&self, reason: String) {
        self.stop.borrow_mut().get_or_insert(reason);
        self.wake();
    }

    /// Sets the learning rate from the next batch on.
    pub fn set_learning_rate(&self, learning_rate: f64) {
        self.learning_rate.set(Some(learning_rate));
    }

    /// Queues a question, to be answered from the next batch on.
    pub fn ask(&self, question: Question) {
        self.questions.borrow_mut().push_back(question);
        self.wake();
    }

    /// Takes out the oldest question.
    pub fn next_question(&self) -> Option<Question> {
        self.questions.borrow_mut().pop_front()
    }

    /// Notes the wish to see the next batch in slow motion; gives the request whose place it takes.
    pub fn slow_down(&self, request: RequestId, wish: SlowWish) -> Option<RequestId> {
        self.slow.borrow_mut().replace((request, wish)).map(|(before, _)| before)
    }

    /// Ends that wish, granted or not; gives its request.
    pub fn end_slow(&self) -> Option<RequestId> {
        self.slow.borrow_mut().take().map(|(request, _)| request)
    }

    /// Whether the run trains no more than the steps that are asked for.
    pub(super) fn is_held(&self) -> bool {
        self.paused.get() && self.stop.borrow().is_none()
    }

    pub(super) fn has_questions(&self) -> bool {
        !self.questions.borrow().is_empty()
    }

    /// Sets the budget for watching from the next batch on.
    pub fn set_watch_budget(&self, percent: f64) {
        self.watch_budget.set(Some(percent));
    }

    /// Tells whether the page is out of view.
    pub fn set_hidden(&self, hidden: bool) {
        self.hidden.set(hidden);
        self.was_hidden.set(self.was_hidden.get() || hidden);
        self.hurries.set(self.hurries.get() || hidden);
    }

    /// Notes that the last state is in its place.
    pub fn state_taken(&self) {
        self.state_on_way.set(false);
        self.wake();
    }

    /// Counts a frame that the page has acknowledged.
    pub fn acknowledge(&self) {
        self.acknowledged.set(self.acknowledged.get() + 1);
        if self.waits_for_page.get() {
            self.wake();
        }
    }

    pub(super) fn wake(&self) {
        if let Some(sender) = self.held.borrow_mut().take() {
            sender.send(()).ok();
        }
    }

    pub(super) async fn wait(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.held.borrow_mut() = Some(sender);
        receiver.await.ok();
    }
}
