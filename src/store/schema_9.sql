-- Events may be about a model instead of an image. SQLite takes no NOT NULL away, so the table is made anew; the largest
-- number that was ever given stays known, or an event cut off the end would not be noticed any more.
CREATE TABLE events_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    reader TEXT NOT NULL,
    image INTEGER REFERENCES images (id),
    change TEXT NOT NULL,
    shown TEXT,
    display TEXT,
    undoes INTEGER REFERENCES events (id),
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    box INTEGER GENERATED ALWAYS AS (json_extract(change, '$.id')) VIRTUAL,
    stated_ms INTEGER
) STRICT;
INSERT INTO events_new (id, time_ms, reader, image, change, shown, display, undoes, previous_hash, hash, stated_ms)
SELECT id, time_ms, reader, image, change, shown, display, undoes, previous_hash, hash, stated_ms FROM events ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'events_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'events_new', seq FROM sqlite_sequence WHERE name = 'events';
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE INDEX events_by_image ON events (image);
CREATE INDEX events_by_box ON events (box) WHERE box IS NOT NULL;
CREATE TRIGGER events_keep BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- INSERT OR REPLACE would get round the two above.
CREATE TRIGGER events_once BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- What the log replays to, beside the threshold: by what logits are divided, and by what rule a model answers with several
-- classes (a JSON object); NULL where nobody chose.
ALTER TABLE models ADD COLUMN temperature REAL;
ALTER TABLE models ADD COLUMN answers TEXT;
