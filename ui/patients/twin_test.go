package patients_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"duenotice/letters/paper"
)

// worded gives the letter its wording: English, a Welsh that was checked, and a Polish that was not.
func (h *house) worded(t *testing.T) {
	t.Helper()
	for _, p := range paper.Shipped() {
		if p.Format != paper.Standard {
			continue
		}
		p.Code = "WORDED"
		if p.Language() == "cy" {
			p.Text = strings.Replace(p.Text, "translation: draft", "translation: checked by Elin Rhys, translator, 4 January 2027", 1)
		}
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.db.Owner.Exec(t.Context(), `INSERT INTO packs (code, version, language, format, state, body, created_at) VALUES ('WORDED', 1, $1, 'standard', 'draft', $2, '2026-10-01Z')`, p.Language(), body)
		if err != nil {
			t.Fatal(err)
		}
	}
	h.exec(t, `UPDATE packs SET state = 'frozen' WHERE code = 'WORDED'; UPDATE batches SET pack_id = (SELECT id FROM packs WHERE code = 'WORDED' AND language = 'en')`)
}

func TestALetterIsAPageForWhoeverProvedItsCode(t *testing.T) {
	h := build(t)
	h.worded(t)
	p := h.visitor(t)
	p.get("/letter")
	if strings.Contains(p.text(), "The last day to say no") {
		t.Fatal("it is shown to anybody")
	}
	p.prove()
	p.get("/status").reads("/status", "Read your letter here")
	p.get("/letter").reads("/letter", "Do you want a Shared Health Summary", "Friday 12 March 2027", "0808 157 0419", "Kent and Medway", "Cymraeg")
	text := p.text()
	for _, never := range []string{"Odette", "Farringham", "High Street", "999 000 0018", reference, h.code, "{{"} {
		if strings.Contains(text, never) {
			t.Errorf("the page says %q", never)
		}
	}
	if strings.Contains(text, "Polski") && strings.Contains(text, "language=pl") {
		t.Error("a translation that nobody checked is offered")
	}
	p.get("/letter?language=cy").reads("/letter", "12 Mawrth 2027")
	p.get("/letter?language=pl").reads("/letter", "Friday 12 March 2027") // nobody checked it
	p.get("/letter?language=%3Cscript%3E").reads("/letter", "Friday 12 March 2027")
}

func TestTheLetterAsAPageFitsADeskAndAPhone(t *testing.T) {
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("no chromium at " + chromium)
	}
	h := build(t)
	h.worded(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(question string) string {
		t.Helper()
		told, err := chromedp.Run(ctx, chromedp.Evaluate[string](question))
		if err != nil {
			t.Fatal(err)
		}
		return told
	}
	do(chromedp.Navigate(h.at + "/o"))
	ask(`(() => { const f = document.querySelector('form[action="/o"]'); f.elements.code.value = '` + h.code + `'; f.elements['born[day]'].value = '` + bornDay + `'; f.elements['born[month]'].value = '` + bornMonth + `'; f.elements['born[year]'].value = '` + bornYear + `'; f.requestSubmit(); return '' })()`)
	do(chromedp.WaitVisible("h1"), chromedp.Navigate(h.at+"/letter?language=cy"), chromedp.WaitVisible(".dn-letter"))
	for width, name := range map[int64]string{1280: "letter-1280", 390: "letter-390", 320: "letter-320"} {
		do(chromedp.EmulateViewport(width, 900))
		if told := ask(`[document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways' : '', document.querySelectorAll('h1').length === 1 ? '' : 'has not one main heading',
			document.querySelector('.dn-letter').lang === 'cy' ? '' : 'does not say that it is Welsh', document.querySelector('[style]') ? 'has an inline style' : ''].filter(Boolean).join(', ')`); told != "" {
			t.Errorf("at %d the letter %s", width, told)
		}
		if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
