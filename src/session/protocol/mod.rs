//! What the window and the session say to each other: commands, views and the values in them. Plain values; of our code they
//! know the domain and plain values of lower floors.

pub mod claim;
pub mod command;
pub mod comparison;
pub mod conversion;
pub mod decisions;
pub mod drawn;
pub mod edit;
pub mod error;
pub mod exports;
pub mod import_view;
pub mod jobs;
pub mod keys;
pub mod many;
pub mod patient_ids;
pub mod pictures;
pub mod preferences;
pub mod query;
pub mod queue;
pub mod recipe_settings;
pub mod reports;
pub mod row_facts;
pub mod row_findings;
pub mod splits;
pub mod storage;
pub mod survey;
pub mod sweeps;
pub mod task;
pub mod test_changes;
pub mod threshold_choice;
pub mod view;
pub mod weights;
pub mod window_place;
pub mod words;
pub mod work;
pub mod workplace;
