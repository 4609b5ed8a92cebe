package campaigns_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

func text(name, body string) campaigns.OrganisationFile {
	return campaigns.OrganisationFile{Name: name, Body: strings.NewReader(body)}
}

const sizesHeader = "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"

func TestAListSizeIsThatOfTheLatestDayWhateverTheOrder(t *testing.T) {
	r := openRegister(t)
	importing(t, r, epraccur("1.csv", told{code: "F84001"}, told{code: "F84002"}))
	size := func() (list []int) {
		for _, code := range []string{"F84001", "F84002"} {
			p, err := r.Practice(t.Context(), code)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, p.ListSize)
		}
		return list
	}
	newer := strings.NewReplacer("CCG_CODE", "SUB_ICB_LOCATION_CODE", "ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE").Replace(sizesHeader)
	done := importing(t, r, text("2026.csv", newer+"GP_PRAC_PAT_LIST,2026-04-01,GP,A3A8R,E38,F84001,E1 6AN,ALL,ALL,1\nGP_PRAC_PAT_LIST,2026-04-01,GP,A3A8R,E38,F84001,E1 6AN,MALE,0_4,7\n"))[0]
	if done.Rows != 2 || done.Practices != 1 || fmt.Sprint(size()) != "[1 0]" {
		t.Errorf("%+v, sizes %v", done, size())
	}
	done = importing(t, r, text("2022.csv", sizesHeader+"GP_PRAC_PAT_LIST,01Jan2022,GP,A3A8R,E38,F84001,E1 6AN,ALL,ALL,5000\n"+
		"GP_PRAC_PAT_LIST,01JAN2022,GP,A3A8R,E38,F84002,E1 6AN,ALL,ALL,89786\nGP_PRAC_PAT_LIST,01Jan2022,GP,A3A8R,E38,F84999,E1 6AN,ALL,ALL,10\n"))[0]
	if fmt.Sprint(size()) != "[1 89786]" || len(done.Found) != 1 || done.Found[0].What != "practice_not_known" {
		t.Errorf("an older list: %v, %+v", size(), done.Found)
	}
	_, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{text("ages.csv", sizesHeader+"GP_PRAC_PAT_LIST,01Jan2023,GP,A3A8R,E38,F84001,E1 6AN,MALE,0_4,7\n")})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "by sex and age only") {
		t.Errorf("a list by age only: %v", err)
	}
}

