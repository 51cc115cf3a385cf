//! Parts: what every panel is built of: controls, formats, pictures of samples, views that stay small. Never here: the page.

pub mod address;
pub mod clipboard;
pub mod controls;
pub mod explain;
pub mod files;
pub mod focus;
pub mod format;
pub mod lean;
pub mod lock;
pub mod pixels;
pub mod samples;
pub mod sorting;
pub mod surface;
pub mod theme;
