-- Who works here, what they did, and the signals that everything obeys.

CREATE TABLE regions (
    code text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sha', 'icb', 'region')),
    parent text,
    valid_from date,
    valid_to date,
    successor text
);

CREATE TABLE staff (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('national', 'regional', 'practice', 'helpdesk', 'finance', 'auditor')),
    region_code text REFERENCES regions,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CHECK (role = 'national' OR role = 'auditor' OR region_code IS NOT NULL)
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    staff_id bigint NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Failed proofs, by who asked: sign-in, codes. Kept in the database so that limits hold over all processes.
CREATE TABLE failures (
    kind text NOT NULL,
    key text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX failures_key ON failures (kind, key, at);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('staff', 'vendor', 'patient', 'system')),
    actor_id bigint,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    campaign_id integer,
    outcome text NOT NULL,
    request_id text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_object ON audit (object_kind, object_id, id);

-- A signal is one shared circumstance that can hold back letters or records: the stop, a pause, a suspicion, a
-- watermark, a feed, a practice switched on. Whoever depends on it locks its row FOR SHARE; whoever changes it
-- locks it FOR UPDATE and counts its version up, so that those it held back are asked anew.
CREATE TABLE signals (
    key text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    since timestamptz,
    day date,
    reason text NOT NULL DEFAULT '',
    staff_id bigint REFERENCES staff,
    second_id bigint REFERENCES staff,
    changed_at timestamptz NOT NULL
);

CREATE TABLE signal_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    version bigint NOT NULL,
    since timestamptz,
    day date,
    reason text NOT NULL,
    staff_id bigint,
    second_id bigint,
    changed_at timestamptz NOT NULL
);
CREATE INDEX signal_changes_key ON signal_changes (key, id);

-- What one person proposed and another has to agree to: lifting the stop, lifting suspicion, extending, lowering.
CREATE TABLE proposals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL,
    key text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    author_id bigint NOT NULL REFERENCES staff,
    proposed_at timestamptz NOT NULL,
    approver_id bigint REFERENCES staff,
    approved_at timestamptz,
    withdrawn_at timestamptz,
    CHECK (approver_id <> author_id)
);
CREATE UNIQUE INDEX proposals_open ON proposals (action, key) WHERE approved_at IS NULL AND withdrawn_at IS NULL;

CREATE TABLE alarms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    sentence text NOT NULL,
    raised_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    cleared_at timestamptz,
    acknowledged_by bigint REFERENCES staff,
    acknowledged_at timestamptz
);
CREATE UNIQUE INDEX alarms_live ON alarms (kind, key) WHERE cleared_at IS NULL;

-- The movable clock of a demonstration: how far it is ahead of the wall, and nothing in a real installation.
CREATE TABLE demo_clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    ahead_microseconds bigint NOT NULL
);
