//! Example scripts that the page offers to start from.

/// An example script with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The name in the page's menu.
    pub name: &'static str,
    /// The JavaScript text.
    pub text: &'static str,
}

/// All examples, in the order of the menu.
pub const ALL: [Example; 6] = [
    Example { name: "Stop at 97 %", text: include_str!("examples/stop_at.js") },
    Example { name: "Moving average of the loss", text: include_str!("examples/moving_average.js") },
    Example { name: "Own learning-rate schedule", text: include_str!("examples/schedule.js") },
    Example { name: "Time logger", text: include_str!("examples/time_logger.js") },
    Example { name: "Gradient alarm", text: include_str!("examples/gradient_alarm.js") },
    Example { name: "Empty", text: include_str!("examples/empty.js") },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::script::ScriptSpec;
    use crate::script::{guard::guard, hooks};

    #[test]
    fn examples_are_small_understood_and_use_hooks_that_there_are() {
        for example in ALL {
            ScriptSpec::new(example.name, example.text).validate().unwrap();
            assert!(guard(example.text).sure, "{}", example.name);
            assert_eq!(hooks::strangers(example.text), Vec::<String>::new(), "{}", example.name);
            assert!(hooks::ALL.iter().any(|hook| hooks::line_of(example.text, hook.name) > 0), "{}", example.name);
            assert!(example.text.lines().all(|line| line.len() <= 90), "{}", example.name);
        }
    }
}
