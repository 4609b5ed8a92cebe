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

-- A sandbox is an installation in a database of its own, where vendors try what they have built on made-up letters. A
-- database becomes one while it is empty and stays one; from then on it takes nobody who could be real and no batch of
-- another name, and every other database takes no batch of a sandbox's name.
CREATE TABLE sandbox (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    since timestamptz NOT NULL
);
ALTER TABLE batches ADD CONSTRAINT batches_of_no_sandbox CHECK (code NOT LIKE 'SANDBOX-%');
CREATE FUNCTION become_sandbox(at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE sandbox IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM sandbox) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM people) OR EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM vendors) OR EXISTS (SELECT FROM staff) THEN
        RAISE EXCEPTION 'This database is at work. It never becomes a sandbox.';
    END IF;
    ALTER TABLE batches DROP CONSTRAINT batches_of_no_sandbox;
    ALTER TABLE batches ADD CONSTRAINT batches_of_a_sandbox CHECK (code LIKE 'SANDBOX-%');
    ALTER TABLE people ADD CONSTRAINT people_of_a_sandbox CHECK (nhs_number LIKE '999%' AND postcode LIKE 'ZA%');
    INSERT INTO sandbox (since) VALUES (at);
END $$;
REVOKE ALL ON FUNCTION become_sandbox(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION become_sandbox(timestamptz) TO duenotice_app;

-- Where the next pull of a sandbox's batch is to break off.
CREATE TABLE sandbox_cuts (
    batch_id bigint PRIMARY KEY REFERENCES batches,
    after_bytes bigint NOT NULL CHECK (after_bytes >= 0),
    asked_at timestamptz NOT NULL
);
GRANT SELECT ON sandbox TO duenotice_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sandbox_cuts TO duenotice_app;

-- A vendor's own SFTP server, to which its batches are brought. Our key follows from the installation's pepper.
CREATE TABLE vendor_drops (
    vendor_id bigint PRIMARY KEY REFERENCES vendors,
    address text NOT NULL, -- host:port
    account text NOT NULL,
    folder text NOT NULL,
    host_key bytea NOT NULL, -- pinned
    set_at timestamptz NOT NULL,
    stopped_at timestamptz,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0, -- in vain, since it last went well
    went_well_at timestamptz,
    said text NOT NULL DEFAULT ''
);
-- What was brought there whole: a batch by its code, or a list of recalls by its name.
CREATE TABLE drop_deliveries (
    vendor_id bigint NOT NULL REFERENCES vendors,
    subject text NOT NULL,
    brought_at timestamptz NOT NULL,
    PRIMARY KEY (vendor_id, subject)
);
GRANT SELECT, INSERT, UPDATE ON vendor_drops, drop_deliveries TO duenotice_app;

-- Certificates with which a vendor's programs show who they are, beside their key. Where a vendor has a live one, a request
-- without one of them is nobody's.
CREATE TABLE vendor_certificates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32), -- of the whole certificate (RFC 8705, 3.1)
    subject text NOT NULL,
    ends_at timestamptz NOT NULL,
    added_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    UNIQUE (vendor_id, sha256)
);
GRANT SELECT, INSERT, UPDATE ON vendor_certificates TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
