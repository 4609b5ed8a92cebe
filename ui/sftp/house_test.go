package sftp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/ssh"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/ui/sftp"
)

// house is the SFTP door over a real mailroom, on a real port, and a vendor
// who comes with OpenSSH's own client.
type house struct {
	t        *testing.T
	db       *schematest.DB
	clock    *calendar.Movable
	mail     *letters.Mailroom
	vendor   letters.Vendor
	by       campaigns.Viewer
	campaign campaigns.Campaign
	dir      string // of the vendor's files
	port     string
	waves    []campaigns.WaveID
	planned  []letters.BatchID
	composed []letters.BatchID
}

func (h *house) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error  { return nil }
func (h *house) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }
func (h *house) SendRecords(context.Context, pgx.Tx, string) error             { return nil }

func (h *house) ComposeWave(_ context.Context, _ pgx.Tx, _ campaigns.CampaignID, w campaigns.WaveID) error {
	h.waves = append(h.waves, w)
	return nil
}

func (h *house) ComposeBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	h.planned = append(h.planned, id)
	return nil
}

func (h *house) SealBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	h.composed = append(h.composed, id)
	return nil
}

func (h *house) ReadScans(context.Context, pgx.Tx, letters.ScanID) error { return nil }

var opening = time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London) // a Friday

// newHouse has a wave of so many people in sealed batches of 40, and the door open.
func newHouse(t *testing.T, people int) *house {
	t.Helper()
	if _, err := exec.LookPath("sftp"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("OpenSSH's sftp is not installed")
		}
		t.Skip("OpenSSH's sftp is not installed, so what vendors do with it is not tried")
	}
	ctx := t.Context()
	h := &house{t: t, db: schematest.New(t), clock: calendar.NewStopped(opening), dir: t.TempDir()}
	store, err := archive.OpenFolder(t.TempDir())
	h.must(err)
	t.Cleanup(func() { store.Close() })
	log := slog.New(slog.DiscardHandler)
	register := &campaigns.Register{Pool: h.db.App, Clock: h.clock.Now, Queue: h, Log: log}
	desk := &optout.Desk{Pool: h.db.App, Clock: h.clock.Now, Register: register, Queue: h, Log: log,
		CodeMaker: optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper for tests, 32 bytes long")}, Newest: 1}}
	h.mail = &letters.Mailroom{Pool: h.db.App, Clock: h.clock.Now, Register: register, Desk: desk, Archive: store, Queue: h, Log: log}
	h.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb')`)
	var staff []campaigns.Viewer
	for _, name := range []string{"author", "first", "second"} {
		var id campaigns.StaffID
		h.must(h.db.Owner.QueryRow(ctx, `INSERT INTO staff (email, name, role, password_hash, created_at)
			VALUES ($1 || '@example.org', $1, 'national', '', $2) RETURNING id`, name, opening).Scan(&id))
		staff = append(staff, campaigns.Viewer{ID: id, Name: name, Role: campaigns.RoleNational})
	}
	h.by = staff[0]
	_, err = register.CreateProgramme(ctx, "SHS", "Shared Health Summary", "own")
	h.must(err)
	h.vendor, err = h.mail.AddVendor(ctx, "INKWELL", "Inkwell Print")
	h.must(err)
	_, err = h.mail.AddVendor(ctx, "BLOTTER", "Blotter Print")
	h.must(err)
	h.must(h.mail.EnsureStandardPack(ctx))
	h.campaign, err = register.CreateCampaign(ctx, staff[0], campaigns.NewCampaign{Code: "NEL", Programme: "SHS", Region: "QMF",
		Name: "North East London", Kind: "blanket", Pack: "standard", Vendor: "INKWELL",
		Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16, DailyCapacity: 1000, BatchSize: 40,
		Helpline: "0800 000 0000", HelplineHours: "Monday to Friday, 8am to 6pm", WebAddress: "answer.example", Freepost: []string{"Freepost ANSWER"},
		Sender: "North East London", Signatory: "Dr A Person, Chief Medical Officer"})
	h.must(err)
	for _, by := range staff[1:] {
		_, err = register.ApproveCampaign(ctx, by, "NEL")
		h.must(err)
	}
	h.exec(`INSERT INTO signals (key, changed_at) VALUES ('pause:practice:F84001', '2026-11-20')`)
	h.exec(`
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
		SELECT '999' || to_char(i, 'FM0000000'), 'Ada', 'Example ' || chr(65 + i % 26), '1970-01-01', ARRAY[i || ' High Street', 'London'],
			'E' || 1 + i % 9 || ' ' || i % 10 || 'AB', 'F84001', '2026-11-01' FROM generate_series(1, $1::int) i`, people)
	h.exec(`INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT $1, id, 1, 'in_cohort', '2026-11-01' FROM people`, h.campaign.ID)
	h.exec(`INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES ($1, 0, 'in_cohort', '', $2)`, h.campaign.ID, people)
	_, err = register.PlanWaves(ctx, staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 11, 24)})
	h.must(err)
	for _, by := range staff[1:] {
		_, err = register.ApproveWave(ctx, by, "NEL", 1)
		h.must(err)
	}
	for _, w := range h.waves {
		h.must(h.mail.ComposeWave(ctx, h.campaign.ID, w))
	}
	for _, b := range h.planned {
		h.must(h.mail.ComposeBatch(ctx, b))
	}
	for _, b := range h.composed {
		h.must(h.mail.SealBatch(ctx, b))
	}
	h.listen()
	h.key("key", "INKWELL")
	return h
}

