package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const (
	// SandboxLetters is how many letters a batch of the sandbox has at most.
	SandboxLetters = 500

	sandboxADay   = 50 // batches that a vendor makes
	sandboxRegion = "SANDBOX"
)

// OpenSandbox makes a sandbox of a mailroom whose database is one or is empty;
// a database at work never becomes one. Its queue is the mailroom's.
func OpenSandbox(ctx context.Context, m *Mailroom, q *SandboxQueue) (*Sandbox, error) {
	if !m.Sandbox {
		return nil, fmt.Errorf("open sandbox: its mailroom is not marked as one")
	}
	if _, err := m.Pool.Exec(ctx, `SELECT become_sandbox(@now)`, pgx.NamedArgs{"now": m.Clock()}); err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	s := &Sandbox{Mailroom: m, later: q}
	return s, s.furnish(ctx)
}

// furnish makes what each batch needs once: a region, a programme, packs, and
// three who plan and sign.
func (s *Sandbox) furnish(ctx context.Context) error {
	m := s.Mailroom
	if _, err := m.Pool.Exec(ctx, `INSERT INTO regions (code, name, kind) VALUES (@code, 'Sandbox', 'icb') ON CONFLICT DO NOTHING`, pgx.NamedArgs{"code": sandboxRegion}); err != nil {
		return fmt.Errorf("furnish sandbox: %w", err)
	}
	if _, err := m.Pool.Exec(ctx, `INSERT INTO signals (key, changed_at) VALUES ('pause:practice:SANDBOX', @now) ON CONFLICT DO NOTHING`, pgx.NamedArgs{"now": m.Clock()}); err != nil {
		return fmt.Errorf("furnish sandbox: %w", err)
	}
	var known bool
	if err := m.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM programmes WHERE code = 'SANDBOX')`).Scan(&known); err != nil {
		return fmt.Errorf("furnish sandbox: %w", err)
	}
	if !known {
		if _, err := m.Register.CreateProgramme(ctx, "SANDBOX", "Sandbox", "own"); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	for _, who := range sandboxStaff {
		_, err := m.Pool.Exec(ctx, `INSERT INTO staff (email, name, role, password_hash, created_at) VALUES (@email, @email, 'national', '', @now) ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{"email": who, "now": m.Clock()})
		if err != nil {
			return fmt.Errorf("furnish sandbox: %w", err)
		}
	}
	return m.EnsureStandardPack(ctx)
}

// sandboxStaff plan and sign in a sandbox; nobody can sign in as them.
var sandboxStaff = []string{"author@sandbox.invalid", "first@sandbox.invalid", "second@sandbox.invalid"}

// SandboxKey makes a key of the sandbox for a vendor and returns it, once. It
// opens the sandbox and nothing else; the vendor of that name there has no
// other thing in common with the real one.
func (m *Mailroom) SandboxKey(ctx context.Context, s *Sandbox, by campaigns.Viewer, p VendorProfile) (string, error) {
	if err := mayKeep(by); err != nil {
		return "", err
	}
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return m.vendorDeed(ctx, tx, now, by, "new sandbox key", p.ID, nil)
	})
	if err != nil {
		return "", err
	}
	v, err := s.Mailroom.AddVendor(ctx, p.Code, p.Name)
	if err != nil {
		return "", err
	}
	return s.Mailroom.NewVendorKey(ctx, v.ID)
}

