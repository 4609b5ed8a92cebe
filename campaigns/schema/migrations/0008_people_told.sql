-- What later files tell of people who are in a campaign already, and files that should never have been taken.

-- unsaid names, bit by bit, what a row says nothing about (intake.Unsaid): what is held of the person stays.
ALTER TABLE cohort_rows
    ADD COLUMN superseded_by text NOT NULL DEFAULT '',      -- the number that replaces nhs_number
    ADD COLUMN left_reason text NOT NULL DEFAULT '',        -- why the person is on the lists no more
    ADD COLUMN left_on date,
    ADD COLUMN address_on date,                             -- since when the address is so
    ADD COLUMN not_traced boolean NOT NULL DEFAULT false,   -- a trace found nobody
    ADD COLUMN instead boolean NOT NULL DEFAULT false,      -- later news: earlier rows of the number do not count
    ADD COLUMN unsaid smallint NOT NULL DEFAULT 0;
CREATE INDEX cohort_rows_news ON cohort_rows (cohort_id) WHERE instead OR superseded_by <> '';

-- People of a file who were in the campaign before: whoever stands in two files stays when one of them is withdrawn.
CREATE TABLE enrolled_again (
    cohort_id bigint NOT NULL REFERENCES cohorts,
    campaign_id integer NOT NULL,
    enrolment_id bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (cohort_id, enrolment_id)
);
CREATE INDEX enrolled_again_enrolment ON enrolled_again (enrolment_id);

-- A file that should never have been taken (rules of notice, "wrong cohort loaded"). The file stays, and so does what came of it.
CREATE TABLE cohort_withdrawals (
    cohort_id bigint PRIMARY KEY REFERENCES cohorts,
    campaign_id integer NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    staff_id bigint NOT NULL REFERENCES staff,
    withdrawn_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON enrolled_again, cohort_withdrawals TO duenotice_app;
GRANT SELECT ON enrolled_again, cohort_withdrawals TO duenotice_public;
