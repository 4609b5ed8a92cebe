package campaigns

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
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

// ImportedFile says what a file of organisations was and what it changed.
type ImportedFile struct {
	File      string `json:"file"`
	Dialect   string `json:"dialect"`   // what the content was told to be
	Rows      int    `json:"rows"`      //
	Practices int    `json:"practices"` // active English GP practices in it
	ICBs      int    `json:"icbs"`      // in which they lie; or listed
	Left      int    `json:"left"`      // practices that were open before and are not in it, or closed
	New       int    `json:"new"`
	Renamed   int    `json:"renamed"`
	Findings  int    `json:"findings"`
}

// ImportPractices reads files of the Organisation Data Service and of NHS
// Digital, told apart by their content: practices (both dialects), list sizes,
// and the tables of regions, ICBs and SHAs. All of them take effect together
// or none does. A later file updates; nothing is ever deleted, and reading the
// same file again changes nothing.
func (r *Register) ImportPractices(ctx context.Context, by Viewer, files []OrganisationFile) ([]ImportedFile, error) {
	if by.ID != 0 && !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not import organisations.")
	}
	done := make([]ImportedFile, len(files))
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		m := &merger{tx: tx, now: now}
		// Areas first, whatever the order given: practices are found in them.
		for pass := range passes {
			for i, f := range files {
				body, kind, err := m.open(f, i)
				if err != nil {
					return err
				}
				if passOf(kind) != pass {
					continue
				}
				one, err := m.merge(ctx, kind, body)
				if err != nil {
					return named(filepath.Base(f.Name), err)
				}
				one.File = filepath.Base(f.Name)
				done[i] = one
			}
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "import organisations", Object: "practices", ID: fmt.Sprint(len(files)),
			Detail: map[string]any{"files": len(files)}})
	})
	return done, err
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
	case intake.KindListSizes:
		return 2
	}
	return 0
}

// merger merges files in one transaction.
type merger struct {
	tx     pgx.Tx
	now    time.Time
	bodies map[int][]byte
}

