-- What doctors said: meetings by count and never by name, votes as counted, concerns and the answers given.

CREATE TABLE engagement_meetings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    region_code text NOT NULL, -- '' is national
    held_on date NOT NULL,
    body text NOT NULL CHECK (body <> ''),
    present integer NOT NULL CHECK (present > 0),
    bodies integer NOT NULL DEFAULT 0,    -- committees that were there
    bodies_of integer NOT NULL DEFAULT 0, -- of so many
    statement text NOT NULL,
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL,
    CHECK (bodies <= bodies_of)
);

CREATE TABLE engagement_votes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting_id bigint NOT NULL REFERENCES engagement_meetings,
    question text NOT NULL CHECK (question <> ''),
    answers jsonb NOT NULL, -- [{"answer", "votes", "stance": "for", "against" or ""}]
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL
);
CREATE INDEX engagement_votes_meeting ON engagement_votes (meeting_id);

CREATE TABLE engagement_concerns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting_id bigint NOT NULL REFERENCES engagement_meetings,
    concern text NOT NULL CHECK (concern <> ''),
    owner text NOT NULL,
    wave_id bigint REFERENCES waves, -- which it blocks until it is answered
    staff_id bigint REFERENCES staff,
    at timestamptz NOT NULL,
    answer text NOT NULL DEFAULT '',
    answered_by bigint REFERENCES staff,
    answered_at timestamptz
);
CREATE INDEX engagement_concerns_meeting ON engagement_concerns (meeting_id);
CREATE INDEX engagement_concerns_wave ON engagement_concerns (wave_id) WHERE answered_at IS NULL;

GRANT SELECT, INSERT ON engagement_meetings, engagement_votes TO duenotice_app;
GRANT SELECT, INSERT, UPDATE ON engagement_concerns TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