// listen opens the door and pins its key with the vendor.
func (h *house) listen() {
	h.t.Helper()
	door, err := sftp.Open(h.mail)
	h.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- door.Serve(ctx, l) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			h.t.Errorf("the door: %v", err)
		}
	})
	_, h.port, err = net.SplitHostPort(l.Addr().String())
	h.must(err)
	known := "[127.0.0.1]:" + h.port + " " + string(ssh.MarshalAuthorizedKey(door.HostKey()))
	h.must(os.WriteFile(filepath.Join(h.dir, "known_hosts"), []byte(known), 0o600))
}

// key makes a key pair with OpenSSH's own tool and gives the public half to a vendor.
func (h *house) key(file, vendor string) {
	h.t.Helper()
	path := filepath.Join(h.dir, file)
	out, err := exec.CommandContext(h.t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "print room", "-f", path).CombinedOutput()
	if err != nil {
		h.t.Fatalf("ssh-keygen: %v %s", err, out)
	}
	if vendor == "" {
		return
	}
	public, err := os.ReadFile(path + ".pub")
	h.must(err)
	p, err := h.mail.VendorProfile(h.t.Context(), vendor)
	h.must(err)
	h.must(h.mail.AddSSHKey(h.t.Context(), h.by, p.ID, string(public)))
}

// sftp runs commands with OpenSSH's client, as a vendor with a key, in the
// vendor's folder; a command that begins with - may fail.
func (h *house) sftp(user, key string, commands ...string) (out string, err error) {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), "sftp", "-b", "-", "-q", "-P", h.port, "-i", filepath.Join(h.dir, key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
		"-o", "UserKnownHostsFile="+filepath.Join(h.dir, "known_hosts"), "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes", "-F", "/dev/null", user+"@127.0.0.1")
	cmd.Dir = h.dir
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	for line := range strings.Lines(said.String()) {
		if !strings.HasPrefix(line, "sftp> ") { // the client repeats what it was told to do
			out += line
		}
	}
	return out, err
}

// does is sftp as the vendor, where everything has to go well.
func (h *house) does(commands ...string) string {
	h.t.Helper()
	out, err := h.sftp("INKWELL", "key", commands...)
	if err != nil {
		h.t.Fatalf("%q: %v\n%s", commands, err, out)
	}
	return out
}

func (h *house) write(name, content string) {
	h.t.Helper()
	h.must(os.WriteFile(filepath.Join(h.dir, name), []byte(content), 0o600))
}

func (h *house) read(name string) string {
	h.t.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, name))
	h.must(err)
	return string(b)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	_, err := h.db.Owner.Exec(context.Background(), sql, args...)
	h.must(err)
}

func (h *house) count(sql string, args ...any) (n int) {
	h.t.Helper()
	h.must(h.db.Owner.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

func (h *house) references(batch string) (list []string) {
	h.t.Helper()
	rows, err := h.db.Owner.Query(context.Background(), `SELECT p.reference FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE b.code = $1 ORDER BY p.sequence`, batch)
	h.must(err)
	list, err = pgx.CollectRows(rows, pgx.RowTo[string])
	h.must(err)
	return list
}

func (h *house) batches() []letters.Batch {
	h.t.Helper()
	list, err := h.mail.Batches(h.t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	return list
}
