-- How a print vendor proves who it is, how else it is reached, and what was sealed to its own key.

ALTER TABLE vendors
    ADD COLUMN email text NOT NULL DEFAULT '',
    ADD COLUMN packs text[] NOT NULL DEFAULT '{}', -- codes of the packs it may print; none: all
    ADD COLUMN networks cidr[] NOT NULL DEFAULT '{}', -- from where it may ask; none: from anywhere
    ADD COLUMN retention_days smallint NOT NULL DEFAULT 30 CHECK (retention_days BETWEEN 1 AND 365),
    ADD COLUMN client_id text UNIQUE, -- for OAuth2; random, so that nobody can guess which vendors there are
    ADD COLUMN seal_kind text NOT NULL DEFAULT '' CHECK (seal_kind IN ('', 'openpgp', 'age')),
    ADD COLUMN seal_key text NOT NULL DEFAULT '', -- the vendor's public key
    ADD COLUMN seal_fingerprint text NOT NULL DEFAULT '',
    ADD CHECK ((seal_kind = '') = (seal_key = ''));

-- A key is sent with each request; a client secret only buys tokens.
ALTER TABLE vendor_keys
    ADD COLUMN kind text NOT NULL DEFAULT 'key' CHECK (kind IN ('key', 'client')),
    ADD COLUMN used_at timestamptz;

-- Public keys with which a vendor opens the SFTP door.
CREATE TABLE vendor_ssh_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    fingerprint text NOT NULL UNIQUE,
    public_key bytea NOT NULL,
    comment text NOT NULL,
    added_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

-- A batch's file sealed to its vendor's key, for as long as the file itself can be opened.
CREATE TABLE sealed_copies (
    batch_id bigint NOT NULL REFERENCES batches,
    fingerprint text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('openpgp', 'age')),
    name text NOT NULL UNIQUE,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    made_at timestamptz NOT NULL,
    forgotten_at timestamptz,
    PRIMARY KEY (batch_id, fingerprint)
);

-- Files of answers that vendors leave by SFTP. A name is never used for two contents; a file without its last line waits.
CREATE TABLE vendor_files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    name text NOT NULL,
    content bytea NOT NULL,
    sha256 bytea NOT NULL,
    received_at timestamptz NOT NULL,
    whole_at timestamptz,
    answered_at timestamptz,
    lines integer NOT NULL DEFAULT 0,
    applied integer NOT NULL DEFAULT 0,
    already integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    result bytea,
    UNIQUE (vendor_id, name),
    CHECK ((answered_at IS NULL) = (result IS NULL))
);

GRANT SELECT, INSERT, UPDATE ON vendor_ssh_keys, sealed_copies TO duenotice_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vendor_files TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- Where a vendor wants to be told that something waits for it. The secrets with which the tellings are signed follow from
-- the installation's pepper and the version; the one before works until it is ended.
CREATE TABLE vendor_hooks (
    vendor_id bigint PRIMARY KEY REFERENCES vendors,
    url text NOT NULL,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    two_secrets boolean NOT NULL DEFAULT false, -- signed with the secret before as well
    since timestamptz NOT NULL, -- what happened before is not told
    stopped_at timestamptz
);
CREATE TABLE hook_deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    event text NOT NULL CHECK (event IN ('batch.released', 'recalls.asked', 'test')),
    subject text NOT NULL, -- a batch's code, or the largest id of the recalls
    made_at timestamptz NOT NULL,
    next_at timestamptz, -- null: told, or given up
    attempts integer NOT NULL DEFAULT 0,
    told_at timestamptz,
    said text NOT NULL DEFAULT '', -- what came of the last attempt
    UNIQUE (vendor_id, event, subject)
);
CREATE INDEX hook_deliveries_due ON hook_deliveries (next_at) WHERE next_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON vendor_hooks, hook_deliveries TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- A vendor's word that it has destroyed its copies of a batch.
CREATE TABLE copies_destroyed (
    batch_id bigint PRIMARY KEY REFERENCES batches,
    destroyed_on date NOT NULL,
    recorded_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON copies_destroyed TO duenotice_app;
