package paper

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// batchOf is the number of letters of a usual batch.
const batchOf = 2000

// crowd makes letters that differ in everything a letter may differ in.
func crowd(n int) []Letter {
	names := []string{"Siân Llywelyn-Ŵyn", "Małgorzata Wójcik", "Pádraig Ó Súilleabháin", "Mehmet Şahin", "Ștefan Țurcanu", "Beatrix Oyelaran-Finch"}
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	out := make([]Letter, n)
	for i := range out {
		l := beatrix()
		l.Name = names[i%len(names)]
		l.Reference = fmt.Sprintf("DN %04d %04d", i/10000, i%10000)
		l.Address = []string{fmt.Sprintf("%d Priory Lane", i%300+1), "Ashford", "Kent"}
		l.NHSNumber = fmt.Sprintf("99%08d", i)
		code := []byte(l.Code)
		for j, seed := 0, uint32(i)*2654435761; j < len(code); j, seed = j+1, seed*1664525+1013904223 {
			code[j] = symbols[seed>>27]
		}
		l.Code = string(code)
		out[i] = l
	}
	return out
}

// BenchmarkLetters draws batches as the product does: many letters to one
// document, what they share drawn once.
func BenchmarkLetters(b *testing.B) {
	letters := crowd(batchOf)
	var size, drawn int
	b.ReportAllocs()
	for b.Loop() {
		batch, err := NewBatch(kent(), C5Window())
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range letters {
			if _, err := batch.Draw(l); err != nil {
				b.Fatal(err)
			}
		}
		var out bytes.Buffer
		if _, err := batch.Finish(&out); err != nil {
			b.Fatal(err)
		}
		size, drawn = out.Len(), drawn+len(letters)
	}
	b.ReportMetric(float64(drawn)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric(float64(size)/batchOf, "bytes/letter")
}

// BenchmarkNaive draws the same letters, a document for each.
func BenchmarkNaive(b *testing.B) {
	letters := crowd(64)
	var drawn int
	for b.Loop() {
		batch, err := NewBatch(kent(), C5Window())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := batch.Draw(letters[drawn%len(letters)]); err != nil {
			b.Fatal(err)
		}
		if _, err := batch.Finish(io.Discard); err != nil {
			b.Fatal(err)
		}
		drawn++
	}
	b.ReportMetric(float64(drawn)/b.Elapsed().Seconds(), "letters/s")
}
