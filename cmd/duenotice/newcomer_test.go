package main

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duenotice/campaigns/schema/schematest"
	"duenotice/letters/archive"
)

// newcomer is somebody at the command line of an empty installation.
type newcomer struct {
	*testing.T
	folder string
}

func arrive(t *testing.T) newcomer {
	t.Helper()
	if testing.Short() {
		t.Skip("a long story")
	}
	dir := t.TempDir()
	files := filepath.Join(dir, "archive")
	if _, err := archive.OpenFolder(files); err != nil {
		t.Fatal(err)
	}
	pepper := make([]byte, 32)
	rand.Read(pepper)
	for name, value := range map[string]string{"DATABASE_URL": schematest.New(t).URL("app"), "DUENOTICE_ARCHIVE": archive.FolderURL(files),
		"DUENOTICE_PEPPER": base64.StdEncoding.EncodeToString(pepper)} {
		t.Setenv(name, value)
	}
	n := newcomer{t, dir}
	n.does("import practices", "seed/data/regions.csv", "seed/data/icbs.csv", "seed/data/practices_qmf.csv")
	n.does("programme add", "SHS", "Shared Health Summary")
	n.does("vendor add", "HARBOUR", "Harbour Print and Post")
	for _, name := range []string{"anna", "dana", "samuel"} {
		n.does("staff add", name+"@example.org", "--role", "national")
	}
	n.does("staff add", "imran@example.org", "--role", "helpdesk", "--region", "QMF")
	return n
}

func (n newcomer) call(stdin, command string, args ...string) (code int, out, errs string) {
	n.Helper()
	return calling(n.T, stdin, append(append(strings.Fields(command), args...), "--data", n.folder, "--quiet")...)
}

func (n newcomer) does(command string, args ...string) string {
	n.Helper()
	code, out, errs := n.call("", command, args...)
	if code != done {
		n.Fatalf("%s %v ended with %d and said %q", command, args, code, errs)
	}
	return out
}

// hears expects one sentence instead of the thing asked for.
func (n newcomer) hears(sentence, command string, args ...string) {
	n.Helper()
	code, out, errs := n.call("", command, args...)
	if code != failed || out != "" || !strings.Contains(errs, sentence) || strings.Contains(errs, "Something went wrong") {
		n.Errorf("%s %v ended with %d, printed %q and said %q", command, args, code, out, errs)
	}
}

func (n newcomer) file(name, text string) string {
	n.Helper()
	path := filepath.Join(n.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.Fatal(err)
	}
	return path
}

// campaign is a command line that makes one, but for what is said otherwise.
func campaign(code string, otherwise ...string) []string {
	said := map[string]string{"--programme": "SHS", "--region": "QMF", "--name": "North East London", "--vendor": "HARBOUR", "--helpline": "0808 157 0419",
		"--hours": "Monday to Friday", "--web": "https://choose.example.org", "--freepost": "Freepost YOUR CHOICE", "--sender": "NHS North East London",
		"--signatory": "Dr A. Price", "--as": "anna@example.org"}
	for i := 0; i < len(otherwise); i += 2 {
		said[otherwise[i]] = otherwise[i+1]
	}
	args := []string{code}
	for flag, value := range said {
		args = append(args, flag+"="+value)
	}
	return args
}

func TestACampaignThatCouldNotReachAnybodyIsRefusedInASentence(t *testing.T) {
	n := arrive(t)
	for sentence, otherwise := range map[string][2]string{
		"Give the helpline":                        {"--helpline", ""},
		"without a telephone number":               {"--helpline", "ask us"},
		"Give the address where people answer":     {"--web", " "},
		"none that a person could type":            {"--web", "choose"},
		"Give the freepost address":                {"--freepost", " ; "},
		"when the helpline answers":                {"--hours", ""},
		"who sends the letter and who signs it":    {"--signatory", ""},
		"A window of 27 days is too short":         {"--days", "27"},
		"at most a year":                           {"--months", "13"},
		"between 0 and 20 working days":            {"--allowance", "-1"},
		"between 0 and 120":                        {"--age", "200"},
		"A batch holds between 1 and 5,000":        {"--batch", "5001"},
		"There is no approved pack with this code": {"--pack", "GILDED"},
		"There is no print vendor with this code":  {"--vendor", "NOBODY"},
		"There is no such programme":               {"--programme", "NOPE"},
		"There is no region with this code":        {"--region", "ZZZ"},
		"There is no such member of staff":         {"--as", "nobody@example.org"},
		"Your role does not make campaigns":        {"--as", "imran@example.org"},
	} {
		n.hears(sentence, "campaign create", campaign("NEL", otherwise[:]...)...)
	}
	if out := n.does("campaign list"); !strings.Contains(out, "There is no campaign yet.") {
		t.Errorf("after refusals only, the campaigns are %s", out)
	}
}

