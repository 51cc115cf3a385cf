//! Matches up two lists with the fewest changes.

/// One change of a list. Positions count from 0, `after` is a number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// The entry `from` has become the entry `to`.
    Change { from: usize, to: usize },
    /// The entry `from` is gone.
    Remove { from: usize },
    /// The entry `to` is new; before it stand the first `after` old entries.
    Add { after: usize, to: usize },
}

/// The cost of an entry that changes its values only. Cheaper than to remove it and add another.
const CHANGE: u32 = 2;
/// The cost of an entry that becomes one of another kind. A little cheaper than to remove it and add another.
const REPLACE: u32 = 5;
/// The cost of an entry that is added or removed.
const ADD_OR_REMOVE: u32 = 3;

/// The largest number of pairs of entries that are compared: nobody reads more changes one by one.
const MOST_PAIRS: usize = 250_000;

/// The cheapest changes that turn `from` into `to`, in order; `None` when the lists are too long to be compared.
pub(super) fn align<T: PartialEq>(from: &[T], to: &[T], same_kind: impl Fn(&T, &T) -> bool) -> Option<Vec<Edit>> {
    // What is equal at both ends stays, which makes the table small, and one change among a thousand layers quick.
    let head = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let tail = from[head..].iter().rev().zip(to[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&from[head..from.len() - tail], &to[head..to.len() - tail]);
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return None;
    }
    let cost_of = |a: &T, b: &T| match (a == b, same_kind(a, b)) {
        (true, _) => 0,
        (false, true) => CHANGE,
        (false, false) => REPLACE,
    };
    // cost[i][j]: of making new[j..] of old[i..].
    let width = new.len() + 1;
    let mut cost = vec![0_u32; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..=old.len()).rev() {
        for j in (0..=new.len()).rev() {
            let mut options = Vec::with_capacity(3);
            if i < old.len() {
                options.push(ADD_OR_REMOVE + cost[at(i + 1, j)]);
            }
            if j < new.len() {
                options.push(ADD_OR_REMOVE + cost[at(i, j + 1)]);
            }
            if i < old.len() && j < new.len() {
                options.push(cost_of(&old[i], &new[j]) + cost[at(i + 1, j + 1)]);
            }
            cost[at(i, j)] = options.into_iter().min().unwrap_or(0);
        }
    }
    let (mut i, mut j, mut edits) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        let here = cost[at(i, j)];
        if i < old.len() && j < new.len() && here == cost_of(&old[i], &new[j]) + cost[at(i + 1, j + 1)] {
            if old[i] != new[j] {
                edits.push(Edit::Change { from: head + i, to: head + j });
            }
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && here == ADD_OR_REMOVE + cost[at(i + 1, j)] {
            edits.push(Edit::Remove { from: head + i });
            i += 1;
        } else {
            edits.push(Edit::Add { after: head + i, to: head + j });
            j += 1;
        }
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Makes `to` of `from` by the edits alone.
    fn apply(from: &[u8], to: &[u8], edits: &[Edit]) -> Vec<u8> {
        let mut made = Vec::new();
        for at in 0..=from.len() {
            made.extend(edits.iter().filter_map(|edit| match *edit {
                Edit::Add { after, to: new } if after == at => Some(to[new]),
                _ => None,
            }));
            let Some(&old) = from.get(at) else { break };
            let changed = edits.iter().find_map(|edit| match *edit {
                Edit::Change { from, to: new } if from == at => Some(Some(to[new])),
                Edit::Remove { from } if from == at => Some(None),
                _ => None,
            });
            made.extend(changed.unwrap_or(Some(old)));
        }
        made
    }

    proptest! {
        #[test]
        fn the_changes_make_one_list_of_the_other(
            from in prop::collection::vec(0_u8..6, 0..12),
            to in prop::collection::vec(0_u8..6, 0..12),
        ) {
            let edits = align(&from, &to, |a, b| a / 2 == b / 2).expect("short lists");
            prop_assert_eq!(apply(&from, &to, &edits), to.clone());
            prop_assert_eq!(edits.is_empty(), from == to);
            // No more than to throw all away and begin anew.
            prop_assert!(edits.len() <= from.len() + to.len());
        }
    }

    #[test]
    fn one_entry_put_in_is_one_change_however_long_the_list() {
        let from: Vec<u32> = (0..5_000).collect();
        let mut to = from.clone();
        to.insert(2_000, 9_999);
        assert_eq!(align(&from, &to, |_, _| true), Some(vec![Edit::Add { after: 2_000, to: 2_000 }]));
        let other: Vec<u32> = (10_000..15_000).collect();
        assert_eq!(align(&from, &other, |_, _| true), None, "five thousand changes are not told one by one");
    }
}
