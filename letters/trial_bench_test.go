package letters_test

import (
	"runtime"
	"testing"
)

// BenchmarkTheTrialOfAWave tries the letters of 200,000 people, as TryWave
// does before a wave is signed.
func BenchmarkTheTrialOfAWave(b *testing.B) {
	const people = 200_000
	h := newHouse(b, 1)
	w := h.planned(people)
	b.ResetTimer()
	for b.Loop() {
		t, err := h.mail.TryWaveAnew(b.Context(), h.campaign, w)
		h.must(err)
		if t.People != people || t.Found != 0 {
			b.Fatalf("of %d people %d cannot be printed", t.People, t.Found)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(people*float64(b.N)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric(float64(m.Sys>>20), "MB")
}
