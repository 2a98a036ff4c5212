-- Images can be marked as key images. The log may hold that, and the state kept beside it has a place for it.
ALTER TABLE annotations ADD COLUMN key INTEGER NOT NULL DEFAULT 0;
