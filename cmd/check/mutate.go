package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// mutation takes one safeguard out of the product. Some test has to notice;
// one that nobody notices is a promise that nothing keeps.
type mutation struct {
	name, file string
	text, with string // text stands in file exactly once
	room       string // the package whose tests have to notice
	tests      string // those that are asked, to save time
}

// mutations are the safeguards without which somebody would get a record
// against the rules of notice.
var mutations = []mutation{
	{"clause 4 is always met", "optout/gate/gate.go",
		`if f.Dissent != 0 {`, `if f.Dissent < 0 {`, "./optout/gate", "EachThingAlone"},
	{"the gate is not asked a second time", "optout/send_store.go",
		`allowed[a.enrolment] = a.verdict.Allowed`, `allowed[a.enrolment] = true`, "./optout", "SecondAsking|NotRepeatedWhileStopped"},
	{"nobody looks again before a record leaves", "optout/send_store.go",
		`if still, e = d.stillLeaves(ctx, s); e != nil {`, `if _, e = d.stillLeaves(ctx, s); e != nil {`, "./optout", "ANoBetweenLeavingAndReceipt"},
	{"the last look sees no more than the record", "optout/last_look_store.go",
		`still = i >= 0 && list[i].verdict.Allowed`, `still = i >= 0`, "./optout", "WhileASlowTargetAnswers"},
	{"a record marked as leaving counts as sent", "optout/last_look_store.go",
		`g.unsent = a.leases`, `g.unsent = nil`, "./optout", "WhileASlowTargetAnswers"},
	{"a letter that comes back stays valid", "optout/notice_store.go",
		`AND id = ANY(@ids) AND (void_reason = ''`, `AND id = ANY(@ids) AND @reason <> 'returned' AND (void_reason = ''`, "./optout", "ALetterThatComesBack"},
	{"signals are read without being held", "campaigns/signal_store.go",
		`ORDER BY key FOR SHARE`, `ORDER BY key`, "./optout", "ASweepWaitsForAStop"},
	{"a sweep does not lock people", "optout/close_store.go",
		` FOR UPDATE OF p SKIP LOCKED`, ``, "./optout", "ASweepLeavesPeopleAlone"},
	{"an answer does not lock its person", "campaigns/person_store.go",
		`WHERE id = u.id FOR UPDATE)`, `WHERE id = u.id)`, "./optout", "AnAnswerWaits"},
	{"an extension is not waited for", "optout/close_store.go",
		`[]string{campaigns.StopSignal, campaigns.PauseCampaign(c.ID)}`, `[]string{}`, "./optout", "ASweepWaitsForAnExtension"},
	{"a window closes a day early", "optout/gate/gate.go",
		`case !closes.Before(today):`, `case closes.After(today):`, "./optout/gate", "EachThingAlone"},
	{"a window is promised a day shorter", "campaigns/campaign.go",
		`w.OnOrAfter(d.AddDays(daysAdded))`, `w.OnOrAfter(d.AddDays(daysAdded - 1))`, "./campaigns", "NeverShorterThanPromised"},
	{"forms are not waited for", "optout/gate/gate.go",
		`need = w.Add(closes, PaperMargin)`, `need = closes`, "./optout/gate", "PaperNeedsTen"},
	{"clause 7 does not know suspicion", "optout/facts.go",
		`campaigns.PauseBatch(b), campaigns.SuspectBatch(b))`, `campaigns.PauseBatch(b))`, "./optout", "UnderSuspicion"},
	{"the same form is taken twice", "optout/answer_store.go",
		`if r, ok, err := d.givenBefore(ctx, tx, a.Token); ok || err != nil {`, `if r, ok, err := d.givenBefore(ctx, tx, a.Token); ok && r.Held || err != nil {`,
		"./optout", "TwentyTimesAtOnce"},
	{"a code never rests", "optout/guess_store.go",
		`rests := now.Before(k.restingUntil)`, `rests := k.restingUntil.IsZero() && now.IsZero()`, "./optout", "ACodeRests"},
}

// mutate tries every mutation, none of which touches the files themselves.
func mutate(ctx context.Context, r *report) error {
	if r.short {
		r.skip("mutations", "the tests are run short")
		return nil
	}
	folder, err := os.MkdirTemp("", "duenotice-mutations-")
	if err != nil {
		return fmt.Errorf("make a folder for mutations: %w", err)
	}
	defer os.RemoveAll(folder)
	var wrong []error
	for _, m := range mutations {
		began := time.Now()
		if err = m.try(ctx, folder); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", m.name, err))
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fmt.Printf("   %5.1f s  %-40s %s\n", time.Since(began).Seconds(), m.name, noticed(err))
	}
	return errors.Join(wrong...)
}

func noticed(err error) string {
	if err != nil {
		return err.Error()
	}
	return "noticed"
}

// try runs the tests over a copy of one file in which the text is replaced.
func (m mutation) try(ctx context.Context, folder string) error {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if n := strings.Count(string(source), m.text); n != 1 {
		return fmt.Errorf("its text stands in %s %d times; say anew what is to be taken out", m.file, n)
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return fmt.Errorf("find %s: %w", m.file, err)
	}
	changed, overlay := filepath.Join(folder, "changed.go"), filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), m.text, m.with, 1)), 0o600); err != nil {
		return fmt.Errorf("write the changed file: %w", err)
	}
	body, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	if err := os.WriteFile(overlay, body, 0o600); err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	var out bytes.Buffer
	cmd := command(ctx, "go", "test", "-overlay", overlay, "-vet=off", "-count=1", "-timeout=2m", "-run", m.tests, m.room)
	cmd.Env = append(os.Environ(), "CI=true") // without a database nothing would be asked
	cmd.Stdout, cmd.Stderr = &out, &out
	err = run(ctx, cmd)
	switch {
	case err == nil && strings.Contains(out.String(), "no tests to run"):
		return fmt.Errorf("no test is called %s", m.tests)
	case err == nil:
		return errors.New("nobody noticed")
	case !strings.Contains(out.String(), "--- FAIL: "):
		return fmt.Errorf("the tests did not run: %s", strings.TrimSpace(out.String()))
	}
	return nil
}
