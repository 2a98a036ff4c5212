-- The score from which a model's boxes count, as a person chose it; NULL where nobody did and the card's holds.
ALTER TABLE models ADD COLUMN threshold REAL;
