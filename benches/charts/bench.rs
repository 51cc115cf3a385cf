//! The chart that `run.mjs` measures: a series that is filled, and a chart of it that is painted at once.
//!
//! Only for wasm; natively it is empty.

#[cfg(target_arch = "wasm32")]
mod page {
    use emberscope::charts::{Chart, ChartSpec, Painter, SeriesSpec, Style, Theme};
    use emberscope::domain::record::series::Series;
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::rc::Rc;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    type Store = BTreeMap<String, Series>;

    #[wasm_bindgen]
    pub struct Bench {
        store: Rc<RefCell<Store>>,
        chart: Chart,
        _painter: Painter,
    }

    #[wasm_bindgen]
    impl Bench {
        /// A chart in `host` of a series without points; `smoothing` as in the page, 0 for none.
        #[wasm_bindgen(constructor)]
        pub fn new(host: &HtmlElement, smoothing: f64) -> Self {
            let store: Rc<RefCell<Store>> = Rc::default();
            store.borrow_mut().insert("batch/loss".into(), Series::new());
            let spec = ChartSpec {
                title: "Batch loss".into(),
                y_label: "nats".into(),
                series: vec![SeriesSpec::new("batch/loss", "batch loss", Style::RAW)],
                smoothing,
                ..ChartSpec::default()
            };
            let painter = Painter::new();
            let chart = Chart::mount(host, spec, store.clone(), Theme::light(), &painter).expect("this browser has canvases");
            Self { store, chart, _painter: painter }
        }

        /// Appends values, one a step, as the page does with those of a frame.
        pub fn append(&self, values: &[f32]) {
            let mut store = self.store.borrow_mut();
            let series = store.entry("batch/loss".into()).or_default();
            let from = series.last().map_or(1, |(step, _)| step + 1);
            series.extend((from..).zip(values.iter().copied()));
        }

        /// Draws axes and curve anew.
        pub fn paint(&self) {
            self.chart.paint_now();
        }

        /// Number of points in the fullest pixel column, as a check that it is drawn from all of them.
        pub fn points_per_column(&self) -> usize {
            self.chart.points_per_column()
        }

        /// Number of bytes of the curve: values and pyramid, without the room that vectors keep for growing.
        pub fn bytes(&self) -> usize {
            let store = self.store.borrow();
            store.values().map(|series| series.column().bytes()).sum()
        }
    }

    /// The whole memory of the module, in bytes.
    #[wasm_bindgen]
    pub fn memory_bytes() -> usize {
        core::arch::wasm32::memory_size(0) * 65_536
    }
}

fn main() {}
