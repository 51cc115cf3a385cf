//! The handle of a chart on the dashboard: the state that its tools, its legend, its table and its words share.
//!
//! Never here: elements of the page.

use crate::charts::{Chart, HoverReadout, SeriesSpec};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::charts::{FIRST, Panel};
use leptos::html::Section;
use leptos::prelude::*;
use std::rc::Rc;

/// The key of a curve: its run and its name.
pub type Key = (Option<u32>, String);

/// The key of a curve.
pub fn key_of(curve: &SeriesSpec) -> Key {
    (curve.run, curve.name.clone())
}

/// The handle of a chart on the dashboard.
#[derive(Clone, Copy)]
pub struct Handle {
    /// The page.
    pub page: Page,
    /// The panel in the catalogue.
    pub panel: StoredValue<Rc<Panel>, LocalStorage>,
    /// Whether its curves are stacked parts of a whole: then there is no logarithmic axis and no outlier of a part.
    pub stacked: bool,
    /// The panel's element.
    pub section: lean::Node<Section>,
    /// All its curves, hidden ones too.
    pub curves: Memo<Vec<SeriesSpec>>,
    /// The keys of hidden curves.
    pub hidden: RwSignal<Vec<Key>>,
    /// Whether its y axis is logarithmic.
    pub log: RwSignal<bool>,
    /// Whether outliers may lie outside the picture.
    pub robust: RwSignal<bool>,
    /// Whether its table is open.
    pub table: RwSignal<bool>,
    /// Whether it fills the screen.
    pub big: RwSignal<bool>,
    /// Whether it is what is presented, over the whole window.
    pub on_stage: Memo<bool>,
    /// The readout at the cursor.
    pub readout: RwSignal<Option<HoverReadout>, LocalStorage>,
    /// The chart in words.
    pub words: RwSignal<String>,
    /// The chart's place among those of the page; `None` until it is mounted.
    pub slot: RwSignal<Option<usize>>,
}

impl Handle {
    /// The panel's id.
    pub fn id(&self) -> Rc<str> {
        self.panel.with_value(|panel| panel.id.clone())
    }

    /// The chart's title.
    pub fn title(&self) -> String {
        self.panel.with_value(|panel| panel.spec.title.clone())
    }

    /// Calls `act` with the chart, if it is mounted.
    pub fn with_chart<T>(&self, act: impl FnOnce(&Chart) -> T) -> Option<T> {
        let index = self.slot.get_untracked()?;
        let inner = self.page.inner();
        let charts = inner.charts.borrow();
        charts.get(index)?.as_ref().map(act)
    }

    /// Takes the chart off the page, together with its panel.
    pub fn unmount(&self) {
        let inner = self.page.inner();
        let gone = self.slot.try_get_untracked().flatten().and_then(|slot| inner.charts.borrow_mut().get_mut(slot)?.take());
        // Not while the charts are borrowed.
        drop(gone);
        let spoken = self.page.board.spoken;
        if spoken.with_untracked(|spoken| **spoken == *self.id()) {
            spoken.set(FIRST.to_owned());
        }
    }

    /// Whether the chart is mounted; followed.
    pub fn is_there(&self) -> bool {
        self.slot.get().is_some()
    }

    /// Whether it fills the screen or the window, with larger type; followed.
    pub fn is_big(&self) -> bool {
        self.big.get() || self.on_stage.get()
    }

    /// The curves that are not hidden.
    pub fn shown_curves(&self) -> Vec<SeriesSpec> {
        self.curves
            .with(|curves| self.hidden.with(|hidden| curves.iter().filter(|curve| !hidden.contains(&key_of(curve))).cloned().collect()))
    }
}
