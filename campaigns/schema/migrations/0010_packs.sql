-- Packs in versions that two people answer for, the trial of a wave's letters, the keys of sealed files, what posting costs.

-- What the sources of one version (packs: one row a language and format) have in common. Their state lies with them
-- and is the same for all of a version.
CREATE TABLE pack_versions (
    code text NOT NULL,
    version smallint NOT NULL CHECK (version > 0),
    title text NOT NULL,
    geometry text NOT NULL DEFAULT 'C5 window',
    postage text NOT NULL DEFAULT 'second' CHECK (postage IN ('first', 'second', 'economy')),
    authors bigint[] NOT NULL DEFAULT '{}', -- everybody who wrote in it, the first one first; nobody: it came with the program
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    proofed_by bigint REFERENCES staff,
    proofed_at timestamptz,
    approved_by bigint REFERENCES staff,
    approved_at timestamptz,
    frozen_at timestamptz,
    PRIMARY KEY (code, version),
    CHECK (approved_by <> ALL (authors))
);
CREATE UNIQUE INDEX pack_versions_any_case ON pack_versions (lower(code), version);

INSERT INTO pack_versions (code, version, title, created_at, changed_at, approved_at, frozen_at)
SELECT code, version, code, min(created_at), min(created_at), min(created_at), CASE WHEN bool_and(state = 'frozen') THEN min(created_at) END
FROM packs GROUP BY code, version;

-- An approved version never changes, whoever asks: not its sources, nor their number.
CREATE FUNCTION keep_approved_packs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM packs WHERE code = NEW.code AND version = NEW.version AND state IN ('approved', 'frozen')) THEN
            RAISE EXCEPTION 'an approved pack takes no further source';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state IN ('approved', 'frozen') AND (TG_OP = 'DELETE' OR NEW.state NOT IN ('approved', 'frozen') OR OLD.state = 'frozen' AND NEW.state <> 'frozen'
        OR (NEW.code, NEW.version, NEW.language, NEW.format, NEW.body) IS DISTINCT FROM (OLD.code, OLD.version, OLD.language, OLD.format, OLD.body)) THEN
        RAISE EXCEPTION 'an approved pack never changes';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_approved_packs BEFORE INSERT OR UPDATE OR DELETE ON packs FOR EACH ROW EXECUTE FUNCTION keep_approved_packs();

-- Which version a campaign prints; the newest line counts. Before the first, it is the newest approved one.
CREATE TABLE campaign_packs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id integer NOT NULL REFERENCES campaigns,
    code text NOT NULL,
    version smallint NOT NULL,
    staff_id bigint REFERENCES staff,
    chosen_at timestamptz NOT NULL,
    FOREIGN KEY (code, version) REFERENCES pack_versions
);
CREATE INDEX campaign_packs_campaign ON campaign_packs (campaign_id, id);

-- The geometry of a vendor's machines, by name.
ALTER TABLE vendors ADD COLUMN geometry text NOT NULL DEFAULT 'C5 window';

-- One trial of all letters of a wave: what it was tried with, and what came of it. fingerprint is a sum over all that
-- would be printed, so that a trial counts for exactly these people and this wording.
CREATE TABLE wave_trials (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wave_id bigint NOT NULL REFERENCES waves,
    campaign_id integer NOT NULL REFERENCES campaigns,
    pack_code text NOT NULL,
    pack_version smallint NOT NULL,
    geometry text NOT NULL,
    fingerprint text NOT NULL,
    people integer NOT NULL,
    found integer NOT NULL,
    wrong text[] NOT NULL, -- sentences about the pack itself; these cannot be accepted
    parts jsonb NOT NULL,  -- per pack: letters, pages, sheets
    specimens jsonb NOT NULL, -- whose letters show soonest what does not fit: ids and why
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL
);
CREATE INDEX wave_trials_wave ON wave_trials (wave_id, id);

-- Who of a trial cannot be printed right, and why; the sentence names no person.
CREATE TABLE trial_findings (
    trial_id bigint NOT NULL REFERENCES wave_trials,
    enrolment_id bigint NOT NULL,
    finding text NOT NULL,
    PRIMARY KEY (trial_id, enrolment_id)
);
-- A finding that somebody has accepted: this person gets no letter with this wave, and that is known.
CREATE TABLE accepted_findings (
    wave_id bigint NOT NULL REFERENCES waves,
    enrolment_id bigint NOT NULL,
    finding text NOT NULL,
    staff_id bigint NOT NULL REFERENCES staff,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (wave_id, enrolment_id, finding)
);

-- The name of a batch's sealed file in the archive; '' for those sealed before files were encrypted.
ALTER TABLE batches ADD COLUMN sealed_as text NOT NULL DEFAULT '';
-- Its key, wrapped by a secret that lives apart from the database; destroyed some time after the vendor's accept.
CREATE TABLE batch_keys (
    batch_id bigint PRIMARY KEY REFERENCES batches,
    pepper_id smallint NOT NULL,
    wrapped bytea,
    made_at timestamptz NOT NULL,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Postage by size and weight, in hundredths of a penny for each piece. A price holds from its day on until another of
-- the same postage, size and weight begins. Lines are added, never changed: what was posted stays charged as it was.
CREATE TABLE tariffs (
    postage text NOT NULL CHECK (postage IN ('first', 'second', 'economy')),
    size text NOT NULL CHECK (size IN ('letter', 'large letter')),
    max_grams smallint NOT NULL CHECK (max_grams > 0),
    valid_from date NOT NULL,
    price integer NOT NULL CHECK (price >= 0),
    staff_id bigint REFERENCES staff,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (postage, size, max_grams, valid_from)
);

GRANT SELECT, INSERT ON campaign_packs, wave_trials, trial_findings, accepted_findings, tariffs TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON pack_versions, batch_keys TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
-- The letter as a page for everybody to read: wording only.
GRANT SELECT (id, code, version, language, format, state, body) ON packs TO duenotice_public;
GRANT SELECT (pack_id) ON batches TO duenotice_public;
