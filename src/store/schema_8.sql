-- How far the log and the changes of the splits were when a model's test figures were made; NULL where none are, or where
-- they were made before this was kept.
ALTER TABLE models ADD COLUMN tested_event INTEGER;
ALTER TABLE models ADD COLUMN tested_split INTEGER;
