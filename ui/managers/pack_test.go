package managers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"duenotice/letters"
)

// english is the wording of a version of the standard pack.
func (h *house) english(version int) string {
	h.t.Helper()
	v, err := h.mail.Pack(h.t.Context(), "standard", version)
	h.must(err)
	s, err := v.Source("en", "standard")
	h.must(err)
	return s.Pack.Text
}

var changedField = regexp.MustCompile(`name="changed" value="([^"]+)"`)

func TestAPackGoesFromDraftToApprovedThroughThePages(t *testing.T) {
	h := build(t)
	h.get("Ada Auditor", "/packs").reads(200, "standard 1", "Approved", "Came with the program", "Nothing waits")
	h.post("Anna Author", "/packs", "code", "standard").reads(http.StatusSeeOther)
	h.get("Anna Author", "/packs/standard/2").reads(200, "Draft", "Anna Author", "Next: look at the proofs", "What differs from version 1")
	old := h.english(2)
	fresh := strings.Replace(old, "Your care stays the same", "The care you get stays the same", 1)
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", strings.ReplaceAll(fresh, "\n", "\r\n"), "was", strings.ReplaceAll(old, "\n", "\r\n")).reads(http.StatusSeeOther)
	if h.english(2) != fresh {
		t.Fatal("the browser's line ends are kept, or the change is not")
	}
	page := h.get("Ben First", "/packs/standard/2")
	if page.reads(200, "Reading age"); !strings.Contains(page.Body, "<del>Your care ") && !strings.Contains(page.Body, "<del>Your ") {
		t.Error("the difference does not show what was taken out")
	}
	h.post("Anna Author", "/packs/standard/2/proofed").reads(http.StatusSeeOther)
	h.get("Anna Author", "/packs/standard/2").reads(200, "Needs approval", "You have written in it")
	h.post("Anna Author", "/packs/standard/2/approve", "changed", "2026-11-20T09:00:00Z").reads(422, "You have written in it")
	seen := changedField.FindStringSubmatch(h.get("Ben First", "/packs/standard/2").Body)
	if seen == nil {
		t.Fatal("somebody else cannot approve")
	}
	h.post("Ben First", "/packs/standard/2/approve", "changed", "2026-11-19T09:00:00Z").reads(422, "has changed since you looked")
	h.post("Ben First", "/packs/standard/2/approve", "changed", seen[1]).reads(http.StatusSeeOther)
	h.get("Hal Help", "/packs/standard/2").reads(200, "Approved", "Ben First")
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", old, "was", fresh).reads(422, "never changes")
}

func TestAWordingThatCannotBePrintedIsShownAgainWithTheReason(t *testing.T) {
	h := build(t)
	h.post("Anna Author", "/packs", "code", "standard").reads(http.StatusSeeOther)
	old := h.english(2)
	bad := strings.Replace(old, "{{name}}", "{{nickname}}", 1) + "\nMy own sentence stays."
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", bad, "was", old).reads(422, "nickname", "My own sentence stays.")
	h.post("Anna Author", "/packs/standard/2/wordings/en/look", "text", strings.Replace(old, "Your care", "Your very own care", 1), "was", old).reads(200, "Your very own care", "Page 1 of")
	if h.english(2) != old {
		t.Error("a look saved something")
	}
	script := strings.Replace(old, "Your care", `</textarea><script>alert(1)</script>`, 1)
	if got := h.post("Anna Author", "/packs/standard/2/wordings/en", "text", script, "was", old); got.Status != 422 || strings.Contains(got.Body, "<script>alert") {
		t.Errorf("%d: a script is on the page", got.Status)
	}
	h.post("Ben First", "/packs/standard/2/wordings/en", "text", strings.Replace(old, "Your care", "Their care", 1), "was", old).reads(http.StatusSeeOther)
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", strings.Replace(old, "Your care", "Our care", 1), "was", old).reads(422, "Somebody has changed this wording since you began")
	for _, path := range []string{"/packs/standard/9", "/packs/none/1", "/packs/standard/x", "/packs/standard/2/wordings/xx1", "/packs/standard/1/wordings/fr", "/packs/standard/1/proof.pdf?language=zz", "/packs/standard/1/page.png?page=99"} {
		h.get("Anna Author", path).reads(http.StatusNotFound)
	}
}

