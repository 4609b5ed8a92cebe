package optout

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// Imported says what became of the rows of a file: Rows = Applied + Already +
// Held + Rejected.
type Imported struct {
	Rows     int              `json:"rows"`
	Applied  int              `json:"applied"`
	Already  int              `json:"already"`
	Held     int              `json:"held"`
	Rejected int              `json:"rejected"`
	Findings []intake.Finding `json:"-"`
}

// ImportDissents enters a practice's file of dissent codes. Somebody whom no
// campaign knows is held as nobody found, so that the practice's watermark
// waits for a person. Reading the file twice does nothing.
func (d *Desk) ImportDissents(ctx context.Context, by campaigns.Viewer, practice string, file io.Reader) (Imported, error) {
	return d.importAnswers(ctx, by, campaigns.Practice, practice, func(opts intake.Options, each func(string, Answer) error, found func(intake.Finding) error) (intake.Summary, error) {
		return intake.ReadDissents(file, opts, func(r intake.Dissent) error {
			return each(r.NHSNumber, Answer{Says: "no", Channel: campaigns.Practice, ReceivedOn: r.On, Note: "code " + r.Code})
		}, found)
	})
}

// ImportAnswers enters a file of answers collected elsewhere.
func (d *Desk) ImportAnswers(ctx context.Context, by campaigns.Viewer, file io.Reader) (Imported, error) {
	return d.importAnswers(ctx, by, campaigns.Upload, "", func(opts intake.Options, each func(string, Answer) error, found func(intake.Finding) error) (intake.Summary, error) {
		return intake.ReadAnswers(file, opts, func(r intake.Answer) error {
			says := "yes"
			if r.No {
				says = "no"
			}
			return each(r.NHSNumber, Answer{Says: says, Channel: campaigns.Channel(r.Channel), ReceivedOn: r.ReceivedOn})
		}, found)
	})
}

type answerReader func(opts intake.Options, each func(number string, a Answer) error, found func(intake.Finding) error) (intake.Summary, error)

func (d *Desk) importAnswers(ctx context.Context, by campaigns.Viewer, ch campaigns.Channel, practice string, read answerReader) (Imported, error) {
	var done Imported
	if by.ID != 0 && !by.Role.KeysAnswers() && by.Role != campaigns.RolePractice {
		return done, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	opts := intake.Options{Today: d.Clock.Today(), AllowMadeUp: d.Register.Options.MadeUpPeople}
	sum, err := read(opts, func(number string, a Answer) error {
		return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error { return d.importOne(ctx, tx, now, by, practice, number, a, &done) })
	}, func(f intake.Finding) error {
		done.Findings = append(done.Findings, f)
		return nil
	})
	done.Rows, done.Rejected = sum.Rows, sum.Rejected
	if err != nil {
		return done, err
	}
	return done, d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "import answers", Object: "channel", ID: string(ch) + ":" + practice,
			Detail: map[string]any{"rows": done.Rows, "applied": done.Applied, "held": done.Held}})
	})
}

// importOne enters one row for every programme in which the person is enrolled.
func (d *Desk) importOne(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, practice, number string, a Answer, done *Imported) error {
	type target struct {
		person    campaigns.PersonID
		campaign  campaigns.CampaignID
		programme campaigns.ProgrammeID
		given     bool
	}
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT ON (c.programme_id) coalesce(p.merged_into, p.id), c.id, c.programme_id,
			EXISTS (SELECT FROM answers a WHERE a.person_id = coalesce(p.merged_into, p.id) AND a.programme_id = c.programme_id AND a.says = @says
				AND a.received_on = @on AND a.channel = @channel)
		FROM people p JOIN enrolments e ON e.person_id = p.id JOIN campaigns c ON c.id = e.campaign_id
		WHERE p.nhs_number = @number ORDER BY c.programme_id, c.id DESC`,
		pgx.NamedArgs{"number": number, "says": a.Says, "on": a.ReceivedOn, "channel": a.Channel})
	if err != nil {
		return fmt.Errorf("find person: %w", err)
	}
	targets, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t target, err error) {
		err = row.Scan(&t.person, &t.campaign, &t.programme, &t.given)
		return t, err
	})
	if err != nil {
		return fmt.Errorf("find person: %w", err)
	}
	if len(targets) == 0 {
		return d.holdUnknown(ctx, tx, now, by, practice, number, a, done)
	}
	applied, held := false, false
	for _, t := range targets {
		if t.given {
			continue
		}
		a.Person, a.Campaign, a.Programme = t.person, t.campaign, t.programme
		r, err := d.enter(ctx, tx, now, by, a)
		if err != nil {
			return err
		}
		applied, held = true, held || r.Held
	}
	switch {
	case held:
		done.Held++
	case applied:
		done.Applied++
	default:
		done.Already++
	}
	return nil
}

// holdUnknown keeps an answer of somebody whom no campaign knows yet, once for
// each programme: candidates are sought again after each import.
func (d *Desk) holdUnknown(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, practice, number string, a Answer, done *Imported) error {
	var known bool
	err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM holds WHERE told->>'nhs_number' = @number AND received_on = @on AND channel = @channel AND says = @says)`,
		pgx.NamedArgs{"number": number, "on": a.ReceivedOn, "channel": a.Channel, "says": a.Says}).Scan(&known)
	if err != nil {
		return fmt.Errorf("look for hold: %w", err)
	}
	if known {
		done.Already++
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT id FROM programmes ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read programmes: %w", err)
	}
	programmes, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.ProgrammeID])
	if err != nil {
		return fmt.Errorf("read programmes: %w", err)
	}
	if len(programmes) == 0 {
		return fault.New(fault.Refused, "There is no programme yet to which an answer could belong.")
	}
	told := map[string]string{"nhs_number": number}
	if practice != "" {
		told["practice"] = practice
	}
	for _, p := range programmes {
		if _, err := d.openHold(ctx, tx, now, by, NewHold{Programme: p, Cause: "nobody found", Says: a.Says, Channel: a.Channel,
			ReceivedOn: a.ReceivedOn, Told: told}, nil, 0); err != nil {
			return err
		}
	}
	done.Held++
	return nil
}