// open reads a file once and tells its kind. Files of organisations are a few megabytes.
func (m *merger) open(f OrganisationFile, i int) ([]byte, intake.Kind, error) {
	if m.bodies == nil {
		m.bodies = map[int][]byte{}
	}
	body, ok := m.bodies[i]
	if !ok {
		var err error
		if body, err = io.ReadAll(io.LimitReader(f.Body, 1<<28)); err != nil {
			return nil, "", fmt.Errorf("read %s: %w", filepath.Base(f.Name), err)
		}
		m.bodies[i] = body
	}
	return body, kindOf(body), nil
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

func (m *merger) merge(ctx context.Context, kind intake.Kind, body []byte) (ImportedFile, error) {
	switch kind {
	case intake.KindPractices:
		return m.practices(ctx, body)
	case intake.KindListSizes:
		return m.listSizes(ctx, body)
	case intake.KindICBs:
		return m.icbs(ctx, body)
	case intake.KindRegions:
		return m.regions(ctx, body)
	case intake.KindSHAs:
		return m.shas(ctx, body)
	}
	return ImportedFile{}, fault.New(fault.Invalid, "This is none of the files of organisations (epraccur, list sizes, tables of ICBs, regions or SHAs), but %s.", kind)
}

func (m *merger) options() intake.Options { return intake.Options{Today: calendar.DateOf(m.now)} }

// practices merges epraccur: English GP practices, closed ones of them included.
func (m *merger) practices(ctx context.Context, body []byte) (ImportedFile, error) {
	var rows [][]any
	all, err := intake.ReadPractices(bytes.NewReader(body), m.options(), func(o intake.Organisation) error {
		if !o.GP || len(o.Region) != 3 || o.Region[0] != 'Y' || o.Region == "Y99" {
			return nil
		}
		flags := []string{}
		if o.Special != "" {
			flags = append(flags, o.Special)
		}
		address := []string{}
		for _, line := range o.Address {
			if line != "" {
				address = append(address, line)
			}
		}
		rows = append(rows, []any{o.Code, o.Name, o.ICB, o.Region, o.Commissioner, address, o.Postcode, o.Telephone, o.OpenedOn, o.ClosedOn, o.Status, flags})
		return nil
	}, nil)
	done := ImportedFile{Dialect: all.Dialect, Rows: all.Rows, Practices: all.Practices, ICBs: all.ICBs, Findings: sum(all.Findings)}
	if err != nil {
		return done, err
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_practices (code text PRIMARY KEY, name text, icb text, nhs_region text, commissioner text, address text[],
		postcode text, telephone text, opened_on date, closed_on date, status text, flags text[]) ON COMMIT DROP`, "staged_practices",
		[]string{"code", "name", "icb", "nhs_region", "commissioner", "address", "postcode", "telephone", "opened_on", "closed_on", "status", "flags"}, rows)
	if err != nil {
		return done, err
	}
	err = m.tx.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE p.code IS NULL), count(*) FILTER (WHERE p.name <> s.name),
			count(*) FILTER (WHERE p.status = 'active' AND s.status <> 'active') + (
				SELECT count(*) FROM practices o WHERE o.status = 'active' AND NOT EXISTS (SELECT FROM staged_practices s WHERE s.code = o.code)
				AND EXISTS (SELECT FROM staged_practices s WHERE s.icb = o.region_code))
		FROM staged_practices s LEFT JOIN practices p ON p.code = s.code`).Scan(&done.New, &done.Renamed, &done.Left)
	if err != nil {
		return done, fmt.Errorf("compare practices: %w", err)
	}
	_, err = m.tx.Exec(ctx, `
		INSERT INTO practices AS p (code, name, region_code, nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, status, flags, updated_at)
		SELECT code, name, nullif(icb, ''), nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, status, flags, @now
		FROM staged_practices ORDER BY code
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, region_code = excluded.region_code, nhs_region = excluded.nhs_region,
			commissioner = excluded.commissioner, address = excluded.address, postcode = excluded.postcode, telephone = excluded.telephone,
			opened_on = excluded.opened_on, closed_on = excluded.closed_on, status = excluded.status, flags = excluded.flags, updated_at = excluded.updated_at
		WHERE (p.name, p.region_code, p.nhs_region, p.commissioner, p.address, p.postcode, p.telephone, p.opened_on, p.closed_on, p.status, p.flags)
			IS DISTINCT FROM (excluded.name, excluded.region_code, excluded.nhs_region, excluded.commissioner, excluded.address, excluded.postcode,
			excluded.telephone, excluded.opened_on, excluded.closed_on, excluded.status, excluded.flags)`, pgx.NamedArgs{"now": m.now})
	if err != nil {
		return done, fmt.Errorf("merge practices: %w", err)
	}
	return done, nil
}

// listSizes gives practices their number of patients, unless a later count is known.
func (m *merger) listSizes(ctx context.Context, body []byte) (ImportedFile, error) {
	sizes := map[string]intake.ListSize{}
	all, err := intake.ReadListSizes(bytes.NewReader(body), m.options(), func(l intake.ListSize) error {
		if had, ok := sizes[l.Practice]; !ok || had.On.Before(l.On) {
			sizes[l.Practice] = l
		}
		return nil
	}, nil)
	done := ImportedFile{Dialect: "list sizes", Rows: all.Rows, Practices: len(sizes), Findings: sum(all.Findings)}
	if err != nil {
		return done, err
	}
	rows := make([][]any, 0, len(sizes))
	for code, l := range sizes {
		rows = append(rows, []any{code, int32(l.Patients), l.On})
	}
	err = m.stage(ctx, `CREATE TEMP TABLE staged_sizes (code text PRIMARY KEY, patients integer, counted_on date) ON COMMIT DROP`, "staged_sizes",
		[]string{"code", "patients", "counted_on"}, rows)
	if err != nil {
		return done, err
	}
	_, err = m.tx.Exec(ctx, `
		UPDATE practices p SET list_size = s.patients, list_size_on = s.counted_on, updated_at = @now FROM staged_sizes s
		WHERE s.code = p.code AND (p.list_size_on IS NULL OR p.list_size_on <= s.counted_on)
		AND (p.list_size, p.list_size_on) IS DISTINCT FROM (s.patients, s.counted_on)`, pgx.NamedArgs{"now": m.now})
	if err != nil {
		return done, fmt.Errorf("merge list sizes: %w", err)
	}
	return done, nil
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
	return nil
}

func sum(findings map[intake.Rule]int) (n int) {
	for _, c := range findings {
		n += c
	}
	return n
}
