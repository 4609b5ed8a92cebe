-- Guesses at codes, whether the public service could take answers, and who sees a record.

-- Failed proofs, counted in minutes: by network, by the neighbourhood of the network, and in all (spread over a few rows, so
-- that a flood does not queue at one). Keys are MACs: nobody's address is kept.
CREATE TABLE guesses (
    kind text NOT NULL CHECK (kind IN ('network', 'neighbourhood', 'all')),
    key text NOT NULL,
    minute timestamptz NOT NULL,
    failures integer NOT NULL CHECK (failures > 0),
    PRIMARY KEY (kind, key, minute)
);
CREATE INDEX guesses_minute ON guesses (minute);

-- Wrong dates of birth in a row for a real code; after some of them it rests for a while. A campaign that forgets its people
-- ends their codes.
ALTER TABLE codes ADD COLUMN wrong_run smallint NOT NULL DEFAULT 0,
    ADD COLUMN wrong_at timestamptz,
    ADD COLUMN resting_until timestamptz,
    ADD COLUMN ended_at timestamptz;

-- The proof that the public service can write: each process says every few seconds that it lives.
CREATE TABLE beats (
    process text PRIMARY KEY,
    at timestamptz NOT NULL
);

-- One line for each time somebody looked at their own record.
CREATE TABLE record_views (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id uuid NOT NULL,
    programme_id integer NOT NULL, -- of the record
    campaign_id integer NOT NULL,
    person_id bigint NOT NULL REFERENCES people,
    viewed_at timestamptz NOT NULL
);
CREATE INDEX record_views_person ON record_views (person_id, viewed_at);
CREATE INDEX record_views_programme ON record_views (programme_id, viewed_at);

-- The patients' role may not read numbers or names: it may ask whose they are, with number and date of birth in hand. Two of
-- one number are nobody.
CREATE FUNCTION person_of(number text, born date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT min(id) FROM (
        SELECT DISTINCT coalesce(root.id, p.id) AS id FROM people p LEFT JOIN people root ON root.id = p.merged_into
        WHERE p.nhs_number = number AND coalesce(root.born_on, p.born_on) = born AND coalesce(root.died_on, p.died_on) IS NULL) found
    HAVING count(*) = 1
$$;
-- Nor may it read the audit: it may ask who looked at one person, in which role, and for what, newest first.
CREATE FUNCTION looks_at(person bigint) RETURNS TABLE (at timestamptz, who text, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.at, coalesce(s.role, a.actor_kind), coalesce(a.detail->>'why', '') FROM audit a
    LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor_id
    WHERE a.object_kind = 'person' AND a.action IN ('looked', 'looked at own record')
        AND a.object_id IN (SELECT id::text FROM people WHERE id = person OR merged_into = person)
    ORDER BY a.id DESC LIMIT 200
$$;
REVOKE ALL ON FUNCTION person_of(text, date), looks_at(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_of(text, date), looks_at(bigint) TO duenotice_public;

GRANT SELECT, INSERT, UPDATE ON guesses TO duenotice_app, duenotice_public;
GRANT DELETE ON guesses TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON beats TO duenotice_app, duenotice_public;
GRANT SELECT ON record_views TO duenotice_app;
GRANT SELECT, INSERT ON record_views TO duenotice_public;
GRANT SELECT (wrong_run, wrong_at, resting_until, ended_at), UPDATE (wrong_run, wrong_at, resting_until) ON codes TO duenotice_public;
-- An alarm that is raised again is only seen again.
GRANT SELECT (seen_at) ON alarms TO duenotice_public;

-- An outage that is told again, because nobody knew whether it had been written, is one.
CREATE UNIQUE INDEX outages_once ON outages (source, began_at, ended_at);

-- Nobody deletes a programme, and every answer is about one of few: a share lock on its one row, which a foreign key takes
-- each time, makes those who answer at the same moment wait for each other.
ALTER TABLE answers DROP CONSTRAINT answers_programme_id_fkey;
ALTER TABLE tellings DROP CONSTRAINT tellings_programme_id_fkey;
