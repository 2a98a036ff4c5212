-- Readings of a reader's own, which no other reader and no model sees, are events of the log that leave the states of images as they are. They are
-- told by how their change begins, which is as serde writes a tag.
ALTER TABLE events ADD COLUMN own INTEGER GENERATED ALWAYS AS
    (substr(change, 1, 13) = '{"what":"own"' OR change = '{"what":"committed"}') VIRTUAL;
CREATE INDEX events_of_own_readings ON events (reader, image) WHERE own;
