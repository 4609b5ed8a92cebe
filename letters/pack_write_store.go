package letters

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// NewPack is what whoever begins a version decides.
type NewPack struct {
	Code     string
	Title    string
	Postage  string // "" is second class
	Geometry string // "" is the first envelope there is
}

var packCode = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{1,19}$`)

func (n NewPack) check() error {
	switch {
	case !packCode.MatchString(n.Code):
		return fault.In("code", fault.Invalid, "Give the pack a short code of 2 to 20 letters, digits and dashes, such as SCR.")
	case strings.TrimSpace(n.Title) == "":
		return fault.In("title", fault.Invalid, "Give the pack a title.")
	case len([]rune(n.Title)) > 100:
		return fault.In("title", fault.Invalid, "Give the pack a title of at most 100 characters.")
	case !slices.Contains(Postages, n.Postage):
		return fault.In("postage", fault.Invalid, "Letters go first, second or economy class.")
	}
	_, err := Envelope(n.Geometry, standardFormat)
	return err
}

// DraftPack begins a version: the next one of a code that exists, from its
// newest; or the first of a new code, from the standard pack. Two people who
// begin at once get two versions.
func (m *Mailroom) DraftPack(ctx context.Context, by campaigns.Viewer, n NewPack) (v PackVersion, err error) {
	if err := mayWrite(by); err != nil {
		return v, err
	}
	n.Code, n.Title = strings.TrimSpace(n.Code), strings.TrimSpace(n.Title)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, versionSelect+`WHERE lower(v.code) = lower(@code) OR v.code = @standard ORDER BY lower(v.code) = lower(@code) DESC, v.version DESC LIMIT 1`,
			pgx.NamedArgs{"code": n.Code, "standard": standardPack})
		list, err := versionsOf(ctx, tx, rows, err)
		if err != nil {
			return err
		}
		v = PackVersion{Code: n.Code, Version: 1, State: PackDraft, Geometry: Envelopes()[0], Postage: "second", CreatedAt: now, ChangedAt: now}
		if len(list) > 0 {
			from := list[0]
			v.Sources, v.Geometry, v.Postage = from.Sources, from.Geometry, from.Postage
			if strings.EqualFold(from.Code, n.Code) {
				v.Code, v.Version, v.Title = from.Code, from.Version+1, from.Title
			}
		}
		n.fill(&v)
		if err := (NewPack{v.Code, v.Title, v.Postage, v.Geometry}).check(); err != nil {
			return err
		}
		v.Authors, v.Author = []campaigns.StaffID{by.ID}, by.Name
		made, err := insertVersion(ctx, tx, now, v)
		if err != nil {
			return err
		}
		if !made {
			return fault.New(fault.Conflict, "Somebody has just begun this version. Look at theirs.")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "draft pack", Object: "pack", ID: v.Name()})
	})
	return v, err
}

// fill sets what was given.
func (n NewPack) fill(v *PackVersion) {
	for to, given := range map[*string]string{&v.Title: n.Title, &v.Postage: n.Postage, &v.Geometry: n.Geometry} {
		if given != "" {
			*to = given
		}
	}
}

func mayWrite(by campaigns.Viewer) error {
	if !by.Role.Manages() || by.ID == 0 {
		return fault.New(fault.Forbidden, "Your role does not write packs.")
	}
	return nil
}

var languageShape = regexp.MustCompile(`^[a-z]{2}$`)

// maxText is the most that one wording may hold, in bytes; a letter is a tenth of it.
const maxText = 64 << 10

// SaveWording writes the wording in a language, in all formats, into a version
// that is not approved. Wording that cannot be printed is refused with the
// first reason. was is the text that the writer saw when they began, so that
// nobody overwrites somebody else's; "" asks nothing. The version is a draft
// again, and where the English changed every translation is one.
func (m *Mailroom) SaveWording(ctx context.Context, by campaigns.Viewer, code string, version int, language, text, was string) (v PackVersion, err error) {
	if err := mayWrite(by); err != nil {
		return v, err
	}
	if !languageShape.MatchString(language) {
		return v, fault.In("language", fault.Invalid, "Give the language by its two letters, such as pl.")
	}
	if paper.NeedsPages(language) {
		return v, fault.In("language", fault.Invalid, "Letters in this language cannot be drawn from a wording. Supply their pages instead.")
	}
	text, was = oneEnding(text), oneEnding(was)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if v, err = m.lockVersion(ctx, tx, code, version); err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
		}
		s, err := v.Source(language, standardFormat)
		if err != nil {
			base, err := v.Source(standardLanguage, standardFormat)
			if err != nil {
				return err
			}
			s = Source{Language: language, Format: standardFormat, Pack: base.Pack}
		} else if s.Supplied() {
			return fault.New(fault.Conflict, "The pages in this language are supplied as they are printed; there is no wording to change.")
		} else if was != "" && was != oneEnding(s.Pack.Text) {
			return fault.In("text", fault.Conflict, "Somebody has changed this wording since you began. Copy yours, look at theirs, and save again.")
		}
		if s.Pack.Text == text {
			return nil
		}
		s.Pack.Text, s.Pack.Following = text, ""
		if english, err := v.Source(standardLanguage, standardFormat); err == nil && language != standardLanguage {
			s.Pack.Following = english.Pack.Text
		}
		if said := s.Pack.Language(); said != language {
			return fault.In("text", fault.Invalid, "The wording says that it is in %q (lang:), and it is kept as %q.", said, language)
		}
		if err := s.writable(v.Geometry); err != nil {
			return err
		}
		return m.write(ctx, tx, now, by, &v, s)
	})
	return v, err
}

// oneEnding ends lines as the packs do, whatever browser or editor wrote them.
func oneEnding(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// writable refuses wording that could never be printed.
func (s Source) writable(envelope string) error {
	if len(s.Pack.Text) > maxText {
		return fault.In("text", fault.Invalid, "The wording is longer than %d thousand characters.", maxText>>10)
	}
	for _, f := range s.Findings(envelope) {
		if !f.Blocks {
			continue
		}
		if f.Line > 0 {
			return fault.In("text", fault.Invalid, "Line %d: %s", f.Line, f.Sentence)
		}
		return fault.In("text", fault.Invalid, "%s", f.Sentence)
	}
	return nil
}

// write keeps a wording in all formats. A change of the English takes back who
// has checked the others against it.
func (m *Mailroom) write(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, v *PackVersion, s Source) error {
	todo := inFormats(s.Language, s.Pack, paper.PrintedFormats) // the cover letter of Braille and audio has words of its own
	if s.Language == standardLanguage {
		todo = append(todo, v.unchecked()...)
	}
	return m.rewrite(ctx, tx, now, by, v, todo)
}

// rewrite keeps sources of a version and makes it a draft again, by somebody's
// writing.
func (m *Mailroom) rewrite(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, v *PackVersion, todo []Source) error {
	for _, one := range todo {
		if err := insertSource(ctx, tx, now, *v, one); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE pack_versions SET changed_at = @now, authors = CASE WHEN @by = ANY (authors) THEN authors ELSE authors || @by::bigint END
		WHERE code = @code AND version = @version`, pgx.NamedArgs{"now": now, "by": by.ID, "code": v.Code, "version": v.Version})
	if err != nil {
		return fmt.Errorf("note writer: %w", err)
	}
	if err := m.setPackState(ctx, tx, now, *v, PackDraft, by); err != nil {
		return err
	}
	*v, err = m.readVersion(ctx, tx, v.Code, v.Version)
	return err
}

