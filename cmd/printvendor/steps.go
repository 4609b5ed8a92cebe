package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
)

// desk is where the steps find the connection and say what they did.
type desk struct {
	*client.Client
	out, errs   io.Writer
	json, quiet bool
	clock       calendar.Clock
}

// tell ends a step: v as JSON, or a sentence.
func (d *desk) tell(v any, format string, args ...any) error {
	if !d.json {
		_, err := fmt.Fprintf(d.out, format+"\n", args...)
		return err
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err = fmt.Fprintf(d.out, "%s\n", text)
	return err
}

// outcome tells what became of a report, the refused pieces by name; refused
// ones make the step fail.
func (d *desk) outcome(o client.Outcome, err error) error {
	if err != nil {
		return err
	}
	if err := d.tell(o, "%d applied, %d already so, %d refused.", o.Applied, o.Already, o.Refused); err != nil {
		return err
	}
	for _, v := range o.Verdicts {
		if v.Verdict == "refused" {
			fmt.Fprintf(d.errs, "%s: %s\n", v.Reference, v.Reason)
		}
	}
	if o.Refused > 0 {
		return fmt.Errorf("refused pieces: %d", o.Refused)
	}
	return nil
}

// date reads a date flag; none is none, which the other side takes for today.
func date(s string) (calendar.Date, error) {
	if s == "" {
		return calendar.Date{}, nil
	}
	on, err := calendar.ParseDate(s)
	if err != nil {
		return on, fmt.Errorf("%q is not a date: it is written 2026-11-24", s)
	}
	return on, nil
}

type list struct {
	State string `enum:"sealed,accepted,rejected,posted,all" default:"all" help:"sealed, accepted, rejected, posted or all."`
}

func (l *list) Run(ctx context.Context, d *desk) error {
	if l.State == "all" {
		l.State = ""
	}
	batches, err := d.List(ctx, l.State)
	if err != nil {
		return err
	}
	if d.json {
		return d.tell(batches, "")
	}
	if len(batches) == 0 {
		return d.tell(nil, "There are no such batches.")
	}
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BATCH\tSTATE\tPACK\tPOSTAGE\tLETTERS\tSHEETS\tMB\tDUE\tPOST ON")
	for _, b := range batches {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%.1f\t%s\t%s\n", b.Batch, b.State, b.Pack, b.Postage, b.Pieces, b.Sheets,
			float64(b.PDF.Bytes)/1e6, b.DueAt.In(calendar.London).Format("2006-01-02 15:04"), b.PlannedPostOn)
	}
	return w.Flush()
}

type pull struct {
	Batches []string `arg:"" optional:"" help:"Their codes; all that wait, if none is named."`
	Folder  string   `default:"." type:"path" help:"Where they are kept."`
	Worker  string   `help:"Which of your workers pulls; the others are kept away from the batch meanwhile." placeholder:"NAME"`
	Sealed  bool     `xor:"how" help:"Pull the files sealed to your own key; open them with gpg or age."`
	Deep    bool     `xor:"how" help:"Read every letter too: addresses, references, codes. It takes pdftotext."`
}

func (p *pull) Run(ctx context.Context, d *desk) error {
	if len(p.Batches) == 0 {
		waiting, err := d.List(ctx, client.Sealed)
		if err != nil {
			return err
		}
		for _, b := range waiting {
			p.Batches = append(p.Batches, b.Batch)
		}
	}
	var got []client.Pulled
	var sealed []client.SealedFile
	for _, code := range p.Batches {
		if _, err := d.Lease(ctx, code, p.Worker); err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		if p.Sealed {
			file, err := d.PullSealed(ctx, code, p.Folder)
			if err != nil {
				return fmt.Errorf("%s: %w", code, err)
			}
			sealed = append(sealed, file)
			if !d.json && !d.quiet {
				fmt.Fprintf(d.out, "%s: sealed with %s to %s, checksum right, in %s\n", code, file.SealedWith, file.Fingerprint, file.Path)
			}
			continue
		}
		one, err := d.Client.Pull(ctx, code, p.Folder)
		if err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		read := ""
		if p.Deep {
			found, err := client.Deep(ctx, one.PDF, one.Manifest)
			if err != nil {
				return fmt.Errorf("%s: %w", code, err)
			}
			read = fmt.Sprintf(", %d addresses and %d codes read", found.Addresses, found.Codes)
		}
		got = append(got, one)
		if !d.json && !d.quiet {
			fmt.Fprintf(d.out, "%s: %d letters, %d pages, checksum right%s, in %s\n", code, one.Manifest.Totals.Pieces, one.Manifest.Totals.Pages, read, one.PDF)
		}
	}
	if p.Sealed {
		return d.tell(sealed, "%d pulled.", len(sealed))
	}
	return d.tell(got, "%d pulled.", len(got))
}

