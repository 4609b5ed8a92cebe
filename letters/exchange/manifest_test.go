package exchange

import (
	"encoding/json"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
)

func sealed() Manifest {
	m := Manifest{Version: Version, Batch: "NEL-0001", Campaign: "NEL", Vendor: "INKWELL", Postage: "second", PlannedPostOn: calendar.On(2026, 11, 24),
		Pack: Pack{Code: "standard", Version: 1, Form: "F1", Language: "en", Format: "standard"},
		PDF:  File{Name: "NEL-0001-00.pdf", Bytes: 9, SHA256: "ab"}}
	m.Add(Piece{1, "DN0000000019", 1, 3, 2, "E1 1AB", "01"})
	m.Add(Piece{2, "DN0000000027", 4, 3, 2, "E1 2AB", "02"})
	m.Add(Piece{3, "DN0000000035", 7, 5, 3, "E1 3AB", "03"})
	return m
}

func TestTheCSVEndsWithATrailerThatTellsAFileCutOff(t *testing.T) {
	body, err := sealed().CSV()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"batch,sequence,reference,first_page,pages,sheets,postcode,postage,checksum",
		"NEL-0001,1,DN0000000019,1,3,2,E1 1AB,second,01",
		"NEL-0001,2,DN0000000027,4,3,2,E1 2AB,second,02",
		"NEL-0001,3,DN0000000035,7,5,3,E1 3AB,second,03",
		"END,3,,,11,7,,,ab", "",
	}, "\r\n")
	if string(body) != want {
		t.Errorf("manifest.csv is\n%s", body)
	}
}

func TestAManifestThatDoesNotAddUpIsNotRead(t *testing.T) {
	for what, bend := range map[string]func(*Manifest){
		"a piece is missing":        func(m *Manifest) { m.Pieces = m.Pieces[:2] },
		"a piece is there twice":    func(m *Manifest) { m.Pieces[2].Reference = m.Pieces[0].Reference },
		"two letters share a page":  func(m *Manifest) { m.Pieces[1].FirstPage = 3 },
		"the order is another":      func(m *Manifest) { m.Pieces[0], m.Pieces[1] = m.Pieces[1], m.Pieces[0] },
		"the sheets are not summed": func(m *Manifest) { m.Totals.Sheets++ },
		"a count is wrong":          func(m *Manifest) { m.Counts[1].Pieces++ },
		"the layout is newer":       func(m *Manifest) { m.Version++ },
	} {
		m := sealed()
		bend(&m)
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadJSON(body); err == nil {
			t.Errorf("%s, and it was read", what)
		}
	}
	body, err := sealed().JSON()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ReadJSON(body); err != nil || len(back.Counts) != 2 || back.PlannedPostOn != calendar.On(2026, 11, 24) {
		t.Errorf("the right one: %+v %v", back, err)
	}
	if _, err := ReadJSON(body[:len(body)/2]); err == nil {
		t.Error("half a manifest was read")
	}
}
