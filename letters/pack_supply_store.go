package letters

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// SuppliedFile is a PDF of pages that were composed elsewhere.
type SuppliedFile struct {
	FileName   string
	Bytes      int
	Pages      int
	SuppliedBy string
	SuppliedAt time.Time
}

// NewSupply is pages that somebody supplies for a version.
type NewSupply struct {
	Language string // of the pages
	Format   string // a printed format, or Easy Read
	FileName string
	PDF      []byte
	Checked  string // who has read them against the wording: a name and an office
}

func (n *NewSupply) check() error {
	n.FileName = strings.TrimSpace(n.FileName[strings.LastIndexAny(n.FileName, `/\`)+1:])
	var err error
	if n.Checked, err = whoChecked(n.Checked); err != nil {
		return err
	}
	format, known := paper.NamedFormat(n.Format)
	n.Format = format
	switch {
	case !languageShape.MatchString(n.Language):
		return fault.In("language", fault.Invalid, "Give the language by its two letters, such as ur.")
	case !known || format == paper.Braille || format == paper.Audio:
		return fault.In("format", fault.Invalid, "Pages are supplied for Easy Read, standard print or large print.")
	case format != paper.EasyRead && slices.Contains(paper.Languages, n.Language):
		return fault.In("format", fault.Invalid, "Letters in this language are drawn from a wording. Supply pages for Easy Read only.")
	case len(n.PDF) == 0:
		return fault.In("file", fault.Invalid, "Choose the PDF with the pages.")
	case n.FileName == "" || len([]rune(n.FileName)) > 200:
		return fault.In("file", fault.Invalid, "Give the file a name of at most 200 characters.")
	}
	return nil
}

// SupplyPages puts pages that were composed elsewhere behind the cover page of
// a version that is not approved: Easy Read, or a language whose script the
// drawing cannot set. The file is kept under its checksum. One that is
// encrypted, damaged or too long, has a page that is not upright A4 or a font
// that is not embedded, is refused with the reason. The version is a draft
// again, and whoever supplies has written in it.
func (m *Mailroom) SupplyPages(ctx context.Context, by campaigns.Viewer, code string, version int, n NewSupply) (v PackVersion, err error) {
	if err := mayWrite(by); err != nil {
		return v, err
	}
	if err := n.check(); err != nil {
		return v, err
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if v, err = m.lockVersion(ctx, tx, code, version); err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
		}
		base, err := v.Source(standardLanguage, standardFormat)
		if err != nil {
			return err
		}
		s := Source{Language: n.Language, Format: n.Format, Pack: base.Pack}
		s.Pack.Text, s.Pack.Format, s.Pack.Following, s.Pack.SuppliedChecked = v.cover(), n.Format, "", n.Checked
		if err := s.Pack.Supply(n.PDF); err != nil {
			return inField("file", err)
		}
		g, err := Envelope(v.Geometry, s.Format)
		if err == nil {
			err = insideThePrint(ctx, s.Pack.Supplied, s.Pack.SuppliedPages, g)
		}
		if err != nil {
			return inField("file", err)
		}
		if wrong := s.Blocked(v.Geometry, calendar.DateOf(now)); wrong != "" {
			return fault.In("file", fault.Invalid, "%s", wrong)
		}
		if err := m.keepSupplied(ctx, tx, now, by, n.FileName, s.Pack); err != nil {
			return err
		}
		return m.rewrite(ctx, tx, now, by, &v, []Source{s})
	})
	return v, err
}

// inField says of a fault which field it is about.
func inField(field string, err error) error {
	if f := fault.Of(err); f != nil {
		return fault.In(field, f.Kind, "%s", f.Sentence)
	}
	return err
}

func suppliedKey(sum string) string { return "supplied/" + sum + ".pdf" }

// keepSupplied puts the file into the archive, unless it is there, and notes it.
func (m *Mailroom) keepSupplied(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, name string, p paper.Pack) error {
	sum, err := hex.DecodeString(p.SuppliedSHA256)
	if err != nil {
		return fmt.Errorf("keep supplied pages: %w", err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO supplied_pages (sha256, file_name, bytes, pages, staff_id, supplied_at) VALUES (@sum, @name, @bytes, @pages, nullif(@by::bigint, 0), @now)
		ON CONFLICT DO NOTHING`,
		pgx.NamedArgs{"sum": sum, "name": name, "bytes": len(p.Supplied), "pages": p.SuppliedPages, "by": by.ID, "now": now})
	if err != nil {
		return fmt.Errorf("keep supplied pages: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	_, err = m.Archive.Put(ctx, suppliedKey(p.SuppliedSHA256), func(w io.Writer) error {
		_, err := w.Write(p.Supplied)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep supplied pages: %w", err)
	}
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "supply pages", Object: "pack", ID: p.SuppliedSHA256, Detail: map[string]any{"pages": p.SuppliedPages}})
}

// bring fetches the supplied pages of a pack from the archive. Pages that are
// missing or changed there are an error: no letter goes without them.
func (m *Mailroom) bring(ctx context.Context, p *paper.Pack) error {
	if p.SuppliedSHA256 == "" || p.Supplied != nil {
		return nil
	}
	r, err := m.Archive.Read(ctx, suppliedKey(p.SuppliedSHA256), 0, -1)
	if err != nil {
		return fmt.Errorf("fetch supplied pages: %w", err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("fetch supplied pages: %w", err)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != p.SuppliedSHA256 {
		return fmt.Errorf("fetch supplied pages: the file %s in the archive has changed", p.SuppliedSHA256)
	}
	p.Supplied = body
	return nil
}

// SuppliedFiles tells of the supplied pages of a version, by their checksum.
func (m *Mailroom) SuppliedFiles(ctx context.Context, v PackVersion) (map[string]SuppliedFile, error) {
	files := map[string]SuppliedFile{}
	for _, s := range v.Supplies() {
		sum, err := hex.DecodeString(s.Pack.SuppliedSHA256)
		if err != nil {
			return nil, fmt.Errorf("read supplied pages: %w", err)
		}
		var f SuppliedFile
		err = m.Pool.QueryRow(ctx, `
			SELECT p.file_name, p.bytes, p.pages, coalesce(s.name, ''), p.supplied_at FROM supplied_pages p LEFT JOIN staff s ON s.id = p.staff_id WHERE p.sha256 = @sum`,
			pgx.NamedArgs{"sum": sum}).Scan(&f.FileName, &f.Bytes, &f.Pages, &f.SuppliedBy, &f.SuppliedAt)
		if err != nil {
			return nil, fmt.Errorf("read supplied pages: %w", err)
		}
		files[s.Pack.SuppliedSHA256] = f
	}
	return files, nil
}

// CheckSupply notes who has read supplied pages against the wording as it is
// now; a change of the English takes that back.
func (m *Mailroom) CheckSupply(ctx context.Context, by campaigns.Viewer, code string, version int, language, format, who string) error {
	if err := mayWrite(by); err != nil {
		return err
	}
	who, err := whoChecked(who)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := m.lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes.", v.Name(), v.State)
		}
		s, err := v.Source(language, format)
		if err != nil {
			return err
		}
		if !s.Supplied() {
			return fault.New(fault.NotFound, "There are no supplied pages in this language and format.")
		}
		s.Pack.SuppliedChecked = who
		return m.rewrite(ctx, tx, now, by, &v, []Source{s})
	})
}
