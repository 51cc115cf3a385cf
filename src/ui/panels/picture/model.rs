//! The card of the model on the first screen: its layers in order, with the shape of what comes out of each.
//!
//! Never here: changes of it (they are in the setup).

use crate::domain::model::{LayerPlan, PartialPlan};
use crate::ui::page::Page;
use crate::ui::parts::explain::{Explained, explain, link_button};
use crate::ui::parts::format::format_count;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The titles of the layers with the output, the shape that goes in, and what is known of each layer.
#[derive(Clone, PartialEq)]
struct Model {
    input: String,
    titles: Vec<String>,
    plan: PartialPlan,
}

fn model(page: Page) -> Model {
    page.loaded.track();
    let (model, loss, data) = page.config.with(|config| (config.model.clone(), config.loss, config.data.clone()));
    let shape = page.shape_of(&data);
    let plan = match shape {
        Some((shape, classes)) => model.plan_partly(shape, classes, loss),
        None => PartialPlan { layers: Vec::new(), error: None },
    };
    let titles = model.layers.iter().map(|layer| layer.title().to_owned()).chain(["Output".to_owned()]).collect();
    Model { input: shape.map_or_else(String::new, |(shape, _)| shape.to_string()), titles, plan }
}

fn item(title: String, layer: Option<&LayerPlan>) -> AnyView {
    let shape = layer.map(|layer| layer.output.to_string()).unwrap_or_default();
    let parameters = layer.map_or(0, LayerPlan::parameters);
    let words = if parameters == 0 { String::new() } else { format!("{} weights", format_count(parameters as f64)) };
    view! { <li><strong>{title}</strong> <span>{shape}</span> <span class="note">{words}</span></li> }.into_any()
}

/// The card.
pub fn view(page: Page) -> AnyView {
    let model = lean::memo(move || model(page));
    let layers = move || {
        model.with(|Model { input, titles, plan }| {
            let input = view! { <li><strong>"Input"</strong> <span>{input.clone()}</span></li> }.into_any();
            let rest = titles.iter().enumerate().map(|(position, title)| item(title.clone(), plan.layers.get(position)));
            std::iter::once(input).chain(rest).collect::<Vec<AnyView>>()
        })
    };
    let problem = move || model.with(|model| model.plan.error.as_ref().map(|(_, error)| error.to_string()));
    let Explained { button, words } = explain(
        "Network",
        "The layers from the input to the output. Under each the shape of what comes out of it, and how many weights training changes there.",
        "",
    );
    view! {
        <header class="card-head"><h2>"Network"</h2> {button} {link_button("edit-model", "Edit …", move || page.sections.open("setup-model"))}</header>
        {words}
        <ol class="model-flow">{lean::live(layers)}</ol>
        {lean::problem(problem)}
    }
    .into_any()
}
