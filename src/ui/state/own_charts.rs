//! The charts of series that callbacks log under names of their own: which have one. A script may log under any number of
//! names, and a file may name thousands, so no more than [`MOST`] have a chart at one time; the visitor chooses among the rest.
//!
//! Never here: the charts.

/// The most charts of such series.
pub const MOST: usize = 24;
/// The most charts that are made in one turn: each is some milliseconds' work for a browser.
pub const AT_ONCE: usize = 2;
/// The most names that are offered at a time; more are found by a part of their name.
pub const MOST_OFFERED: usize = 100;

/// Names of series with a chart of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCharts {
    /// The names with a chart: those that the visitor opened first, the last one before the others; then those that came by
    /// themselves, as they came.
    open: Vec<String>,
}

impl OwnCharts {
    /// The names with a chart, sorted.
    pub fn sorted(&self) -> Vec<String> {
        let mut names = self.open.clone();
        names.sort();
        names
    }

    /// Whether the series `name` has a chart.
    pub fn has(&self, name: &str) -> bool {
        self.open.iter().any(|known| known == name)
    }

    /// Gives charts to the series that the shown run has, in order, at most [`AT_ONCE`] in a call; true while there are more to come. A
    /// chart of a series that this run lacks stays, in case the visitor comes back to another, until its place is needed.
    pub fn follow(&mut self, shown: &[String]) -> bool {
        let missing: Vec<String> = shown.iter().filter(|name| !self.has(name)).take(AT_ONCE + 1).cloned().collect();
        let mut idle: Vec<usize> = (0..self.open.len()).filter(|&at| shown.binary_search(&self.open[at]).is_err()).collect();
        let mut free = MOST - (self.open.len() - idle.len());
        let mut given = 0;
        for name in missing {
            if free == 0 || given == AT_ONCE {
                return free > 0;
            }
            if self.open.len() < MOST {
                self.open.push(name);
            } else if let Some(at) = idle.pop() {
                self.open[at] = name;
            }
            (free, given) = (free - 1, given + 1);
        }
        false
    }

    /// Opens a chart for the series `name`, in place of the last one where there is no room.
    pub fn open(&mut self, name: String) {
        self.open.retain(|known| *known != name);
        self.open.insert(0, name);
        self.open.truncate(MOST);
    }

    /// The series among `shown` that have no chart and whose name contains `part`: at most [`MOST_OFFERED`], and how many there are.
    pub fn offered(&self, shown: &[String], part: &str) -> (Vec<String>, usize) {
        let part = part.trim();
        let mut found = Vec::new();
        let mut count = 0;
        for name in shown.iter().filter(|name| name.contains(part) && !self.has(name)) {
            count += 1;
            if found.len() < MOST_OFFERED {
                found.push(name.clone());
            }
        }
        (found, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(prefix: &str, count: usize) -> Vec<String> {
        (0..count).map(|index| format!("{prefix}/{index:04}")).collect()
    }

    /// Follows a run to the end; gives the number of calls.
    fn settle(charts: &mut OwnCharts, shown: &[String]) -> usize {
        (1..).find(|_| !charts.follow(shown)).unwrap()
    }

    #[test]
    fn thousands_of_series_get_a_few_charts_a_few_at_a_time_and_the_rest_is_offered() {
        let (mut charts, shown) = (OwnCharts::default(), names("x", 4_900));
        let before = charts.clone();
        assert!(charts.follow(&shown));
        assert_eq!((before.sorted().len(), charts.sorted().len()), (0, AT_ONCE));
        settle(&mut charts, &shown);
        assert_eq!(charts.sorted(), shown[..MOST]);
        let (offered, count) = charts.offered(&shown, "");
        assert_eq!((offered.len(), count), (MOST_OFFERED, 4_900 - MOST));
        assert_eq!(charts.offered(&shown, " 4899 "), (vec!["x/4899".to_owned()], 1));
        // One that is chosen comes, another goes; the next does not take the place of the chosen one.
        charts.open("x/4899".to_owned());
        charts.open("x/2000".to_owned());
        assert_eq!(charts.sorted().len(), MOST);
        assert!(charts.has("x/4899") && charts.has("x/2000") && !charts.has("x/0023") && charts.has("x/0021"));
        assert!(!charts.follow(&shown), "nothing of the visitor's is undone");
        assert!(charts.has("x/4899"));
    }

    #[test]
    fn charts_of_another_run_stay_until_their_place_is_needed() {
        let mut charts = OwnCharts::default();
        settle(&mut charts, &names("a", 20));
        settle(&mut charts, &names("b", 3));
        assert_eq!(charts.sorted().len(), 23);
        settle(&mut charts, &names("c", 10));
        let open = charts.sorted();
        assert_eq!((open.len(), open.iter().filter(|name| name.starts_with('c')).count()), (MOST, 10));
        settle(&mut charts, &names("a", 20));
        assert_eq!(charts.sorted().iter().filter(|name| name.starts_with('a')).count(), 20);
    }

    proptest! {
        #[test]
        fn whatever_is_shown_and_opened_there_are_never_more_and_each_once(
            steps in prop::collection::vec((0..3_u8, 0..60_usize, any::<bool>()), 0..30),
        ) {
            let mut charts = OwnCharts::default();
            for (run, count, opens) in steps {
                let shown = names(["a", "b", "c"][usize::from(run)], count);
                settle(&mut charts, &shown);
                if let (true, Some(last)) = (opens, shown.last()) {
                    charts.open(last.clone());
                    prop_assert!(charts.has(last));
                }
                let open = charts.sorted();
                prop_assert!(open.len() <= MOST && open.windows(2).all(|pair| pair[0] != pair[1]));
                prop_assert_eq!(shown.iter().filter(|name| charts.has(name)).count(), count.min(MOST));
            }
        }
    }
}
