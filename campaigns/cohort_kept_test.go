package campaigns_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/letters/archive"
)

func TestRejectedRowsComeBackSafeAndTheirCorrectionEnrolsNobodyTwice(t *testing.T) {
	o := openOffice(t)
	wrong := line(50, "=1+1", "Family", "1980-02-30", "1 High Street", "F84001")
	id := o.receive("people.csv", people(1, 31)+wrong)
	o.accept(id)
	helper := campaigns.Viewer{ID: o.ben.ID, Role: campaigns.RoleHelpdesk, Region: "QMF"}
	_, err := o.register.RejectedRows(t.Context(), helper, id)
	o.hears(err, "does not see rows")
	write, err := o.register.RejectedRows(t.Context(), o.ben, id)
	o.ok(err)
	var out bytes.Buffer
	o.ok(write(t.Context(), &out))
	rows := strings.Split(strings.TrimSpace(out.String()), "\r\n")
	if len(rows) != 2 || !strings.HasPrefix(rows[0], "line,rule,what_is_wrong,what_to_do,nhs_number,") || !strings.HasPrefix(rows[1], "32,date_of_birth_impossible,") ||
		!strings.Contains(rows[1], ",'=1+1,Family,1980-02-30,") {
		t.Fatalf("the rejected rows are %q", rows)
	}
	again := rows[0] + "\n" + strings.Replace(rows[1], "1980-02-30", "1980-02-28", 1) + "\n" + "x,,,," + people(30, 31)
	next, err := o.register.ReceiveCorrection(t.Context(), o.ben, id, "corrected.csv", strings.NewReader(again))
	o.ok(err)
	o.ok(o.register.ReadCohort(t.Context(), next))
	if h := o.accept(next); h.Corrects != id || h.Code != "NEL-26" || h.Enrolled != 1 || h.Already != 1 {
		t.Errorf("the correction stands at %+v", h)
	}
	list, err := o.register.Corrections(t.Context(), id)
	o.ok(err)
	if len(list) != 1 || list[0].ID != next {
		t.Errorf("corrections are %+v", list)
	}
	looks, err := o.register.Looks(t.Context(), "cohort", fmt.Sprint(id), 1)
	o.ok(err)
	if len(looks) != 1 || looks[0].Who != "Ben First" || looks[0].Action != "took out the rejected rows" {
		t.Errorf("the audit says %+v", looks)
	}
}

func TestBytesAreForgottenAfterTheirTimeAndFactsStay(t *testing.T) {
	o := openOffice(t)
	done, open := o.receive("done.csv", people(1, 31)), o.receive("open.csv", people(40, 50))
	o.accept(done)
	o.clock.Advance(29 * 24 * time.Hour)
	o.ok(o.register.ForgetFiles(t.Context()))
	if h := o.cohort(done); !h.ForgottenAt.IsZero() {
		t.Error("forgotten on day 29")
	}
	o.clock.Advance(2 * 24 * time.Hour)
	o.ok(o.register.ForgetFiles(t.Context()))
	o.ok(o.register.ForgetFiles(t.Context()))
	for _, id := range []campaigns.CohortID{done, open} {
		h := o.cohort(id)
		if _, err := o.files.Read(t.Context(), h.StoredAs, 0, -1); !errors.Is(err, archive.ErrAbsent) {
			t.Errorf("file %d is still there: %v", id, err)
		}
		if h.ForgottenAt.IsZero() || h.Rows == 0 {
			t.Errorf("file %d stands at %+v", id, h)
		}
	}
	if h := o.cohort(open); h.State != "declined" || !strings.Contains(h.Refusal, "within 30 days") {
		t.Errorf("the file nobody decided about is %s: %s", h.State, h.Refusal)
	}
	var rows int
	o.one(&rows, `SELECT count(*) FROM cohort_rows`)
	if rows != 0 {
		t.Errorf("%d rows are still staged", rows)
	}
	_, err := o.register.RejectedRows(t.Context(), o.anna, done)
	o.hears(err, "were forgotten on 21 December 2026")
}

// cut breaks off in the middle of a file.
type cut struct{ r io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestAnUploadCutOffLeavesNothing(t *testing.T) {
	o := openOffice(t)
	if _, err := o.register.ReceiveCohort(t.Context(), o.anna, "NEL-26", "cut.csv", cut{strings.NewReader(columns + people(1, 100))}); err == nil {
		t.Fatal("a file that broke off was taken")
	}
	var n int
	o.one(&n, `SELECT (SELECT count(*) FROM cohorts) + (SELECT count(*) FROM cohort_uploads)`)
	if n != 0 {
		t.Errorf("%d things are left", n)
	}
	// A process killed in the middle leaves its note, and the night forgets what it points to.
	_, err := o.files.Put(t.Context(), "cohorts/1/LEFT", func(w io.Writer) error { _, err := w.Write([]byte("half")); return err })
	o.ok(err)
	o.exec(`INSERT INTO cohort_uploads (stored_as, began_at) VALUES ('cohorts/1/LEFT', $1)`, o.clock.Now())
	o.clock.Advance(25 * time.Hour)
	o.ok(o.register.ForgetFiles(t.Context()))
	if _, err := o.files.Read(t.Context(), "cohorts/1/LEFT", 0, -1); !errors.Is(err, archive.ErrAbsent) {
		t.Errorf("what was left is still there: %v", err)
	}
}
