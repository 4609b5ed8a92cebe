-- What print vendors hold for a while, and what they say and charge beside their reports on pieces.

-- Which of the vendor's workers has a batch for now; '' for a vendor who has but one.
ALTER TABLE batches ADD COLUMN leased_to text NOT NULL DEFAULT '';

-- How many pieces of a sealed batch have how many sheets, as [{"sheets", "pieces"}]; counted when it is first asked for,
-- because what is sealed never changes.
ALTER TABLE batches ADD COLUMN sheet_counts jsonb;

-- A letter that was listed to be fetched by itself is not listed again before this moment.
ALTER TABLE pieces ADD COLUMN lease_until timestamptz;

-- Vendors report pieces by the ten thousand, and each report changes a piece's state. A change of what no index looks at
-- stays on its page, if there is room, and leaves the indexes alone: so the index looks at whether a piece has ended.
ALTER TABLE pieces ADD COLUMN ended boolean NOT NULL GENERATED ALWAYS AS (state IN ('rejected', 'spoiled', 'recalled', 'failed')) STORED;
DROP INDEX pieces_live;
CREATE UNIQUE INDEX pieces_live ON pieces (enrolment_id, number, part) WHERE NOT ended;
ALTER TABLE pieces SET (fillfactor = 50);
GRANT SELECT (ended) ON pieces TO duenotice_public;
-- What is reported is noted under the lock of its batch, and neither batches nor vendors are ever deleted: to look both up
-- again for every line would take longer than to write it.
ALTER TABLE reports DROP CONSTRAINT reports_vendor_id_fkey, DROP CONSTRAINT reports_batch_id_fkey;
-- Whatever is said is kept, also what nobody can report ('other').
ALTER TABLE reports DROP CONSTRAINT reports_kind_check, ADD CONSTRAINT reports_kind_check CHECK (kind IN ('pulled', 'accepted', 'rejected', 'printed',
    'enclosed', 'posted', 'returned', 'spoiled', 'suspected', 'unsuspected', 'recalled', 'failed', 'forwarded', 'delivered', 'too late', 'destroyed', 'other'));
CREATE INDEX reports_refused ON reports (vendor_id, id) WHERE verdict = 'refused';

-- What a vendor says of a proof of a pack; the newest line counts.
CREATE TABLE proof_verdicts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    pack_id bigint NOT NULL REFERENCES packs,
    passed boolean NOT NULL,
    reason text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL
);
CREATE INDEX proof_verdicts_vendor ON proof_verdicts (vendor_id, pack_id, id);

-- Invoices as they came. Money is in hundredths of a penny, as in tariffs, and without tax.
CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    number text NOT NULL,
    issued_on date NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    received_at timestamptz NOT NULL,
    UNIQUE (vendor_id, number)
);
CREATE TABLE invoice_lines (
    invoice_id bigint NOT NULL REFERENCES invoices,
    line integer NOT NULL CHECK (line > 0),
    item text NOT NULL,
    batch_id bigint REFERENCES batches, -- null: charged for something else than the pieces of one batch
    quantity integer NOT NULL CHECK (quantity >= 0),
    unit_price bigint NOT NULL CHECK (unit_price >= 0),
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (invoice_id, line)
);
CREATE INDEX invoice_lines_batch ON invoice_lines (batch_id);

-- Management information: quantities that a vendor reports of line items it will charge for.
CREATE TABLE vendor_figures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    line_item text NOT NULL,
    quantity float8 NOT NULL,
    effective_at timestamptz NOT NULL,
    specification text NOT NULL DEFAULT '',
    batch_code text NOT NULL DEFAULT '',
    stock_remaining float8,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX vendor_figures_vendor ON vendor_figures (vendor_id, id);

GRANT SELECT, INSERT ON proof_verdicts, invoices, invoice_lines, vendor_figures TO duenotice_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO duenotice_app;
