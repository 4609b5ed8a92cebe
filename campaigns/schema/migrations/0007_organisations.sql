-- What the Organisation Data Service says, what is in force here, and the decisions in between.

-- Each file of organisations that was taken, and what it said. Its rows are public; no bytes are kept.
CREATE TABLE organisation_files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name text NOT NULL,
    sha256 bytea NOT NULL UNIQUE,
    dialect text NOT NULL,
    as_of date,
    rows integer NOT NULL DEFAULT 0,
    practices integer NOT NULL DEFAULT 0,
    icbs integer NOT NULL DEFAULT 0,
    gone integer NOT NULL DEFAULT 0,
    added integer NOT NULL DEFAULT 0,
    renamed integer NOT NULL DEFAULT 0,
    imported_by bigint REFERENCES staff,
    imported_at timestamptz NOT NULL
);

-- What was wrong with the rows of such a file.
CREATE TABLE organisation_findings (
    file_id bigint NOT NULL REFERENCES organisation_files,
    line integer NOT NULL,
    column_name text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('reject', 'review', 'note')),
    shown text NOT NULL,
    advice text NOT NULL
);
CREATE INDEX organisation_findings_file ON organisation_findings (file_id, rule);

-- What the newest file says of each GP practice of England, closed ones included. practices holds what is in force.
CREATE TABLE organisations (
    code text PRIMARY KEY,
    name text NOT NULL,
    icb text NOT NULL,        -- as the file's own column says
    home text NOT NULL,       -- the ICB that follows from the commissioner
    nhs_region text NOT NULL,
    commissioner text NOT NULL,
    address text[] NOT NULL,
    postcode text NOT NULL,
    telephone text NOT NULL,
    opened_on date,
    closed_on date,
    joined_on date,
    status text NOT NULL,
    gp boolean NOT NULL,
    practice boolean NOT NULL, -- active, a GP practice, in a region of England
    present boolean NOT NULL,  -- false: no longer in the file
    special text NOT NULL,
    dialect text NOT NULL,
    as_of date,
    file_id bigint REFERENCES organisation_files
);

-- To which ICB a practice belonged from when until when (both days included). Without until_on it still does.
CREATE TABLE practice_homes (
    practice_code text NOT NULL REFERENCES practices,
    region_code text NOT NULL,
    from_on date NOT NULL,
    until_on date,
    source text NOT NULL CHECK (source IN ('file', 'merger', 'decision')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (practice_code, from_on)
);
CREATE INDEX practice_homes_region ON practice_homes (region_code);

-- How a file differs from what is in force. What waits takes effect when a person accepts it; the rest took effect
-- at once and is there to be seen.
CREATE TABLE practice_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practice_code text NOT NULL REFERENCES practices,
    kind text NOT NULL CHECK (kind IN ('closed', 'dormant', 'absent', 'no practice', 'reopened', 'moved region', 'split', 'icb mismatch',
        'new', 'renamed', 'moved address', 'commissioner', 'closing', 'special', 'rehomed')),
    region_code text NOT NULL,
    to_region text NOT NULL DEFAULT '',
    before text NOT NULL DEFAULT '',
    after text NOT NULL DEFAULT '',
    waits boolean NOT NULL,
    file_id bigint REFERENCES organisation_files,
    found_at timestamptz NOT NULL,
    decision text CHECK (decision IN ('accepted', 'declined', 'seen', 'overtaken')),
    decided_by bigint REFERENCES staff,
    decided_at timestamptz,
    CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX practice_changes_open ON practice_changes (practice_code, kind) WHERE waits AND decision IS NULL;
CREATE INDEX practice_changes_kind ON practice_changes (kind) WHERE decision IS NULL;

-- Sub-ICB locations (before mid-2022: CCGs) and the ICB in which each lies.
CREATE TABLE commissioners (
    code text PRIMARY KEY,
    name text NOT NULL,
    icb_code text NOT NULL,
    known_on date NOT NULL
);

ALTER TABLE practices ADD COLUMN network_code text NOT NULL DEFAULT '', ADD COLUMN network_name text NOT NULL DEFAULT '', ADD COLUMN network_on date;
ALTER TABLE regions ADD COLUMN successors text[] NOT NULL DEFAULT '{}';
UPDATE regions SET successors = ARRAY[successor] WHERE successor IS NOT NULL;

-- What was imported before these tables existed.
INSERT INTO organisations (code, name, icb, home, nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, status, gp,
    practice, present, special, dialect)
SELECT code, name, coalesce(region_code, ''), coalesce(region_code, ''), nhs_region, commissioner, address, postcode, telephone, opened_on,
    closed_on, status, true, status = 'active', true, coalesce(flags[1], ''), 'A/4' FROM practices;
INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
SELECT code, region_code, coalesce(opened_on, DATE '1948-07-05'), 'file', updated_at FROM practices WHERE region_code IS NOT NULL;

GRANT SELECT, INSERT ON organisation_findings TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON organisation_files, organisations, practice_homes, practice_changes, commissioners TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