func TestTwoPeopleWhoAreNotTheAuthorSignOnceEach(t *testing.T) {
	n := arrive(t)
	n.does("campaign create", campaign("NEL")...)
	n.hears("exists already", "campaign create", campaign("NEL")...)
	n.hears("You are its author", "campaign approve", "NEL", "--as", "anna@example.org")
	n.hears("Your role does not approve", "campaign approve", "NEL", "--as", "imran@example.org")
	n.does("campaign approve", "NEL", "--as", "dana@example.org")
	n.hears("Somebody else has to be the second", "campaign approve", "NEL", "--as", "dana@example.org")
	n.does("campaign approve", "NEL", "--as", "samuel@example.org")
	n.hears("approved already", "campaign approve", "NEL", "--as", "samuel@example.org")
	n.hears("too soon", "wave plan", "--campaign", "NEL", "--first", "2020-01-06", "--as", "anna@example.org")

	// What takes two people takes two people with names.
	n.does("watermark", "phone", "2026-01-06")
	n.hears("Say by name who proposes it", "watermark", "phone", "2026-01-05")
	lower := func(email string) string {
		return n.does("watermark", "phone", "2026-01-05", "--as", email)
	}
	if out := lower("anna@example.org"); !strings.Contains(out, "stands at Tuesday 6 January 2026. Another person") {
		t.Errorf("lowering a watermark alone says %q", out)
	}
	n.hears("You proposed this yourself", "watermark", "phone", "2026-01-05", "--as", "anna@example.org")
	n.hears("Say by name who agrees to it", "watermark", "phone", "2026-01-05")
	if out := lower("dana@example.org"); !strings.Contains(out, "Declared") {
		t.Errorf("the second person's same command says %q", out)
	}
}

func TestAWrongFileIsRefusedByWhatItIsAndMayComeAgain(t *testing.T) {
	n := arrive(t)
	n.does("campaign create", campaign("NEL")...)
	header := "nhs_number,given_names,family_name,date_of_birth,address_line_1,postcode,practice_code\n"
	good := "4505577104,Ada,Byron,1975-12-10,1 Avon Road,RM14 1RG,%s\n4010232137,Ben,Osei,1971-02-03,2 Avon Road,RM14 1RG,%s\n"
	people := header + strings.ReplaceAll(good, "%s", "F82002")
	for sentence, text := range map[string]string{
		"The file is empty":            "",
		"a header and no rows":         header,
		"The file is a PDF":            "%PDF-1.7\n1 0 obj",
		"The file is a web page":       "<!DOCTYPE html><html>",
		"has no column nhs_number":     strings.TrimPrefix(people, header),
		"of another kind: practices":   read(t, "seed/data/practices_qmf.csv"),
		"in the middle of line 3":      people[:len(people)-20],
		"more or fewer cells than the": header + "4505577104,Ada,Byron,1975-12-10,1 Avon Road,London,RM14 1RG,F82002\n",
	} {
		n.hears(sentence, "import cohort", n.file("people.csv", text), "--campaign", "NEL")
	}
	n.hears("There is no such campaign", "import cohort", n.file("people.csv", people), "--campaign", "NOPE")

	unknown := n.file("unknown.csv", header+strings.ReplaceAll(good, "%s", "A81001"))
	for range 2 { // nor is it "received before": the practice may be there by then
		n.hears("Every one of the file's rows is wrong", "import cohort", unknown, "--campaign", "NEL")
	}
}

func TestAFileIsAcceptedOnceHoweverOftenItIsSent(t *testing.T) {
	n := arrive(t)
	n.does("campaign create", campaign("NEL")...)
	path := n.file("people.csv", "nhs_number,given_names,family_name,date_of_birth,address_line_1,postcode,practice_code\n"+
		"4505577104,Ada,Byron,1975-12-10,1 Avon Road,RM14 1RG,F82002\n")
	n.does("import cohort", path, "--campaign", "NEL")
	n.hears("as file 1 (people.csv, on ", "import cohort", path, "--campaign", "NEL")
	n.hears("Your role does not decide", "import accept", "1", "--as", "imran@example.org")
	if out := n.does("import accept", "1", "--as", "dana@example.org"); !strings.HasPrefix(out, "1 people enrolled") {
		t.Errorf("the first acceptance says %q", out)
	}
	if out := n.does("import accept", "1", "--as", "dana@example.org"); !strings.HasPrefix(out, "This file was accepted before") {
		t.Errorf("the second acceptance says %q", out)
	}
	n.hears("There is no such cohort", "import accept", "9", "--as", "dana@example.org")
	for sentence, number := range map[string]string{"not ten digits": "450", "check digit is wrong": "4505577105", "Nobody with this NHS number": "4010232137"} {
		code, _, errs := n.call(number, "answer", "--campaign", "NEL", "--no", "--channel", "phone", "--received", "2026-01-06")
		if code != failed || !strings.Contains(errs, sentence) || strings.Contains(errs, number) {
			t.Errorf("the number %s: %d, %q", number, code, errs)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
