//! Results that came back, as the teacher's page keeps them: the list, what was changed, and the lines of the table.
//!
//! Never here: pictures (`curves`, `outcome`), files.

use crate::charts::format_value;
use crate::domain::class::StudentResult;
use crate::domain::order::order_by;
use crate::domain::record::known::Unit;
use crate::domain::run::config::RunConfig;
use crate::domain::run::config::diff::varied::{Varied, varied};
use crate::domain::run::event::series;
use crate::domain::run::list::key::Key;
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// The most results of a class.
pub const MOST_RESULTS: usize = 100;

/// A result that was taken in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A number of its own, never given twice.
    pub id: u32,
    /// The result.
    pub result: Arc<StudentResult>,
    /// The text of its file, by which a second copy is known.
    text: String,
}

/// The results of a class, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Results {
    entries: Vec<Entry>,
    last_id: u32,
    settings: Arc<Vec<Varied>>,
}

impl Results {
    /// The entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The settings in which they differ.
    pub fn settings(&self) -> &[Varied] {
        &self.settings
    }

    /// Takes in a result, of which `text` is the text of its file; false where the same one is there.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when there are too many.
    pub fn add(&mut self, result: StudentResult, text: String) -> Result<bool> {
        if self.entries.iter().any(|entry| entry.text == text) {
            return Ok(false);
        }
        if self.entries.len() == MOST_RESULTS {
            let message = format!("there are {MOST_RESULTS} results already, and no room for that of {}", result.name);
            return Err(Error::new(Code::InvalidState, message, "remove some, or open the page once more for the others"));
        }
        self.last_id += 1;
        self.entries.push(Entry { id: self.last_id, result: Arc::new(result), text });
        self.compare();
        Ok(true)
    }

    /// Takes out the result `id`.
    pub fn remove(&mut self, id: u32) {
        self.entries.retain(|entry| entry.id != id);
        self.compare();
    }

    /// Takes out all results.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.compare();
    }

    fn compare(&mut self) {
        let configs: Vec<&RunConfig> = self.entries.iter().map(|entry| &entry.result.config).collect();
        self.settings = Arc::new(varied(&configs));
    }

    /// The setting that the pictures are drawn against, of which `wanted` is the name; without a wish the learning rate if it varies, else
    /// the first number that is not the seed, else the first setting.
    pub fn setting(&self, wanted: &str) -> Option<&Varied> {
        let settings = &*self.settings;
        let named = |name: &str| settings.iter().find(|setting| setting.label == name);
        let number = || settings.iter().find(|setting| setting.is_numeric() && setting.label != "seed");
        named(wanted).or_else(|| named("learning rate")).or_else(number).or_else(|| settings.first())
    }

    /// The words on what the result at `index` has changed: every setting in which the class differs, with its value.
    fn changed(&self, index: usize) -> String {
        self.settings.iter().map(|setting| format!("{} {}", setting.label, setting.words(index))).collect::<Vec<_>>().join(", ")
    }

    /// The lines of the table, sorted by `column`; equals stay in the order in which they came. What was changed is sorted by `setting`;
    /// `title` gives the title of the lesson of a name.
    pub fn lines(&self, (column, descending): (Column, bool), setting: Option<&Varied>, title: &dyn Fn(&str) -> String) -> Vec<Line> {
        let key = |index: usize| column.key(&self.entries[index].result, setting, index, &self.changed(index));
        let keys: Vec<Key> = (0..self.entries.len()).map(key).collect();
        let order = order_by(keys.len(), &|a, b| keys[a].compare(&keys[b], descending));
        order.into_iter().map(|index| Line::of(&self.entries[index], self.changed(index), title)).collect()
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The entry's number.
    pub id: u32,
    /// The student's name.
    pub name: String,
    /// The columns after the name.
    pub cells: [String; 6],
}

