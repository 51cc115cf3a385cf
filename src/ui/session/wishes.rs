//! Wishes: what the worker of a run was told, to be told again to the one that takes its place.
//!
//! A wish that the worker has written down as an input is repeated with the state that the run goes on from; one that it has not is
//! sent again. A run that begins again from nothing is told of all.

use crate::domain::run::journal::Input;
use crate::protocol::Command;

/// The last wish of each kind.
#[derive(Clone, Debug, Default, PartialEq)]
struct Last {
    learning_rate: Option<f64>,
    watch_budget: Option<f64>,
    stop: Option<String>,
}

/// The wishes of a run.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The wishes that were sent and not written down yet.
    sent: Last,
    /// The wishes that were written down.
    obeyed: Last,
}

impl Wishes {
    /// Notes that another learning rate was sent.
    pub fn set_learning_rate(&mut self, rate: f64) {
        self.sent.learning_rate = Some(rate);
    }

    /// Notes that another budget for watching was sent, in percent.
    pub fn set_watch_budget(&mut self, percent: f64) {
        self.sent.watch_budget = Some(percent);
    }

    /// Notes that the end was asked for; the first reason stays.
    pub fn stop(&mut self, reason: String) {
        if self.obeyed.stop.is_none() {
            self.sent.stop.get_or_insert(reason);
        }
    }

    /// Notes that the worker has written `input` down.
    pub fn hear(&mut self, input: &Input) {
        let Self { sent, obeyed } = self;
        match input {
            Input::LearningRate(rate) => {
                sent.learning_rate.take_if(|sent| sent == rate);
                obeyed.learning_rate = Some(*rate);
            }
            Input::WatchBudget(percent) => {
                sent.watch_budget.take_if(|sent| sent == percent);
                obeyed.watch_budget = Some(*percent);
            }
            Input::Stop(reason) => {
                sent.stop = None;
                obeyed.stop.get_or_insert_with(|| reason.clone());
            }
            Input::Keep(_) | Input::PutBack(_) | Input::Forget(_) => {}
        }
    }

    /// The commands for a worker that repeats what was written down, followed by those that come after `between`.
    pub fn commands(&self, between: Option<Command>) -> Vec<Command> {
        let Last { learning_rate, watch_budget, stop } = self.sent.clone();
        let rates = [
            learning_rate.map(|learning_rate| Command::SetLearningRate { learning_rate }),
            watch_budget.map(|percent| Command::SetWatchBudget { percent }),
        ];
        rates.into_iter().flatten().chain(between).chain(stop.map(|reason| Command::Stop { reason })).collect()
    }

    /// Notes that the run begins again from nothing: nothing is written down any more.
    pub fn begin_again(&mut self) {
        let Last { learning_rate, watch_budget, stop } = std::mem::take(&mut self.obeyed);
        self.sent.learning_rate = self.sent.learning_rate.or(learning_rate);
        self.sent.watch_budget = self.sent.watch_budget.or(watch_budget);
        self.sent.stop = stop.or(self.sent.stop.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_sent_only_to_a_run_that_begins_again() {
        let mut wishes = Wishes::default();
        wishes.set_learning_rate(0.1);
        wishes.set_watch_budget(3.0);
        wishes.hear(&Input::LearningRate(0.1));
        wishes.set_learning_rate(0.2);
        // An older one is written down late: the newer one is still on its way.
        wishes.hear(&Input::LearningRate(0.1));
        wishes.stop("enough".to_owned());
        let (rate, budget) = (Command::SetLearningRate { learning_rate: 0.2 }, Command::SetWatchBudget { percent: 3.0 });
        let stop = Command::Stop { reason: "enough".to_owned() };
        assert_eq!(wishes.commands(Some(Command::Pause)), [rate.clone(), budget.clone(), Command::Pause, stop.clone()]);
        for input in [Input::LearningRate(0.2), Input::WatchBudget(3.0), Input::Stop("enough".to_owned())] {
            wishes.hear(&input);
        }
        wishes.stop("too late".to_owned());
        assert_eq!(wishes.commands(None), []);
        wishes.begin_again();
        assert_eq!(wishes.commands(None), [rate, budget, stop]);
    }
}
