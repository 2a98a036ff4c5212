-- Which frame of the file the image is.
ALTER TABLE images ADD COLUMN frame INTEGER NOT NULL DEFAULT 0;
-- What was learned of an image when its file was looked at (a JSON object); images of older projects have no row.
CREATE TABLE image_facts (
    image INTEGER PRIMARY KEY REFERENCES images (id),
    facts TEXT NOT NULL
) STRICT;
-- What each import took, left out and decided (a JSON object).
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    report TEXT NOT NULL
) STRICT;
