//! The inputs of a view: the sample or the plane that is asked for, and the samples of the data beside it. Never here: the
//! network.

use crate::domain::data::{Dataset, SampleShape};
use crate::domain::view::plane::{MOST_POINTS, Plane, PlaneCard, evenly};
use crate::domain::view::{SampleCard, Subject};
use crate::error::{Code, Error, Result};
use crate::train::Batch;

/// Number of samples over which facts about units of a sample's view are.
const OTHERS: usize = 32;

/// The data that a view may show, and how a run splits it.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The data.
    pub data: &'a Dataset,
    /// The samples that the run trains on.
    pub train: &'a [u32],
    /// The samples that it holds out.
    pub held_out: &'a [u32],
}

impl Source<'_> {
    /// The samples that may be asked for by place; at least one, since a run trains on one at least.
    fn places(&self) -> &[u32] {
        if self.held_out.is_empty() { self.train } else { self.held_out }
    }
}

/// A sample of the data beside the subject.
pub(super) struct Other {
    pub(super) label: u32,
    pub(super) is_held_out: bool,
}

/// The inputs of a view.
pub struct Subjects {
    /// The numbers of the sample, or of all points of the plane.
    pub(super) inputs: Vec<f32>,
    width: usize,
    pub(super) card: SampleCard,
    pub(super) label: Option<u32>,
    pub(super) plane: Option<PlaneCard>,
    pub(super) others: Vec<Other>,
    /// The numbers of these, one after the other.
    pub(super) other_numbers: Vec<f32>,
}

impl Subjects {
    /// The inputs that `subject` asks for, of a network for samples of `shape`. `given` has the numbers of a given sample.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when a given sample has not the numbers of one, or the data has no such sample.
    pub fn of(subject: Subject, source: Source<'_>, shape: SampleShape, given: Vec<f32>) -> Result<Self> {
        let (data, width) = (source.data, shape.len());
        let of = source.places().len() as u32;
        let mut card = SampleCard { index: None, number: None, of, label: None, loss: None };
        let (mut inputs, mut plane) = (Vec::new(), None);
        let others: Vec<u32> = match subject {
            Subject::Plane { axes } if matches!(shape, SampleShape::Vector(_)) => {
                let over = Plane::over(data, axes);
                inputs = over.inputs();
                let points = [some_of(source.train, MOST_POINTS), some_of(source.held_out, MOST_POINTS)].concat();
                plane = Some(PlaneCard { points: points.len() as u32, ..over.card });
                points
            }
            Subject::Plane { .. } => return Err(Error::new(Code::InvalidData, "images have no plane", "ask for a sample")),
            Subject::Given => {
                if given.len() != width {
                    let message = format!("a sample of {shape} has {width} numbers, not {}", given.len());
                    return Err(Error::new(Code::InvalidData, message, "give one sample"));
                }
                inputs = given;
                some_of(source.places(), OTHERS)
            }
            Subject::HeldOut { number } => {
                card.index = Some(source.places()[number as usize % source.places().len()]);
                some_of(source.places(), OTHERS)
            }
            Subject::Sample { index } => {
                if index as usize >= data.len() {
                    let message = format!("there is no sample {index}: the data has {}", data.len());
                    return Err(Error::new(Code::InvalidData, message, "they count from 0"));
                }
                card.index = Some(index);
                some_of(source.places(), OTHERS)
            }
        };
        if let Some(index) = card.index {
            card.number = source.places().iter().position(|&place| place == index).map(|place| place as u32);
            data.gather(&[index], &mut inputs);
        }
        let label = card.index.map(|index| data.labels()[index as usize]);
        let mut other_numbers = Vec::new();
        data.gather(&others, &mut other_numbers);
        let train = plane.as_ref().map_or(0, |_| source.train.len().min(MOST_POINTS));
        let labels = data.labels_of(&others);
        let others = labels.into_iter().enumerate().map(|(row, label)| Other { label, is_held_out: row >= train }).collect();
        Ok(Self { inputs, width, card, label, plane, others, other_numbers })
    }

    /// Number of samples: 1, or the points of the plane.
    pub(super) fn rows(&self) -> usize {
        self.inputs.len() / self.width.max(1)
    }

    /// The numbers of `rows` other samples from `first` on.
    pub(super) fn other_inputs(&self, first: usize, rows: usize) -> Vec<f32> {
        self.other_numbers[first * self.width..(first + rows) * self.width].to_vec()
    }

    /// The samples whose loss has a gradient: the sample, if its label is known; of a plane at most `most` of those that train.
    pub(super) fn labelled(&self, most: usize) -> Option<Batch> {
        if self.plane.is_none() {
            return self.label.map(|label| Batch { inputs: self.inputs.clone(), labels: vec![label] });
        }
        let labels: Vec<u32> = self.others.iter().filter(|other| !other.is_held_out).take(most).map(|other| other.label).collect();
        // Those that train come first.
        (!labels.is_empty()).then(|| Batch { inputs: self.other_inputs(0, labels.len()), labels })
    }
}

/// The samples at evenly spaced places of `all`: all of them, or `most`.
fn some_of(all: &[u32], most: usize) -> Vec<u32> {
    evenly(all.len(), most).into_iter().map(|place| all[place as usize]).collect()
}
