package paper

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	for _, p := range looked(t) {
		for i, zones := range []bool{false, true} {
			if zones && p.Language() != English || os.Getenv("PAPER_ONLY") != "" && os.Getenv("PAPER_ONLY") != p.Language()+"-"+p.Format {
				continue
			}
			whole := kent()
			whole.Format, whole.Text, whole.Following = p.Format, p.Text, p.Following
			whole.Supplied, whole.SuppliedPages = p.Supplied, p.SuppliedPages
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
			name := filepath.Join(dir, fmt.Sprintf("%s-%s%s%s", p.Language(), p.Format, map[bool]string{true: "-" + p.SuppliedSHA256[:min(4, len(p.SuppliedSHA256))]}[p.SuppliedPages > 0], []string{"", "-zones"}[i]))
			if err := os.WriteFile(name+".pdf", out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("pdftoppm", "-r", "60", "-png", name+".pdf", name).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
		}
	}
}

// looked are the shipped packs, English behind each translation, and the pages
// that PAPER_SUPPLIED names, one PDF a colon, behind their cover page.
func looked(t *testing.T) []Pack {
	t.Helper()
	packs := Shipped()
	for i := range packs {
		if packs[i].Language() != English {
			packs[i].Following = shippedWording("standard", English)
		}
	}
	for file := range strings.SplitSeq(os.Getenv("PAPER_SUPPLIED"), ":") {
		if file == "" {
			continue
		}
		pdf, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := StandardPack()
		p.Format, p.Text = EasyRead, CoverWording()
		if err := p.Supply(pdf); err != nil {
			t.Fatal(err)
		}
		packs = append(packs, p)
	}
	return packs
}
