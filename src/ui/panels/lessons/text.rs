//! A lesson's text on the page. Links are buttons: the address's fragment belongs to configurations and lessons.

use crate::domain::lesson::markdown::{Block, Span};
use crate::ui::actions::lessons::follow_link;
use crate::ui::page::Page;
use crate::ui::parts::lean::{self, Button, tag};
use leptos::prelude::*;

/// The blocks of a text.
pub fn blocks(page: Page, blocks: &[Block]) -> AnyView {
    lean::list(blocks.iter().map(|block| one(page, block))).into_any()
}

fn one(page: Page, block: &Block) -> AnyView {
    match block {
        Block::Heading(words) => tag("h4", "", spans(page, words)),
        Block::Paragraph(words) => tag("p", "", spans(page, words)),
        // Wrapped and not scrolled: a scroller would need a stop for the keyboard.
        Block::Code(text) => tag("pre", "lesson-code", text.clone().into_any()),
        Block::List { ordered, items } => {
            let items = lean::list(items.iter().map(|words| tag("li", "", spans(page, words))));
            tag(if *ordered { "ol" } else { "ul" }, "", items.into_any())
        }
    }
}

/// The pieces of a line.
pub fn spans(page: Page, all: &[Span]) -> AnyView {
    let one = |span: &Span| match span {
        Span::Text(text) => text.clone().into_any(),
        Span::Strong(text) => tag("strong", "", text.clone().into_any()),
        Span::Emphasis(text) => tag("em", "", text.clone().into_any()),
        Span::Code(text) => tag("code", "", text.clone().into_any()),
        Span::Link { words, target } => {
            let target = target.clone();
            let face = words.clone().into_any();
            Button { class: "link-button", face, ..Button::new("", "") }.view(move || follow_link(page, &target))
        }
    };
    lean::list(all.iter().map(one)).into_any()
}
