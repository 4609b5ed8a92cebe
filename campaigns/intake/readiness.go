package intake

import (
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// Readiness says how far one practice is.
type Readiness struct {
	Line     int
	Practice string
	State    string        // in small letters, as told
	On       calendar.Date // since when; live: from which day. None is today
	Supplier string
	Approach string
	Owner    string
	Note     string
	Blocker  string
	Due      calendar.Date
}

var readinessLayout = &layout{
	kind: KindReadiness, title: "a list of practices' states", required: 2,
	columns: []string{"practice_code", "state", "on", "supplier", "approach", "owner", "note", "blocker", "due"},
	older:   map[string][]string{"state": {"status"}, "on": {"since", "live_on", "date"}, "due": {"due_on"}},
	unread:  []string{"practice_name"},
}

// ReadReadiness reads a list of practices and how far they are. A practice
// may come several times; its rows tell of one thing after another.
func ReadReadiness(r io.Reader, opts Options, states []string, each func(Readiness) error, found func(Finding) error) (Summary, error) {
	known := map[string]bool{}
	for _, s := range states {
		known[s] = true
	}
	var one Readiness
	return readTable(r, readinessLayout, opts, found, func(t *table) {
		one = Readiness{Line: t.line, Practice: strings.ToUpper(strings.TrimSpace(t.cell(0))), State: strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(t.cell(1), "_", " ")), " ")),
			Supplier: plainText(t.cell(3)), Approach: strings.ToLower(plainText(t.cell(4))), Owner: plainText(t.cell(5)), Note: plainText(t.cell(6)),
			Blocker: strings.ToLower(plainText(t.cell(7)))}
		switch {
		case !isODSCode(one.Practice):
			t.say("practice_code", CodeShape, maskCode(one.Practice))
		case opts.Practice != nil && !opts.Practice(one.Practice):
			t.say("practice_code", PracticeUnknown, one.Practice)
		}
		if !known[one.State] {
			t.say("state", StateUnknown, mask(one.State))
		}
		for _, d := range []struct {
			column string
			cell   int
			to     *calendar.Date
		}{{"on", 2, &one.On}, {"due", 8, &one.Due}} {
			day, wrong := Day(strings.TrimSpace(t.cell(d.cell)))
			if wrong != "" {
				t.say(d.column, DateImpossible, mask(t.cell(d.cell)))
			}
			*d.to = day
		}
	}, func() error { return each(one) })
}
