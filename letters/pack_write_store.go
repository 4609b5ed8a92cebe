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
	_, err := Envelope(n.Geometry)
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
		v = PackVersion{Code: n.Code, Version: 1, State: PackDraft, Geometry: envelopes[0].Name, Postage: "second", CreatedAt: now, ChangedAt: now}
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

var languageShape, formatShape = regexp.MustCompile(`^[a-z]{2}$`), regexp.MustCompile(`^[a-z_0-9]{2,20}$`)

// maxText is the most that one source may hold, in bytes; a letter is a tenth of it.
const maxText = 64 << 10

// SaveSource writes a wording into a version that is not approved. Wording
// that cannot be printed is refused with the first reason. was is the text
// that the writer saw when they began, so that nobody overwrites somebody
// else's; "" asks nothing. The version is a draft again, and a translation is
// to be checked again: its own when it changed, all when the English did.
func (m *Mailroom) SaveSource(ctx context.Context, by campaigns.Viewer, code string, version int, language, format, text, was string) (v PackVersion, err error) {
	if err := mayWrite(by); err != nil {
		return v, err
	}
	if !languageShape.MatchString(language) {
		return v, fault.In("language", fault.Invalid, "Give the language by its two letters, such as pl.")
	}
	if !formatShape.MatchString(format) {
		return v, fault.In("format", fault.Invalid, "Give the format by its name, such as standard or large_print.")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if v, err = lockVersion(ctx, tx, code, version); err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
		}
		s, err := v.Source(language, format)
		if err != nil {
			base, err := v.Source(standardLanguage, standardFormat)
			if err != nil {
				return err
			}
			s = Source{Language: language, Format: format, Pack: base.Pack}
		} else if was != "" && strings.ReplaceAll(was, "\r\n", "\n") != s.Pack.Text {
			return fault.In("text", fault.Conflict, "Somebody has changed this wording since you began. Copy yours, look at theirs, and save again.")
		}
		if s.Pack.Text == text {
			return nil
		}
		s.Pack.Text, s.CheckedBy, s.CheckedAt = text, "", time.Time{}
		if err := s.writable(v.Geometry); err != nil {
			return err
		}
		if err := insertSource(ctx, tx, now, v, s); err != nil {
			return err
		}
		return m.changed(ctx, tx, now, by, &v, s)
	})
	return v, err
}

// writable refuses wording that could never be printed.
func (s Source) writable(geometry string) error {
	if len(s.Pack.Text) > maxText {
		return fault.In("text", fault.Invalid, "The wording is longer than %d thousand characters.", maxText>>10)
	}
	if wrong := s.Check(geometry); len(wrong) > 0 {
		return fault.In("text", fault.Invalid, "%s", wrong[0])
	}
	return nil
}

// changed makes a version a draft again by somebody's writing.
func (m *Mailroom) changed(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, v *PackVersion, s Source) error {
	_, err := tx.Exec(ctx, `
		UPDATE pack_versions SET changed_at = @now, authors = CASE WHEN @by = ANY (authors) THEN authors ELSE authors || @by::bigint END
		WHERE code = @code AND version = @version`, pgx.NamedArgs{"now": now, "by": by.ID, "code": v.Code, "version": v.Version})
	if err != nil {
		return fmt.Errorf("note writer: %w", err)
	}
	if s.Language == standardLanguage && s.Format == standardFormat {
		_, err := tx.Exec(ctx, `UPDATE packs SET checked_by = '', checked_at = NULL, checked_noted_by = NULL WHERE code = @code AND version = @version AND language <> @english`,
			pgx.NamedArgs{"code": v.Code, "version": v.Version, "english": standardLanguage})
		if err != nil {
			return fmt.Errorf("take back checks: %w", err)
		}
	}
	if err := m.setPackState(ctx, tx, now, *v, PackDraft, by); err != nil {
		return err
	}
	*v, err = readVersion(ctx, tx, v.Code, v.Version)
	return err
}

// CheckTranslation notes that somebody who reads the language has checked a
// translation: who is their name and office, as approval shows it.
func (m *Mailroom) CheckTranslation(ctx context.Context, by campaigns.Viewer, code string, version int, language, format, who string) error {
	if err := mayWrite(by); err != nil {
		return err
	}
	who = strings.TrimSpace(who)
	if who == "" || len([]rune(who)) > 120 {
		return fault.In("who", fault.Invalid, "Say who has checked it: a name and an office, in at most 120 characters.")
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if _, err := v.Source(language, format); err != nil {
			return err
		}
		if v.State.Settled() {
			return fault.New(fault.Conflict, "%s is %s and never changes. Make a new version of it.", v.Name(), v.State)
		}
		_, err = tx.Exec(ctx, `
			UPDATE packs SET checked_by = @who, checked_at = @now, checked_noted_by = @by WHERE code = @code AND version = @version AND language = @language AND format = @format`,
			pgx.NamedArgs{"who": who, "now": now, "by": by.ID, "code": v.Code, "version": v.Version, "language": language, "format": format})
		if err != nil {
			return fmt.Errorf("note check: %w", err)
		}
		if err := m.setPackState(ctx, tx, now, v, PackDraft, by); err != nil { // what is printed has changed
			return err
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "check translation", Object: "pack", ID: v.Name(), Detail: map[string]any{"language": language, "format": format}})
	})
}

// ProofPack notes that somebody has looked at the proofs of a draft. A version
// that could not be printed as it is cannot be proofed.
func (m *Mailroom) ProofPack(ctx context.Context, by campaigns.Viewer, code string, version int) error {
	if err := mayWrite(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := lockVersion(ctx, tx, code, version)
		switch {
		case err != nil:
			return err
		case v.State.Settled():
			return fault.New(fault.Conflict, "%s is %s already.", v.Name(), v.State)
		case v.State == PackProofed:
			return nil
		}
		if wrong := v.Problems(); len(wrong) > 0 {
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
		v, err := lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if err := v.MayApprove(by); err != nil {
			return err
		}
		if !changedAt.IsZero() && !changedAt.Equal(v.ChangedAt) {
			return fault.New(fault.Conflict, "%s has changed since you looked at it. Look again.", v.Name())
		}
		if wrong := v.Problems(); len(wrong) > 0 {
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
	v, err := lockVersion(ctx, tx, p.Code, p.Version)
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

// specimen is a letter to a made-up person, whose code opens nothing.
func specimen(name, postcode string, address ...string) paper.Letter {
	return paper.Letter{Reference: "DN 0000 000 000", Name: name, Address: address, Postcode: postcode, NHSNumber: "9990000018", Code: specimenCode}
}

const specimenCode = "SPEC1MEN0000N0NE"
