package intake

import (
	"reflect"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

var friday = Options{Today: calendar.On(2026, 11, 20)}

// lines collects which rules were broken on which line.
func lines(into map[int][]Rule) func(Finding) error {
	return func(f Finding) error {
		into[f.Line] = append(into[f.Line], f.Rule)
		return nil
	}
}

func TestAListOfWatermarksSaysOfEachRowWhatIsWrong(t *testing.T) {
	const list = "\ufeffComplete Until,channel,Practice_Code\r\n2026-11-19,Paper,\r\n19/11/2026,practice,f84003\r\n2026-11-20,phone,\r\n2026-11-19,web,\r\n" +
		"2026-11-19,practice,\r\n2026-11-19,paper,F84003\r\n2026,upload,\r\n,upload,\r\n"
	want := map[int][]Rule{4: {DayNotOver}, 5: {ChannelUndeclared}, 6: {CodeShape}, 7: {PracticeUncalledFor}, 8: {DatePartial}, 9: {DateMissing}}
	for name, file := range map[string]string{"plain": list, "gzip": packed(list)} {
		var got []Complete
		found := map[int][]Rule{}
		sum, err := ReadWatermarks(strings.NewReader(file), friday, func(w Complete) error { got = append(got, w); return nil }, lines(found))
		if err != nil || sum.Rows != 8 || sum.Rejected != 6 || !reflect.DeepEqual(found, want) {
			t.Errorf("%s: %+v %v %v", name, sum, err, found)
		}
		day := calendar.On(2026, 11, 19)
		if !reflect.DeepEqual(got, []Complete{{2, "paper", "", day}, {3, "practice", "F84003", day}}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	_, err := ReadWatermarks(strings.NewReader("reference,date,reason\nDN0000000000,2026-11-01,R01\n"), friday, nil, nil)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "returned mail") {
		t.Errorf("returned mail was read as watermarks: %v", err)
	}
}

func TestAReferenceIsReadAsItIsPrinted(t *testing.T) {
	var got []string
	_, err := ReadReturns(strings.NewReader("reference,date,reason\nDN 4831 772 056,2026-11-01,r01\n\"dn\u00a04831\u00a0772\u00a0056\",2026-11-01,R09\n"), friday,
		func(r Returned) error { got = append(got, r.Reference+r.Reason); return nil }, nil)
	if err != nil || !reflect.DeepEqual(got, []string{"DN4831772056R01", "DN4831772056R09"}) {
		t.Error(got, err)
	}
}

func TestAReadCodeCountsWithItsDotsAndTerm(t *testing.T) {
	for written, code := range map[string]string{"93C3": "93C3", "93C3.": "93C3", "93C3.00": "93C3", "XaXj6": "XaXj6", "416308001": "416308001", "93c3": "", "93C2.": "", "4.16E+08": ""} {
		if got := dissentCode(written); code != "" && got != code || code == "" && DissentCodes[got] != "" {
			t.Errorf("%s is read as %s", written, got)
		}
	}
}

func TestAnOutcomeNamesNobody(t *testing.T) {
	for _, f := range []Finding{Outcome(3, "nhs_number", PersonUnknown, "9990000018"), Outcome(3, "reference", LetterUnknown, "DN4831772056")} {
		if f.Line != 3 || f.Severity != Review || f.Advice == "" || strings.Contains(f.Shown, "99900000") || strings.Contains(f.Shown, "48317") || f.Shown == "" {
			t.Errorf("%+v", f)
		}
	}
}