// campaignOf is the campaign of a vendor's made-up letters.
func (s *Sandbox) campaignOf(ctx context.Context, vendor VendorID) (code string, err error) {
	m := s.Mailroom
	code = fmt.Sprintf("SANDBOX-%d", vendor)
	var known bool
	if err := m.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaigns WHERE code = @code)`, pgx.NamedArgs{"code": code}).Scan(&known); err != nil || known {
		return code, err
	}
	v, err := m.profileOf(ctx, vendor)
	if err != nil {
		return "", err
	}
	by, err := s.staff(ctx)
	if err != nil {
		return "", err
	}
	_, err = m.Register.CreateCampaign(ctx, by[0], campaigns.NewCampaign{Code: code, Programme: "SANDBOX", Region: sandboxRegion, Name: "Sandbox: not to be posted", Kind: "blanket",
		Pack: "standard", Vendor: v.Code, Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16, DailyCapacity: 1_000_000, BatchSize: SandboxLetters,
		Helpline: "0808 157 0000", HelplineHours: "at no time: this is a sandbox", WebAddress: "sandbox.invalid", Freepost: []string{"Freepost SANDBOX"},
		Sender: "SANDBOX: NOT TO BE POSTED", Signatory: "Nobody"})
	if err != nil {
		return "", err
	}
	for _, one := range by[1:] {
		if _, err := m.Register.ApproveCampaign(ctx, one, code); err != nil {
			return "", err
		}
	}
	return code, nil
}

func (s *Sandbox) staff(ctx context.Context) (list []campaigns.Viewer, err error) {
	for _, email := range sandboxStaff {
		v, err := s.Mailroom.Register.ViewerByEmail(ctx, email)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// MakeBatch makes people up, writes to them and releases the batch to the
// vendor, now.
func (s *Sandbox) MakeBatch(ctx context.Context, vendor VendorID, people int) (Batch, error) {
	if people < 1 || people > SandboxLetters {
		return Batch{}, fault.In("letters", fault.Invalid, "A batch of the sandbox has from 1 to %d letters.", SandboxLetters)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.Mailroom
	last, err := s.lastBatch(ctx, vendor)
	if err != nil {
		return Batch{}, err
	}
	code, err := s.campaignOf(ctx, vendor)
	if err != nil {
		return Batch{}, err
	}
	by, err := s.staff(ctx)
	if err != nil {
		return Batch{}, err
	}
	c, err := m.Register.Campaign(ctx, by[0], code)
	if err != nil {
		return Batch{}, err
	}
	if err := s.makePeople(ctx, c.ID, people); err != nil {
		return Batch{}, err
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return Batch{}, err
	}
	waves, err := m.Register.PlanWaves(ctx, by[0], code, campaigns.Plan{FirstPostOn: working.OnOrAfter(m.Clock.Today().AddDays(1))})
	if err != nil {
		return Batch{}, err
	}
	for _, w := range waves {
		for _, one := range by[1:] {
			if _, err := m.Register.ApproveWave(ctx, one, code, w.Number); err != nil {
				return Batch{}, err
			}
		}
	}
	if err := s.work(ctx); err != nil {
		return Batch{}, err
	}
	return s.batchAfter(ctx, vendor, last)
}

// lastBatch is the newest batch of a vendor, who makes no more than so many a day.
func (s *Sandbox) lastBatch(ctx context.Context, vendor VendorID) (last BatchID, err error) {
	var today int
	err = s.Mailroom.Pool.QueryRow(ctx, `SELECT coalesce(max(id), 0), count(*) FILTER (WHERE created_at >= @day)::int FROM batches WHERE vendor_id = @vendor`,
		pgx.NamedArgs{"vendor": vendor, "day": s.Mailroom.Clock.Today().Start()}).Scan(&last, &today)
	if err != nil {
		return 0, fmt.Errorf("count batches of the sandbox: %w", err)
	}
	if today >= sandboxADay {
		return 0, fault.New(fault.Refused, "There are %d batches of today in your sandbox. Use those, or go on tomorrow.", today)
	}
	return last, nil
}

func (s *Sandbox) batchAfter(ctx context.Context, vendor VendorID, last BatchID) (Batch, error) {
	list, err := s.Mailroom.Batches(ctx, vendor, BatchFilter{After: last, Limit: 1})
	if err != nil {
		return Batch{}, err
	}
	if len(list) == 0 {
		return Batch{}, fault.New(fault.Unavailable, "No batch came of it. Ask again.")
	}
	return list[0], nil
}

// makePeople makes people up: their NHS numbers are of those kept for tests,
// and there is no such postcode.
func (s *Sandbox) makePeople(ctx context.Context, campaign campaigns.CampaignID, n int) error {
	return s.Mailroom.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"campaign": campaign, "n": n, "now": now, "given": sandboxGiven, "family": sandboxFamily, "born": calendar.On(1970, 1, 1)}
		if _, err := tx.Exec(ctx, `
			WITH made AS (
				INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
				SELECT '999' || to_char(k.n + i, 'FM0000000'), (@given::text[])[1 + i % cardinality(@given::text[])], (@family::text[])[1 + i % cardinality(@family::text[])],
					@born, ARRAY[i || ' Sandbox Street', 'Not a real place'], 'ZA' || 1 + i % 9 || ' ' || i % 10 || 'AA', 'SANDBOX', @now::timestamptz - interval '1 day'
				FROM (SELECT count(*)::int AS n FROM people) k, generate_series(1, @n::int) i RETURNING id)
			INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT @campaign, id, 1, 'in_cohort', @now FROM made`, args); err != nil {
			return fmt.Errorf("make people up: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES (@campaign, 0, 'in_cohort', '', @n)`, args); err != nil {
			return fmt.Errorf("make people up: %w", err)
		}
		return nil
	})
}

var (
	sandboxGiven  = []string{"Ada", "Bram", "Ceri", "Dilys", "Élodie", "Farah", "Grzegorz", "Siân", "Maximilian Alexander", "Jo", "Ştefan"}
	sandboxFamily = []string{"Specimen", "Sample-Example", "O’Nobody", "Musterfrau", "Doe", "Wiśniewska-Próba", "Testperson"}
)
