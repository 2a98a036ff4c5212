//! An open project: what it holds, what is done to it, and the long work that needs it.

pub mod adjudicating;
pub(in crate::session) mod adopting;
pub mod agreeing;
pub(in crate::session) mod allowed;
pub mod analysis;
pub(in crate::session) mod annotate;
mod apart;
pub mod assigning;
pub mod auditing;
pub(in crate::session) mod boxes;
mod by_features;
pub(in crate::session) mod calibrating;
pub(in crate::session) mod card;
mod changed;
mod class_looks;
pub(in crate::session) mod comparing;
pub(in crate::session) mod converting;
pub(in crate::session) mod core;
pub(in crate::session) mod deciding;
pub mod describing;
pub(in crate::session) mod edits;
mod emptying;
pub mod evaluation_report;
pub(in crate::session) mod export;
pub(in crate::session) mod files;
pub(in crate::session) mod findings;
pub(in crate::session) mod fixing;
mod heat_outside;
pub mod influence;
pub(in crate::session) mod judging;
pub(in crate::session) mod judging_boxes;
pub(in crate::session) mod keeping;
pub(in crate::session) mod learned;
pub(in crate::session) mod learning;
mod like_names;
pub(in crate::session) mod lineup;
pub mod map_testing;
mod masking;
pub(in crate::session) mod measuring;
pub(in crate::session) mod merge;
pub mod merging;
mod moving;
mod neutral_names;
pub(in crate::session) mod order;
mod order_keys;
pub(in crate::session) mod outgoing;
pub(in crate::session) mod own_reading;
pub(in crate::session) mod predicting;
mod queueing;
pub(in crate::session) mod random_arm;
pub mod reader;
pub mod refitting;
mod refresh;
pub(in crate::session) mod registry;
pub(in crate::session) mod reporting;
pub mod robustness;
pub(in crate::session) mod rows;
mod said;
pub(in crate::session) mod saving;
pub(in crate::session) mod seen;
pub mod signing;
pub mod simulating;
pub mod splitting;
pub mod studying;
pub(in crate::session) mod sweeping;
mod tails;
mod tested_maps;
pub(in crate::session) mod thresholds;
pub(in crate::session) mod told;
pub mod truth;
mod wanted;
mod working;
pub(in crate::session) mod yardstick;

#[cfg(test)]
mod comparing_tests;
#[cfg(test)]
mod core_tests;
#[cfg(test)]
mod many_tests;
#[cfg(test)]
mod map_testing_tests;
#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod merging_sign_offs_tests;
#[cfg(test)]
mod merging_tests;
#[cfg(test)]
mod own_reading_tests;
#[cfg(test)]
mod splitting_tests;
#[cfg(test)]
mod sweeping_tests;
#[cfg(test)]
mod undo_tests;
#[cfg(test)]
mod wanted_tests;
#[cfg(test)]
mod yardstick_tests;
