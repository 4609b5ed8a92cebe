package managers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// supply sends a PDF of pages as a browser does.
func (h *house) supply(name, language, format, who string, pdf []byte) reply {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for field, value := range map[string]string{"_csrf": h.csrf(name), "language": language, "format": format, "who": who} {
		h.must(w.WriteField(field, value))
	}
	part, err := w.CreateFormFile("file", "easy.pdf")
	h.must(err)
	_, err = part.Write(pdf)
	h.must(err)
	h.must(w.Close())
	req := httptest.NewRequest(http.MethodPost, "/packs/standard/2/supplied", &b)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return h.ask(name, req)
}

func TestPagesAreSuppliedLookedAtAndReadAgainThroughThePages(t *testing.T) {
	h := build(t)
	h.post("Anna Author", "/packs", "code", "standard").reads(http.StatusSeeOther)
	h.get("Anna Author", "/packs/standard/2").reads(200, "Supplied pages", "Who needs Easy Read gets ordinary print", "Envelope and postage", "C5 window, Second class", "C4 window", "No price")
	h.get("Anna Author", "/packs/standard/2/supplied").reads(200, "upright A4", "Urdu")
	pdf := []byte(h.get("Anna Author", "/packs/standard/1/proof.pdf").Body) // A4 with its fonts, as good as any
	h.supply("Anna Author", "en", "easy_read", "", pdf).reads(422, "Say who has checked it")
	h.supply("Anna Author", "pl", "standard", "A Reader", pdf).reads(422, "Supply pages for Easy Read only")
	h.supply("Anna Author", "en", "easy_read", "A Reader", []byte("<html>")).reads(422, "not a PDF")
	h.supply("Anna Author", "en", "easy_read", "Joe Field, self-advocate", pdf).reads(http.StatusSeeOther)
	h.get("Anna Author", "/packs/standard/2").reads(200, "easy.pdf", "Joe Field, self-advocate", "Easy Read")
	h.get("Anna Author", "/packs/standard/2/proofs?format=easy_read").reads(200, "pages")
	h.get("Anna Author", "/packs/standard/2/proofs?format=easy_read&language=pl").reads(200, "This cannot be drawn")
	old := h.english(2)
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", strings.Replace(old, "Your care stays", "Your care still stays", 1), "was", old).reads(http.StatusSeeOther)
	h.get("Anna Author", "/packs/standard/2").reads(200, "To be read again", "The English has changed since")
	h.post("Anna Author", "/packs/standard/2/supplied/en/easy_read/check", "who", "Joe Field").reads(http.StatusSeeOther)
	h.post("Anna Author", "/packs/standard/2/supplied/en/standard/check", "who", "Joe Field").reads(http.StatusNotFound)
	h.post("Anna Author", "/packs/standard/2/post", "postage", "first", "geometry", "DL window").reads(http.StatusSeeOther)
	h.post("Anna Author", "/packs/standard/2/post", "postage", "pigeon").reads(422, "first, second or economy")
	h.get("Anna Author", "/packs/standard/2").reads(200, "DL window, First class")
	h.get("Anna Author", "/packs/standard/1/supplied").reads(http.StatusConflict)
	if got := h.supply("Hal Help", "en", "easy_read", "Joe Field", pdf); got.Status != http.StatusForbidden {
		t.Errorf("the helpdesk supplies pages: %d", got.Status)
	}
}

func TestTheMakerOfBrailleIsChosenOnItsPage(t *testing.T) {
	h := build(t)
	h.get("Ada Auditor", "/packs/makers").reads(200, "own vendor", "By nobody yet")
	h.post("Cara Second", "/packs/makers", "format", "braille", "vendor", "INKWELL").reads(http.StatusSeeOther)
	h.post("Cara Second", "/packs/makers", "format", "braille", "vendor", "NOBODY").reads(422, "no such vendor")
	h.get("Ada Auditor", "/packs/makers").reads(200, "Cara Second")
}

func TestAnEmptyTariffSaysWhatToDo(t *testing.T) {
	h := build(t)
	h.get("Finn Finance", "/packs/postage").reads(200, "There is no price yet", "from your contract", "Add a price")
}
