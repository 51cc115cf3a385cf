//! Views of a network as they come from a worker, and steps in slow motion: buffers that fit them, and all that the page draws and
//! says of them.

use super::super::draw::Draw;
use super::super::message;
use super::super::tree::Tree;
use emberscope::domain::run::config::OptimizerSpec;
use emberscope::domain::view::NetworkView;
use emberscope::domain::view::slow::SlowStep;
use emberscope::protocol::{Event, floats};
use emberscope::ui::state::view::layout::Layout;
use emberscope::ui::state::view::slow::{Act, SlowFilm};
use emberscope::ui::state::view::{Seen, UnitPlace, words};

/// The most numbers that are made for one view.
const MOST: usize = 20_000;

/// Buffers as long as the view in `head` says, if it is one and not too long.
pub fn buffers(head: &Tree, draw: &mut Draw) -> Option<Vec<Tree>> {
    let lengths = match message::read(head) {
        Ok(Event::Viewed { view, .. }) => view.lengths(),
        Ok(Event::Slowed { step, .. }) => step.lengths(),
        _ => return None,
    };
    if lengths.iter().fold(0, |sum: usize, &length| sum.saturating_add(length)) > MOST {
        return None;
    }
    let buffer = |length: usize, draw: &mut Draw| {
        let values: Vec<f32> = (0..length).map(|_| draw.float() as f32).collect();
        Tree::Bytes(floats::to_bytes(&values))
    };
    Some(lengths.into_iter().map(|length| buffer(length, draw)).collect())
}

/// Takes in a view as the page does, and asks all that is drawn and said of it.
pub fn draw(view: &NetworkView, bulk: &[Vec<u8>]) {
    let Ok(numbers) = view.numbers(bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect()) else { return };
    let seen = Seen { run: Some(1), view: view.clone(), numbers, classes: vec!["a".into(), "b".into()] };
    let groups = seen.groups();
    words::summary(&seen);
    words::outcome(&seen);
    let layout = Layout::of(&seen, 600.0, 300.0);
    for (index, &group) in groups.iter().enumerate() {
        words::heading(&seen, group);
        let before = index.checked_sub(1).map(|before| groups[before]);
        for place in 0..seen.layer(group).shown.len() {
            let at = UnitPlace { group: index, place };
            seen.influences(before, group, place);
            words::unit(&seen, at);
            let square = layout.square(at).expect("each shown unit has a box");
            layout.unit_at(square.x, square.y);
        }
    }
    layout.step_from(None, (1, 0)).map(|from| layout.step_from(Some(from), (0, 1)));
}

/// Takes in a step in slow motion as the page does, and asks all that is said of it.
pub fn film(step: &SlowStep, bulk: &[Vec<u8>]) {
    let Ok(numbers) = step.numbers(bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect()) else { return };
    let film = SlowFilm::new(step.clone(), numbers, OptimizerSpec::adam(0.01), true, (1, vec!["a".into(), "b".into()]));
    for act in Act::ALL {
        film.caption(act);
        film.facts(act);
        let seen = film.seen(act);
        let groups = seen.groups();
        for (index, &group) in groups.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| groups[before]);
            for place in 0..seen.layer(group).shown.len() {
                film.unit(UnitPlace { group: index, place });
                assert_eq!(seen.influences(before, group, place).len(), film.after.influences(before, group, place).len());
            }
        }
    }
}
