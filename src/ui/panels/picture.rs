//! The picture on the first screen: cards from left to right, from what the network learns from to what it can do.

pub mod data;
