package managers_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var exportLink = regexp.MustCompile(`href="(/exports/\d+)"`)

// fetched asks for a table as somebody and gives the file.
func (h *house) fetched(name, table, format string) reply {
	h.t.Helper()
	h.post(name, "/exports", "table", table, "format", format).reads(http.StatusSeeOther)
	h.work()
	link := exportLink.FindStringSubmatch(h.get(name, "/exports").Body)
	if link == nil {
		h.t.Fatal("no file is offered")
	}
	return h.get(name, link[1])
}

func TestEveryTableComesAsAFileThatAddsUpAndNamesNobody(t *testing.T) {
	h := build(t)
	h.posted(40)
	family := "Odette"
	for _, table := range []string{"counts", "waves", "enrolments", "answers", "holds", "records", "batches", "letters"} {
		file := h.fetched("Anna Author", table, "csv")
		if !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(file.Body, "\ufeff") {
			t.Errorf("%s: %v", table, file.Header)
		}
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
		h.must(err)
		for _, hidden := range []string{family, number(5), number(10), "High Street"} {
			if strings.Contains(file.Body, hidden) {
				t.Errorf("%s holds %q", table, hidden)
			}
		}
		want := map[string]int{"waves": 1, "enrolments": h.count(`SELECT count(*) FROM enrolments`), "batches": h.count(`SELECT count(*) FROM batches`),
			"letters": h.count(`SELECT count(*) FROM pieces`)}
		if n, ok := want[table]; ok && len(lines)-1 != n {
			t.Errorf("%s: %d lines, not %d", table, len(lines)-1, n)
		}
	}
	file := h.fetched("Anna Author", "letters", "xlsx")
	book, err := excelize.OpenReader(bytes.NewReader([]byte(file.Body)))
	h.must(err)
	rows, err := book.GetRows("Sheet1")
	h.must(err)
	if len(rows) != 1+h.count(`SELECT count(*) FROM pieces`) || rows[0][0] != "reference" || rows[1][1] != "NEL" || rows[1][7] != "2026-11-24" {
		t.Errorf("%d rows, %v, %v", len(rows), rows[0], rows[1])
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE action IN ('export', 'download')`); n != 18 {
		t.Errorf("%d exports and downloads are in the audit", n)
	}
}

func TestAFormulaIsNoFormulaInAnExport(t *testing.T) {
	h := build(t)
	h.exec(`INSERT INTO audit (at, actor_kind, action, object_kind, object_id, outcome, detail) VALUES ($1, 'system', '=HYPERLINK("http://example.org")', '+1', '@x', '-done', '{}')`, opening)
	file := h.fetched("Ada Auditor", "audit", "csv")
	for _, want := range []string{`"'=HYPERLINK(""http://example.org"")"`, `,'+1,'@x,`, `,'-done,`} {
		if !strings.Contains(file.Body, want) {
			t.Errorf("the file lacks %s: %s", want, file.Body)
		}
	}
	book, err := excelize.OpenReader(strings.NewReader(h.fetched("Ada Auditor", "audit", "xlsx").Body))
	h.must(err)
	found := false
	rows, err := book.GetRows("Sheet1")
	h.must(err)
	for i, r := range rows {
		for j := range r {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			h.must(err)
			if formula, err := book.GetCellFormula("Sheet1", cell); err != nil || formula != "" {
				t.Errorf("%s holds the formula %q, %v", cell, formula, err)
			}
			found = found || strings.HasPrefix(r[j], "=HYPERLINK")
		}
	}
	if !found {
		t.Error("the text is not in the sheet")
	}
}

func TestAFileIsForWhoeverAskedForItAndForAWeek(t *testing.T) {
	h := build(t)
	h.posted(40)
	h.fetched("Anna Author", "counts", "csv").reads(http.StatusOK)
	link := exportLink.FindStringSubmatch(h.get("Anna Author", "/exports").Body)[1]
	h.get("Ben First", link).reads(http.StatusNotFound, "There is no such file")
	h.post("Finn Finance", "/exports", "table", "audit", "format", "csv").reads(http.StatusForbidden)
	h.post("Finn Finance", "/exports", "format", "csv").reads(http.StatusUnprocessableEntity, "Choose a table")
	h.post("Finn Finance", "/exports", "table", "people", "format", "csv").reads(http.StatusNotFound)
	h.post("Finn Finance", "/exports", "table", "counts", "format", "pdf").reads(http.StatusUnprocessableEntity, "Choose CSV or Excel")
	h.post("Olga Other", "/exports", "table", "counts", "format", "csv", "campaign", "NEL").reads(http.StatusNotFound)
	if body := h.fetched("Olga Other", "enrolments", "csv").Body; strings.Count(body, "\n") != 1 {
		t.Errorf("another region's people are in the file: %.300s", body)
	}
	h.clock.Advance(8 * 24 * time.Hour)
	h.must(h.register.ForgetExports(t.Context()))
	h.get("Anna Author", "/exports").reads(http.StatusOK, "Forgotten")
	h.get("Anna Author", link).reads(http.StatusNotFound, "has been forgotten")
}
