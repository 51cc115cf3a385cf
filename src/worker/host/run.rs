//! The host of a run: it gives way to the page's messages, sends what is due, answers questions, and passes on what the page wants of
//! the run. Never here: the run itself.

use crate::domain::callback::Callback;
use crate::domain::run::event::series;
use crate::domain::run::saving::Saving;
use crate::domain::run::state::SavedState;
use crate::domain::view::slow::{SlowNumbers, SlowStep};
use crate::error::Result;
use crate::protocol::{Event, floats};
use crate::train::Trainer;
use crate::train::clock::{Clock, WallClock};
use crate::train::fit::{Host, Moment, Turn};
use crate::train::shards::Replicas;
use crate::web::port::PagePort;
use crate::web::tasks::Yielder;
use crate::worker::answers::post;
use crate::worker::mailbox::Mailbox;
use crate::worker::outbox::Outbox;
use crate::worker::questions::{RunContext, Slice};
use crate::worker::team::Helpers;
use std::rc::Rc;

/// The longest time between two turns of the event loop, in milliseconds, so that a button is answered within a frame
/// or two.
const GIVE_WAY_MS: f64 = 8.0;
/// The shortest time between two states that are sent to the page, in milliseconds.
const SAVE_MS: f64 = 2000.0;

/// The host of a run.
pub struct RunHost {
    clock: WallClock,
    mailbox: Rc<Mailbox>,
    outbox: Outbox,
    context: Rc<RunContext>,
    port: PagePort,
    yielder: Yielder,
    helpers: Helpers,
    gave_way_ms: f64,
    /// Whether work that can wait is to wait.
    quiet: bool,
    /// The time until which an unanswered question leaves the time to the training.
    rests_until_ms: f64,
    saving: Saving,
    /// Whether there is anything that the last state does not have.
    is_changed: bool,
    /// The time at which a state was asked for.
    asked_ms: f64,
}

impl RunHost {
    /// The host of a run that is about to begin: of what the page asks for in `mailbox`, what goes to it in `outbox` and by `port`, and
    /// what answers questions in `context`.
    pub fn new(mailbox: Rc<Mailbox>, outbox: Outbox, context: Rc<RunContext>, port: PagePort, yielder: Yielder, helpers: Helpers) -> Self {
        let clock = WallClock::default();
        Self {
            clock,
            mailbox,
            outbox,
            context,
            port,
            yielder,
            helpers,
            gave_way_ms: f64::NEG_INFINITY,
            quiet: false,
            rests_until_ms: f64::NEG_INFINITY,
            saving: Saving::new(SAVE_MS, clock.now_ms()),
            is_changed: false,
            asked_ms: 0.0,
        }
    }

    /// Whether a state could be sent: there is something new in it, and the last one is in its place.
    fn may_save(&self) -> bool {
        self.is_changed && !self.mailbox.state_on_way.get()
    }

    /// Waits until the page has taken in most of what was sent, or the run is to end: epochs of a few milliseconds, each with its
    /// reports, are trained faster than any page can show them, and would leave it busy for minutes.
    async fn wait_for_page(&self) {
        self.mailbox.waits_for_page.set(true);
        while self.outbox.is_far_ahead() && self.mailbox.stop.borrow().is_none() {
            self.mailbox.wait().await;
            self.outbox.acknowledge(self.mailbox.acknowledged.take());
        }
        self.mailbox.waits_for_page.set(false);
    }
}