// SetPost gives a version that is not approved another postage and envelope
// ("" keeps what it has). It is a draft again.
func (m *Mailroom) SetPost(ctx context.Context, by campaigns.Viewer, code string, version int, postage, geometry string) error {
	if err := mayWrite(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := m.lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
		}
		n := NewPack{Postage: postage, Geometry: geometry}
		n.fill(&v)
		if err := (NewPack{v.Code, v.Title, v.Postage, v.Geometry}).check(); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE pack_versions SET postage = @postage, geometry = @geometry WHERE code = @code AND version = @version`,
			pgx.NamedArgs{"postage": v.Postage, "geometry": v.Geometry, "code": v.Code, "version": v.Version})
		if err != nil {
			return fmt.Errorf("set post: %w", err)
		}
		return m.rewrite(ctx, tx, now, by, &v, nil)
	})
}

// ProofPack notes that somebody has looked at the proofs of a draft. A version
// that could not be printed as it is cannot be proofed.
func (m *Mailroom) ProofPack(ctx context.Context, by campaigns.Viewer, code string, version int) error {
	if err := mayWrite(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := m.lockVersion(ctx, tx, code, version)
		switch {
		case err != nil:
			return err
		case v.State.Settled():
			return fault.New(fault.Conflict, "%s is %s already.", v.Name(), v.State)
		case v.State == PackProofed:
			return nil
		}
		if wrong := v.Problems(calendar.DateOf(now)); len(wrong) > 0 {
			return fault.New(fault.Refused, "%s", wrong[0])
		}
		return m.setPackState(ctx, tx, now, v, PackProofed, by)
	})
}

// ApprovePack approves a proofed version. Whoever wrote in it cannot. changedAt
// is when the version shown to the approver was last changed: another one is
// not what they approve.
func (m *Mailroom) ApprovePack(ctx context.Context, by campaigns.Viewer, code string, version int, changedAt time.Time) error {
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := m.lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if err := v.MayApprove(by); err != nil {
			return err
		}
		if !changedAt.IsZero() && !changedAt.Equal(v.ChangedAt) {
			return fault.New(fault.Conflict, "%s has changed since you looked at it. Look again.", v.Name())
		}
		if wrong := v.Problems(calendar.DateOf(now)); len(wrong) > 0 {
			return fault.New(fault.Refused, "%s", wrong[0])
		}
		return m.setPackState(ctx, tx, now, v, PackApproved, by)
	})
}

// freezePack freezes the version that a campaign prints, and ties the campaign
// to it where nobody had chosen one.
func (m *Mailroom) freezePack(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign) error {
	p, err := printedBy(ctx, tx, c)
	if err != nil {
		return err
	}
	v, err := m.lockVersion(ctx, tx, p.Code, p.Version)
	if err != nil {
		return err
	}
	if !v.State.Settled() {
		return fault.New(fault.Refused, "%s is not approved, so nobody can be sent it.", v.Name())
	}
	if v.State == PackApproved {
		if err := m.setPackState(ctx, tx, now, v, PackFrozen, campaigns.Viewer{}); err != nil {
			return err
		}
	}
	var chosen bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaign_packs WHERE campaign_id = @c)`, pgx.NamedArgs{"c": c.ID}).Scan(&chosen); err != nil {
		return fmt.Errorf("read chosen pack: %w", err)
	}
	if chosen {
		return nil
	}
	return m.usePack(ctx, tx, now, campaigns.Viewer{}, c, p)
}
