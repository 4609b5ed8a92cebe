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