impl Clock for RunHost {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for RunHost {
    async fn turn(&mut self, moment: Moment) -> Turn {
        let now = self.now_ms();
        let mut turn = Turn::default();
        self.outbox.acknowledge(self.mailbox.acknowledged.take());
        // Held, though it may be answering a long question: then there is no wait below that would tell.
        let is_held = moment == Moment::Batch { waiting: 0 } && self.mailbox.is_held() && self.mailbox.steps.get() == 0;
        if !self.quiet || is_held {
            self.outbox.flush_if_due(now, is_held);
            turn.sent_ms = self.now_ms() - now;
        }
        if now - self.gave_way_ms >= GIVE_WAY_MS {
            self.yielder.give_way().await;
            self.gave_way_ms = self.now_ms();
        }
        if self.outbox.is_far_ahead() {
            let begin = self.now_ms();
            self.wait_for_page().await;
            turn.sent_ms += self.now_ms() - begin;
        }
        if let Moment::Batch { waiting } = moment {
            if self.mailbox.hurries.take() {
                self.saving.hurry();
            }
            // Before a batch only: the numbers of a validation are then in the record, all or none.
            if !self.quiet && self.may_save() && self.saving.is_due(now) {
                (turn.save, self.asked_ms) = (true, now);
                return turn;
            }
            loop {
                let is_held = self.mailbox.is_held();
                // A long question has half of the time while there is something to train, and all of it while there is not.
                let may_train = !is_held || self.mailbox.steps.get() > 0;
                if self.mailbox.has_questions() && !(may_train && now < self.rests_until_ms) {
                    turn.serve = true;
                    break;
                }
                if !is_held {
                    break;
                }
                if let Some(left) = self.mailbox.steps.get().checked_sub(1) {
                    self.mailbox.steps.set(left);
                    break;
                }
                turn.read_first = waiting > 0;
                turn.save = !turn.read_first && self.may_save();
                if turn.read_first || turn.save {
                    self.asked_ms = self.now_ms();
                    return turn;
                }
                let begin = self.now_ms();
                self.outbox.flush();
                self.outbox.send_status(true);
                self.mailbox.wait().await;
                turn.paused_ms += self.now_ms() - begin;
            }
        }
        turn.hidden = self.mailbox.was_hidden.replace(self.mailbox.hidden.get());
        turn.watch_budget = self.mailbox.watch_budget.take();
        turn.learning_rate = self.mailbox.learning_rate.take();
        // Not taken: a turn that answers questions first asks again, and must not hold a run that is to end.
        turn.stop = self.mailbox.stop.borrow().clone();
        if let Moment::Batch { .. } = moment {
            // Nor is this: it is granted when the batch is trained.
            turn.slow = self.mailbox.slow.borrow().as_ref().map(|(_, wish)| wish.clone());
            self.is_changed |= !turn.serve && turn.stop.is_none();
        }
        turn
    }

    async fn serve(&mut self, trainer: &mut Trainer) {
        // What the page asks about is there before the answer.
        self.outbox.flush();
        let slice = Slice::new();
        while let Some(mut question) = self.mailbox.next_question() {
            self.is_changed |= question.is_put_back();
            match self.context.answer(trainer, &mut question, &slice).await {
                Some(answer) => {
                    if let Ok((Event::Viewed { view, .. }, _)) = &answer {
                        // What the picture took away from the training.
                        self.outbox.on_log(trainer.step_count(), series::TIME_VIEW, view.took_ms);
                    }
                    post(&self.port, question.request, answer);
                }
                // Behind those that came later, so that none of these waits for all of it.
                None => self.mailbox.questions.borrow_mut().push_back(question),
            }
            if slice.is_over() {
                break;
            }
        }
        if self.mailbox.has_questions() {
            self.rests_until_ms = self.now_ms() + slice.took_ms();
        }
    }

    fn take_state(&mut self, state: Result<SavedState>) {
        let now = self.now_ms();
        self.saving.done(now - self.asked_ms, now);
        self.is_changed = false;
        // Without a state the run goes on: it only cannot go on elsewhere from here.
        let Ok(SavedState { step, bytes }) = state else { return };
        // What the state follows from is on the page before it.
        self.outbox.flush();
        self.mailbox.state_on_way.set(true);
        self.port.post(&Event::Saved { run: self.context.run(), step }, &[bytes]);
    }

    fn slowed(&mut self, step: SlowStep, numbers: SlowNumbers) {
        let Some(request) = self.mailbox.end_slow() else { return };
        // The batch's record is on the page before what was seen of it.
        self.outbox.flush();
        let bulk: Vec<Vec<u8>> = numbers.buffers().iter().map(|buffer| floats::to_bytes(buffer)).collect();
        self.port.post(&Event::Slowed { request, step: Box::new(step) }, &bulk);
    }

    fn keep_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        self.outbox.meter().set_workers(self.helpers.at_work());
        Some(&mut self.helpers)
    }
}
