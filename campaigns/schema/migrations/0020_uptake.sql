-- What patients then use: what practices published of each month, and sums of it.

CREATE TABLE uptake_files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name text NOT NULL,
    sha256 bytea NOT NULL UNIQUE,
    layout text NOT NULL,
    months date[] NOT NULL,
    rows integer NOT NULL,
    practices integer NOT NULL,
    revised integer NOT NULL,
    findings integer NOT NULL,
    imported_by bigint REFERENCES staff,
    imported_at timestamptz NOT NULL
);

-- What was wrong with a file, by rule, with a few examples.
CREATE TABLE uptake_findings (
    file_id bigint NOT NULL REFERENCES uptake_files,
    rule text NOT NULL,
    severity text NOT NULL,
    count integer NOT NULL,
    examples text[] NOT NULL,
    PRIMARY KEY (file_id, rule)
);

-- One practice in one month. NULL is unknown and never zero. Of a practice with two systems the one that counts is
-- its own; a system that reaches into it stands beside it and is not added, for its people are the same.
CREATE TABLE uptake (
    practice_code text NOT NULL,
    month date NOT NULL,
    supplier text NOT NULL,
    counted boolean NOT NULL,
    name text NOT NULL,
    commissioner text NOT NULL,
    nhs_region text NOT NULL,
    list integer,
    appointments_system smallint,
    appointments_enabled integer,
    appointments_used integer,
    prescriptions_system smallint,
    prescriptions_enabled integer,
    prescriptions_used integer,
    records_system smallint,
    records_enabled integer,
    records_used integer,
    enabled integer,
    new_enabled integer,
    used integer,
    file_id bigint NOT NULL REFERENCES uptake_files,
    PRIMARY KEY (practice_code, month, supplier)
);
CREATE INDEX uptake_month ON uptake (month);
CREATE UNIQUE INDEX uptake_counted ON uptake (practice_code, month) WHERE counted;

-- What a later file put in the place of what was published first.
CREATE TABLE uptake_revisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    practice_code text NOT NULL,
    month date NOT NULL,
    supplier text NOT NULL,
    was jsonb NOT NULL,
    was_file bigint NOT NULL REFERENCES uptake_files,
    file_id bigint NOT NULL REFERENCES uptake_files,
    revised_at timestamptz NOT NULL
);
CREATE INDEX uptake_revisions_month ON uptake_revisions (month, practice_code);

-- Sums by month, area and service, made anew from the rows above; code '' is where the area is not known.
CREATE TABLE uptake_sums (
    month date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('england', 'region', 'icb', 'place', 'network')),
    code text NOT NULL,
    service text NOT NULL CHECK (service IN ('any', 'appointments', 'prescriptions', 'records')),
    practices integer NOT NULL,
    list bigint NOT NULL,
    known integer NOT NULL,        -- practices of which it is known whether the service is on
    offered integer NOT NULL,      -- of those, practices where it is on
    known_list bigint NOT NULL,
    offered_list bigint NOT NULL,
    enabled bigint NOT NULL,
    enabled_list bigint NOT NULL,  -- the lists of practices whose enabled people are known
    used bigint NOT NULL,
    used_list bigint NOT NULL,
    silent integer NOT NULL,       -- practices where it is on and nobody is enabled
    PRIMARY KEY (kind, code, service, month)
);

-- The nine deciles of a share among practices of one month: all of them (band 0), and those of like size.
CREATE TABLE uptake_deciles (
    month date NOT NULL,
    service text NOT NULL,
    measure text NOT NULL CHECK (measure IN ('enabled', 'used')),
    band smallint NOT NULL,
    practices integer NOT NULL,
    deciles double precision[] NOT NULL,
    PRIMARY KEY (service, measure, band, month)
);

-- Where a practice's share left its usual level, as found after the newest file.
CREATE TABLE uptake_alerts (
    practice_code text NOT NULL,
    service text NOT NULL,
    month date NOT NULL,
    direction smallint NOT NULL CHECK (direction IN (-1, 1)),
    usual double precision NOT NULL,
    share double precision NOT NULL,
    people integer NOT NULL,
    PRIMARY KEY (practice_code, service)
);

-- What the sums were made from, so that practices that moved are counted where they are now.
CREATE TABLE uptake_settled (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    homes text NOT NULL,
    settled_at timestamptz NOT NULL
);

-- Groups of practices that somebody made to look at them together.
CREATE TABLE uptake_groups (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    practices text[] NOT NULL CHECK (cardinality(practices) > 0),
    region_code text NOT NULL DEFAULT '',
    author_id bigint REFERENCES staff,
    made_at timestamptz NOT NULL,
    ended_at timestamptz
);

GRANT SELECT, INSERT ON uptake_files, uptake_findings, uptake_revisions TO duenotice_app;
GRANT UPDATE (revised) ON uptake_files TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON uptake, uptake_groups, uptake_settled TO duenotice_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON uptake_sums, uptake_deciles, uptake_alerts TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
