//! Projects of phantoms, with the models that are shipped for them.

pub(in crate::session) mod making;
pub(in crate::session) mod models;