func TestProofsAreShownAsPicturesAndAsPDF(t *testing.T) {
	h := build(t)
	pdf := h.get("Ada Auditor", "/packs/standard/1/proof.pdf?zones=on&person=1")
	if pdf.Status != 200 || pdf.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.Body, "%PDF-") {
		t.Fatalf("the proof is %d %s", pdf.Status, pdf.Header.Get("Content-Type"))
	}
	if !letters.CanPicture() {
		t.Skip("no pdftoppm")
	}
	h.get("Ada Auditor", "/packs/standard/1/proofs?format=large_print&language=en").reads(200, "Large print, 20 point", "sheets")
	png := h.get("Ada Auditor", "/packs/standard/1/page.png?page=2&size=small")
	if png.Status != 200 || !strings.HasPrefix(png.Body, "\x89PNG") {
		t.Errorf("the picture is %d", png.Status)
	}
}

func TestPricesOfPostageAreAddedAndNeverChanged(t *testing.T) {
	h := build(t)
	price := []string{"postage", "second", "size", "letter", "grams", "100", "price", "38.45", "from[day]", "1", "from[month]", "12", "from[year]", "2026"}
	h.post("Finn Finance", "/packs/postage", price...).reads(http.StatusSeeOther)
	h.get("Ada Auditor", "/packs/postage").reads(200, "38.45p", "To come", "Finn Finance")
	h.post("Finn Finance", "/packs/postage", price...).reads(422, "begins on that day already")
	for _, bad := range [][]string{{"price", "-1"}, {"price", "lots"}, {"grams", "5000"}, {"size", "parcel"}, {"postage", "pigeon"}} {
		form := append([]string{}, price...)
		for i := 0; i < len(form); i += 2 {
			if form[i] == bad[0] {
				form[i+1] = bad[1]
			}
		}
		h.post("Finn Finance", "/packs/postage", form...).reads(422)
	}
}

func TestALetterIsShownAsItWasSentWithItsCodeMasked(t *testing.T) {
	h := build(t)
	h.posted(6)
	var reference string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT reference FROM pieces ORDER BY id LIMIT 1`).Scan(&reference))
	got := h.get("Hal Help", "/letters/"+reference)
	if got.Status != 200 || !strings.HasPrefix(got.Body, "%PDF-") {
		t.Fatalf("the letter is %d", got.Status)
	}
	h.get("Olga Other", "/letters/"+reference).reads(http.StatusNotFound)
	h.get("Finn Finance", "/letters/"+reference).reads(http.StatusForbidden)
	h.get("Hal Help", "/letters/DN0000000000").reads(http.StatusNotFound)
}

func TestTheLettersOfAWaveAreTriedAndEachFindingAcceptedByName(t *testing.T) {
	h := build(t)
	h.register.Printing = h.mail
	h.campaign(30)
	h.exec(`UPDATE people SET family_name = 'Emoji 🙂' WHERE nhs_number = $1`, number(9))
	h.post("Anna Author", "/campaigns/NEL/waves/new", "first[day]", "24", "first[month]", "11", "first[year]", "2026", "counted", "1/29").reads(http.StatusSeeOther)
	h.get("Ben First", "/campaigns/NEL/waves/1").reads(200, "Look at the letters")
	at := "/campaigns/NEL/waves/1/letters"
	h.get("Ben First", at).reads(200, "Not tried yet")
	h.post("Ben First", "/campaigns/NEL/waves/1/approve").reads(422, "cannot be printed right")
	h.get("Ben First", at).reads(200, "Findings to accept", "Large print, 20 point", "longest name")
	h.post("Ben First", at+"/accept").reads(422, "Choose at least one finding")
	rows, err := h.db.Owner.Query(t.Context(), `SELECT DISTINCT enrolment_id::text FROM trial_findings`)
	h.must(err)
	who, err := pgx.CollectRows(rows, pgx.RowTo[string])
	h.must(err)
	h.post("Ben First", at+"/accept", "finding", who[0], "finding", "nonsense").reads(http.StatusSeeOther)
	h.get("Cara Second", at).reads(200, "of which 1 is accepted")
	h.post("Ben First", at+"/accept", "finding", who[1]).reads(http.StatusSeeOther)
	h.get("Cara Second", at).reads(200, "Clean", "Ben First")
	h.get("Olga Other", at).reads(http.StatusNotFound)
	for _, by := range []string{"Ben First", "Cara Second"} {
		h.post(by, "/campaigns/NEL/waves/1/approve").reads(http.StatusSeeOther)
	}
	h.get("Hal Help", "/packs/standard/1").reads(200, "Frozen", "North East London 2026")
}
