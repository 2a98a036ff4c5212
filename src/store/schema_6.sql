-- Every change of the splits: what was asked for, which images moved, and which got another group (JSON lists of
-- [image, from, to]).
CREATE TABLE split_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    reader TEXT NOT NULL,
    what TEXT NOT NULL,
    moves TEXT NOT NULL,
    regroups TEXT NOT NULL,
    undoes INTEGER REFERENCES split_changes (id)
) STRICT;
CREATE TRIGGER split_changes_keep BEFORE UPDATE ON split_changes
BEGIN SELECT RAISE(ABORT, 'split changes are kept'); END;
CREATE TRIGGER split_changes_stay BEFORE DELETE ON split_changes
BEGIN SELECT RAISE(ABORT, 'split changes are kept'); END;
-- Events that a person made with one action, so that one undo takes all of them back: the numbers from first to last.
CREATE TABLE event_batches (first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
