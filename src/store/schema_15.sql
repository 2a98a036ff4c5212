-- What the log replays to: the sign-offs of an image that hold, a JSON list; empty where it is open.
ALTER TABLE annotations ADD COLUMN signed TEXT NOT NULL DEFAULT '';
