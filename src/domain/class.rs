//! A class without a server: the settings that a teacher's link brings to a student's page, and the result that a student gives back.
//!
//! None of it is protection: settings keep attention on one thing, and whoever wants to can leave them. Never here: links, files,
//! codes (`export`), the page.

pub mod control;
pub mod result;
pub mod settings;
pub mod text;
pub mod thin;

pub use control::Control;
pub use result::StudentResult;
pub use settings::ClassSettings;
pub use text::line;
