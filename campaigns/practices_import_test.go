package campaigns_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
)

const seeds = "../cmd/duenotice/seed/data/"

func openRegister(t *testing.T) *campaigns.Register {
	t.Helper()
	db := schematest.New(t)
	return &campaigns.Register{Pool: db.App, Clock: calendar.NewStopped(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)).Now}
}

func file(t *testing.T, name string) campaigns.OrganisationFile {
	t.Helper()
	body, err := os.ReadFile(seeds + name)
	if err != nil {
		t.Fatal(err)
	}
	return campaigns.OrganisationFile{Name: name, Body: bytes.NewReader(body)}
}

func TestFilesOfOrganisationsAreToldApartAndMergedInWhateverOrder(t *testing.T) {
	r := openRegister(t)
	names := []string{"list_sizes_qmf.csv", "practices_qmf.csv", "shas.csv", "icbs.csv", "regions.csv"}
	var files []campaigns.OrganisationFile
	for _, n := range names {
		files = append(files, file(t, n))
	}
	done, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, files)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"list sizes", "A/4", "SHAs", "ICBs", "regions"} {
		if done[i].Dialect != want || done[i].File != names[i] {
			t.Errorf("%s was told to be %q, not %q", names[i], done[i].Dialect, want)
		}
	}
	if p := done[1]; p.Practices != 264 || p.New != 264 || p.ICBs != 1 || p.Renamed != 0 || p.Left != 0 {
		t.Errorf("practices: %+v", p)
	}
	list, err := r.Practices(t.Context(), "QMF")
	if err != nil || len(list) != 264 {
		t.Fatalf("QMF has %d practices (%v)", len(list), err)
	}
	sized := 0
	for _, p := range list {
		if p.ListSize > 0 {
			sized++
		}
	}
	if sized < 200 {
		t.Errorf("only %d practices know their number of patients", sized)
	}
}

func TestALaterFileRenamesAndClosesPracticesAndDeletesNone(t *testing.T) {
	r := openRegister(t)
	if _, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{file(t, "practices_qmf.csv")}); err != nil {
		t.Fatal(err)
	}
	body, _ := os.ReadFile(seeds + "practices_qmf.csv")
	rows := strings.SplitAfter(string(body), "\n")
	rows[0] = strings.Replace(rows[0], "HALBUTT STREET SURGERY", "HALBUTT STREET HEALTH CENTRE", 1)
	rows[1] = strings.Replace(rows[1], `"A","B"`, `"C","B"`, 1)
	later := strings.Join(append(rows[:2:2], rows[3:]...), "")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(later))
	_ = z.Close()
	done, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{{Name: "epraccur.csv.gz", Body: &packed}})
	if err != nil {
		t.Fatal(err)
	}
	if d := done[0]; d.Renamed != 1 || d.Left != 2 || d.New != 0 {
		t.Errorf("a renamed, a closed and an absent practice came out as %+v", d)
	}
	list, err := r.Practices(t.Context(), "QMF")
	if err != nil || len(list) != 264 {
		t.Errorf("QMF has %d practices after a file of 263 (%v)", len(list), err)
	}
}

func TestAFileThatIsNoFileOfOrganisationsIsRefusedByNameAndNothingIsTaken(t *testing.T) {
	r := openRegister(t)
	_, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{
		file(t, "practices_qmf.csv"), {Name: "/home/anna/answers.csv", Body: strings.NewReader("nhs_number,answer\n9990000000,no\n")},
	})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "answers.csv") || strings.Contains(err.Error(), "anna") {
		t.Errorf("the refusal said %q", err)
	}
	if list, err := r.Practices(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("%d practices were taken from a refused import (%v)", len(list), err)
	}
}
