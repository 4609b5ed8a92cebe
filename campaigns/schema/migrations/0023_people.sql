-- Staff: what was done is sealed in a chain, and a second factor stands beside the password.

-- A seal covers the lines of the audit from first_id to last_id and the seal before it: whoever changes, adds or
-- takes out a line afterwards leaves a seal that does not fit. Seals are written by the night and never edited.
CREATE TABLE audit_seals (
    number bigint PRIMARY KEY,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL UNIQUE,
    lines bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    sealed_at timestamptz NOT NULL,
    CHECK (last_id >= first_id)
);
CREATE INDEX audit_at ON audit (at, id);

-- The last line below which none can appear any more. Numbers are given out before a transaction commits, so a
-- line with a lower number may come later than one with a higher; whoever writes a line holds the table meanwhile,
-- so for a moment in which nobody does, every number given out is written or will never be.
CREATE FUNCTION audit_horizon() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE audit IN SHARE MODE;
    RETURN (SELECT coalesce(max(id), 0) FROM audit);
END $$;
REVOKE ALL ON FUNCTION audit_horizon() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_horizon() TO duenotice_app;
GRANT SELECT, INSERT ON audit_seals TO duenotice_app;

-- A session has a number people may name when they end it, says what it is held in, and when its holder last proved who they are.
ALTER TABLE sessions ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at timestamptz; -- none while the second factor has not been given yet
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;

-- The second factor: a secret shared with an app on the person's telephone (RFC 6238), sealed under a key that is not in the
-- database. A step is used once. What is not confirmed yet opens nothing.
CREATE TABLE second_factors (
    staff_id bigint PRIMARY KEY REFERENCES staff,
    sealed bytea NOT NULL,
    key_number smallint NOT NULL,
    added_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors TO duenotice_app;

-- Codes for a lost telephone, each good once.
CREATE TABLE recovery_codes (
    staff_id bigint NOT NULL REFERENCES staff,
    hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (staff_id, hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_codes TO duenotice_app;

-- An alarm has an owner once somebody sees to it, and is ended by hand where nothing can tell that it is over.
ALTER TABLE alarms ADD COLUMN owner bigint REFERENCES staff;
ALTER TABLE alarms ADD COLUMN ended_by bigint REFERENCES staff;
ALTER TABLE alarms ADD COLUMN ended_because text NOT NULL DEFAULT '';
CREATE INDEX alarms_raised ON alarms (raised_at);

-- A table taken out of the house as a file. The file lies in the archive and is forgotten after a week.
CREATE TABLE exports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id bigint NOT NULL REFERENCES staff,
    region_code text, -- of whoever asked, when they asked
    what text NOT NULL,
    campaign_id integer REFERENCES campaigns,
    format text NOT NULL CHECK (format IN ('csv', 'xlsx')),
    asked_at timestamptz NOT NULL,
    done_at timestamptz,
    lines bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    stored_as text NOT NULL DEFAULT '',
    failure text NOT NULL DEFAULT '',
    forgotten_at timestamptz
);
CREATE INDEX exports_staff ON exports (staff_id, id);
CREATE INDEX exports_kept ON exports (asked_at) WHERE forgotten_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON exports TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
