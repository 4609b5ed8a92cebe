package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
)

var today = calendar.On(2026, 11, 20)

func benchFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(TemplateColumns, ",") + "\n")
	made := 0
	for i := 0; made < n; i++ {
		number := fmt.Sprintf("%09d", 500000000+i*37)
		sum := 0
		for j := range 9 {
			sum += int(number[j]-'0') * (10 - j)
		}
		check := (11 - sum%11) % 11
		if check == 10 {
			continue
		}
		made++
		given := "Siobhan"
		if made%5 == 0 {
			given = "Siân"
		}
		fmt.Fprintf(&b, "%s%d,Ms,%s,O'Neill-Evans,1972-01-%02d,,Flat %d,12 High Street,,London,,E1 6AN,F84003,cy,large_print,no\n",
			number, check, given, i%28+1, i%90+1)
	}
	return b.Bytes()
}

func BenchmarkReadCohort(b *testing.B) {
	const n = 100_000
	file := benchFile(n)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		sum, err := ReadCohort(bytes.NewReader(file), Options{Today: today, AllowMadeUp: true}, func(Person) error { return nil }, nil)
		if err != nil || sum.Accepted != n {
			b.Fatal(err, sum)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