impl Line {
    fn of(Entry { id, result, .. }: &Entry, changed: String, title: &dyn Fn(&str) -> String) -> Self {
        // The headings speak of validation: what is of the training says so.
        let of = |pair: Pair| if result.metric(pair[0]).is_some() { "" } else { " (training)" };
        let last = |pair, unit| {
            value_of(result, pair).map_or_else(|| "–".to_owned(), |(last, _)| format!("{}{}", format_value(last, unit), of(pair)))
        };
        let best = |pair, unit| match value_of(result, pair).and_then(|(_, best)| best) {
            None => "–".to_owned(),
            Some((value, epoch)) => format!("{} ({epoch}){}", format_value(value, unit), of(pair)),
        };
        let cells = [
            if changed.is_empty() { "nothing".to_owned() } else { changed },
            last(LOSS, Unit::Plain),
            best(LOSS, Unit::Plain),
            last(ACCURACY, Unit::Share),
            best(ACCURACY, Unit::Share),
            match &result.lesson {
                Some(lesson) => format!("{}: {} of {}", title(&lesson.name), lesson.holds, lesson.of),
                None => "–".to_owned(),
            },
        ];
        // What did not come to its end says so beside the name.
        let name = if result.state == "done" { result.name.clone() } else { format!("{} ({})", result.name, result.state) };
        Self { id: *id, name, cells }
    }
}

/// The last value of a result in a metric and its best one with its epoch; of the training where nothing was held out.
type Values = (f32, Option<(f32, u32)>);
/// The series of a metric: of the validation, else of the training.
type Pair = [&'static str; 2];

const LOSS: Pair = [series::VAL_LOSS, series::TRAIN_LOSS];
const ACCURACY: Pair = [series::VAL_ACCURACY, series::TRAIN_ACCURACY];

fn value_of(result: &StudentResult, pair: Pair) -> Option<Values> {
    pair.iter().find_map(|name| result.metric(name)).map(|metric| (metric.last, metric.best))
}

/// The columns that the table can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The student's name.
    Name,
    /// The words on what was changed.
    Changed,
    /// The last loss.
    LastLoss,
    /// The best loss.
    BestLoss,
    /// The last accuracy.
    LastAccuracy,
    /// The best accuracy.
    BestAccuracy,
    /// The lesson's checks that hold.
    Lesson,
}

impl Column {
    /// All columns from left to right, each with its heading and that heading as it is read aloud.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Name, "Name", "name"),
        (Self::Changed, "Changed", "what was changed"),
        (Self::LastLoss, "Val loss", "last loss in validation"),
        (Self::BestLoss, "Best (epoch)", "best loss in validation"),
        (Self::LastAccuracy, "Val accuracy", "last accuracy in validation"),
        (Self::BestAccuracy, "Best (epoch)", "best accuracy in validation"),
        (Self::Lesson, "Checks", "checks of the lesson"),
    ];

    /// Whether the first click on its heading puts the largest on top.
    pub fn begins_descending(self) -> bool {
        matches!(self, Self::LastAccuracy | Self::BestAccuracy | Self::Lesson)
    }

    fn key(self, result: &StudentResult, setting: Option<&Varied>, index: usize, changed: &str) -> Key {
        let last = |pair| Key::number(value_of(result, pair).map(|(last, _)| f64::from(last)));
        let best = |pair| Key::number(value_of(result, pair).and_then(|(_, best)| best).map(|(value, _)| f64::from(value)));
        match self {
            Self::Name => Key::Text(result.name.clone()),
            Self::Changed => match setting.filter(|setting| setting.is_numeric()) {
                Some(setting) => Key::number(setting.number(index)),
                None => Key::Text(changed.to_owned()),
            },
            Self::LastLoss => last(LOSS),
            Self::BestLoss => best(LOSS),
            Self::LastAccuracy => last(ACCURACY),
            Self::BestAccuracy => best(ACCURACY),
            Self::Lesson => Key::number(result.lesson.as_ref().map(|lesson| f64::from(lesson.holds) / f64::from(lesson.of.max(1)))),
        }
    }
}
