-- Packs, batches, pieces, and what print vendors said of them.

CREATE TABLE packs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version smallint NOT NULL,
    language text NOT NULL,
    format text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'proofed', 'approved', 'frozen')),
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (code, version, language, format)
);

CREATE TABLE vendors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    cut_off text NOT NULL DEFAULT '17:30',
    daily_capacity integer NOT NULL DEFAULT 100000,
    created_at timestamptz NOT NULL,
    last_heard_at timestamptz
);

-- API keys: only a SHA-256 of a 256-bit random key is kept; it is shown once.
CREATE TABLE vendor_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    key_hash bytea NOT NULL UNIQUE,
    hint text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE batches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    campaign_id integer NOT NULL REFERENCES campaigns,
    wave_id bigint REFERENCES waves,
    vendor_id bigint NOT NULL REFERENCES vendors,
    pack_id bigint NOT NULL REFERENCES packs,
    postage text NOT NULL DEFAULT 'second',
    state text NOT NULL CHECK (state IN ('planned', 'composed', 'sealed', 'accepted', 'rejected', 'posted', 'empty')),
    from_slot integer,
    to_slot integer,
    planned_post_on date NOT NULL,
    due_at timestamptz NOT NULL,
    salt bytea NOT NULL,
    composed integer NOT NULL DEFAULT 0,
    withheld integer NOT NULL DEFAULT 0,
    pieces integer NOT NULL DEFAULT 0,
    pages integer NOT NULL DEFAULT 0,
    sheets integer NOT NULL DEFAULT 0,
    pdf_bytes bigint NOT NULL DEFAULT 0,
    pdf_sha256 bytea,
    manifest_sha256 bytea,
    created_at timestamptz NOT NULL,
    composed_at timestamptz,
    sealed_at timestamptz,
    lease_until timestamptz,
    pulled_at timestamptz,
    accepted_at timestamptz,
    rejected_at timestamptz,
    reject_reason text NOT NULL DEFAULT '',
    posted_at timestamptz
);
CREATE INDEX batches_campaign ON batches (campaign_id, id);
CREATE INDEX batches_vendor ON batches (vendor_id, id);

-- Why a letter of a batch was not drawn.
CREATE TABLE withheld_letters (
    batch_id bigint NOT NULL REFERENCES batches,
    enrolment_id bigint NOT NULL,
    campaign_id integer NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX withheld_letters_batch ON withheld_letters (batch_id);
CREATE INDEX withheld_letters_enrolment ON withheld_letters (enrolment_id);

CREATE SEQUENCE piece_ids;
CREATE TABLE pieces (
    id bigint PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    campaign_id integer NOT NULL,
    notice_id bigint NOT NULL,
    enrolment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    number smallint NOT NULL,
    part smallint NOT NULL DEFAULT 1,
    batch_id bigint NOT NULL REFERENCES batches,
    sequence integer NOT NULL,
    first_page integer NOT NULL,
    pages smallint NOT NULL,
    sheets smallint NOT NULL,
    postcode text NOT NULL,
    checksum bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('released', 'accepted', 'printed', 'enclosed', 'posted', 'returned', 'rejected', 'spoiled',
        'recalled', 'failed', 'forwarded')),
    posted_on date,
    returned_on date,
    return_reason text NOT NULL DEFAULT '',
    suspected_at timestamptz,
    state_at timestamptz NOT NULL,
    UNIQUE (batch_id, sequence)
);
CREATE UNIQUE INDEX pieces_live ON pieces (enrolment_id, number, part) WHERE state NOT IN ('rejected', 'spoiled', 'recalled', 'failed');
CREATE INDEX pieces_person ON pieces (person_id);

-- Everything a vendor or the post reported of a piece or a whole batch, as told; never edited.
CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint REFERENCES vendors,
    batch_id bigint REFERENCES batches,
    piece_id bigint,
    reference text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('pulled', 'accepted', 'rejected', 'printed', 'enclosed', 'posted', 'returned', 'spoiled', 'suspected',
        'unsuspected', 'recalled', 'failed', 'forwarded', 'delivered', 'too late')),
    report_on date,
    reason text NOT NULL DEFAULT '',
    docket text NOT NULL DEFAULT '',
    from_sequence integer,
    to_sequence integer,
    verdict text NOT NULL CHECK (verdict IN ('applied', 'already', 'refused')),
    why text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL
);
CREATE INDEX reports_piece ON reports (piece_id);
CREATE INDEX reports_batch ON reports (batch_id);

CREATE TABLE recalls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    piece_id bigint NOT NULL UNIQUE REFERENCES pieces,
    vendor_id bigint NOT NULL REFERENCES vendors,
    asked_at timestamptz NOT NULL,
    reason text NOT NULL,
    answered_at timestamptz,
    answer text CHECK (answer IN ('done', 'too late'))
);

-- The first answer to a repeated request (kept 30 days).
CREATE TABLE idempotency_keys (
    vendor_id bigint NOT NULL REFERENCES vendors,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    content_type text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (vendor_id, key)
);
