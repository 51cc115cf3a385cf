//! Controls of the setup that a class may leave open or lock.
//!
//! Never here: where a control is on the page.

use Control::{BatchSize, Callbacks, Data, Device, Diagnoses, Epochs, LearningRate, Loss, Model, Optimizer, Seed, Validation, Watching};

/// A control of the setup, or several that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The data set, its size and its noise.
    Data,
    /// The layers.
    Model,
    /// The loss that is minimised.
    Loss,
    /// The optimiser, and its parameters but for the learning rate.
    Optimizer,
    /// The learning rate, in the setup and in the run bar.
    LearningRate,
    /// The number of samples in a batch.
    BatchSize,
    /// The number of epochs.
    Epochs,
    /// The share that is held out, and whether samples are shuffled.
    Validation,
    /// The seed.
    Seed,
    /// The device.
    Device,
    /// The callbacks, those in JavaScript too.
    Callbacks,
    /// The looks into the network.
    Watching,
    /// The thresholds of findings.
    Diagnoses,
}

impl Control {
    /// All controls in the order of the setup, each with its name in links and its title on the page. Names never change.
    pub const ALL: [(Self, &'static str, &'static str); 13] = [
        (Data, "data", "Data"),
        (Model, "model", "Model"),
        (Loss, "loss", "Loss"),
        (Optimizer, "optimizer", "Optimiser"),
        (LearningRate, "learningRate", "Learning rate"),
        (BatchSize, "batchSize", "Batch size"),
        (Epochs, "epochs", "Epochs"),
        (Validation, "validation", "Validation, shuffling"),
        (Seed, "seed", "Seed"),
        (Device, "device", "Device"),
        (Callbacks, "callbacks", "Callbacks"),
        (Watching, "watching", "Watching"),
        (Diagnoses, "diagnoses", "Diagnoses"),
    ];

    /// Every control, in that order.
    pub const EVERY: [Self; Self::ALL.len()] = {
        let mut every = [Data; Self::ALL.len()];
        let mut at = 0;
        while at < every.len() {
            every[at] = Self::ALL[at].0;
            at += 1;
        }
        every
    };

    /// The control called `name` in a link.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(control, ..)| *control)
    }

    /// The place in [`Control::ALL`].
    pub fn place(self) -> usize {
        self as usize
    }

    /// The name in links.
    pub fn name(self) -> &'static str {
        Self::ALL[self.place()].1
    }

    /// The title on the page.
    pub fn title(self) -> &'static str {
        Self::ALL[self.place()].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_stand_at_their_places_and_have_names_of_their_own() {
        for (place, (control, name, title)) in Control::ALL.into_iter().enumerate() {
            assert_eq!(control, Control::EVERY[place]);
            assert_eq!((control.place(), control.name(), control.title()), (place, name, title));
            assert_eq!(Control::named(name), Some(control));
        }
        assert_eq!(Control::named("Learning rate"), None);
    }
}