func TestTheRealMapAndListFillTheRealPractices(t *testing.T) {
	r := openRegister(t)
	done := importing(t, r, published(t, "gp-reg-pat-prac-all_2021-01.csv"), published(t, "gp-reg-pat-prac-map_2022-01.csv"), published(t, "icb_codes_2022_and_2026.csv"),
		published(t, "sicbl_icb_region_isdn_2022.csv"), published(t, "region_codes.csv"), published(t, "sha_codes.csv"), published(t, "epraccur_2025-08.csv"))
	for i, want := range []string{"list sizes", "practice map", "ICBs", "sub-ICB locations", "regions", "SHAs", "A/4"} {
		if done[i].Dialect != want {
			t.Errorf("%s is told to be %q", done[i].File, done[i].Dialect)
		}
	}
	if got := counts(done[6]); got != "6220 practices in 42 ICBs, 0 left, 6220 new, 0 renamed" {
		t.Error(got)
	}
	// Of the ICBs that ended, practices of those with one successor are there; the rest wait for a later file.
	if got := groups(t, r); got != "split 438, special 13" {
		t.Errorf("open: %s", got)
	}
	list, err := r.Practices(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	sized, people := 0, 0
	regions := map[string]bool{}
	for _, p := range list {
		if p.ListSize > 0 {
			sized++
			people += p.ListSize
		}
		regions[p.Region] = true
	}
	if sized != 6173 || people < 55_000_000 {
		t.Errorf("%d practices know their list, %d patients", sized, people)
	}
	for _, ended := range []string{"QMJ", "QRV", "QHG", "QUE"} {
		if regions[ended] {
			t.Errorf("practices still belong to %s", ended)
		}
	}
}

func TestWhatIsNoFileOfOrganisationsIsRefusedWithASentenceAndNothingIsTaken(t *testing.T) {
	r := openRegister(t)
	good := func() string {
		b := new(strings.Builder)
		for i := range 30 {
			fmt.Fprintf(b, "%s", read(t, epraccur("", told{code: fmt.Sprintf("F84%03d", i)})))
		}
		return b.String()
	}()
	var wide []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + good)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(good))
	_ = z.Close()
	for body, sentence := range map[string]string{
		"":                            "The file is empty",
		string(wide):                  "UTF-16",
		"%PDF-1.7\n1 0 obj":           "The file is a PDF",
		"nhs_number,answer\n999,no\n": "none of the files of organisations",
		strings.ReplaceAll(good, `,"4",""`, `,"4"`):                                        "has 27 columns, but this has 26",
		strings.Replace(strings.ReplaceAll(good, `,"4",""`, `,"4"`), `,"4"`, `,"4",""`, 1): "more or fewer cells",
		strings.ReplaceAll(good, `"A","B"`, `"X","B"`):                                     "status is none",
		packed.String()[:packed.Len()/2]:                                                   "cut off or damaged",
		twoMembers(t):                                                                      "more than one file",
		sizesHeader:                                                                        "a header and no rows",
		sizesHeader + "GP_PRAC_PAT_LIST,01FEB20,GP,A,E,F84001,E1 6AN,ALL,ALL,5\n":          "date does not exist",
	} {
		_, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{text("good.csv", good), text("bad.csv", body)})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), sentence) || !strings.HasPrefix(err.Error(), "bad.csv: ") {
			t.Errorf("%.60q: %v", body, err)
		}
	}
	if list, err := r.Practices(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("%d practices were taken from refused imports (%v)", len(list), err)
	}
	heading := strings.TrimSuffix(strings.Repeat("Column,", 27), ",") + "\r\n"
	twice := read(t, epraccur("", told{code: "F84001", name: "ANOTHER"}))
	done := importing(t, r, campaigns.OrganisationFile{Name: "packed.csv.gz", Body: &packed}, text("headed.csv", "\ufeff"+heading+strings.ReplaceAll(good, "\n", "\r\n")+twice+"\r\n,,\r\n"))
	if done[0].New != 30 || done[1].Practices != 30 || done[1].New+done[1].Left+done[1].Renamed != 0 {
		t.Errorf("packed, then under a header: %+v", done)
	}
	if f := done[1].Found; len(f) != 2 || f[0].What != "code_twice" || f[0].Examples[0] != "line 32 F84001" {
		t.Errorf("a code twice: %+v", f)
	}
}

func read(t *testing.T, f campaigns.OrganisationFile) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(f.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAFileOfPeopleIsReconciledWithTheListsOfThePractices(t *testing.T) {
	o := openOffice(t)
	o.exec(`INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, updated_at) VALUES
		('F84002', 'The Empty Practice', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 6AN', 'active', '2026-11-01Z'),
		('F84003', 'The Uncounted Practice', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 6AN', 'active', '2026-11-01Z')`)
	list := func(code string, n int) string {
		return fmt.Sprintf("GP_PRAC_PAT_LIST,01NOV2026,GP,A3A8R,E38,%s,E1 6AN,ALL,ALL,%d\n", code, n)
	}
	check := func(id campaigns.CohortID) string {
		c, err := o.register.ListSizeDifferences(t.Context(), id)
		o.ok(err)
		said := fmt.Sprintf("%d practices, %d unlisted, %d without", c.Practices, c.Unlisted, len(c.Without))
		for _, d := range c.Differ {
			said += fmt.Sprintf("; %s %d of %d (%+d%%)", d.Practice, d.People, d.Listed, d.Percent())
		}
		return said
	}
	importing(t, o.register, text("sizes.csv", sizesHeader+list("F84001", 22)+list("F84002", 3000)+list("G85001", 900)))
	id := o.receive("people.csv", people(1, 21)+line(50, "Uma", "Able", "1980-01-02", "1 High Street", "F84003"))
	expect(t, "20 of 22", check(id), "2 practices, 1 unlisted, 1 without")
	importing(t, o.register, text("sizes.csv", sizesHeader+list("F84001", 23)))
	expect(t, "20 of 23", check(id), "2 practices, 1 unlisted, 1 without; F84001 20 of 23 (-13%)")
	o.ok(o.register.DecideCohort(t.Context(), o.ben, id, true))
	o.apply(id)
	expect(t, "once applied", check(id), "2 practices, 1 unlisted, 1 without; F84001 20 of 23 (-13%)")
	expect(t, "three more, and one again", check(o.receive("more.csv", people(20, 24))), "2 practices, 1 unlisted, 1 without")
	if _, err := o.register.ListSizeDifferences(t.Context(), 99); !fault.Is(err, fault.NotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func twoMembers(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"epraccur.csv", "epraccur.pdf"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(read(t, epraccur("", told{code: "F84001"}))))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
