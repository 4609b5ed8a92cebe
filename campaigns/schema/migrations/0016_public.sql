-- The public service: in which languages it is shown, what people ask, and what they ask for.

-- A translation goes public when somebody has put their name to it. The newest line of a language counts, and only for
-- the very wording whose fingerprint it bears.
CREATE TABLE translation_acceptances (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language text NOT NULL,
    fingerprint text NOT NULL,
    shown_as text NOT NULL CHECK (shown_as IN ('draft', 'checked', 'withdrawn')),
    checked_by text NOT NULL DEFAULT '', -- who read it as a speaker of the language, with their calling
    staff_id bigint NOT NULL REFERENCES staff,
    accepted_at timestamptz NOT NULL,
    CHECK (shown_as <> 'checked' OR checked_by <> '')
);
CREATE INDEX translation_acceptances_language ON translation_acceptances (language, id);

-- Questions to the helpdesk and their answers: one thread a person and campaign. What waits follows from the last line.
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    enrolment_id bigint NOT NULL,
    person_id bigint NOT NULL REFERENCES people,
    kind text NOT NULL CHECK (kind IN ('asked', 'answered', 'closed')),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    language text NOT NULL, -- of the page on which it was written
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL,
    token uuid UNIQUE,
    CHECK ((kind = 'asked') = (staff_id IS NULL))
);
CREATE INDEX messages_thread ON messages (enrolment_id, id);

-- Another language or format, or a new code: work for the helpdesk, done with a new letter to the address of record.
CREATE TABLE letter_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('format', 'new code')),
    campaign_id integer REFERENCES campaigns,
    enrolment_id bigint,
    person_id bigint REFERENCES people,
    language text NOT NULL DEFAULT '',
    format text NOT NULL DEFAULT '',
    told jsonb NOT NULL DEFAULT '{}', -- by somebody without a code about themselves; emptied when it is settled
    asked_at timestamptz NOT NULL,
    token uuid UNIQUE,
    settled_at timestamptz,
    settled_by bigint REFERENCES staff,
    outcome text CHECK (outcome IN ('new letter', 'next letter', 'told', 'not found', 'not needed')),
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK (kind = 'new code' OR enrolment_id IS NOT NULL)
);
CREATE INDEX letter_requests_open ON letter_requests (asked_at) WHERE settled_at IS NULL;
CREATE INDEX letter_requests_enrolment ON letter_requests (enrolment_id) WHERE enrolment_id IS NOT NULL;

-- Why people answered as they did, where they said so of their own accord: kept apart from answers and people.
CREATE TABLE answer_reasons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    says text NOT NULL CHECK (says IN ('no', 'yes')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    language text NOT NULL,
    said_on date NOT NULL
);
CREATE INDEX answer_reasons_campaign ON answer_reasons (campaign_id, id);

GRANT SELECT, INSERT ON translation_acceptances, messages, letter_requests, answer_reasons TO duenotice_app;
GRANT UPDATE (told, person_id, settled_at, settled_by, outcome) ON letter_requests TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
GRANT SELECT (id, language, fingerprint, shown_as, checked_by) ON translation_acceptances TO duenotice_public;
GRANT SELECT (id, campaign_id, enrolment_id, person_id, kind, body, at, token), INSERT ON messages TO duenotice_public;
-- Whoever answers here may ask, and see that they asked; what somebody told of themselves is not read back.
GRANT SELECT (id, kind, enrolment_id, language, format, asked_at, token, settled_at, outcome), INSERT ON letter_requests TO duenotice_public;
GRANT INSERT ON answer_reasons TO duenotice_public;
