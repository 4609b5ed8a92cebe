package managers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sendsFile posts a file to an address as a browser does.
func (h *house) sendsFile(name, path, file string, fields ...string) reply {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h.must(w.WriteField("_csrf", h.csrf(name)))
	for i := 0; i+1 < len(fields); i += 2 {
		h.must(w.WriteField(fields[i], fields[i+1]))
	}
	part, err := w.CreateFormFile("file", "rows.csv")
	h.must(err)
	_, err = part.Write([]byte(file))
	h.must(err)
	h.must(w.Close())
	req := httptest.NewRequest(http.MethodPost, path, &b)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return h.ask(name, req)
}

func TestAFileOfRowsIsToldByItsColumnsAndSaysWhatBecameOfEach(t *testing.T) {
	h := build(t)
	h.posted(60)
	h.get("Hal Help", "/files").reads(http.StatusOK, "Opt-out codes", "Returned mail")
	dissents := "nhs_number,code,date\n" + number(20) + ",93C3,2026-11-20\n" + number(5000) + ",93C3,2026-11-20\n" + number(21) + ",93C9,2026-11-20\n"
	h.sendsFile("Hal Help", "/files", dissents).reads(http.StatusUnprocessableEntity, "Say which practice sends them")
	h.sendsFile("Hal Help", "/files", dissents, "practice", "B86001").reads(http.StatusUnprocessableEntity, "no such practice in your region")
	for _, want := range [][]string{{"3 rows read", "Taken 1", "Of nobody known here 1", "Refused 1", "1 row waits for a person"}, {"Known before 2", "Refused 1"}} {
		page := h.sendsFile("Hal Help", "/files", dissents, "practice", "f84001").reads(http.StatusOK, want...)
		if strings.Contains(page.Body, number(5000)) {
			t.Error("a number is shown in full")
		}
	}
	h.sendsFile("Hal Help", "/files", "reference,date,reason\nDN 9999 999 999,2026-11-20,R01\n").reads(http.StatusOK, "Returned mail", "No letter has this reference")
	h.sendsFile("Ben First", "/files", "channel,practice_code,complete_until\npaper,,2026-11-22\n").reads(http.StatusOK, "Watermarks", "Taken 1")
	h.sendsFile("Hal Help", "/files", "channel,practice_code,complete_until\npaper,,2026-11-22\n").reads(http.StatusForbidden)
	for file, says := range map[string]string{"": "Choose a file that is not empty", "%PDF-1.4 x": "The file is a PDF", "a,b\n1,2\n": "This is not a file that is taken in here",
		people(3): "Take it in under Imports", strings.Repeat("x", 1<<20-4096): "larger than 900 kB"} {
		h.sendsFile("Hal Help", "/files", file).reads(http.StatusUnprocessableEntity, says)
	}
}
