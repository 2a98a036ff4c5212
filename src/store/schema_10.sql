-- What the log replays to: how the scores of a model's boxes are calibrated (a JSON object); NULL where nobody chose.
ALTER TABLE models ADD COLUMN scores TEXT;
