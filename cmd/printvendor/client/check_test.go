package client

import (
	"strings"
	"testing"
)

func TestPagesAreCountedHoweverTheFileIsCut(t *testing.T) {
	pdf := "%PDF <</Type /Pages>> " + strings.Repeat("<</Type /Page\n>> <</Type /Page/Parent 1 0 R>> ", 9)
	for size := 1; size < 60; size++ {
		c := newCheck()
		for rest := pdf; rest != ""; {
			n := min(size, len(rest))
			_, _ = c.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if c.pages != 18 {
			t.Errorf("%d pages in pieces of %d bytes", c.pages, size)
		}
	}
}
