package intake

import (
	"io"
	"slices"
	"strings"

	"duenotice/campaigns/calendar"
)

// Complete is one row of a list of watermarks: everything that a channel
// received up to and including a day has been entered.
type Complete struct {
	Line     int
	Channel  string // one of CompleteChannels
	Practice string // its code, for the channel practice only
	Until    calendar.Date
}

// CompleteChannels are the channels that somebody declares; the web measures itself.
var CompleteChannels = []string{"phone", "paper", "upload", "practice"}

var watermarkLayout = &layout{
	kind: KindWatermarks, title: "a list of watermarks", required: 3, columns: []string{"channel", "practice_code", "complete_until"},
	older: map[string][]string{"practice_code": {"practice"}, "complete_until": {"complete_through", "complete_until_date"}},
}

// ReadWatermarks reads a list of watermarks. Only a day that is over can be
// complete, and a practice is named for the channel practice and no other.
func ReadWatermarks(r io.Reader, opts Options, each func(Complete) error, found func(Finding) error) (Summary, error) {
	var w Complete
	return readTable(r, watermarkLayout, opts, found, func(t *table) {
		w = Complete{Line: t.line, Channel: strings.ToLower(strings.TrimSpace(t.cell(0))), Practice: strings.ToUpper(strings.TrimSpace(t.cell(1)))}
		switch known := slices.Contains(CompleteChannels, w.Channel); {
		case !known:
			t.say("channel", ChannelUndeclared, mask(w.Channel))
		case w.Channel == "practice" && !isODSCode(w.Practice):
			t.say("practice_code", CodeShape, maskCode(w.Practice))
		case w.Channel != "practice" && w.Practice != "":
			t.say("practice_code", PracticeUncalledFor, maskCode(w.Practice))
		}
		var wrong Rule
		w.Until, wrong = Day(t.cell(2))
		switch {
		case wrong != "":
			t.sayAs(Reject, "complete_until", wrong, mask(t.cell(2))) // half a date declares nothing
		case w.Until.IsZero():
			t.say("complete_until", DateMissing, "")
		case !w.Until.Before(t.opts.Today):
			t.say("complete_until", DayNotOver, mask(t.cell(2)))
		}
	}, func() error { return each(w) })
}
