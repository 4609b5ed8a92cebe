-- The promise: notices and their windows, codes, answers, holds, records.

CREATE SEQUENCE notice_ids;
CREATE TABLE notices (
    id bigint NOT NULL DEFAULT nextval('notice_ids'),
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    number smallint NOT NULL,
    batch_id bigint NOT NULL,
    window_unit text NOT NULL,
    window_length smallint NOT NULL,
    delivery_allowance smallint NOT NULL,
    composed_on date NOT NULL,
    printed_last_on date NOT NULL,
    addressee text NOT NULL DEFAULT 'person',
    posted_on date,
    posted_told_at timestamptz,
    closes_on date,
    days_added smallint NOT NULL DEFAULT 0,
    void_at timestamptz,
    void_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (campaign_id, id),
    UNIQUE (campaign_id, enrolment_id, number)
) PARTITION BY LIST (campaign_id);
CREATE INDEX notices_person ON notices (person_id);
CREATE INDEX notices_batch ON notices (batch_id);
-- Who a letter is addressed to never changes, so that moves of a letter still leave this index alone.
CREATE INDEX notices_to_others ON notices (person_id) WHERE addressee <> 'person';

-- Everybody whose window runs or is over and who waits for a record: one row a person and campaign, gone with the record.
CREATE TABLE windows (
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    opened_on date NOT NULL,
    closes_on date NOT NULL,
    blocked_by text,
    blocked_version bigint,
    blocked_clause smallint,
    PRIMARY KEY (campaign_id, enrolment_id)
);
CREATE INDEX windows_unasked ON windows (campaign_id, closes_on) WHERE blocked_by IS NULL;
CREATE INDEX windows_blocked ON windows (campaign_id, blocked_by, blocked_version) WHERE blocked_by IS NOT NULL;

CREATE TABLE codes (
    mac bytea PRIMARY KEY,
    key_id smallint NOT NULL,
    piece_id bigint NOT NULL,
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    wrong_births smallint NOT NULL DEFAULT 0
);
CREATE INDEX codes_piece ON codes (piece_id);

CREATE TABLE answers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    programme_id integer NOT NULL REFERENCES programmes,
    person_id bigint NOT NULL REFERENCES people,
    campaign_id integer,
    says text NOT NULL CHECK (says IN ('no', 'yes')),
    channel text NOT NULL CHECK (channel IN ('web', 'phone', 'paper', 'practice', 'national', 'upload')),
    received_on date NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    given_by text NOT NULL DEFAULT 'self',
    piece_id bigint,
    staff_id bigint REFERENCES staff,
    hold_id bigint,
    evidence jsonb NOT NULL DEFAULT '{}',
    token uuid UNIQUE
);
CREATE INDEX answers_person ON answers (person_id);

-- An answer entered for the wrong person is reversed by two people; the answer itself stays as it was.
CREATE TABLE answer_reversals (
    answer_id bigint PRIMARY KEY REFERENCES answers,
    reason text NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    second_id bigint NOT NULL REFERENCES staff,
    reversed_at timestamptz NOT NULL,
    CHECK (staff_id <> second_id)
);

CREATE TABLE holds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    cause text NOT NULL CHECK (cause IN ('illegible', 'wrong date of birth', 'unproved proxy', 'several people', 'nobody found',
        'suspect letter', 'recorded as dead', 'sensitive or closed', 'same day', 'other')),
    says text NOT NULL CHECK (says IN ('no', 'yes', 'unknown')),
    channel text NOT NULL,
    received_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    reference text NOT NULL UNIQUE,
    piece_id bigint,
    told jsonb NOT NULL DEFAULT '{}',
    token uuid UNIQUE,
    staff_id bigint REFERENCES staff,
    settled_at timestamptz,
    settled_by bigint REFERENCES staff,
    settled_with bigint REFERENCES staff,
    outcome text CHECK (outcome IN ('dissent', 'consent', 'not an answer', 'unmatchable')),
    reason text NOT NULL DEFAULT ''
);
CREATE INDEX holds_open ON holds (received_on) WHERE settled_at IS NULL;

CREATE TABLE hold_candidates (
    hold_id bigint NOT NULL REFERENCES holds,
    person_id bigint NOT NULL REFERENCES people,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (hold_id, person_id)
);
CREATE INDEX hold_candidates_person ON hold_candidates (person_id);

-- Days that lengthen windows: extensions of a campaign or wave, outages of the public service, holidays proclaimed late. Rows count from their commit.
CREATE TABLE extensions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer REFERENCES campaigns,
    wave_id bigint REFERENCES waves,
    region_code text REFERENCES regions,
    days smallint NOT NULL CHECK (days BETWEEN 1 AND 366),
    reason text NOT NULL,
    author_id bigint REFERENCES staff,
    approver_id bigint REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    CHECK (author_id <> approver_id)
);
CREATE TABLE outages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at > began_at),
    recorded_at timestamptz NOT NULL,
    source text NOT NULL
);
CREATE TABLE extra_holidays (
    day date PRIMARY KEY,
    title text NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- What the evidence of many records has in common: people who hang on the same wave, practices and batches and were
-- asked about together. Each record's own part names it by its checksum.
CREATE TABLE circumstances (
    id uuid PRIMARY KEY,
    body json NOT NULL
);

CREATE TABLE records (
    id uuid PRIMARY KEY,
    programme_id integer NOT NULL, -- of the campaign
    person_id bigint NOT NULL,
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    registry text NOT NULL,
    basis text NOT NULL CHECK (basis IN ('silence', 'yes')),
    state text NOT NULL CHECK (state IN ('reserved', 'leaving', 'live', 'failed', 'released', 'withdrawing', 'withdrawn')),
    reserved_at timestamptz NOT NULL,
    leaving_at timestamptz,
    live_at timestamptz,
    withdrawing_at timestamptz,
    withdrawn_at timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    target_id text NOT NULL DEFAULT '',
    failure text NOT NULL DEFAULT '',
    circumstances_id uuid NOT NULL,
    evidence json NOT NULL,
    evidence_sha256 bytea NOT NULL
);
CREATE UNIQUE INDEX records_live ON records (programme_id, person_id) WHERE state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing');
CREATE INDEX records_person ON records (person_id);
CREATE INDEX records_enrolment ON records (enrolment_id);
CREATE INDEX records_due ON records (next_attempt_at) WHERE state IN ('reserved', 'leaving', 'withdrawing');
