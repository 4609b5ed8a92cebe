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
