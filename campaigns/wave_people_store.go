package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Printing is asked before a wave is signed and told when it is. The letters
// room implements it: whether letters can be printed is not known here.
type Printing interface {
	// TakesWaves fails with fault.Refused where the campaign's vendor cannot
	// print or post these waves beside what is planned already.
	TakesWaves(ctx context.Context, c Campaign, waves []PlannedWave) error
	// TryWave tries the letters of a planned wave, unless that was done for
	// exactly its people. It may take seconds and keeps what it finds.
	TryWave(ctx context.Context, c Campaign, w Wave) error
	// WaveSigned fails where the letters cannot be printed as they were tried;
	// approved says that this signature is the last.
	WaveSigned(ctx context.Context, tx pgx.Tx, now time.Time, c Campaign, w Wave, approved bool) error
}

// tryLetters has the letters of a planned wave tried for somebody who may sign it.
func (r *Register) tryLetters(ctx context.Context, by Viewer, c Campaign, number int) error {
	if r.Printing == nil || !by.Role.Manages() {
		return nil
	}
	w, err := r.Wave(ctx, c.ID, number)
	if err != nil || w.State != "planned" || w.Author == by.ID {
		return err
	}
	return r.Printing.TryWave(ctx, c, w)
}

// VendorTakes tells whether the vendor of a campaign can print and post waves
// that are not saved yet; where it cannot, the sentence names the limit.
func (r *Register) VendorTakes(ctx context.Context, c Campaign, waves []PlannedWave) error {
	if r.Printing == nil {
		return nil
	}
	return r.Printing.TakesWaves(ctx, c, waves)
}

// addressed joins the members of a wave with what their letters say.
const addressed = ` FROM (` + waveMembers + `) m JOIN enrolments e ON e.campaign_id = @campaign AND e.id = m.id JOIN people p ON p.id = e.person_id `

func membersOf(w Wave) pgx.NamedArgs {
	return pgx.NamedArgs{"campaign": w.Campaign, "practices": w.Practices, "n": w.People}
}

// EachInWave calls each with everybody who would be in a planned wave, as their
// letter would address them; only what a letter says is filled in. People are
// read as they are needed, so memory stays flat.
func (r *Register) EachInWave(ctx context.Context, tx pgx.Tx, w Wave, each func(EnrolmentID, Person) error) error {
	rows, err := tx.Query(ctx, `SELECT e.id, p.id, p.nhs_number, p.given_names, p.family_name, p.address, p.postcode, p.language, p.format, p.sensitive, p.undeliverable`+addressed, membersOf(w))
	if err != nil {
		return fmt.Errorf("read wave: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id EnrolmentID
		var p Person
		if err := rows.Scan(&id, &p.ID, &p.NHSNumber, &p.Given, &p.Family, &p.Address, &p.Postcode, &p.Language, &p.Format, &p.Sensitive, &p.Undeliverable); err != nil {
			return fmt.Errorf("read wave: %w", err)
		}
		if err := each(id, p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read wave: %w", err)
	}
	return nil
}

// FingerprintWave is the same for the same people with the same names,
// addresses, languages and formats, and another when any of it changes.
func (r *Register) FingerprintWave(ctx context.Context, tx pgx.Tx, w Wave) (string, error) {
	var sum string
	err := tx.QueryRow(ctx, `
		SELECT count(*) || ':' || coalesce(sum(hashtextextended(concat_ws(chr(31), e.id, p.nhs_number, p.given_names, p.family_name,
			array_to_string(p.address, chr(30)), p.postcode, p.language, p.format, p.sensitive, p.undeliverable), 0)), 0)`+addressed, membersOf(w)).Scan(&sum)
	if err != nil {
		return "", fmt.Errorf("fingerprint wave: %w", err)
	}
	return sum, nil
}
