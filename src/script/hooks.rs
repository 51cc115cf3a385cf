//! The hooks a script may define and the functions it is given: names, as in Keras, and the page's help text for each.

/// The help entry of a hook or a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name in JavaScript.
    pub name: &'static str,
    /// The arguments, in parentheses.
    pub arguments: &'static str,
    /// The help text: when the hook is called, or what the function does.
    pub about: &'static str,
}

const fn entry(name: &'static str, arguments: &'static str, about: &'static str) -> Entry {
    Entry { name, arguments, about }
}

/// The name of the hook of every batch.
pub const BATCH_END: &str = "on_batch_end";

/// All hooks, in the order in which a run calls them.
pub const ALL: [Entry; 8] = [
    entry(
        "on_train_begin",
        "(logs)",
        "Before the first batch. logs: epochs, steps, batches_per_epoch, parameters, train_samples, validation_samples.",
    ),
    entry("on_epoch_begin", "(epoch, logs)", "epoch counts from 0. logs: step."),
    entry(
        BATCH_END,
        "(step, logs)",
        "Every batch, in order; step counts updates from 1. logs: loss, accuracy, lr, size, epoch, batch (in the epoch, from 0), at_ms, and \"time/batch_ms\" and the other series by their names.",
    ),
    entry(
        "on_probe",
        "(step, logs)",
        "Each look into the network. logs: \"grad/norm\", and per layer \"grad/norm/…\", \"update_ratio/…\", \"weight/norm/…\", \"activation/…\".",
    ),
    entry("on_validation_begin", "(epoch, logs)", "logs: step."),
    entry("on_validation_end", "(epoch, logs)", "logs: val_loss, val_accuracy, val_f1, val_auc …"),
    entry(
        "on_epoch_end",
        "(epoch, logs)",
        "logs: loss, accuracy, val_loss, val_accuracy, lr, step, and all series of the epoch by their names.",
    ),
    entry("on_train_end", "(logs)", "After all batches were told. logs: those of the last epoch, step, epochs, reason."),
];

/// All functions that a script may call.
pub const FUNCTIONS: [Entry; 4] = [
    entry("stop", "(reason)", "Ends the run after the batch that is then being trained."),
    entry("set_learning_rate", "(x)", "From the next batch on. The setup keeps its own."),
    entry("log", "(name, value)", "Records a value at the hook's step; each name gets a chart. One value a step."),
    entry("print", "(…)", "A line in the console below."),
];

/// The line, from 1, on which `text` defines the hook `name`; 0 when it cannot be found.
pub fn line_of(text: &str, name: &str) -> u32 {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let defines = |line: &str| {
        line.match_indices(name).any(|(at, _)| {
            let (before, after) = (&line[..at], line[at + name.len()..].trim_start());
            let is_whole = !before.ends_with(is_part) && !line[at + name.len()..].starts_with(is_part);
            let is_function = before.trim_end().ends_with("function") && after.starts_with('(');
            is_whole && (is_function || after.starts_with('=') && !after.starts_with("=="))
        })
    };
    text.lines().position(defines).map_or(0, |index| index as u32 + 1)
}

/// Warnings about functions in `text` that are named like hooks (`on_…`) but are none, and so would never be called.
pub fn strangers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(name) = line.trim_start().trim_start_matches("async ").strip_prefix("function ").map(str::trim_start) else { continue };
        let name = &name[..name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len())];
        if !name.starts_with("on_") || ALL.iter().any(|hook| hook.name == name) {
            continue;
        }
        let line = index + 1;
        found.push(match name {
            "on_batch_begin" => format!(
                "line {line}: on_batch_begin is never called: callbacks run beside the training, so a batch they hear of has been trained; use on_batch_end"
            ),
            _ => {
                let names: Vec<&str> = ALL.iter().map(|hook| hook.name).collect();
                format!("line {line}: {name} is never called; the hooks are {}", names.join(", "))
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_found_where_it_is_defined() {
        let text = "// on_epoch_end = later\nif (on_epoch_end == 1) on_epoch_end();\nfunction my_on_epoch_end() {}\n  async function on_epoch_end (e) {}\nconst on_train_end = () => 1;";
        assert_eq!(line_of(text, "on_epoch_end"), 1, "a comment is taken at its word: this is only for messages");
        assert_eq!(line_of(text.split_once('\n').unwrap().1, "on_epoch_end"), 3);
        assert_eq!(line_of(text, "on_train_end"), 5);
        assert_eq!(line_of(text, "on_train"), 0);
    }

    #[test]
    fn what_is_nearly_a_hook_is_told() {
        let told =
            strangers("function on_batch_begin() {}\nfunction on_epoch_ends(e) {}\nfunction on_epoch_end() {}\nfunction online() {}");
        assert!(told[0].starts_with("line 1: on_batch_begin is never called: callbacks run beside"), "{told:?}");
        assert!(told[1].starts_with("line 2: on_epoch_ends is never called; the hooks are on_train_begin, "), "{told:?}");
        assert_eq!(told.len(), 2);
    }
}
