-- Who is written to, in which wave, and what became of them.

CREATE TABLE practices (
    code text PRIMARY KEY,
    name text NOT NULL,
    region_code text,
    nhs_region text NOT NULL,
    commissioner text NOT NULL,
    address text[] NOT NULL,
    postcode text NOT NULL,
    telephone text NOT NULL DEFAULT '',
    opened_on date,
    closed_on date,
    status text NOT NULL,
    flags text[] NOT NULL DEFAULT '{}',
    list_size integer,
    list_size_on date,
    updated_at timestamptz NOT NULL
);
CREATE INDEX practices_region ON practices (region_code);

CREATE TABLE programmes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    registry text NOT NULL DEFAULT 'own'
);

-- A campaign is one programme's mail-out in one region. Its policy is stamped on each notice when that is written.
CREATE TABLE campaigns (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,19}$'),
    programme_id integer NOT NULL REFERENCES programmes,
    region_code text NOT NULL REFERENCES regions,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('blanket', 'pilot')),
    pack_code text NOT NULL,
    vendor_code text NOT NULL,
    window_unit text NOT NULL CHECK (window_unit IN ('days', 'months')),
    window_length smallint NOT NULL,
    delivery_allowance smallint NOT NULL DEFAULT 3 CHECK (delivery_allowance BETWEEN 0 AND 20),
    minimum_age smallint NOT NULL DEFAULT 16,
    feed_limit_hours integer NOT NULL DEFAULT 72,
    outage_threshold_minutes integer NOT NULL DEFAULT 240,
    returns_limit_percent numeric NOT NULL DEFAULT 5,
    daily_capacity integer NOT NULL CHECK (daily_capacity > 0),
    batch_size integer NOT NULL DEFAULT 2500 CHECK (batch_size BETWEEN 1 AND 5000),
    helpline text NOT NULL CHECK (helpline <> ''),
    helpline_hours text NOT NULL,
    web_address text NOT NULL CHECK (web_address <> ''),
    freepost text[] NOT NULL,
    sender text NOT NULL,
    signatory text NOT NULL,
    author_id bigint NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL,
    approved_at timestamptz,
    grown_up_on date, -- the day on which it was last asked who had come of age
    CHECK (window_unit = 'days' AND window_length BETWEEN 28 AND 366 OR window_unit = 'months' AND window_length BETWEEN 1 AND 12)
);

CREATE TABLE cohorts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    file_name text NOT NULL,
    sha256 bytea NOT NULL,
    bytes bigint NOT NULL,
    stored_as text NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'reading', 'in review', 'refused', 'accepted', 'declined', 'applied')),
    rows integer NOT NULL DEFAULT 0,
    accepted integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    enrolled integer NOT NULL DEFAULT 0,
    already integer NOT NULL DEFAULT 0,
    refusal text NOT NULL DEFAULT '',
    received_by bigint REFERENCES staff,
    received_at timestamptz NOT NULL,
    read_at timestamptz,
    decided_by bigint REFERENCES staff,
    decided_at timestamptz,
    applied_at timestamptz,
    UNIQUE (campaign_id, sha256)
);

-- Rows of a file between being read and being accepted. Not logged: a crash empties it and the file is read again.
CREATE UNLOGGED TABLE cohort_rows (
    cohort_id bigint NOT NULL,
    line integer NOT NULL,
    nhs_number text NOT NULL,
    title text NOT NULL,
    given_names text NOT NULL,
    family_name text NOT NULL,
    born_on date,
    died_on date,
    address text[] NOT NULL,
    postcode text NOT NULL,
    practice_code text NOT NULL,
    language text NOT NULL,
    format text NOT NULL,
    sensitive boolean NOT NULL,
    undeliverable text NOT NULL
);
CREATE INDEX cohort_rows_cohort ON cohort_rows (cohort_id);

