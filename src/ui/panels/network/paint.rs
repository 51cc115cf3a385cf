//! The picture of the network on its canvas: lines for weights, then a box for every unit with its map. Never here: where they
//! are, and what they mean.

use crate::charts::{Theme, css};
use crate::domain::data::SampleShape;
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::colours::{Shades, largest};
use crate::ui::state::view::layout::{Layout, Square, inputs};
use crate::ui::state::view::{Group, Seen, UnitPlace, words};

/// The largest number of lines between two columns: of more none is seen.
const MOST_LINES: usize = 1200;
/// The width of the line of the largest weight.
pub const WIDEST: f64 = 3.0;

/// The columns and rows of a map of `values` numbers of a layer with this output.
pub fn grid(seen: &Seen, output: SampleShape, values: usize) -> (usize, usize) {
    match (&seen.view.plane, output) {
        (Some(plane), _) => (plane.side as usize, plane.side as usize),
        (None, SampleShape::Image { height, width, .. }) => (width, height),
        (None, SampleShape::Vector(_)) => (values, 1),
    }
}

/// Draws the picture, with the unit `at` framed.
pub fn network(pixels: &Pixels, theme: &Theme, seen: &Seen, at: Option<UnitPlace>) {
    let shades = Shades::of(theme);
    let layout = Layout::of(seen, pixels.width, pixels.height);
    let groups = seen.groups();
    lines(pixels, &shades, seen, &layout, &groups, at);
    heads(pixels, theme, seen, &layout, &groups);
    input(pixels, theme, &shades, seen, &layout);
    for (index, (&group, column)) in groups.iter().zip(layout.columns.iter().skip(1)).enumerate() {
        let layer = seen.layer(group);
        let maps = || (0..column.boxes.len()).map(|place| seen.numbers.map(&seen.view, group.last, place));
        // One scale for the layer, so that its units can be compared.
        let most = maps().map(largest).fold(0.0, f32::max);
        for (place, (square, map)) in column.boxes.iter().zip(maps()).enumerate() {
            let (columns, rows) = grid(seen, layer.output, map.len());
            fill(pixels, *square, &shades.pixels(map, most), (columns, rows), seen.view.plane.is_none());
            frame(pixels, theme, *square, at == Some(UnitPlace { group: index, place }));
        }
        if index + 1 == groups.len() {
            names(pixels, theme, seen, layout.scale, &column.boxes);
        }
    }
}

/// Writes the names of the classes into the boxes of the output, where all of them fit.
fn names(pixels: &Pixels, theme: &Theme, seen: &Seen, scale: f64, boxes: &[Square]) {
    let names: Vec<String> = (0..boxes.len()).map(|class| seen.class(class as u32)).collect();
    let width = |name: &String| 6.0 * scale * name.chars().count() as f64 + 4.0;
    if names.iter().zip(boxes).any(|(name, square)| width(name) > square.side || square.side < 16.0 * scale) {
        return;
    }
    pixels.context.set_text_align("left");
    for (name, square) in names.iter().zip(boxes) {
        pixels.context.set_fill_style_str(&css(theme.background));
        pixels.context.fill_rect(square.x, square.y, width(name), 12.0 * scale);
        pixels.text(theme, name, square.x + 2.0, square.y + 9.5 * scale, 9.5 * scale, false);
    }
}

/// Draws a map of `columns` by `rows` into a box, in its proportions.
pub fn fill(pixels: &Pixels, square: Square, colours: &[u8], (columns, rows): (usize, usize), is_sharp: bool) {
    let (width, height) = proportions(columns, rows, square.side);
    let (left, top) = (square.x + (square.side - width) / 2.0, square.y + (square.side - height) / 2.0);
    pixels.map(colours, columns, rows, [left, top, width, height], is_sharp);
}

/// Width and height of a map of `columns` by `rows` in a box of `side`.
fn proportions(columns: usize, rows: usize, side: f64) -> (f64, f64) {
    let (columns, rows) = (columns.max(1) as f64, rows.max(1) as f64);
    let longest = columns.max(rows);
    (side * columns / longest, side * rows / longest)
}

/// Draws the edge of a box, thick around the one that is chosen.
pub fn frame(pixels: &Pixels, theme: &Theme, square: Square, is_chosen: bool) {
    let context = &pixels.context;
    context.set_stroke_style_str(&css(if is_chosen { theme.text } else { theme.grid }));
    context.set_line_width(if is_chosen { 2.5 } else { 1.0 });
    context.stroke_rect(square.x - 0.5, square.y - 0.5, square.side + 1.0, square.side + 1.0);
}

/// Writes the names of all columns.
pub fn heads(pixels: &Pixels, theme: &Theme, seen: &Seen, layout: &Layout, groups: &[Group]) {
    pixels.context.set_text_align("center");
    pixels.context.set_text_baseline("alphabetic");
    let head = |index: usize, (name, count): (String, String)| {
        let column = &layout.columns[index];
        // In a narrow column only the name that fits.
        let letters = (column.width / (6.6 * layout.scale)) as usize;
        let most = letters.max(3);
        let cut = |text: String| if text.chars().count() > most { text.chars().take(most - 1).chain(['…']).collect() } else { text };
        // Its parts as far as they fit whole: half a word or a lone dot says nothing.
        let whole = |text: String| {
            text.rsplit_once(" · ").filter(|_| text.chars().count() > most).map_or(text.clone(), |(first, _)| first.to_owned())
        };
        pixels.text(theme, &cut(name), column.middle, 12.0 * layout.scale, 12.0 * layout.scale, false);
        pixels.text(theme, &cut(whole(count)), column.middle, 25.0 * layout.scale, 10.5 * layout.scale, true);
    };
    head(0, ("Input".to_owned(), seen.view.input.to_string()));
    for (index, &group) in groups.iter().enumerate() {
        head(index + 1, words::heading(seen, group));
    }
}

