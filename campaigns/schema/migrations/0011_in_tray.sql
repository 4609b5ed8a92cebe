-- The in-tray: what came in and fits nothing yet, and what practices still have to look at.

ALTER TABLE holds DROP CONSTRAINT holds_cause_check;
ALTER TABLE holds ADD CONSTRAINT holds_cause_check CHECK (cause IN ('illegible', 'wrong date of birth', 'unproved proxy', 'several people',
    'nobody found', 'suspect letter', 'recorded as dead', 'sensitive or closed', 'same day', 'another region', 'date unknown', 'other'));
CREATE INDEX holds_number ON holds ((told->>'nhs_number'));

-- A letter that came back and is none that this viewer, or anybody, knows. What was told stays as it was told.
CREATE TABLE stray_returns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    returned_on date,
    reason text NOT NULL,
    region_code text REFERENCES regions,
    vendor_id bigint REFERENCES vendors,
    staff_id bigint REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by bigint REFERENCES staff,
    outcome text CHECK (outcome IN ('letter found', 'not ours', 'cannot be read')),
    piece_id bigint REFERENCES pieces,
    why text NOT NULL DEFAULT '',
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK ((outcome = 'letter found') = (piece_id IS NOT NULL))
);
CREATE UNIQUE INDEX stray_returns_once ON stray_returns (reference, reason, coalesce(returned_on, '0001-01-01'::date));
CREATE INDEX stray_returns_open ON stray_returns (recorded_at) WHERE settled_at IS NULL;

-- A returned letter starts the practice's check of the address, which takes six months (form FP69). One at a time for each person.
CREATE TABLE address_checks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    piece_id bigint NOT NULL UNIQUE REFERENCES pieces,
    person_id bigint NOT NULL REFERENCES people,
    campaign_id integer NOT NULL REFERENCES campaigns,
    enrolment_id bigint NOT NULL,
    practice_code text NOT NULL,
    about text NOT NULL CHECK (about IN ('address', 'death')),
    started_on date NOT NULL,
    due_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by bigint REFERENCES staff,
    outcome text CHECK (outcome IN ('lives there', 'moved', 'left the list', 'nothing heard', 'died', 'alive')),
    why text NOT NULL DEFAULT '',
    CHECK ((settled_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX address_checks_open ON address_checks (person_id) WHERE settled_at IS NULL;
CREATE INDEX address_checks_due ON address_checks (due_on) WHERE settled_at IS NULL;

-- A person gave up a record that could not be made: it is not tried again.
CREATE TABLE record_closings (
    record_id uuid PRIMARY KEY REFERENCES records,
    campaign_id integer NOT NULL REFERENCES campaigns,
    enrolment_id bigint NOT NULL,
    reason text NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    closed_at timestamptz NOT NULL
);
CREATE INDEX record_closings_enrolment ON record_closings (enrolment_id);

GRANT SELECT, INSERT ON stray_returns, address_checks, record_closings TO duenotice_app;
GRANT UPDATE (region_code, settled_at, settled_by, outcome, piece_id, why) ON stray_returns TO duenotice_app;
GRANT UPDATE (settled_at, settled_by, outcome, why) ON address_checks TO duenotice_app;
GRANT SELECT (record_id, campaign_id, enrolment_id) ON record_closings TO duenotice_public;
