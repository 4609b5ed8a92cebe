package campaigns

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// OrganisationFile is one file of practices, list sizes or areas.
type OrganisationFile struct {
	Name string
	Body io.Reader
}

// ImportedFile says what a file of organisations was and how it differs from
// what was told before.
type ImportedFile struct {
	File      string  `json:"file"`
	Dialect   string  `json:"dialect"`   // what the content was told to be
	Rows      int     `json:"rows"`      //
	Practices int     `json:"practices"` // active English GP practices in it
	ICBs      int     `json:"icbs"`      // in which they lie; or listed
	Left      int     `json:"left"`      // practices that were active before and are not in it, or not active
	New       int     `json:"new"`       // practices that were not active before, or not known
	Renamed   int     `json:"renamed"`   // of those active before and now
	Findings  int     `json:"findings"`  // rows with something wrong, and changes to look at or decide about
	Found     []Found `json:"-"`         // the same, grouped
}

// ImportPractices reads files of the Organisation Data Service and of NHS
// Digital, told apart by their content: practices (both dialects), list sizes,
// maps, and the tables of regions, ICBs, sub-ICB locations and SHAs. All of
// them are taken together or none is. Nothing is ever deleted: what changes
// who is written to (a practice that left, came back or moved to another ICB)
// waits until a person has decided about it; see Changes. Reading the same
// file again changes nothing.
func (r *Register) ImportPractices(ctx context.Context, by Viewer, files []OrganisationFile) ([]ImportedFile, error) {
	if by.ID != 0 && !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not import organisations.")
	}
	opened := make([]*organisationBody, len(files))
	for i, f := range files {
		var err error
		if opened[i], err = openOrganisations(f); err != nil {
			return nil, named(filepath.Base(f.Name), err)
		}
	}
	done := make([]ImportedFile, len(files))
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := lockOrganisations(ctx, tx); err != nil {
			return err
		}
		// Areas first, whatever the order given: practices are found in them.
		for pass := range passes {
			for i, f := range opened {
				if passOf(f.kind) != pass {
					continue
				}
				m := &merger{tx: tx, now: now, by: by, body: f.body}
				one, err := m.take(ctx, f)
				if err != nil {
					return named(f.name, err)
				}
				done[i] = one
			}
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "import organisations", Object: "practices", ID: fmt.Sprint(len(files)),
			Detail: map[string]any{"files": len(files)}})
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// lockOrganisations lets one at a time import organisations or decide about
// them; the others wait and then see what the first did.
func lockOrganisations(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7207)`); err != nil {
		return fmt.Errorf("wait for another import: %w", err)
	}
	return nil
}

// named says which file a fault belongs to.
func named(file string, err error) error {
	if f := fault.Of(err); f != nil {
		return fault.In("file", f.Kind, "%s: %s", file, f.Sentence)
	}
	return fmt.Errorf("import %s: %w", file, err)
}

const passes = 3

func passOf(k intake.Kind) int {
	switch k {
	case intake.KindPractices:
		return 1
	case intake.KindListSizes, intake.KindListMap:
		return 2
	}
	return 0
}

// organisationBody is a file of organisations in memory; they are a few megabytes.
type organisationBody struct {
	name string
	kind intake.Kind
	body []byte
}

// maxOrganisations is more than any file of organisations is long.
const maxOrganisations = 256 << 20

func openOrganisations(f OrganisationFile) (*organisationBody, error) {
	body, err := io.ReadAll(io.LimitReader(f.Body, maxOrganisations+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(body) > maxOrganisations {
		return nil, fault.New(fault.Invalid, "The file is far larger than any file of organisations, so it was not read.")
	}
	return &organisationBody{filepath.Base(f.Name), kindOf(body), body}, nil
}

// kindOf tells the kind of a file, looking into one that is packed; the
// readers unpack it again and say what is wrong with it.
func kindOf(body []byte) intake.Kind {
	kind := intake.Sniff(body[:min(len(body), 4096)])
	var inner io.Reader
	switch kind {
	case intake.KindGzip:
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			inner = z
		}
	case intake.KindZip:
		if z, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err == nil && len(z.File) == 1 {
			if f, err := z.File[0].Open(); err == nil {
				defer f.Close()
				inner = f
			}
		}
	}
	if inner == nil {
		return kind
	}
	head := make([]byte, 4096)
	n, _ := io.ReadFull(inner, head) // a cut-off file has fewer, and its reader says so
	return intake.Sniff(head[:n])
}

// merger merges one file in a transaction that it shares with others.
type merger struct {
	tx   pgx.Tx
	now  time.Time
	by   Viewer
	body []byte

	file  int64 // its line in organisation_files
	since int64 // the newest change before it
	found []intake.Finding
}

func (m *merger) today() calendar.Date { return calendar.DateOf(m.now) }

func (m *merger) options() intake.Options {
	return intake.Options{Today: m.today(), MaxBytes: maxOrganisations}
}

// note keeps what is wrong with a row.
func (m *merger) note(f intake.Finding) error {
	m.found = append(m.found, f)
	return nil
}

// say adds a finding about the file as a whole.
func (m *merger) say(rule intake.Rule, shown string) {
	w := rule.Meaning()
	m.found = append(m.found, intake.Finding{Rule: rule, Shown: shown, Advice: w.Advice, Severity: w.Severity})
}

// take merges a file, compares what it tells with what is in force, and
// writes down what the file was. The same bytes keep their first line.
func (m *merger) take(ctx context.Context, f *organisationBody) (ImportedFile, error) {
	sum := sha256.Sum256(f.body)
	err := m.tx.QueryRow(ctx, `
		INSERT INTO organisation_files (file_name, sha256, dialect, imported_by, imported_at) VALUES (@name, @sha, @kind, nullif(@by, 0), @now)
		ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256 RETURNING id`,
		pgx.NamedArgs{"name": f.name, "sha": sum[:], "kind": string(f.kind), "by": int64(m.by.ID), "now": m.now}).Scan(&m.file)
	if err != nil {
		return ImportedFile{}, fmt.Errorf("note the file: %w", err)
	}
	if err := m.tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM practice_changes`).Scan(&m.since); err != nil {
		return ImportedFile{}, fmt.Errorf("find the newest change: %w", err)
	}
	done, asOf, err := m.merge(ctx, f.kind)
	if err != nil {
		return done, err
	}
	if err := m.reconcile(ctx); err != nil {
		return done, err
	}
	done.File = f.name
	if done.Found, err = m.settleFindings(ctx); err != nil {
		return done, err
	}
	for _, g := range done.Found {
		done.Findings += g.Count
	}
	_, err = m.tx.Exec(ctx, `
		UPDATE organisation_files SET dialect = @dialect, as_of = @as_of, rows = @rows, practices = @practices, icbs = @icbs, gone = @gone, added = @added,
			renamed = @renamed WHERE id = @id AND rows = 0`,
		pgx.NamedArgs{"id": m.file, "dialect": done.Dialect, "as_of": asOf, "rows": done.Rows, "practices": done.Practices, "icbs": done.ICBs,
			"gone": done.Left, "added": done.New, "renamed": done.Renamed})
	if err != nil {
		return done, fmt.Errorf("note the file: %w", err)
	}
	return done, nil
}

