-- Whoever works for a print vendor and signs in to its pages, client certificates, sandboxes, and the vendors' own SFTP
-- servers.

-- A person has either a password or an invitation that has not been taken up; a new invitation takes the password away.
-- Of the invitation only a SHA-256 is kept; it is shown once.
CREATE TABLE vendor_people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    password_hash text NOT NULL DEFAULT '',
    invite_hash bytea UNIQUE,
    invite_ends timestamptz,
    added_at timestamptz NOT NULL,
    added_by bigint REFERENCES staff,
    signed_in_at timestamptz,
    ended_at timestamptz,
    CHECK ((invite_hash IS NULL) = (invite_ends IS NULL)),
    CHECK (invite_hash IS NULL OR password_hash = ''),
    CHECK (ended_at IS NULL OR password_hash = '' AND invite_hash IS NULL)
);
CREATE INDEX vendor_people_vendor ON vendor_people (vendor_id, id);

CREATE TABLE vendor_sessions (
    token_hash bytea PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES vendor_people,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX vendor_sessions_person ON vendor_sessions (person_id);
GRANT SELECT, INSERT, UPDATE ON vendor_people TO duenotice_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vendor_sessions TO duenotice_app;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
