package vendors_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"duenotice/letters/exchange"
)

func TestEveryReportedPieceGetsAVerdictOfItsOwn(t *testing.T) {
	h := newHouse(t, 40)
	m, err := exchange.ReadJSON([]byte(h.expect(200, "GET", first+"/manifest.json", "").body))
	h.must(err)
	h.clock.Set(opening.AddDate(0, 0, 3))
	h.expect(200, "POST", first+"/accept", "") // on Monday 23 November
	r := func(i int) string { return m.Pieces[i].Reference }
	h.must(h.mail.Recall(t.Context(), h.staff[1], r(9), "the address is wrong"))
	for _, c := range []struct{ piece, verdict, why string }{
		{fmt.Sprintf(`{"reference":%q,"status":"posted","at":"2026-11-24"}`, r(0)), "refused", "lies in the future"},
		{fmt.Sprintf(`{"reference":%q,"status":"posted","at":"2026-11-22"}`, r(0)), "refused", "It was accepted on Monday 23 November 2026"},
		{fmt.Sprintf(`{"reference":%q,"status":"posted","at":"2019-01-01"}`, r(0)), "refused", "cannot have been posted before"},
		{fmt.Sprintf(`{"reference":%q,"status":"teleported"}`, r(0)), "refused", "is not something that can be reported"},
		{fmt.Sprintf(`{"reference":%q,"status":""}`, r(0)), "refused", "is not something that can be reported"},
		{`{"reference":"DN0000000000","status":"posted"}`, "refused", "There is no piece with this reference."},
		{`{"reference":"'; DROP TABLE pieces; --","status":"posted"}`, "refused", "There is no piece with this reference."},
		{fmt.Sprintf(`{"reference":%q,"status":"returned"}`, r(0)), "refused", "Say why it came back"},
		{fmt.Sprintf(`{"reference":%q,"status":"recalled"}`, r(0)), "refused", "Nobody asked for it back."},
		{fmt.Sprintf(`{"reference":%q,"status":"posted"}`, r(9)), "refused", "answer the recall first"},
		{fmt.Sprintf(`{"reference":%q,"status":"posted"}`, r(0)), "applied", ""},
		{fmt.Sprintf(`{"reference":%q,"status":"posted"},{"reference":%[1]q,"status":"posted"}`, r(1)), "already", ""},
		{fmt.Sprintf(`{"reference":%q,"status":"printed"},{"reference":%[1]q,"status":"posted"},{"reference":%[1]q,"status":"enclosed"}`, r(2)), "already", ""},
		{fmt.Sprintf(`{"reference":%q,"status":"spoiled"},{"reference":%[1]q,"status":"posted"}`, r(3)), "refused", "It is spoiled, which is final."},
		{fmt.Sprintf(`{"reference":%q,"status":"spoiled"}`, r(1)), "applied", "It was reported posted before. It is now under suspicion."},
	} {
		var said struct {
			Verdicts []struct{ Reference, Verdict, Reason string }
		}
		a := h.expect(200, "POST", "/vendor/v1/pieces/status", `{"pieces":[`+c.piece+`]}`)
		h.must(json.Unmarshal([]byte(a.body), &said))
		last := said.Verdicts[len(said.Verdicts)-1]
		if last.Verdict != c.verdict || !strings.Contains(last.Reason, c.why) || len(said.Verdicts) != strings.Count(c.piece, "reference") {
			t.Errorf("%s: %+v", c.piece, last)
		}
	}
	if posted, _, spoiled, _, still := h.balance(); posted != 3 || spoiled != 1 || still != 36 {
		t.Errorf("posted %d, spoiled %d, still there %d", posted, spoiled, still)
	}
}

func TestTenThousandReportsAreAnsweredTogetherAndOneMoreIsNot(t *testing.T) {
	h := newHouse(t, 40)
	h.expect(200, "POST", first+"/accept", "")
	known := h.text(`SELECT reference FROM pieces ORDER BY id LIMIT 1`)
	list := func(n int) string {
		return `{"pieces":[` + strings.TrimSuffix(strings.Repeat(`{"reference":"`+known+`","status":"printed","at":"2026-11-20"},`, n), ",") + `]}`
	}
	a := h.ask("POST", "/vendor/v1/pieces/status", list(10_000))
	if a.status != 200 || !strings.Contains(a.body, `"applied":1,"already":9999,"refused":0`) || strings.Count(a.body, `"verdict"`) != 10_000 {
		t.Errorf("%d, %d verdicts", a.status, strings.Count(a.body, `"verdict"`))
	}
	if a := h.expect(422, "POST", "/vendor/v1/pieces/status", list(10_001)); !strings.Contains(a.body, "Report from 1 to 10,000 pieces at a time; these are 10001.") {
		t.Errorf("one too many: %s", a.body)
	}
}

func TestAKeyOfThirtyDaysAgoIsANewOne(t *testing.T) {
	h := newHouse(t, 5)
	h.expect(200, "POST", first+"/accept", "", "Idempotency-Key", "k")
	h.clock.Advance(29 * 24 * time.Hour)
	if a := h.expect(200, "POST", first+"/accept", "", "Idempotency-Key", "k"); a.header.Get("Idempotent-Replayed") != "true" {
		t.Error("29 days later the first answer is forgotten")
	}
	if a := h.expect(409, "POST", first+"/reject", `{"reason":"torn"}`, "Idempotency-Key", "k"); !strings.Contains(a.body, "This Idempotency-Key was used for another request.") {
		t.Errorf("another request with this key: %s", a.body)
	}
	h.clock.Advance(2 * 24 * time.Hour)
	if a := h.expect(200, "POST", first+"/accept", "", "Idempotency-Key", "k"); a.header.Get("Idempotent-Replayed") != "" {
		t.Error("31 days later it is kept still")
	}
}
