-- Who is to read which images: a plan and its lists (JSON) under their digest, and whether it is open or ended, which the log
-- replays to; NULL where it was deleted.
CREATE TABLE assignments (
    digest TEXT PRIMARY KEY NOT NULL,
    plan TEXT NOT NULL,
    list TEXT NOT NULL,
    state TEXT
) STRICT;
