package patients_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
	"duenotice/ui/static/statictest"
)

// complaints are what is asked of patients' pages beside what is asked of all.
const complaints = `[
	location.hash ? 'keeps ' + location.hash + ' in the address' : '',
	[...document.querySelectorAll('input:not([type=hidden]):not([type=radio]), select, textarea, .nhsuk-button, .dn-two > div')].some(e => e.offsetHeight && e.offsetHeight < 24) ? 'has a target that is too small' : '',
].filter(Boolean).join(', ')`

// walker is somebody at a real browser who looks at every page on the way.
type walker struct {
	t       *testing.T
	ctx     *statictest.Browser
	h       *house
	in      *page.Catalogue
	english []string // sentences that must not be left over
	looked  int
}

func (w *walker) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, actions...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *walker) asks(script string) string {
	w.t.Helper()
	told, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%.60s: %v", script, err)
	}
	return told
}

func (w *walker) visit(path string) { w.t.Helper(); w.do(chromedp.Navigate(w.h.at + path)) }

// leads does what leads to another page, and waits for that to be there.
func (w *walker) leads(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	const when = `String(performance.timeOrigin)`
	before := w.asks(when)
	w.do(actions...)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(15 * time.Millisecond) {
		now, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.readyState === 'complete' ? `+when+` : ''`))
		if err == nil && now != "" && now != before {
			return
		}
	}
	w.t.Fatalf("nothing came of it at %s", w.asks(`location.pathname`))
}

func (w *walker) press(selector string) {
	w.t.Helper()
	w.leads(chromedp.Click(chromedp.CSS(selector)))
}

func (w *walker) fill(selector, text string) {
	w.t.Helper()
	w.do(chromedp.SetValue(chromedp.CSS(selector), text))
}

// look looks at a page at the widths of a desk and of a phone, or a page at 400%.
func (w *walker) look(name string) {
	w.t.Helper()
	w.looked++
	name = fmt.Sprintf("%s-%02d-%s", w.in.Lang(), w.looked, name)
	w.words(name)
	if told := w.asks(complaints); told != "" {
		w.t.Errorf("%s: %s", name, told)
	}
	w.ctx.LookHere(name, 1280, 320)
}

// words looks for what is not of the page's language.
func (w *walker) words(name string) {
	w.t.Helper()
	want := w.in.Lang() + " ltr"
	if w.in != nil && w.in.RTL {
		want = w.in.Lang() + " rtl"
	}
	if got := w.asks(`document.documentElement.lang + ' ' + getComputedStyle(document.documentElement).direction`); got != want {
		w.t.Errorf("%s is %s, not %s", name, got, want)
	}
	text := w.asks(`[document.title, document.body.innerText, ...[...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label'))].join('\n')`)
	if strings.Contains(text, "{") {
		w.t.Errorf("%s has something that was not filled in:\n%s", name, text)
	}
	for _, sentence := range w.english {
		if strings.Contains(text, sentence) {
			w.t.Errorf("%s leaves in English: %q", name, sentence)
		}
	}
}

// inEveryLanguage makes the house show all languages, as if somebody had put
// their name to each.
func (h *house) inEveryLanguage(t *testing.T, shown string) []*page.Catalogue {
	t.Helper()
	all, err := page.Catalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		h.exec(t, fmt.Sprintf(`INSERT INTO translation_acceptances (language, fingerprint, shown_as, checked_by, staff_id, accepted_at)
			VALUES ('%s', '%s', '%s', 'A speaker', 1, '2027-01-04Z')`, c.Code, c.Fingerprint, shown))
	}
	return all
}

// TestEveryJourneyInEveryLanguage walks all that a person can do, in a real
// browser, and asks axe-core about each page.
func TestEveryJourneyInEveryLanguage(t *testing.T) {
	ctx := statictest.OpenBrowser(t)
	said := spokenWords(t)
	all, err := page.Catalogues()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range append([]*page.Catalogue{nil}, all...) {
		t.Run(in.Lang(), func(t *testing.T) {
			h := build(t)
			h.inEveryLanguage(t, "draft")
			w := &walker{t: t, ctx: ctx, h: h, in: in}
			if in != nil {
				for s := range said {
					if strings.Count(s, " ") >= 2 && !strings.ContainsAny(s, "{<") && in.Say(s) != s {
						w.english = append(w.english, s)
					}
				}
			}
			w.everything()
		})
	}
}

func (w *walker) everything() {
	w.t.Helper()
	h := w.h
	w.visit("/not-mine?lang=" + w.in.Lang())
	if at := w.asks(`location.pathname + location.search`); at != "/not-mine" {
		w.t.Errorf("choosing a language led to %s", at)
	}
	w.look("not-mine")
	w.visit("/")
	w.look("start")
	w.visit("/o#" + h.code)
	typed := w.asks(`document.getElementById('code').value + '|' + location.href + '|' + document.activeElement.id + '|' + document.getElementById('code-taken').textContent`)
	if want := optout.GroupCode(h.code) + "|" + h.at + "/o|born-day|" + w.in.Say("We have put in the code from your letter. Now enter the date of birth."); typed != want {
		w.t.Errorf("%q, not %q", typed, want)
	}
	w.look("code")
	w.fill("#born-day", "31")
	w.fill("#born-month", "2")
	w.fill("#born-year", bornYear)
	w.press(`form[action="/o"] button`)
	w.look("code-wrong")
	w.fill("#born-day", bornDay)
	w.fill("#born-month", bornMonth)
	w.press(`form[action="/o"] button`)
	w.look("decision")
	w.visit("/status")
	w.look("status-silent")
	w.visit("/behalf")
	w.look("behalf")
	w.visit("/question")
	w.look("question")
	w.press(`form[action="/question"] button`)
	w.look("question-wrong")
	w.do(chromedp.Click(chromedp.CSS(`label[for="answer-2"]`)))
	w.press(`form[action="/question"] button`)
	w.look("check")
	w.press(`a[href="/reason"]`)
	w.look("reason")
	w.fill("#reason", strings.Repeat("because ", 60))
	w.press(`form[action="/reason"] button`)
	w.look("reason-wrong")
	w.fill("#reason", "I decide later")
	w.press(`form[action="/reason"] button`)
	w.press(`form[action="/check"] button`)
	w.look("done")
	w.visit("/status")
	w.look("status-no")
	w.visit("/not-me")
	w.look("not-me")
	w.visit("/ask")
	w.look("ask")
	w.press(`form[action="/ask"] button`)
	w.look("ask-wrong")
	w.fill("#text", "Can my daughter read it, too?")
	w.press(`form[action="/ask"] button`)
	h.exec(w.t, `INSERT INTO messages (campaign_id, enrolment_id, person_id, kind, body, language, staff_id, at)
		VALUES (1, 1, 1, 'closed', 'No. Only staff who treat you can read it. We hope that helps.', 'en', 1, '2027-02-24T11:00Z')`)
	w.look("ask-sent")
	w.visit("/ask")
	w.look("ask-answered")
	w.visit("/format")
	w.look("format")
	w.press(`form[action="/format"] button`)
	w.look("format-asked")
	h.exec(w.t, `INSERT INTO records (id, programme_id, person_id, campaign_id, enrolment_id, registry, basis, state, reserved_at, live_at, withdrawing_at, circumstances_id, evidence, evidence_sha256)
		VALUES (gen_random_uuid(), 1, 1, 1, 1, 'elsewhere', 'silence', 'withdrawing', '2027-02-20Z', '2027-02-20Z', '2027-02-24Z', gen_random_uuid(), '{}', '\x01')`)
	w.visit("/status")
	w.look("status-withdrawing")
	w.press(`form[action="/finish"] button`)
	w.look("finished")
	w.visit("/lost-code")
	w.look("lost-code")
	w.press(`form[action="/lost-code"] button`)
	w.look("lost-code-wrong")
	for name, value := range map[string]string{"#name": "Odette Farringham", "#born-day": bornDay, "#born-month": bornMonth, "#born-year": bornYear, "#postcode": "ct14 7aa"} {
		w.fill(name, value)
	}
	w.press(`form[action="/lost-code"] button`)
	w.look("lost-code-sent")
	for _, path := range []string{"formats", "accessibility", "privacy", "nowhere"} {
		w.visit("/" + path)
		w.look(path)
	}
	if w.in == nil {
		return
	}
	other := calendar.On(2027, time.March, 12)
	if w.in.Long(other) == page.English.Back || !strings.Contains(w.in.Plain(other), "12") {
		w.t.Errorf("a date is written %q", w.in.Long(other))
	}
}
