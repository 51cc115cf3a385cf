//! Ends a run whose loss is no longer a number: Keras' `TerminateOnNaN`.
//!
//! Keras looks at the running mean of the epoch; this looks at the raw loss of each batch, and at the validation's
//! loss, which is the first to see what the last update of an epoch has broken. It has no state.

use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::run::event::{BatchEnd, Validation, series};

/// Stops at the first loss that is NaN or infinite.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminateOnNan;

fn word(loss: f64) -> &'static str {
    if loss.is_nan() { "NaN" } else { "infinite" }
}

impl Callback for TerminateOnNan {
    fn name(&self) -> &'static str {
        "terminate_on_nan"
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        if event.loss.is_finite() {
            return Controls::new();
        }
        let (batch, epoch) = (event.batch + 1, event.epoch + 1);
        vec![Control::Stop(format!("the loss of batch {batch} of epoch {epoch} (step {}) is {}", event.step, word(event.loss)))]
    }

    fn on_validation_end(&mut self, event: &Validation) -> Controls {
        match event.logs.get(series::VAL_LOSS) {
            Some(loss) if !loss.is_finite() => {
                vec![Control::Stop(format!("the validation loss of epoch {} is {}", event.epoch + 1, word(loss)))]
            }
            _ => Controls::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::batch_end;
    use super::*;
    use crate::domain::run::event::Logs;

    #[test]
    fn stops_at_the_first_bad_batch_and_names_it() {
        // The losses; which of them stopped the run, and the reason.
        type Case<'a> = (&'a [f64], Option<(usize, &'a str)>);
        let cases: &[Case] = &[
            (&[2.0, 1e30, -1.0, 0.0], None),
            (&[2.0, f64::NAN, 1.0], Some((1, "the loss of batch 2 of epoch 1 (step 2) is NaN"))),
            (&[f64::INFINITY], Some((0, "the loss of batch 1 of epoch 1 (step 1) is infinite"))),
            (&[1.0, 1.0, f64::NEG_INFINITY], Some((2, "the loss of batch 3 of epoch 1 (step 3) is infinite"))),
        ];
        for (losses, expected) in cases {
            let mut stopped = (1..).zip(*losses).map(|(step, &loss)| TerminateOnNan.on_batch_end(&batch_end(step, loss, 0.1)));
            let found = stopped.by_ref().enumerate().find(|(_, controls)| !controls.is_empty());
            let expected = expected.map(|(at, reason)| (at, vec![Control::Stop(reason.to_owned())]));
            assert_eq!(found, expected, "{losses:?}");
        }
    }

    #[test]
    fn sees_what_the_last_update_broke() {
        let validation = |loss| Validation { epoch: 4, step: 9, logs: Logs(vec![(series::VAL_LOSS.into(), loss)]) };
        assert_eq!(TerminateOnNan.on_validation_end(&validation(0.5)), []);
        let stop = vec![Control::Stop("the validation loss of epoch 5 is NaN".into())];
        assert_eq!(TerminateOnNan.on_validation_end(&validation(f64::NAN)), stop);
        assert_eq!(TerminateOnNan.on_validation_end(&Validation { epoch: 0, step: 0, logs: Logs::default() }), []);
    }
}
