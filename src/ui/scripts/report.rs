//! Reports out of a sandbox, and what is done about them: values into the record, wishes to the training, failures told.

use super::Scripts;
use super::live::LiveScript;
use crate::domain::run::event::series;
use crate::protocol::RunId;
use crate::script::console::LineAuthor;
use crate::script::logs;
use crate::script::words::{Problem, Report, Word};
use crate::ui::session::{Author, Intent};
use leptos::prelude::*;

impl Scripts {
    pub(super) fn hear(self, id: u32, word: Word) {
        let inner = self.inner();
        match word {
            Word::Broken { message, line } => {
                let message = message.trim_start_matches("Uncaught ").to_owned();
                self.break_off(id, Problem { message, line, hook: String::new() });
            }
            Word::Started => self.with_live(id, |script| script.feed.started()),
            Word::Alive => self.with_live(id, |script| script.feed.alive()),
            Word::Ready { hooks, prints } => {
                let check = {
                    let mut scripts = inner.live.borrow_mut();
                    let Some(script) = scripts.iter_mut().find(|script| script.id == id) else { return };
                    if script.run.is_some() {
                        let status = self.status(&script.name);
                        status.update(|status| prints.into_iter().for_each(|line| status.console.add(LineAuthor::Script, line)));
                    }
                    script.feed.ready(hooks.clone());
                    script.check.take()
                };
                match check {
                    Some(check) => {
                        drop(self.take(id));
                        check.send(Ok(hooks)).ok();
                        self.settle();
                    }
                    None => {
                        self.settle();
                        self.pump();
                    }
                }
            }
            Word::Report(report) => self.take_report(id, report),
        }
    }

    fn with_live(self, id: u32, act: impl FnOnce(&mut LiveScript)) {
        if let Some(script) = self.inner().live.borrow_mut().iter_mut().find(|script| script.id == id) {
            act(script);
        }
    }

    fn take_report(self, id: u32, mut report: Report) {
        let inner = self.inner();
        let (name, run) = {
            let mut scripts = inner.live.borrow_mut();
            let Some(script) = scripts.iter_mut().find(|script| script.id == id) else { return };
            if !script.feed.answered(report.done, report.last) && report.problem.is_none() {
                report.problem = Some(Problem { message: "it answers what it was not asked".to_owned(), ..Problem::default() });
            }
            script.spent_ms += report.spent_ms.max(0.0);
            report.logged.retain(|(name, ..)| script.may_log(name));
            if !report.last {
                script.go_on();
            }
            (script.name.clone(), script.run)
        };
        let mut says: Vec<(LineAuthor, String)> = report.prints.into_iter().map(|line| (LineAuthor::Script, line)).collect();
        if let Some(run) = run {
            let has_values = !report.logged.is_empty();
            for left_out in self.record(run, report.logged) {
                if inner.live.borrow_mut().iter_mut().any(|script| script.id == id && script.told_of.insert(left_out.clone())) {
                    says.push((LineAuthor::Page, left_out));
                }
            }
            let host = self.host();
            if host.current_run().is_some_and(|(current, _)| current == run) {
                self.steer(report.learning_rate, report.stop, &mut says);
            }
            if has_values {
                host.recorded();
            }
        }
        if !says.is_empty() || report.unprinted > 0 {
            self.status(&name).update(|status| {
                says.into_iter().for_each(|(author, line)| status.console.add(author, line));
                status.console.leave_out(report.unprinted);
            });
        }
        match report.problem {
            Some(problem) => self.break_off(id, problem),
            None => {
                self.pump();
                self.settle();
            }
        }
    }

    /// Records values; returns the reasons for which some are left out, in words.
    fn record(self, run: RunId, logged: Vec<(String, Vec<f64>, Vec<f64>)>) -> Vec<String> {
        let host = self.host();
        let store = host.store();
        let mut store = store.borrow_mut();
        let Some(run) = store.run_mut(run) else { return Vec::new() };
        let mut left_out = Vec::new();
        // No script has been told of a later step, whatever a message says.
        let latest = run.series.get(series::BATCH_LOSS).and_then(|series| series.last()).map_or(0.0, |(step, _)| f64::from(step));
        for (name, steps, values) in logged.into_iter().filter(|(name, ..)| logs::is_own_name(name)) {
            if !run.series.contains_key(&name) && !logs::has_room(run.series.keys()) {
                left_out.push(logs::no_room());
                continue;
            }
            let last = run.series.get(&name).and_then(|series| series.last()).map(|(step, _)| f64::from(step));
            if last >= steps.first().copied() && last.is_some() {
                left_out.push(format!("values of {name:?} are left out: another callback logs under that name"));
            }
            for (step, value) in steps.into_iter().zip(values) {
                if step >= 0.0 && step <= latest {
                    run.take_value(step as u32, &name, value);
                    host.logged(run.id, &name, step as u32, value);
                }
            }
        }
        left_out
    }

    fn steer(self, learning_rate: Option<f64>, stop: Option<String>, says: &mut Vec<(LineAuthor, String)>) {
        let host = self.host();
        if let Some(rate) = learning_rate {
            host.intend(Intent::SetLearningRate { rate, by: Author::Callback }).ok();
        }
        if let Some(reason) = stop
            && host.intend(Intent::Stop { reason: reason.clone(), by: Author::Callback }).is_err()
        {
            says.push((LineAuthor::Page, format!("stop({reason:?}) came after the run's end")));
        }
    }
}
