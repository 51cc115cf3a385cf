//! Runs of one configuration with several seeds: which they are, and the median curves of those that are done.
//!
//! A group has an id of its own among those of runs, so that charts can ask for its median curves as for a run's. The
//! medians are made slice by slice (a million batches of eight runs would hold up the page), by whoever has the time.

use super::Store;
use super::run::{Run, RunState};
use crate::domain::record::series::Series;
use crate::domain::run::list::median::{MedianPoint, median_points};
use crate::protocol::RunId;
use std::collections::BTreeMap;

/// Names a group. Its highest bit is set, which that of no run is.
pub type GroupId = RunId;

/// The bit that tells a group's id from a run's.
const GROUP: GroupId = 1 << 31;

/// Runs of one configuration with several seeds.
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// The seeds that were asked for.
    pub seeds: Vec<u32>,
    /// The runs so far, in the order of their seeds.
    pub runs: Vec<RunId>,
    /// Whether the rest was called off.
    pub cancelled: bool,
    /// Whether its runs and their median are drawn beside the shown run.
    pub overlaid: bool,
    /// The palette's colour of all its curves.
    pub colour: u8,
    medians: Medians,
}

/// A median curve, and the lowest and the highest values about it.
#[derive(Default)]
struct Range {
    median: Series,
    low: Series,
    high: Series,
}

impl Range {
    fn all(&mut self) -> [&mut Series; 3] {
        [&mut self.median, &mut self.low, &mut self.high]
    }
}

/// Median curves, and what is still to be done for them.
#[derive(Default)]
struct Medians {
    /// The runs whose median they are.
    of: Vec<RunId>,
    curves: BTreeMap<String, Range>,
    /// The name that is being worked on, and how many points of it are done.
    at: Option<(String, usize)>,
}

impl Group {
    /// The median curve of a series, as far as it is made.
    pub fn median(&self, name: &str) -> Option<&Series> {
        self.medians.curves.get(name).map(|range| &range.median)
    }

    /// The lowest and the highest values that the median curve of a series is between.
    pub fn edges(&self, name: &str) -> Option<[&Series; 2]> {
        self.medians.curves.get(name).map(|range| [&range.low, &range.high])
    }

    /// The number of runs whose median the curves are.
    pub fn median_of(&self) -> usize {
        self.medians.of.len()
    }

    /// All median curves.
    pub fn medians(&self) -> impl Iterator<Item = (&String, &Series)> {
        self.medians.curves.iter().map(|(name, range)| (name, &range.median))
    }

    /// The memory that its curves take, in bytes, without their names.
    pub fn bytes(&self) -> usize {
        self.medians.curves.values().flat_map(|range| [&range.median, &range.low, &range.high]).map(Series::bytes).sum()
    }

    /// The number of the group, counted from 1.
    pub fn number(&self) -> u32 {
        self.id & !GROUP
    }
}

/// Whether a run counts among the seeds of its group: it ended by itself.
fn counts(run: &Run) -> bool {
    matches!(run.state, RunState::Finished(_)) && !run.tag.cut_short
}

impl Store {
    /// All groups, in the order of their starts.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group `id`.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The group `id`, to be changed.
    pub fn group_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.id == id)
    }

    /// Begins a group for runs with these seeds; it is drawn on the charts from the begin.
    pub fn begin_group(&mut self, seeds: Vec<u32>) -> GroupId {
        let number = self.groups.last().map_or(1, |group| group.number() + 1);
        let id = GROUP | number;
        let (name, colour) = (format!("Seeds {number}"), self.free_colour());
        self.groups.push(Group {
            id,
            name,
            seeds,
            runs: Vec::new(),
            cancelled: false,
            overlaid: true,
            colour,
            medians: Medians::default(),
        });
        id
    }

    /// Puts the run into the group, under a name that says so.
    pub fn join_group(&mut self, id: GroupId, run: RunId) {
        let Some(group) = self.group_mut(id) else { return };
        group.runs.push(run);
        let (name, colour) = (group.name.clone(), group.colour);
        let Some(seed) = self.run(run).map(|run| run.config.seed) else { return };
        let name = self.free_name(&format!("{name} · seed {seed}"), run);
        if let Some(run) = self.run_mut(run) {
            run.tag.name = name;
            run.tag.colour = colour;
        }
    }

    /// The runs of a group that have ended by themselves.
    pub fn done_of(&self, group: &Group) -> Vec<&Run> {
        group.runs.iter().filter_map(|id| self.run(*id)).filter(|run| counts(run)).collect()
    }

    /// Calls off the runs that are still to come.
    pub fn cancel_group(&mut self, id: GroupId) {
        if let Some(group) = self.group_mut(id) {
            group.cancelled = true;
        }
        self.drop_empty_groups();
    }

    pub(super) fn leave_group(&mut self, run: RunId) {
        for group in &mut self.groups {
            group.runs.retain(|id| *id != run);
        }
        self.drop_empty_groups();
    }

    /// Forgets groups that have no runs and get none.
    fn drop_empty_groups(&mut self) {
        let is_over = |group: &Group| group.cancelled || !group.medians.of.is_empty();
        self.groups.retain(|group| !(group.runs.is_empty() && is_over(group)));
    }

    /// Works on the median curves for about `points` points; false when there is nothing left to do.
    pub fn advance_medians(&mut self, points: usize) -> bool {
        let mut groups = std::mem::take(&mut self.groups);
        let worked = groups.iter_mut().any(|group| self.advance_group(group, points));
        self.groups = groups;
        worked
    }

    fn advance_group(&self, group: &mut Group, points: usize) -> bool {
        let done = self.done_of(group);
        let ids: Vec<RunId> = done.iter().map(|run| run.id).collect();
        if group.medians.of != ids {
            // The median of one run would only hide it.
            let at = done.first().filter(|_| done.len() > 1).and_then(|run| run.series.keys().next()).map(|name| (name.clone(), 0));
            group.medians = Medians { of: ids, curves: BTreeMap::new(), at };
        }
        let Some((name, from)) = group.medians.at.take() else { return false };
        let curves: Vec<&Series> = done.iter().filter_map(|run| run.series.get(&name)).collect();
        let mut left = 0;
        if curves.len() == done.len() {
            let found = median_points(&curves, from..from + points);
            left = curves[0].len().saturating_sub(from + points);
            if !found.is_empty() {
                let range = group.medians.curves.entry(name.clone()).or_default();
                for MedianPoint { step, median, min, max } in found {
                    for (series, value) in range.all().into_iter().zip([median, min, max]) {
                        series.push(step, value);
                    }
                }
            }
        }
        group.medians.at = if left > 0 {
            Some((name, from + points))
        } else {
            if let Some(range) = group.medians.curves.get_mut(&name) {
                range.all().into_iter().for_each(Series::shrink_to_fit);
            }
            let after = (std::ops::Bound::Excluded(name), std::ops::Bound::Unbounded);
            done.first().and_then(|run| run.series.range(after).next()).map(|(next, _)| (next.clone(), 0))
        };
        true
    }
}