type accept struct {
	Batches []string `arg:"" help:"Their codes."`
}

func (a *accept) Run(ctx context.Context, d *desk) error {
	for _, code := range a.Batches {
		if _, err := d.Client.Accept(ctx, code); err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
	}
	return d.tell(a.Batches, "%d accepted.", len(a.Batches))
}

type reject struct {
	Batch  string `arg:"" help:"Its code."`
	Reason string `required:"" help:"Why it cannot be printed."`
}

func (r *reject) Run(ctx context.Context, d *desk) error {
	b, err := d.Client.Reject(ctx, r.Batch, r.Reason)
	if err != nil {
		return err
	}
	return d.tell(b, "%s is given back.", b.Batch)
}

type dispatch struct {
	Batch    string   `arg:"" help:"Its code."`
	PostedOn string   `help:"The day on which the post took it; today, if none." placeholder:"DATE"`
	Docket   string   `help:"The post's reference."`
	Except   []string `help:"References of pieces that stayed behind."`
}

func (s *dispatch) Run(ctx context.Context, d *desk) error {
	on, err := date(s.PostedOn)
	if err != nil {
		return err
	}
	return d.outcome(d.Client.Dispatch(ctx, s.Batch, on, s.Docket, s.Except))
}

type returned struct {
	References []string `arg:"" help:"Their references."`
	Reason     string   `required:"" help:"R01 to R10, as the post says it."`
	On         string   `help:"The day on which they came back; today, if none." placeholder:"DATE"`
}

func (r *returned) Run(ctx context.Context, d *desk) error {
	pieces, err := pieces(r.References, r.On, r.Reason)
	if err != nil {
		return err
	}
	return d.outcome(d.Returned(ctx, pieces))
}

type spoil struct {
	References []string `arg:"" help:"Their references."`
	Reason     string   `default:"spoiled" help:"What happened to them."`
}

func (s *spoil) Run(ctx context.Context, d *desk) error {
	pieces, err := pieces(s.References, "", s.Reason)
	if err != nil {
		return err
	}
	return d.outcome(d.Spoiled(ctx, pieces))
}

func pieces(references []string, on, reason string) ([]client.Piece, error) {
	at, err := date(on)
	list := make([]client.Piece, len(references))
	for i, r := range references {
		list[i] = client.Piece{Reference: r, At: at, Reason: reason}
	}
	return list, err
}

type suspect struct {
	Batch  string   `arg:"" help:"Its code."`
	Ranges []string `arg:"" optional:"" help:"Sequences, such as 1200-1450; the whole batch, if none."`
	Reason string   `required:"" help:"What went wrong."`
}

func (s *suspect) Run(ctx context.Context, d *desk) error {
	ranges := make([]client.Range, len(s.Ranges))
	for i, text := range s.Ranges {
		from, to, found := strings.Cut(text, "-")
		if !found {
			to = from
		}
		var wrong, wrongTo error
		ranges[i].From, wrong = strconv.Atoi(from)
		ranges[i].To, wrongTo = strconv.Atoi(to)
		if wrong != nil || wrongTo != nil {
			return fmt.Errorf("%q is not a range: it is written 1200-1450", text)
		}
	}
	return d.outcome(d.Client.Suspect(ctx, s.Batch, ranges, s.Reason))
}

type recalls struct {
	Done    int64 `xor:"answer" help:"This recall's piece was taken out." placeholder:"ID"`
	TooLate int64 `xor:"answer" help:"This recall's piece was posted before." placeholder:"ID"`
}

func (r *recalls) Run(ctx context.Context, d *desk) error {
	if r.Done != 0 || r.TooLate != 0 {
		if err := d.AnswerRecall(ctx, max(r.Done, r.TooLate), r.Done != 0); err != nil {
			return err
		}
		return d.tell(r, "Answered.")
	}
	waiting, err := d.Client.Recalls(ctx)
	if err != nil {
		return err
	}
	if !d.json {
		for _, one := range waiting {
			fmt.Fprintf(d.out, "%d: take %s out of %s (number %d): %s\n", one.ID, one.Reference, one.Batch, one.Sequence, one.Reason)
		}
	}
	return d.tell(waiting, "%d to answer.", len(waiting))
}

type destroyed struct {
	Batches []string `arg:"" help:"Their codes."`
	On      string   `help:"The day on which the copies were destroyed; today, if none." placeholder:"DATE"`
}

func (s *destroyed) Run(ctx context.Context, d *desk) error {
	on, err := date(s.On)
	if err != nil {
		return err
	}
	for _, code := range s.Batches {
		if _, err := d.Client.Destroyed(ctx, code, on); err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
	}
	return d.tell(s.Batches, "%d noted.", len(s.Batches))
}
