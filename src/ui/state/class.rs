//! A class, as plain data: the parts of the page that a link can hide, the link that a teacher is making, the results of students and the
//! pictures of them.
//!
//! Never here: the form of links (`export::link`), signals, views.

pub mod curves;
pub mod made;
pub mod outcome;
pub mod results;
#[cfg(test)]
mod tests;

use super::sections::{ALL, CLASS, DATA, FINDINGS, NETWORK, OUTCOME, SETUP};
use crate::domain::class::{ClassSettings, Control};

/// The parts of the page that can be hidden, each with its id and its title, in the order of the page.
pub fn parts() -> Vec<(&'static str, &'static str)> {
    let first = [(SETUP, "Setup"), (DATA, "Data"), (NETWORK, "Network"), (OUTCOME, "Outcome"), (FINDINGS, "What is happening")];
    let sections = ALL.iter().filter(|section| section.id != CLASS).map(|section| (section.id, section.title));
    first.into_iter().chain(sections).collect()
}

/// A link that a teacher is making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The settings.
    pub settings: ClassSettings,
    /// The name of the lesson that opens; empty for none.
    pub lesson: String,
}

impl Default for Draft {
    /// The draft for a first class: everything locked but the learning rate, and nothing hidden.
    fn default() -> Self {
        Self { settings: ClassSettings { free: vec![Control::LearningRate], ..ClassSettings::default() }, lesson: String::new() }
    }
}

impl Draft {
    /// Leaves `control` open, or locks it.
    pub fn leave_open(&mut self, control: Control, is_open: bool) {
        let free = |each: Control| if each == control { is_open } else { !self.settings.locks(each) };
        self.settings.free = Control::EVERY.into_iter().filter(|&each| free(each)).collect();
    }

    /// Hides the part `id` of the page, or shows it.
    pub fn hide(&mut self, id: &str, is_hidden: bool) {
        let hides = |each: &str| if each == id { is_hidden } else { self.settings.hides(each) };
        self.settings.hidden = parts().into_iter().filter(|(each, _)| hides(each)).map(|(each, _)| each.to_owned()).collect();
    }
}

#[cfg(test)]
mod links {
    use super::*;
    use crate::domain::class::settings::MOST_HIDDEN;
    use crate::export::link::class::{decode, encode};

    #[test]
    fn every_part_can_be_hidden_and_every_control_locked_by_a_link() {
        let mut draft = Draft::default();
        assert!(parts().len() <= MOST_HIDDEN && !parts().iter().any(|(id, _)| *id == CLASS), "a teacher's own section is no choice");
        parts().iter().for_each(|(id, _)| draft.hide(id, true));
        Control::EVERY.iter().for_each(|control| draft.leave_open(*control, *control == Control::Epochs));
        draft.hide("time", false);
        let settings = draft.settings;
        assert_eq!((settings.free.as_slice(), settings.hidden.len()), (&[Control::Epochs][..], parts().len() - 1));
        assert_eq!(decode(&encode(&settings)), Some(Ok(settings)));
    }
}
