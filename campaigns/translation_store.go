package campaigns

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// How a translation of the public service is shown.
const (
	ShownAsDraft   = "draft"     // with a line that says so
	ShownAsChecked = "checked"   // a speaker has read it
	ShownNot       = "withdrawn" // to staff only
)

// Acceptance is somebody's word that a translation may be shown to the public.
// It counts for the wording with this fingerprint and for no later one.
type Acceptance struct {
	Language    string
	Fingerprint string
	ShownAs     string
	CheckedBy   string // who read it as a speaker of the language, with their calling
	Staff       string // who put their name to it; not told to the patients' role
	At          time.Time
}

// AcceptTranslation writes down that a translation goes public, as a draft or
// as checked, or that it does not any more.
func (r *Register) AcceptTranslation(ctx context.Context, by Viewer, a Acceptance) error {
	a.CheckedBy = strings.Join(strings.Fields(a.CheckedBy), " ")
	switch {
	case !by.Role.Manages():
		return fault.New(fault.Forbidden, "Your role does not accept translations.")
	case a.ShownAs != ShownAsDraft && a.ShownAs != ShownAsChecked && a.ShownAs != ShownNot:
		return fault.In("shown", fault.Invalid, "Choose how it is shown.")
	case a.ShownAs == ShownAsChecked && a.CheckedBy == "":
		return fault.In("checked", fault.Invalid, "Name who has read it as a speaker of the language.")
	case len(a.CheckedBy) > 200:
		return fault.In("checked", fault.Invalid, "Name the reader in fewer words.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO translation_acceptances (language, fingerprint, shown_as, checked_by, staff_id, accepted_at)
			VALUES (@language, @fingerprint, @shown, @checked, @staff, @now)`,
			pgx.NamedArgs{"language": a.Language, "fingerprint": a.Fingerprint, "shown": a.ShownAs, "checked": a.CheckedBy, "staff": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("accept a translation: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "accept translation", Object: "translation", ID: a.Language,
			Detail: map[string]any{"fingerprint": a.Fingerprint, "shown as": a.ShownAs}})
	})
}

// Acceptances lists the newest word on every translation, by language, with
// who gave it and when.
func (r *Register) Acceptances(ctx context.Context) ([]Acceptance, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT DISTINCT ON (t.language) t.language, t.fingerprint, t.shown_as, t.checked_by, s.name, t.accepted_at
		FROM translation_acceptances t JOIN staff s ON s.id = t.staff_id ORDER BY t.language, t.id DESC`)
	if err != nil {
		return nil, fmt.Errorf("list acceptances: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Acceptance])
}

// PublicTranslations lists what the public may read, as the patients' role may
// know it: nobody of staff is named.
func (r *Register) PublicTranslations(ctx context.Context) ([]Acceptance, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT DISTINCT ON (t.language) t.language, t.fingerprint, t.shown_as, t.checked_by
		FROM translation_acceptances t ORDER BY t.language, t.id DESC`)
	if err != nil {
		return nil, fmt.Errorf("list public translations: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Acceptance, err error) {
		err = row.Scan(&a.Language, &a.Fingerprint, &a.ShownAs, &a.CheckedBy)
		return a, err
	})
}