/// The column of inputs: the sample itself, image or numbers, or for each number how it runs over the plane.
pub fn input(pixels: &Pixels, theme: &Theme, shades: &Shades, seen: &Seen, layout: &Layout) {
    let Some(column) = layout.columns.first() else { return };
    if let (SampleShape::Image { channels, height, width }, Some(square)) = (seen.view.input, column.boxes.first()) {
        fill(pixels, *square, &Shades::image(&seen.numbers.input, channels), (width, height), true);
        frame(pixels, theme, *square, false);
        return;
    }
    let Some(plane) = &seen.view.plane else {
        let values = &seen.numbers.input;
        for (square, &value) in column.boxes.iter().zip(values) {
            fill(pixels, *square, &shades.pixels(&[value], largest(values)), (1, 1), true);
            frame(pixels, theme, *square, false);
        }
        return;
    };
    let side = plane.side as usize;
    for (number, square) in column.boxes.iter().enumerate().take(inputs(seen.view.input)) {
        let axis = plane.axes.iter().position(|&axis| axis as usize == number);
        let values: Vec<f32> = match axis {
            Some(0) => (0..side * side).map(|cell| plane.value(0, cell % side)).collect(),
            Some(_) => (0..side * side).map(|cell| plane.value(1, cell / side)).collect(),
            None => vec![0.0; side * side],
        };
        pixels.map(&shades.pixels(&values, largest(&values)), side, side, [square.x, square.y, square.side, square.side], false);
        frame(pixels, theme, *square, false);
    }
}

/// The lines between the columns: thick where the weight is large, in the colour of its sign.
fn lines(pixels: &Pixels, shades: &Shades, seen: &Seen, layout: &Layout, groups: &[Group], at: Option<UnitPlace>) {
    for (index, &group) in groups.iter().enumerate() {
        let to = &layout.columns[index + 1];
        let before = index.checked_sub(1).map(|before| groups[before]);
        let all: Vec<Vec<f32>> = (0..to.boxes.len()).map(|place| seen.influences(before, group, place)).collect();
        let strength = |place: usize, source: usize| {
            let is_chosen = at.is_none_or(|at| at == UnitPlace { group: index, place } || (at.group + 1 == index && at.place == source));
            f64::from(u8::from(is_chosen))
        };
        wires(pixels, shades, (layout, index), &all, WIDEST, &strength);
    }
}

/// The lines from column `index` to the next, the largest `widest` wide: `all` has for each box of the second the influence of each box
/// of the first. A line is pale or strong by `strength`, from 0 to 1, of its two boxes.
pub fn wires(
    pixels: &Pixels,
    shades: &Shades,
    (layout, index): (&Layout, usize),
    all: &[Vec<f32>],
    widest: f64,
    strength: &dyn Fn(usize, usize) -> f64,
) {
    let (context, from, to) = (&pixels.context, &layout.columns[index], &layout.columns[index + 1]);
    let most = all.iter().map(|influences| largest(influences)).fold(0.0, f32::max);
    let fits = all.iter().all(|influences| influences.len() == from.boxes.len());
    if !fits || most <= 0.0 || all.len() * from.boxes.len() > MOST_LINES {
        return bundle(pixels, shades, layout.head(), from.boxes.first(), to.boxes.first());
    }
    for (place, influences) in all.iter().enumerate() {
        for (source, &influence) in influences.iter().enumerate() {
            let share = f64::from((influence.abs() / most).min(1.0));
            if share < 0.03 {
                continue;
            }
            let (pale, strong) = (0.05 + 0.12 * share, 0.2 + 0.75 * share);
            context.set_stroke_style_str(&css(shades.signed(influence, influence.abs())));
            context.set_global_alpha(pale + (strong - pale) * strength(place, source));
            context.set_line_width(0.4 + widest * share);
            let (a, b) = (from.boxes[source], to.boxes[place]);
            curve(pixels, (a.x + a.side, a.y + a.side / 2.0), (b.x, b.y + b.side / 2.0));
        }
    }
    context.set_global_alpha(1.0);
}

/// One pale band where there are too many weights for lines, or none between single units.
fn bundle(pixels: &Pixels, shades: &Shades, head: f64, from: Option<&Square>, to: Option<&Square>) {
    let (Some(from), Some(to)) = (from, to) else { return };
    let middle = head + (pixels.height - head) / 2.0;
    pixels.context.set_stroke_style_str(&css(shades.signed(1.0, 1.0)));
    pixels.context.set_global_alpha(0.12);
    pixels.context.set_line_width(10.0);
    curve(pixels, (from.x + from.side, middle), (to.x, middle));
    pixels.context.set_global_alpha(1.0);
}

fn curve(pixels: &Pixels, from: (f64, f64), to: (f64, f64)) {
    let middle = (from.0 + to.0) / 2.0;
    pixels.context.begin_path();
    pixels.context.move_to(from.0, from.1);
    pixels.context.bezier_curve_to(middle, from.1, middle, to.1, to.0, to.1);
    pixels.context.stroke();
}
