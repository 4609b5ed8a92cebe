-- Answers from other channels: scans, tasks, feeds.

-- A caller, and a form without a mark, are found by what they tell.
CREATE INDEX people_born ON people (born_on);

-- A file of scanned forms as it came. It stays as evidence; its bytes rest sealed.
CREATE TABLE scans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns, -- that was chosen when it came; a form's own mark counts
    region_code text NOT NULL,
    file_name text NOT NULL,
    sha256 bytea NOT NULL,
    bytes bigint NOT NULL,
    stored_as text NOT NULL UNIQUE,
    file_key bytea NOT NULL,
    pepper_id smallint NOT NULL,
    received_on date NOT NULL, -- by post
    staff_id bigint NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'read', 'refused')),
    pages integer NOT NULL DEFAULT 0,
    read_at timestamptz,
    why text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX scans_once ON scans (sha256) WHERE state <> 'refused';

-- What each page came to. Keyed: it counted by itself. Held: a person looks. Again: the form had counted before.
CREATE TABLE scan_pages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scan_id bigint NOT NULL REFERENCES scans,
    page integer NOT NULL,
    state text NOT NULL CHECK (state IN ('keyed', 'held', 'again', 'blank')),
    reference text NOT NULL DEFAULT '', -- of the letter, as the mark has it
    form text NOT NULL DEFAULT '',
    piece_id bigint REFERENCES pieces,
    says text NOT NULL DEFAULT '',
    why text NOT NULL DEFAULT '',
    ink jsonb NOT NULL DEFAULT '{}',
    parts jsonb NOT NULL DEFAULT '{}', -- where the answer, the date of birth and the signature are on the picture
    answer text NOT NULL DEFAULT '', -- the reference of the answer or the hold
    recorded_at timestamptz NOT NULL,
    UNIQUE (scan_id, page)
);
CREATE INDEX scan_pages_piece ON scan_pages (piece_id);

-- What people keyed of a form that could not be read surely. Two who keyed the same settle it; nobody sees the other's before.
CREATE TABLE hold_keyings (
    hold_id bigint NOT NULL REFERENCES holds,
    staff_id bigint NOT NULL REFERENCES staff,
    says text NOT NULL CHECK (says IN ('no', 'yes', 'both', 'neither', 'unreadable')),
    signed_by text NOT NULL CHECK (signed_by IN ('self', 'other', 'nobody')),
    reference text NOT NULL,
    born_on date,
    keyed_at timestamptz NOT NULL,
    PRIMARY KEY (hold_id, staff_id)
);

GRANT SELECT, INSERT ON scans, scan_pages, hold_keyings TO duenotice_app;
GRANT UPDATE (state, pages, read_at, why) ON scans TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- What each target is told of an answer: the practice as a task, a national register through its feed. The id is the feed's
-- cursor. A target that stays silent raises an alarm; what it confirmed is what people read on their status page.
CREATE TABLE tellings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target text NOT NULL CHECK (target IN ('practice', 'national')),
    programme_id integer NOT NULL REFERENCES programmes,
    person_id bigint NOT NULL REFERENCES people,
    answer_id bigint NOT NULL REFERENCES answers,
    says text NOT NULL CHECK (says IN ('no', 'yes', 'none')), -- what stands now
    practice_code text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL,
    told_at timestamptz, -- first fetched
    confirmed_at timestamptz,
    confirmed_by bigint REFERENCES staff,
    receipt text NOT NULL DEFAULT '', -- what the target calls it, or why it was refused
    refused_at timestamptz
);
CREATE INDEX tellings_person ON tellings (person_id, programme_id, target);
CREATE INDEX tellings_open ON tellings (target, id) WHERE confirmed_at IS NULL;

-- Those who keep a national register, and the keys with which their programs come. Only a hash of a key is kept.
CREATE TABLE registers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    key_sha256 bytea NOT NULL UNIQUE,
    made_by bigint NOT NULL REFERENCES staff,
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

-- The practice whose tasks a member of its staff sees.
ALTER TABLE staff ADD COLUMN practice_code text REFERENCES practices;

GRANT SELECT, INSERT ON tellings, registers TO duenotice_app;
GRANT UPDATE (told_at, confirmed_at, confirmed_by, receipt, refused_at) ON tellings TO duenotice_app;
GRANT UPDATE (used_at, revoked_at) ON registers TO duenotice_app;
GRANT INSERT ON tellings TO duenotice_public;
GRANT SELECT (id, target, programme_id, person_id, says, made_at, confirmed_at) ON tellings TO duenotice_public;
GRANT SELECT (id, revoked_at) ON registers TO duenotice_public;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- Who may answer for whom in a campaign. Each change is a row; the newest counts, and none is the usual policy.
CREATE TABLE answer_policies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    policy jsonb NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    set_at timestamptz NOT NULL
);
CREATE INDEX answer_policies_campaign ON answer_policies (campaign_id, id);
GRANT SELECT, INSERT ON answer_policies TO duenotice_app;
GRANT SELECT (id, campaign_id, policy) ON answer_policies TO duenotice_public;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
