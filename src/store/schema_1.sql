-- What the project is: name, created_ms, demo, source (JSON values).
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- What people chose in this project (JSON values).
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Every class list the project has had; the last is in force.
CREATE TABLE class_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    reader TEXT NOT NULL,
    classes TEXT NOT NULL
) STRICT;
CREATE TRIGGER class_lists_keep BEFORE UPDATE ON class_lists BEGIN SELECT RAISE(ABORT, 'class lists are kept'); END;
CREATE TRIGGER class_lists_stay BEFORE DELETE ON class_lists BEGIN SELECT RAISE(ABORT, 'class lists are kept'); END;

-- path: TEXT with '/', relative to the project folder or absolute; BLOB where the name is no Unicode.
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path ANY NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    patient_group TEXT,
    split INTEGER NOT NULL CHECK (split IN (0, 1, 2)),
    source TEXT NOT NULL,
    truncated INTEGER NOT NULL
) STRICT;

-- The truth of a demo's images, which readers and models do not see.
CREATE TABLE truths (
    image INTEGER PRIMARY KEY REFERENCES images (id),
    class INTEGER NOT NULL,
    xmin REAL, ymin REAL, xmax REAL, ymax REAL
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    reader TEXT NOT NULL,
    image INTEGER NOT NULL REFERENCES images (id),
    change TEXT NOT NULL,
    shown TEXT,
    display TEXT,
    undoes INTEGER REFERENCES events (id),
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    box INTEGER GENERATED ALWAYS AS (json_extract(change, '$.id')) VIRTUAL
) STRICT;
CREATE INDEX events_by_image ON events (image);
CREATE INDEX events_by_box ON events (box) WHERE box IS NOT NULL;
CREATE TRIGGER events_keep BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- INSERT OR REPLACE would get round the two above.
CREATE TRIGGER events_once BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- What the log replays to; images nobody said anything about have no row.
CREATE TABLE annotations (
    image INTEGER PRIMARY KEY REFERENCES images (id),
    label INTEGER,
    reviewed INTEGER NOT NULL,
    flagged INTEGER NOT NULL,
    note TEXT NOT NULL,
    boxes TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe TEXT NOT NULL,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    model INTEGER,
    parent INTEGER
) STRICT;
-- Columns of their own, because JSON has no NaN for the loss of a run that diverged.
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    train_loss REAL,
    train_accuracy REAL,
    validation_loss REAL,
    validation_accuracy REAL,
    validated INTEGER NOT NULL,
    learning_rate REAL,
    seconds REAL,
    data_wait REAL,
    best INTEGER NOT NULL,
    PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_log (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    card TEXT NOT NULL,
    file TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    parent INTEGER REFERENCES models (id),
    run INTEGER,
    status TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 0,
    test TEXT
) STRICT;
CREATE TRIGGER models_keep BEFORE UPDATE OF id, card, file, bytes, parent, run ON models
BEGIN SELECT RAISE(ABORT, 'a model is immutable'); END;
CREATE TRIGGER models_stay BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'a model is immutable'); END;

-- outputs: logits, then probabilities, f32 little-endian. boxes: see predictions.rs.
CREATE TABLE predictions (
    model INTEGER NOT NULL REFERENCES models (id),
    image INTEGER NOT NULL REFERENCES images (id),
    outputs BLOB NOT NULL,
    boxes BLOB NOT NULL,
    PRIMARY KEY (model, image)
) STRICT, WITHOUT ROWID;
