-- What a run left on record of itself (a JSON object); NULL until it has ended.
ALTER TABLE runs ADD COLUMN facts TEXT;
-- Figures of an epoch that came later than the table (a JSON object).
ALTER TABLE epochs ADD COLUMN more TEXT;
