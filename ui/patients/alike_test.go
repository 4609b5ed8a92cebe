package patients_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/optout"
	"duenotice/ui/patients"
)

// A refusal must tell nothing of why: not by a byte, not by a header, not by
// how long it took.
func TestTheFiveFailuresAreAlikeInBytesAndTime(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 refusals take their time")
	}
	const each, workers, floor = 400, 32, 100 * time.Millisecond
	h := build(t, func(s *patients.Settings) { s.Floor, s.Newcomers = floor, 1000 })
	codes := h.refusable(t, each)
	kinds := []string{"wrong code", "unknown", "expired", "locked", "wrong date of birth"}
	type attempt struct {
		kind, code string
		born       [3]string
		from       string
	}
	var all []attempt
	for i := range each {
		for k, kind := range kinds {
			born := [3]string{bornDay, bornMonth, bornYear}
			if kind == "wrong date of birth" {
				born[0] = "18"
			}
			all = append(all, attempt{kind, codes[kind][i], born, fmt.Sprintf("10.%d.%d.%d", k, i/250, i%250)})
		}
	}
	took, bodies, headers := map[string][]float64{}, map[string]int{}, map[string]int{}
	var mu sync.Mutex
	var busy sync.WaitGroup
	next := make(chan attempt)
	for range workers {
		p := h.visitor(t)
		p.client.CheckRedirect = noRedirect
		p.get("/o")
		token := p.form("/o").Get("_csrf")
		busy.Go(func() {
			for a := range next {
				form := url.Values{"_csrf": {token}, "code": {a.code}, "born[day]": {a.born[0]}, "born[month]": {a.born[1]}, "born[year]": {a.born[2]}}
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, h.at+"/o", strings.NewReader(form.Encode()))
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Test-From", a.from)
				began := time.Now()
				res, err := p.client.Do(req)
				if err != nil {
					t.Error(err)
					continue
				}
				body, _ := io.ReadAll(res.Body)
				spent := time.Since(began)
				_ = res.Body.Close()
				for _, name := range []string{"X-Request-Id", "Date"} {
					res.Header.Del(name)
				}
				mu.Lock()
				took[a.kind] = append(took[a.kind], float64(spent.Microseconds()))
				bodies[fmt.Sprint(res.StatusCode)+aValue.ReplaceAllString(aToken.ReplaceAllString(string(body), ""), "")]++
				headers[fmt.Sprint(res.Header)]++
				mu.Unlock()
			}
		})
	}
	for _, a := range all {
		next <- a
	}
	close(next)
	busy.Wait()

	if len(bodies) != 1 || len(headers) != 1 {
		t.Errorf("%d different pages and %d different sets of headers\n%v", len(bodies), len(headers), headers)
	}
	var pooled []float64
	for _, list := range took {
		pooled = append(pooled, list...)
	}
	whole := median(pooled)
	for _, kind := range kinds {
		var rest []float64
		for other, list := range took {
			if other != kind {
				rest = append(rest, list...)
			}
		}
		m, d := median(took[kind]), distance(took[kind], rest)
		t.Logf("%-20s median %.1f ms, distance %.3f", kind, m/1000, d)
		if math.Abs(m-whole) > whole/20 {
			t.Errorf("%s takes %.1f ms where all take %.1f", kind, m/1000, whole/1000)
		}
		// Kolmogorov and Smirnov: by chance one in ten thousand is farther off.
		if most := 2.23 * math.Sqrt(float64(len(pooled))/float64(len(took[kind])*len(rest))); d > most {
			t.Errorf("the times of %s are told apart: distance %.3f, %.3f is chance", kind, d, most)
		}
	}
	if n := h.count(t, `SELECT coalesce(sum(failures), 0)::int FROM guesses WHERE kind = 'all'`); n != len(all) {
		t.Errorf("%d failures were counted of %d", n, len(all))
	}
}

// refusable makes codes of every kind that is refused.
func (h *house) refusable(t *testing.T, n int) map[string][]string {
	t.Helper()
	h.exec(t, fmt.Sprintf(`
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
			SELECT (9990001000 + n)::text, 'Odette', 'Farringham', '1961-04-17', '{1 High Street,Deal}', 'CT14 7AA', 'G82001', '2026-10-02Z' FROM generate_series(1, %d) n`, n))
	made := map[string][]string{}
	for i := range n {
		for kind, set := range map[string]string{"wrong code": "", "unknown": "", "expired": "ended_at = '2027-01-01Z'", "locked": "resting_until = '2027-12-01Z'", "wrong date of birth": "wrong_run = 0"} {
			code := h.desk.CodeMaker.Derive([]byte("salt of "+kind), fmt.Sprint("DN-", i))
			made[kind] = append(made[kind], optout.GroupCode(code))
			if set == "" {
				continue
			}
			mac, key := h.desk.CodeMaker.MAC(code)
			_, err := h.db.Owner.Exec(t.Context(), `
				INSERT INTO codes (mac, key_id, piece_id, campaign_id, enrolment_id, person_id)
				SELECT $1, $2, 1, 1, 1, id FROM people WHERE nhs_number = $3`, mac, key, fmt.Sprint(9990001001+i))
			if err == nil {
				_, err = h.db.Owner.Exec(t.Context(), `UPDATE codes SET `+set+` WHERE mac = $1`, mac)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return made
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// distance is how far apart two samples are distributed, from 0 to 1.
func distance(a, b []float64) (most float64) {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if a[i] <= b[j] {
			i++
		} else {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

func TestWhoeverGuessesWaitsLongerAndWhoeverIsRightDoesNot(t *testing.T) {
	h := build(t, func(s *patients.Settings) { s.Floor = 30 * time.Millisecond })
	for range 35 { // from one address
		h.try(t, h.other, bornDay, bornMonth, bornYear)
	}
	if took := elapsed(func() { h.try(t, h.other, bornDay, bornMonth, bornYear) }); took < 90*time.Millisecond {
		t.Errorf("the 36th guess is refused after %v", took)
	}
	if p := h.try(t, h.code, bornDay, bornMonth, bornYear); p.status != 303 {
		t.Errorf("a right proof is held up by others' failures: %d", p.status)
	}
}