CREATE TABLE findings (
    cohort_id bigint NOT NULL REFERENCES cohorts,
    line integer NOT NULL,
    column_name text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('reject', 'review', 'note')),
    shown text NOT NULL,
    advice text NOT NULL
);
CREATE INDEX findings_cohort ON findings (cohort_id, rule);

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nhs_number text NOT NULL UNIQUE,
    title text NOT NULL DEFAULT '',
    given_names text NOT NULL DEFAULT '',
    family_name text NOT NULL DEFAULT '',
    born_on date,
    died_on date,
    address text[] NOT NULL DEFAULT '{}',
    postcode text NOT NULL DEFAULT '',
    address_on date,
    practice_code text NOT NULL,
    language text NOT NULL DEFAULT '',
    format text NOT NULL DEFAULT '',
    sensitive boolean NOT NULL DEFAULT false,
    undeliverable text NOT NULL DEFAULT '',
    left_reason text NOT NULL DEFAULT '',
    left_on date,
    merged_into bigint REFERENCES people,
    touched_at timestamptz NOT NULL
);
CREATE INDEX people_merged ON people (merged_into) WHERE merged_into IS NOT NULL;

-- What was reported about a person, and when; never edited. people holds what follows from it.
CREATE TABLE person_facts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES people,
    kind text NOT NULL CHECK (kind IN ('died', 'not dead', 'left', 'came back', 'moved practice', 'moved address',
        'sensitive', 'not sensitive', 'merged', 'split', 'address not found')),
    fact_on date,
    source text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL
);
CREATE INDEX person_facts_person ON person_facts (person_id);

CREATE TABLE waves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    number smallint NOT NULL,
    name text NOT NULL DEFAULT '',
    practices text[],
    first_post_on date NOT NULL,
    last_post_on date NOT NULL,
    people integer NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'approved', 'withdrawn')),
    signed_counts jsonb,
    author_id bigint NOT NULL REFERENCES staff,
    planned_at timestamptz NOT NULL,
    approved_at timestamptz,
    UNIQUE (campaign_id, number)
);

CREATE TABLE approvals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object_kind text NOT NULL CHECK (object_kind IN ('campaign', 'wave')),
    object_id bigint NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    author_id bigint NOT NULL REFERENCES staff,
    signed jsonb NOT NULL,
    approved_at timestamptz NOT NULL,
    UNIQUE (object_kind, object_id, staff_id),
    CHECK (staff_id <> author_id)
);

CREATE SEQUENCE enrolment_ids;
CREATE TABLE enrolments (
    id bigint NOT NULL DEFAULT nextval('enrolment_ids'),
    campaign_id integer NOT NULL,
    person_id bigint NOT NULL,
    cohort_id bigint NOT NULL,
    wave_id bigint,
    slot integer,
    state text NOT NULL CONSTRAINT enrolments_state CHECK (state IN ('in_cohort', 'excluded', 'scheduled', 'written', 'notified',
        'reconciling', 'ready', 'creating', 'created', 'create_failed', 'withdrawing', 'withdrawn', 'retracing', 'unreachable',
        'opted_out', 'held', 'closed')),
    reason text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    merged_into bigint,
    PRIMARY KEY (campaign_id, id),
    UNIQUE (campaign_id, person_id)
) PARTITION BY LIST (campaign_id);
CREATE INDEX enrolments_wave ON enrolments (wave_id, slot) WHERE wave_id IS NOT NULL;
CREATE INDEX enrolments_person ON enrolments (person_id);

CREATE SEQUENCE history_ids;
CREATE TABLE history (
    id bigint NOT NULL DEFAULT nextval('history_ids'),
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    event text NOT NULL,
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL
) PARTITION BY LIST (campaign_id);
CREATE INDEX history_enrolment ON history (enrolment_id);

-- People per campaign, wave, state and reason: every change is a line, a job folds the lines. Sum both to count.
CREATE TABLE count_deltas (
    campaign_id integer NOT NULL,
    wave_id bigint NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    people integer NOT NULL
);
CREATE TABLE counts (
    campaign_id integer NOT NULL,
    wave_id bigint NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    people integer NOT NULL,
    PRIMARY KEY (campaign_id, wave_id, state, reason)
);
