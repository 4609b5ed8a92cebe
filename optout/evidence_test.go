package optout_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns"
	"duenotice/optout"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// broken is how often a promise is broken whose name holds a word.
func (h *house) broken(word string) (n int) {
	h.Helper()
	list, err := h.desk.Invariants(h.ctx)
	h.ok(err)
	for _, v := range list {
		if strings.Contains(v.Name, word) {
			n += v.Violations
		}
	}
	return n
}

func TestTheEvidenceOfARecordIsWholeAndItsChecksumVouchesForBothParts(t *testing.T) {
	t.Parallel()
	h := open(t, 3, optout.OwnLedger)
	h.tell(h.people[2], campaigns.PersonFact{Kind: "moved practice", Practice: "F84002"})
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, "F84002", closing.AddDays(-1)))
	if done := h.closeAll(); done.Created != 3 {
		t.Fatalf("%+v", done)
	}
	if n := h.count(`SELECT count(*) FROM circumstances`); n != 2 {
		t.Errorf("the circumstances of two practices stand in %d rows", n)
	}
	for i, practice := range []string{"F84001", "F84001", "F84002"} {
		w, err := h.desk.Why(h.ctx, h.author, h.people[i])
		h.ok(err)
		r := w.Record
		if !r.HashRight || digest(r.Own) != r.EvidenceSHA256 || !strings.Contains(string(r.Own), digest(r.Circumstances)) {
			t.Errorf("%d: %+v", i, r)
		}
		f := r.Evidence.Facts
		if f.Basis != "silence" || len(f.Notices) != 1 || f.Notices[0].ID != int64(h.notice(h.people[i])) || f.Notices[0].ClosesOn != h.closes(h.people[i]) ||
			f.Practice != practice || len(f.Signals) != 8 || len(f.Feeds) != 2 || !f.AskedAt.Equal(h.clock.Now()) {
			t.Errorf("%d: %+v", i, f)
		}
		for n, c := range r.Evidence.Clauses {
			if c.Number != n+1 || !c.Met || c.Says == "" {
				t.Errorf("%d: %+v", i, c)
			}
		}
		if strings.Contains(string(r.Own)+string(r.Circumstances), "1980") {
			t.Errorf("%d: a date of birth is kept in evidence", i)
		}
	}
	h.sound()

	_, err := h.db.App.Exec(h.ctx, `UPDATE circumstances SET body = '{}'`)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "42501" {
		t.Errorf("circumstances can be changed: %v", err)
	}
	h.exec(`UPDATE circumstances SET body = replace(body::text, '"minimum_age":16', '"minimum_age":15')::json WHERE body::text LIKE '%switch:1:F84002%'`)
	for i, right := range []bool{true, true, false} {
		w, err := h.desk.Why(h.ctx, h.author, h.people[i])
		h.ok(err)
		if w.Record.HashRight != right {
			t.Errorf("%d: circumstances were changed behind the back of the house, and the checksum is right: %v", i, w.Record.HashRight)
		}
	}
	if n := h.broken("checksum"); n != 1 {
		t.Errorf("the nightly check finds %d", n)
	}
	h.exec(`UPDATE records SET evidence = replace(evidence::text, '"outage_days":0', '"outage_days":1')::json WHERE enrolment_id = $1`, h.people[0])
	h.exec(`DELETE FROM circumstances WHERE body::text LIKE '%switch:1:F84001%'`)
	if n := h.broken("checksum"); n != 3 {
		t.Errorf("the nightly check finds %d", n)
	}
	if w, err := h.desk.Why(h.ctx, h.author, h.people[1]); err != nil || w.Record.HashRight {
		t.Errorf("the circumstances are gone, and the checksum is right: %v", err)
	}
}
