//! Handle of a chart on the dashboard: what its tools, its legend, its table and its words share.
//!
//! Never here: elements of the page.

use crate::charts::{Chart, HoverReadout, SeriesSpec};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::charts::Panel;
use leptos::html::Section;
use leptos::prelude::*;
use std::rc::Rc;

/// Key of a curve: its run and its name.
pub type Key = (Option<u32>, String);

/// The key of a curve.
pub fn key_of(curve: &SeriesSpec) -> Key {
    (curve.run, curve.name.clone())
}

/// Handle of a chart of the dashboard, for all that works on it.
#[derive(Clone, Copy)]
pub struct Handle {
    /// The page.
    pub page: Page,
    /// What the panel shows.
    pub panel: StoredValue<Rc<Panel>, LocalStorage>,
    /// Whether its curves are parts of a whole: then there is neither a logarithm nor an outlier of a part.
    pub stacked: bool,
    /// The whole panel.
    pub section: lean::Node<Section>,
    /// All its curves, hidden ones too.
    pub curves: Memo<Vec<SeriesSpec>>,
    /// Those that are hidden.
    pub hidden: RwSignal<Vec<Key>>,
    /// Whether its y axis is logarithmic.
    pub log: RwSignal<bool>,
    /// Whether single values far from all others may lie outside the picture.
    pub robust: RwSignal<bool>,
    /// Whether its table is open.
    pub table: RwSignal<bool>,
    /// Whether it fills the screen.
    pub big: RwSignal<bool>,
    /// What the cursor reads.
    pub readout: RwSignal<Option<HoverReadout>, LocalStorage>,
    /// The chart in words.
    pub words: RwSignal<String>,
    /// Where the chart is among the page's; `None` until it is mounted.
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

    /// Works on the chart, if it is there.
    pub fn with_chart<T>(&self, act: impl FnOnce(&Chart) -> T) -> Option<T> {
        let index = self.slot.get_untracked()?;
        let inner = self.page.inner();
        let charts = inner.charts.borrow();
        charts.get(index).map(act)
    }

    /// Whether the chart is mounted; followed.
    pub fn is_there(&self) -> bool {
        self.slot.get().is_some()
    }

    /// The curves that are not hidden.
    pub fn shown_curves(&self) -> Vec<SeriesSpec> {
        self.curves
            .with(|curves| self.hidden.with(|hidden| curves.iter().filter(|curve| !hidden.contains(&key_of(curve))).cloned().collect()))
    }
}
