//! The picture of one act of a step in slow motion: the network's own, lit column by column, with answers or slopes in the boxes, and
//! lines that go from the old weights to the new ones. Never here: how much is lit, and what is said.

use super::paint::{WIDEST, fill, frame, grid, heads, input, wires};
use crate::charts::{Theme, css};
use crate::domain::data::SampleShape;
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::colours::{Shades, largest};
use crate::ui::state::view::layout::{Layout, Square};
use crate::ui::state::view::slow::words::plain;
use crate::ui::state::view::slow::{Act, Show, SlowFilm, lit};
use crate::ui::state::view::{Group, Seen, UnitPlace};

/// The width of a digit of a number in its box.
const DIGIT: f64 = 7.0;
/// The least light on a box whose number is written.
const READ: f64 = 0.6;
/// The width of what surrounds the line of the weight that moves most.
const HALO: f64 = 7.0;

/// The influences on all boxes of a group, with the weights of `seen`.
fn influences(seen: &Seen, before: Option<Group>, group: Group, boxes: usize) -> Vec<Vec<f32>> {
    (0..boxes).map(|place| seen.influences(before, group, place)).collect()
}

/// Each number of two lists by `mix`.
fn mixed(from: &[Vec<f32>], to: &[Vec<f32>], mix: impl Fn(f32, f32) -> f32) -> Vec<Vec<f32>> {
    from.iter().zip(to).map(|(from, to)| from.iter().zip(to).map(|(&from, &to)| mix(from, to)).collect()).collect()
}

/// Writes `value` into its box, unless the box is lit too little for it to be read.
fn number(pixels: &Pixels, theme: &Theme, (scale, light): (f64, f64), square: Square, value: f32) {
    let fits = |words: &String| square.side >= DIGIT * scale * words.chars().count() as f64;
    // With fewer digits where it would not fit; a number that is not zero is never told as zero.
    let rounded = [3, 2, 1].map(|decimals| format!("{value:.decimals$}").replace('-', "−"));
    let says = |words: &String| words.contains(|digit: char| ('1'..='9').contains(&digit));
    let words = std::iter::once(plain(value)).chain(rounded.into_iter().filter(says)).find(fits);
    let Some(words) = words.filter(|_| light >= READ) else { return };
    let context = &pixels.context;
    context.set_global_alpha(1.0);
    let (middle, down) = (square.x + square.side / 2.0, square.y + square.side / 2.0);
    context.set_fill_style_str(&css(theme.background));
    context.fill_rect(square.x + 1.0, down - 7.0 * scale, square.side - 2.0, 14.0 * scale);
    context.set_text_align("center");
    pixels.text(theme, &words, middle, down + 4.0 * scale, 10.5 * scale, false);
    context.set_global_alpha(light);
}

/// Draws `show` of `film`, with the unit `at` framed.
pub fn paint(pixels: &Pixels, theme: &Theme, film: &SlowFilm, show: Show, at: Option<UnitPlace>) {
    let (seen, slopes) = (film.seen(show.act), Shades::of_slopes(theme));
    let shades = if show.act == Act::Backward { slopes } else { Shades::of(theme) };
    let layout = Layout::of(seen, pixels.width, pixels.height);
    let (groups, columns) = (seen.groups(), layout.columns.len());
    for (index, &group) in groups.iter().enumerate() {
        let boxes = layout.columns[index + 1].boxes.len();
        let before = index.checked_sub(1).map(|before| groups[before]);
        let of = |seen: &Seen| influences(seen, before, group, boxes);
        let strength = |_: usize, _: usize| match show.act {
            // A line is lit with the column that it leads to.
            Act::Backward => lit(show, index, columns),
            _ => lit(show, index + 1, columns),
        };
        let mut all = of(seen);
        if show.act == Act::Update {
            let after = of(&film.after);
            wires(pixels, &slopes, (&layout, index), &mixed(&all, &after, |old, new| new - old), HALO, &|_, _| 0.5 * show.share());
            let share = show.share() as f32;
            all = mixed(&all, &after, |old, new| old + share * (new - old));
        }
        wires(pixels, &shades, (&layout, index), &all, WIDEST, &strength);
    }
    heads(pixels, theme, seen, &layout, &groups);
    let light = lit(show, 0, columns);
    pixels.context.set_global_alpha(light);
    input(pixels, theme, &Shades::of(theme), seen, &layout);
    if let SampleShape::Vector(_) = seen.view.input {
        for (square, &value) in layout.columns.iter().take(1).flat_map(|column| &column.boxes).zip(&seen.numbers.input) {
            number(pixels, theme, (layout.scale, light), *square, value);
        }
    }
    let label = seen.view.sample.and_then(|sample| sample.label);
    for (index, (&group, column)) in groups.iter().zip(layout.columns.iter().skip(1)).enumerate() {
        let light = lit(show, index + 1, columns);
        pixels.context.set_global_alpha(light);
        // What the loss is made of are probabilities.
        let is_said = show.act == Act::Loss && index + 1 == groups.len() && seen.numbers.outputs.len() == column.boxes.len();
        let maps: Vec<&[f32]> = (0..column.boxes.len())
            .map(|place| if is_said { &seen.numbers.outputs[place..=place] } else { seen.numbers.map(&seen.view, group.last, place) })
            .collect();
        let most = maps.iter().map(|map| largest(map)).fold(0.0, f32::max);
        for (place, (square, map)) in column.boxes.iter().zip(maps).enumerate() {
            let shape = grid(seen, seen.layer(group).output, map.len());
            fill(pixels, *square, &shades.pixels(map, most), shape, true);
            if let [value] = map {
                number(pixels, theme, (layout.scale, light), *square, *value);
            }
            let is_right = is_said && label == Some(place as u32);
            frame(pixels, theme, *square, is_right || at == Some(UnitPlace { group: index, place }));
        }
    }
    pixels.context.set_global_alpha(1.0);
}
