-- Pages of packs that were composed elsewhere, and who makes letters in Braille and audio.

-- A PDF of whole pages, in the archive under its checksum; the body of a pack names it by that. Who read the pages
-- against the wording stands in the pack, for it counts for one version.
CREATE TABLE supplied_pages (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
    file_name text NOT NULL,
    bytes integer NOT NULL CHECK (bytes > 0),
    pages smallint NOT NULL CHECK (pages > 0),
    staff_id bigint REFERENCES staff,
    supplied_at timestamptz NOT NULL
);

-- Which vendor makes the letters of a format from data; the newest line counts. No vendor: each campaign's own.
CREATE TABLE specialists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    format text NOT NULL CHECK (format IN ('braille', 'audio')),
    vendor_id bigint REFERENCES vendors,
    staff_id bigint REFERENCES staff,
    chosen_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON supplied_pages, specialists TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
