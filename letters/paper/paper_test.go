package paper

import (
	"bytes"
	"os"
	"testing"

	"duenotice/campaigns/calendar"
)

// kent is a pack as a region would fill it in.
func kent() Pack {
	p := StandardPack()
	p.Code, p.Area = "SHS-KM", "Kent and Medway"
	p.Sender = []string{"Kent and Medway", "Health Records Office"}
	p.Signatory = "Anneke Marlowe, Head of Health Records, Kent and Medway"
	p.Phone, p.Hours = "0808 157 0419", []string{"Monday to Friday 8am to 8pm", "Saturday 9am to 1pm"}
	p.Web, p.QRBase = "answer.duenotice.example", "https://answer.duenotice.example/o"
	p.Freepost = []string{"FREEPOST", "KENT AND MEDWAY", "HEALTH RECORDS CHOICE"}
	return p
}

// beatrix is a letter with nothing awkward in it.
func beatrix() Letter {
	return Letter{
		Reference: "DN 4831 7720", Name: "Beatrix Oyelaran-Finch",
		Address:  []string{"Flat 3, Malthouse Court", "27 Priory Lane", "", "Ashford", ""},
		Postcode: "tn994qz", NHSNumber: "9992048174", Code: "7K3M9QTX4HWD2VPB",
		LastDay: calendar.On(2027, 3, 12), Dated: calendar.On(2026, 11, 30),
	}
}

// drawn draws letters into one PDF.
func drawn(t testing.TB, p Pack, letters ...Letter) []byte {
	t.Helper()
	b, err := NewBatch(p, C5Window())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if _, err := b.Draw(l); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.Finish(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestALetterIsDrawn(t *testing.T) {
	pdf := drawn(t, kent(), beatrix())
	if to := os.Getenv("PAPER_OUT"); to != "" {
		if err := os.WriteFile(to, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALongAreaAndTheLongestDateStillFitPageOne(t *testing.T) {
	p := kent()
	p.Area = "Bath and North East Somerset, Swindon and Wiltshire"
	if wrong := Check(p, C5Window()); len(wrong) > 0 {
		t.Error(wrong)
	}
}
