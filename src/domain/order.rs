//! Sorting where speed does not matter: one sort for all of it, since std's is compiled anew for each type and order that it is
//! used with, and each is kilobytes of the page's download.

use std::cmp::Ordering;

/// The positions of `count` items from the smallest to the largest; equal ones stay in their order.
pub fn order_by(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    positions.sort_by(|&a, &b| compare(a, b));
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_order_of_a_stable_sort(values in proptest::collection::vec(0..5_u8, 0..100)) {
            let mut expected: Vec<(u8, usize)> = values.iter().copied().zip(0..).collect();
            expected.sort();
            let order = order_by(values.len(), &|a, b| values[a].cmp(&values[b]));
            prop_assert_eq!(order, expected.into_iter().map(|(_, position)| position).collect::<Vec<_>>());
        }
    }
}
