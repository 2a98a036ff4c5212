-- What the log replays to: what is said of each finding, a JSON list of pairs of class and presence; empty where nothing is.
ALTER TABLE annotations ADD COLUMN findings TEXT NOT NULL DEFAULT '';