func (m *merger) merge(ctx context.Context, kind intake.Kind) (done ImportedFile, asOf calendar.Date, err error) {
	switch kind {
	case intake.KindPractices:
		return m.practices(ctx)
	case intake.KindListSizes:
		done, err = m.listSizes(ctx)
	case intake.KindListMap:
		done, err = m.listMap(ctx)
	case intake.KindICBs:
		done, err = m.icbs(ctx)
	case intake.KindSubICBs:
		done, err = m.subICBs(ctx)
	case intake.KindRegions:
		done, err = m.regions(ctx)
	case intake.KindSHAs:
		done, err = m.shas(ctx)
	case intake.KindEmpty, intake.KindUTF16, intake.KindPDF, intake.KindSpreadsheet, intake.KindMarkup, intake.KindBinary, intake.KindGzip, intake.KindZip:
		_, err = intake.ReadPractices(bytes.NewReader(m.body), m.options(), func(intake.Organisation) error { return nil }, nil) // which says what is wrong
	default:
		if n := intake.ColumnsOfPractices(m.body); n > 0 {
			err = fault.New(fault.Invalid, "The organisations file has 27 columns, but this has %d. Send it as it was published.", n)
			break
		}
		err = fault.New(fault.Invalid, "This is none of the files of organisations (epraccur, list sizes, map of practices, tables of ICBs, sub-ICB locations, regions or SHAs), but %s.", kind)
	}
	if err == nil && done.Dialect == "" {
		err = fault.New(fault.Invalid, "This is none of the files of organisations.")
	}
	return done, asOf, err
}

// stage copies rows into a temporary table that lives as long as the transaction.
func (m *merger) stage(ctx context.Context, create, table string, columns []string, rows [][]any) error {
	if _, err := m.tx.Exec(ctx, `DROP TABLE IF EXISTS `+pgx.Identifier{"pg_temp", table}.Sanitize()); err != nil {
		return fmt.Errorf("empty %s: %w", table, err)
	}
	if _, err := m.tx.Exec(ctx, create); err != nil {
		return fmt.Errorf("make %s: %w", table, err)
	}
	if _, err := m.tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	if _, err := m.tx.Exec(ctx, `ANALYSE `+pgx.Identifier{"pg_temp", table}.Sanitize()); err != nil {
		return fmt.Errorf("measure %s: %w", table, err)
	}
	return nil
}

// exec runs one step with the moment, the day and the file at hand.
func (m *merger) exec(ctx context.Context, doing, sql string) error {
	_, err := m.tx.Exec(ctx, sql, pgx.NamedArgs{"now": m.now, "today": m.today(), "file": m.file})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
