-- Review of files of people: what a person looks at before anything takes effect, who decided what, and what waits.

ALTER TABLE cohorts
    ADD COLUMN corrects bigint REFERENCES cohorts,      -- the file whose rejected rows this one brings again
    ADD COLUMN known integer NOT NULL DEFAULT 0,        -- accepted rows whose person was known when they were read
    ADD COLUMN discarded integer NOT NULL DEFAULT 0,    -- accepted rows that a person left out
    ADD COLUMN waiting integer NOT NULL DEFAULT 0,      -- accepted rows that wait for a (second) look
    ADD COLUMN looked_at_again_at timestamptz,
    ADD COLUMN forgotten_at timestamptz,                -- when the bytes were forgotten
    ADD CONSTRAINT cohorts_balance CHECK (rows = accepted + rejected
        AND (applied_at IS NULL OR accepted = enrolled + already + discarded + waiting));
CREATE INDEX cohorts_corrects ON cohorts (corrects) WHERE corrects IS NOT NULL;

-- What this installation asks of a file before anything of it is written: one row.
CREATE TABLE import_limits (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bad_percent numeric NOT NULL DEFAULT 25 CHECK (bad_percent BETWEEN 0 AND 100),
    home_percent numeric NOT NULL DEFAULT 50 CHECK (home_percent BETWEEN 0 AND 100),
    known_percent numeric NOT NULL DEFAULT 0 CHECK (known_percent BETWEEN 0 AND 100),
    keep_days smallint NOT NULL DEFAULT 30 CHECK (keep_days BETWEEN 1 AND 366)
);
INSERT INTO import_limits DEFAULT VALUES;

-- Later rows of a number that stood in the file before with other details. Lives and dies with cohort_rows.
CREATE UNLOGGED TABLE cohort_others (LIKE cohort_rows);
CREATE INDEX cohort_others_line ON cohort_others (cohort_id, line);
CREATE INDEX cohort_rows_line ON cohort_rows USING brin (line) WITH (pages_per_range = 16);

-- Accepted rows that were not applied with their file and wait for a person. Logged: they are nowhere else.
CREATE TABLE cohort_waiting (LIKE cohort_rows);
CREATE UNIQUE INDEX cohort_waiting_line ON cohort_waiting (cohort_id, line);

-- Rows that say something else than what is held, or than another row.
--   twice    the number stands in the file before, on other_line, with other details
--   person   the number is held for somebody of another birth date or another name
--   alike    somebody of this name, birth date and postcode is held under another number
--   changed  the person was changed by something else between review and application
--   details  an address, a practice, a wish or part of a name is told anew: applied unless discarded
CREATE TABLE cohort_conflicts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cohort_id bigint NOT NULL REFERENCES cohorts,
    kind text NOT NULL CHECK (kind IN ('twice', 'person', 'alike', 'changed', 'details')),
    line integer NOT NULL,
    other_line integer,
    person_id bigint REFERENCES people,
    differs text[] NOT NULL,
    held_hash bigint,
    decision text CHECK (decision IN ('apply', 'discard', 'both')),
    decided_by bigint REFERENCES staff,
    decided_at timestamptz,
    settled_at timestamptz
);
CREATE INDEX cohort_conflicts_kind ON cohort_conflicts (cohort_id, kind, id);
CREATE INDEX cohort_conflicts_line ON cohort_conflicts (cohort_id, line);

-- Findings counted once, when they are made, so that no page counts them again.
CREATE TABLE finding_groups (
    cohort_id bigint NOT NULL REFERENCES cohorts,
    rule text NOT NULL,
    severity text NOT NULL,
    findings integer NOT NULL,
    lines integer[] NOT NULL,
    shown text[] NOT NULL,
    advice text NOT NULL,
    PRIMARY KEY (cohort_id, rule, severity)
);
DROP INDEX findings_cohort;
CREATE INDEX findings_cohort ON findings (cohort_id, severity, rule, line);

-- How far reading or applying a file is, written beside the transaction that does it.
CREATE UNLOGGED TABLE cohort_progress (
    cohort_id bigint PRIMARY KEY,
    phase text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    rows integer NOT NULL,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);

-- Files on their way into the archive, so that one whose receiving was cut off can be found and forgotten.
CREATE TABLE cohort_uploads (
    stored_as text PRIMARY KEY,
    began_at timestamptz NOT NULL
);

GRANT SELECT, UPDATE ON import_limits TO duenotice_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON cohort_others, cohort_waiting, cohort_conflicts, finding_groups, cohort_progress, cohort_uploads TO duenotice_app;
