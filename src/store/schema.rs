//! The tables of `project.db` and their versions. A released migration is never edited; a new one is added after it.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

/// The database's file name in the project folder.
pub(super) const DATABASE: &str = "project.db";

/// Marks the file as Overread's in SQLite's header: "OvRd".
pub(super) const APPLICATION_ID: i64 = 0x4F76_5264;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema_1.sql")),
    M::up(include_str!("schema_2.sql")),
    M::up(include_str!("schema_3.sql")),
    M::up(include_str!("schema_4.sql")),
    M::up(include_str!("schema_5.sql")),
    M::up(include_str!("schema_6.sql")),
    M::up(include_str!("schema_7.sql")),
    M::up(include_str!("schema_8.sql")),
    M::up(include_str!("schema_9.sql")).foreign_key_check(),
    M::up(include_str!("schema_10.sql")),
    M::up(include_str!("schema_11.sql")),
    M::up(include_str!("schema_12.sql")),
    M::up(include_str!("schema_13.sql")),
    M::up(include_str!("schema_14.sql")),
    M::up(include_str!("schema_15.sql")),
    M::up(include_str!("schema_16.sql")),
];

/// All steps from an empty database to the newest form.
fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

/// Brings a database to the newest form. A table that others refer to can be made anew only while nobody looks after that;
/// the steps that do so check it themselves.
pub(super) fn bring_up(db: &mut Connection) -> Result<(), rusqlite_migration::Error> {
    db.pragma_update(None, "foreign_keys", false)?;
    let done = migrations().to_latest(db);
    db.pragma_update(None, "foreign_keys", true)?;
    done
}

/// Brings a new database to an earlier form.
#[cfg(test)]
pub(super) fn of_version(db: &mut Connection, version: usize) -> Result<(), rusqlite_migration::Error> {
    migrations().to_version(db, version)
}

/// The newest form this program knows, as SQLite's `user_version`.
pub(super) fn newest() -> i64 {
    STEPS.len() as i64
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_step_runs() {
        super::migrations().validate().expect("the statements are well formed");
    }
}
