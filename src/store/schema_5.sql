-- When it was said, where imported data state that (ms since 1970-01-01 UTC).
ALTER TABLE events ADD COLUMN stated_ms INTEGER;
