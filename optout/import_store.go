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
// Held + Unmatched + Rejected.
type Imported struct {
	Rows      int // that are not blank
	Applied   int // taken
	Already   int // known before
	Held      int // of somebody known, but not to be believed yet: in the in-tray
	Unmatched int // of nobody known here: in the in-tray
	Rejected  int // refused: nothing was written
	Rules     map[intake.Rule]int
	Findings  []intake.Finding // the first thousand, in the order of the file
}

// findingsKept is how many findings of a file are shown one by one; all are counted.
const findingsKept = 1000

func (i *Imported) found(f intake.Finding) {
	if i.Rules == nil {
		i.Rules = map[intake.Rule]int{}
	}
	i.Rules[f.Rule]++
	if len(i.Findings) < findingsKept {
		i.Findings = append(i.Findings, f)
	}
}

// mostBytes is the largest file of answers or watermarks, unpacked: about two
// million rows, which are held in memory until the whole file is known.
const mostBytes = 64 << 20

// row is one answer of a file.
type row struct {
	line   int
	number string
	code   string // with which a practice recorded it
	answer Answer
}

// ImportDissents enters a practice's file of dissent codes. Nothing is written
// before the whole file has been read and not been refused. Somebody whom no
// campaign knows is held as nobody found, so that the practice's watermark
// waits for a person. Reading the file twice, or by two people at once, does
// nothing the second time; one that was cut off is read again.
func (d *Desk) ImportDissents(ctx context.Context, by campaigns.Viewer, practice string, file io.Reader) (Imported, error) {
	if _, err := d.Register.PracticeFor(ctx, by, practice); err != nil {
		return Imported{}, absentOr(err, fault.In("practice", fault.NotFound, "There is no such practice in your region."))
	}
	return d.importAnswers(ctx, by, campaigns.Practice, practice, func(opts intake.Options, each func(row) error, found func(intake.Finding) error) (intake.Summary, error) {
		return intake.ReadDissents(file, opts, func(r intake.Dissent) error {
			return each(row{r.Line, r.NHSNumber, r.Code, Answer{Says: "no", Channel: campaigns.Practice, ReceivedOn: r.On, Note: "code " + r.Code}})
		}, found)
	})
}

// ImportAnswers enters a file of answers collected elsewhere, as ImportDissents does.
func (d *Desk) ImportAnswers(ctx context.Context, by campaigns.Viewer, file io.Reader) (Imported, error) {
	return d.importAnswers(ctx, by, campaigns.Upload, "", func(opts intake.Options, each func(row) error, found func(intake.Finding) error) (intake.Summary, error) {
		return intake.ReadAnswers(file, opts, func(r intake.Answer) error {
			says := "yes"
			if r.No {
				says = "no"
			}
			return each(row{r.Line, r.NHSNumber, "", Answer{Says: says, Channel: campaigns.Channel(r.Channel), ReceivedOn: r.ReceivedOn}})
		}, found)
	})
}

// absentOr is what to say of something that is absent or another's.
func absentOr(err error, say *fault.Fault) error {
	if err == nil || fault.Is(err, fault.NotFound) {
		return say
	}
	return err
}

type answerReader func(opts intake.Options, each func(row) error, found func(intake.Finding) error) (intake.Summary, error)

func (d *Desk) importAnswers(ctx context.Context, by campaigns.Viewer, ch campaigns.Channel, practice string, read answerReader) (Imported, error) {
	var done Imported
	if by.ID != 0 && !by.Role.KeysAnswers() && by.Role != campaigns.RolePractice {
		return done, fault.New(fault.Forbidden, "Your role does not enter answers.")
	}
	var rows []row
	opts := intake.Options{Today: d.Clock.Today(), AllowMadeUp: d.Register.Options.MadeUpPeople, MaxBytes: mostBytes}
	sum, err := read(opts, func(r row) error {
		rows = append(rows, r)
		return nil
	}, func(f intake.Finding) error {
		done.found(f)
		return nil
	})
	done.Rows, done.Rejected = sum.Rows, sum.Rejected
	if err != nil {
		return done, err
	}
	for _, r := range rows {
		// One row is one transaction: whoever is cut off goes on where it was.
		var became became
		err := d.inTx(ctx, func(tx pgx.Tx, _ time.Time) (err error) {
			became, err = d.importOne(ctx, tx, by, practice, r)
			return err
		})
		if err != nil {
			return done, fmt.Errorf("line %d: %w", r.line, err)
		}
		done.count(r, became)
	}
	return done, d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "import answers", Object: "channel", ID: string(ch) + ":" + practice,
			Detail: map[string]any{"rows": done.Rows, "applied": done.Applied, "held": done.Held, "unmatched": done.Unmatched}})
	})
}

// became is what one row came to, and what is to be said of it.
type became struct {
	outcome string // "applied", "already", "held" or "unmatched"
	rule    intake.Rule
}

func (i *Imported) count(r row, b became) {
	switch b.outcome {
	case "applied":
		i.Applied++
	case "already":
		i.Already++
	case "held":
		i.Held++
	default:
		i.Unmatched++
	}
	if b.rule != "" {
		i.found(intake.Outcome(r.line, "nhs_number", b.rule, r.number))
	}
}
