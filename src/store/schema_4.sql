-- Lengths and angles (a JSON array), empty where nothing was measured.
ALTER TABLE annotations ADD COLUMN measurements TEXT NOT NULL DEFAULT '';
