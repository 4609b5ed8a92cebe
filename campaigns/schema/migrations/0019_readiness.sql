-- Practices on their way to being live: their state, what holds them up, who met them about it.

CREATE TABLE readiness_deadlines (
    programme_id integer PRIMARY KEY REFERENCES programmes,
    title text NOT NULL CHECK (title <> ''),
    due_on date NOT NULL,
    targets jsonb NOT NULL, -- [{"on": day, "share": 0 to 1}], by day
    set_by bigint REFERENCES staff,
    set_at timestamptz NOT NULL
);

-- How far each practice is. That it is live is not kept here: live is whose switch (a signal) is on.
CREATE TABLE readiness (
    programme_id integer NOT NULL REFERENCES programmes,
    practice_code text NOT NULL REFERENCES practices,
    state text NOT NULL CHECK (state IN ('not contacted', 'engaged', 'agreed', 'checks in progress', 'blocked', 'ready', 'live', 'deferred', 'withdrawn')),
    supplier text NOT NULL DEFAULT '',
    approach text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    plan text NOT NULL DEFAULT '',
    excluded integer CHECK (excluded >= 0),
    excluded_on date,
    action_plan text NOT NULL DEFAULT '' CHECK (action_plan IN ('', 'asked for', 'received', 'accepted')),
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (programme_id, practice_code)
);

CREATE TABLE readiness_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    practice_code text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    on_day date NOT NULL,
    note text NOT NULL,
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL
);
CREATE INDEX readiness_history_practice ON readiness_history (programme_id, practice_code, id);

-- What a practice has to see to before it is live. The newest line of an item counts.
CREATE TABLE readiness_checks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    practice_code text NOT NULL,
    item text NOT NULL,
    done boolean NOT NULL,
    evidence text NOT NULL,
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL
);
CREATE INDEX readiness_checks_practice ON readiness_checks (programme_id, practice_code, item, id);

CREATE TABLE readiness_blockers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    practice_code text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    owner text NOT NULL,
    due_on date,
    raised_by bigint REFERENCES staff,
    raised_at timestamptz NOT NULL,
    resolved_by bigint REFERENCES staff,
    resolved_at timestamptz,
    resolution text NOT NULL DEFAULT ''
);
CREATE INDEX readiness_blockers_open ON readiness_blockers (programme_id, practice_code) WHERE resolved_at IS NULL;

CREATE TABLE readiness_meetings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    region_code text NOT NULL,
    held_on date NOT NULL,
    practices text[] NOT NULL,
    states text[] NOT NULL, -- of those practices, as they met
    agreed text NOT NULL,
    plan text NOT NULL,
    support text NOT NULL,
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL
);
CREATE INDEX readiness_meetings_region ON readiness_meetings (programme_id, region_code, held_on);

GRANT SELECT, INSERT ON readiness_history, readiness_checks, readiness_meetings TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON readiness_deadlines, readiness, readiness_blockers TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
