-- Who pays for letters, how much, and until when they must be posted. Money is in hundredths of a penny.

CREATE TABLE funding_offers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme_id integer NOT NULL REFERENCES programmes,
    title text NOT NULL CHECK (title <> ''),
    payer text NOT NULL CHECK (payer <> ''),
    amount bigint NOT NULL CHECK (amount >= 0), -- at most; 0 is without limit
    unit bigint NOT NULL CHECK (unit >= 0),     -- for each posted piece; 0 where a share is paid
    share smallint NOT NULL CHECK (share BETWEEN 0 AND 100), -- percent of the postage
    covers text NOT NULL,
    regions text[] NOT NULL,                    -- of campaigns; none is all
    conditions text NOT NULL,
    posted_from date NOT NULL,
    posted_by date NOT NULL,
    author_id bigint REFERENCES staff,
    made_at timestamptz NOT NULL,
    ended_by bigint REFERENCES staff,
    ended_at timestamptz,
    CHECK (posted_by >= posted_from),
    CHECK ((unit > 0) <> (share > 0))
);

GRANT SELECT, INSERT, UPDATE ON funding_offers TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
