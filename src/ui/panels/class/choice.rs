//! The teacher's choice of what is shown of the results, which chart, picture and table share.

use crate::domain::run::config::diff::varied::Varied;
use crate::ui::page::Page;
use crate::ui::state::class::curves::{Styles, chosen};
use crate::ui::state::class::results::Results;
use leptos::prelude::*;

/// The choices for what is shown.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The series that was chosen last.
    pub series: RwSignal<String>,
    /// The setting that was chosen last.
    pub setting: RwSignal<String>,
}

impl Choice {
    /// Reads `results` with what is chosen of them: the series, the setting that is compared, and the styles; followed.
    pub fn with<T>(self, page: Page, read: impl FnOnce(&Results, &'static str, Option<&Varied>, &Styles) -> T) -> T {
        page.class.results.with(|results| {
            let setting = self.setting.with(|wanted| results.setting(wanted));
            let styles = Styles::of(setting, results.entries().len());
            read(results, self.series.with(|wanted| chosen(results, wanted)), setting, &styles)
        })
    }
}
