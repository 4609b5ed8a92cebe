package campaigns_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duenotice/campaigns"
)

// published opens a real file of the field; the test is skipped where the folder is absent.
func published(t *testing.T, name string) campaigns.OrganisationFile {
	t.Helper()
	dir := os.Getenv("DUENOTICE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	body, err := os.ReadFile(filepath.Join(dir, "data", "ods", name))
	if err != nil {
		t.Skipf("the real files are not here (set DUENOTICE_SHARED): %v", err)
	}
	return campaigns.OrganisationFile{Name: name, Body: bytes.NewReader(body)}
}

func importing(t *testing.T, r *campaigns.Register, files ...campaigns.OrganisationFile) []campaigns.ImportedFile {
	t.Helper()
	done, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, files)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func counts(f campaigns.ImportedFile) string {
	return fmt.Sprintf("%d practices in %d ICBs, %d left, %d new, %d renamed", f.Practices, f.ICBs, f.Left, f.New, f.Renamed)
}

func groups(t *testing.T, r *campaigns.Register) string {
	t.Helper()
	list, err := r.OpenChanges(t.Context(), campaigns.Viewer{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, g := range list {
		said = append(said, fmt.Sprintf("%s %d", g.Kind, g.Count))
	}
	return strings.Join(said, ", ")
}

func TestTheRealFilesInOrderSayWhoLeftWhoIsNewAndWhoWasRenamed(t *testing.T) {
	r := openRegister(t)
	importing(t, r, published(t, "region_codes.csv"), published(t, "sicbl_icb_region_isdn_2022.csv"))
	first := importing(t, r, published(t, "epraccur_2023-02.csv"))[0]
	if got := counts(first); got != "6445 practices in 42 ICBs, 0 left, 6445 new, 0 renamed" || first.Rows != 15663 || first.Dialect != "A/4" {
		t.Errorf("February 2023: %s of %d rows", got, first.Rows)
	}
	if got := groups(t, r); !strings.HasPrefix(got, "special") || strings.Contains(got, ",") {
		t.Errorf("the first file raises %s", got)
	}
	if got := counts(importing(t, r, published(t, "epraccur_2025-08.csv"))[0]); got != "6220 practices in 42 ICBs, 233 left, 8 new, 265 renamed" {
		t.Errorf("August 2025: %s", got)
	}
	waiting := groups(t, r)
	for _, want := range []string{"closed 163", "dormant 70", "new 8", "renamed 265", "moved address 149", "commissioner 15"} {
		if !strings.Contains(waiting, want) {
			t.Errorf("no %s in %s", want, waiting)
		}
	}
	again := importing(t, r, published(t, "epraccur_2025-08.csv"))[0]
	if got := counts(again); got != "6220 practices in 42 ICBs, 0 left, 0 new, 0 renamed" || again.Findings != 0 {
		t.Errorf("the same file again: %s, %d findings", got, again.Findings)
	}
	if got := groups(t, r); got != waiting {
		t.Errorf("after the same file again %s wait, before %s", got, waiting)
	}
	active := func() (n int) {
		list, err := r.Practices(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.Status == "active" {
				n++
			}
		}
		return n
	}
	if n := active(); n != 6453 { // 6,445 and 8 new; nobody has decided who left
		t.Errorf("%d practices are active before anybody decided", n)
	}
	older := importing(t, r, published(t, "epraccur_2023-02.csv"))[0]
	if got := counts(older); got != "6445 practices in 42 ICBs, 0 left, 0 new, 0 renamed" || groups(t, r) != waiting {
		t.Errorf("an older file after a later one: %s; then %s wait", got, groups(t, r))
	}
	if len(older.Found) != 1 || older.Found[0].What != "older_file" {
		t.Errorf("an older file is told to be %+v", older.Found)
	}
}
