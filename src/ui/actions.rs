//! Actions: what can be done with the page, from a panel and by the API alike. Each is a function that takes the page.
//!
//! | module | what lives there |
//! |---|---|
//! | [`additions`] | samples of the visitor's own, added to the setup's data |
//! | [`class`] | a class: its settings out of a link, and the link that a teacher makes |
//! | [`data`] | the setup's data: its look, and the visitor's own files |
//! | [`exports`] | a run as a file |
//! | [`files`] | files that are dropped or chosen, each taken for what it is |
//! | [`imports`] | runs and weights out of files |
//! | [`lessons`] | lessons: their list, the runs of the one that is open |
//! | [`moments`] | going back in time, and on from there |
//! | [`questions`] | what the worker is asked about a model |
//! | [`runs`] | the list of runs; several seeds in turn |
//! | [`setup`] | the configuration out of links and files |
//! | [`slow`] | one step of the run in slow motion |
//! | [`stored`] | runs of earlier visits, kept on the device |
//! | [`view`] | the view of the network that its pictures show |
//! | [`weights`] | the weights of any run: in a worker, or kept by the page |
//!
//! Never here: views; what becomes of a run that goes on, which the session decides.

pub mod additions;
pub mod class;
pub mod data;
pub mod exports;
pub mod files;
pub mod imports;
pub mod lessons;
pub mod measure;
pub mod moments;
pub mod questions;
pub mod runs;
pub mod setup;
pub mod slow;
pub mod stored;
pub mod view;
pub mod weights;

use std::pin::Pin;

/// A future that is called from several places. Boxed, so that its program is in the page once and not in each of them.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;
