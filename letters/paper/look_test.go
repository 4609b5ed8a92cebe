package paper

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestToLookAt draws pictures of every shipped pack into the folder that
// PAPER_LOOK names; without it there is nothing to look at.
func TestToLookAt(t *testing.T) {
	dir := os.Getenv("PAPER_LOOK")
	if dir == "" {
		t.Skip("PAPER_LOOK names no folder")
	}
	long := beatrix()
	long.Name = "Chukwuemeka Onyekachukwu-Nwabueze Okafor"
	for _, p := range Shipped() {
		for i, zones := range []bool{false, true} {
			if zones && p.Language() != English || os.Getenv("PAPER_ONLY") != "" && os.Getenv("PAPER_ONLY") != p.Language()+"-"+p.Format {
				continue
			}
			whole := kent()
			whole.Format, whole.Text = p.Format, p.Text
			b, err := NewBatch(whole, envelopeOf(whole))
			if err != nil {
				t.Errorf("%s %s: %v", p.Language(), p.Format, err)
				continue
			}
			if zones {
				b.ShowZones()
			}
			for _, l := range []Letter{beatrix(), long} {
				if _, err := b.Draw(l); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			if _, err := b.Finish(&out); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, fmt.Sprintf("%s-%s%s", p.Language(), p.Format, []string{"", "-zones"}[i]))
			if err := os.WriteFile(name+".pdf", out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("pdftoppm", "-r", "60", "-png", name+".pdf", name).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
		}
	}
}
