//! Every test that trains natively, as one program: as many as there are subjects would each compile the same parts of Burn again.
//! `cargo test --test native view::` runs those of one subject.

mod batches;
mod costs;
mod diagnoses;
mod learning;
mod lessons;
#[path = "../maths/mod.rs"]
mod maths;
mod numerics;
mod operations;
mod slow;
mod steering;
#[path = "../support/mod.rs"]
mod support;
mod validation;
mod view;
