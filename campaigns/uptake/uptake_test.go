package uptake_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
	"duenotice/campaigns/uptake"
)

var someone = campaigns.Viewer{Role: campaigns.RoleNational, Name: "test"}

func open(t testing.TB) (*uptake.Tally, *schematest.DB) {
	t.Helper()
	db := schematest.New(t)
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))
	return &uptake.Tally{Register: &campaigns.Register{Pool: db.App, Clock: clock.Now, Log: slog.New(slog.DiscardHandler)}}, db
}

const head = "report_period_end,region_code,sub_icb_location_code,practice_code,practice_name,system_supplier,patient_list_size,Sys_DetCodeRec_Enbld,Pat_DetCodeRec_Enbld,Pat_DetCodeRec_Use,Total_Pat_Enbld\n"

func take(t *testing.T, y *uptake.Tally, name, rows string) uptake.Imported {
	t.Helper()
	list, err := y.Import(t.Context(), someone, []uptake.File{{Name: name, Body: strings.NewReader(rows)}})
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func real2020(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile("/work/shared/data/pomi/pomi_2020-08_wide.csv")
	if err != nil {
		t.Skip("the shared data are not here")
	}
	return string(body)
}

// TestTheRealFilesOfAugust2020AddUpAsPublished imports both layouts: the
// second tells the same and changes nothing.
func TestTheRealFilesOfAugust2020AddUpAsPublished(t *testing.T) {
	t.Parallel()
	y, _ := open(t)
	wide := take(t, y, "wide.csv", real2020(t))
	if wide.Practices != 6588 || wide.List != 59968362 || wide.Enabled != 19035599 || wide.RecordsEnabled != 5840141 || wide.Silent != 142 || wide.Layout != "wide" {
		t.Errorf("%+v", wide)
	}
	long, err := os.ReadFile("/work/shared/data/pomi/pomi_2020-08_long_reconstructed.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	list, err := y.Import(t.Context(), someone, []uptake.File{{Name: "long.csv.gz", Body: bytes.NewReader(long)}})
	if err != nil || list[0].Layout != "long" || list[0].Practices != 6588 || list[0].List != 59968362 || list[0].Revised != 0 {
		t.Errorf("%+v %v", list, err)
	}
	month := calendar.On(2020, 8, 31)
	area, err := y.Area(t.Context(), "england", "", month)
	if err != nil || len(area) != 4 {
		t.Fatalf("%v %v", area, err)
	}
	anything, records := area[0], area[3]
	if anything.Practices != 6588 || anything.List != 59968362 || anything.Enabled != 19035599 || records.Enabled != 5840141 || records.Silent != 142 || records.Known != 6586 || records.Offered != 6476 {
		t.Errorf("%+v %+v", anything, records)
	}
	regions, err := y.Within(t.Context(), "england", "", "region", month, uptake.Records)
	if err != nil {
		t.Fatal(err)
	}
	var sum uptake.Sum
	for _, r := range regions {
		sum.Practices, sum.List, sum.Enabled, sum.Silent = sum.Practices+r.Practices, sum.List+r.List, sum.Enabled+r.Enabled, sum.Silent+r.Silent
	}
	if len(regions) != 7 || sum.Practices != 6588 || sum.List != 59968362 || sum.Enabled != 5840141 || sum.Silent != 142 {
		t.Errorf("%d regions add up to %+v", len(regions), sum)
	}
	practices, err := y.Practices(t.Context(), "england", "", month, uptake.Records)
	if err != nil || len(practices) != 6588 {
		t.Errorf("%d practices, %v", len(practices), err)
	}
	deciles, err := y.Deciles(t.Context(), uptake.Records, uptake.Enabled, 0)
	if err != nil || len(deciles[month]) != 9 || deciles[month][8] <= deciles[month][0] {
		t.Errorf("%v %v", deciles, err)
	}
}

// made is a month made from the real one: its date moved, and everybody's
// enabled people grown a little for each month.
func made(rows [][]string, n int) string {
	year, month := 2017+(8+n)/12, (8+n)%12+1
	end := calendar.On(year, time.Month(month)+1, 0)
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(rows[0])
	for i, row := range rows[1:] {
		row = append([]string{}, row...)
		row[0] = end.String()
		for _, c := range []int{9, 12, 15, 17} {
			if v, err := strconv.Atoi(row[c]); err == nil {
				row[c] = strconv.Itoa(v * (1000 + 8*n + i%7) / 1290)
			}
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.String()
}

func months(t testing.TB, n int) []uptake.File {
	body, err := os.ReadFile("/work/shared/data/pomi/pomi_2020-08_wide.csv")
	if err != nil {
		t.Skip("the shared data are not here")
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var files []uptake.File
	for i := range n {
		files = append(files, uptake.File{Name: fmt.Sprintf("made-%02d.csv", i), Body: strings.NewReader(made(rows, i))})
	}
	return files
}

func TestAYearOfEnglandGrowsAndEvenGrowthIsNoNews(t *testing.T) {
	if testing.Short() {
		t.Skip("a year of England")
	}
	t.Parallel()
	y, _ := open(t)
	if _, err := y.Import(t.Context(), someone, months(t, 13)); err != nil {
		t.Fatal(err)
	}
	series, err := y.Series(t.Context(), "england", "", uptake.Records)
	if err != nil || len(series) != 13 {
		t.Fatal(err)
	}
	if grew, ok := uptake.Grew(series, uptake.Enabled); !ok || grew <= 0 {
		t.Errorf("it grew by %v, %v", grew, ok)
	}
	if alerts, err := y.Alerts(t.Context(), "england", ""); err != nil || len(alerts) != 0 {
		t.Errorf("even growth is news: %d alerts, %v", len(alerts), err)
	}
}

// BenchmarkThreeYearsOfEngland imports 36 months made from the real one, then
// asks what the pages ask.
func BenchmarkThreeYearsOfEngland(b *testing.B) {
	for range b.N {
		y, db := open(b)
		files := months(b, 36)
		began := time.Now()
		if _, err := y.Import(b.Context(), someone, files); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/import")
		if _, err := db.Owner.Exec(b.Context(), `ANALYSE`); err != nil {
			b.Fatal(err)
		}
		newest := calendar.On(2020, 8, 31)
		for what, ask := range map[string]func() error{
			"ms/area":      func() error { _, err := y.Area(b.Context(), "england", "", newest); return err },
			"ms/extremes":  func() error { _, err := y.Extremes(b.Context(), "england", "", newest, uptake.Records, 10); return err },
			"ms/practices": func() error { _, err := y.Practices(b.Context(), "region", "Y56", newest, uptake.Records); return err },
			"ms/practice":  func() error { _, err := y.Practice(b.Context(), "A81001"); return err },
		} {
			began := time.Now()
			if err := ask(); err != nil {
				b.Error(err)
			}
			b.ReportMetric(float64(time.Since(began).Microseconds())/1000, what)
		}
	}
}

// TestUptakeIsRevisedAndNothingIsLost takes the awkward ways in which months come.
func TestUptakeIsRevisedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	y, db := open(t)
	month := calendar.On(2024, 1, 31)
	first := head + "31-Jan-24,Y56,A3A8R,F84001,Bow,TPP,1000,2,400,90,600\n31-Jan-24,Y56,A3A8R,F84002,Mile End,EMIS,2000,2,0,0,900\n31-Jan-24,Y56,A3A8R,F84002,Mile End,EMIS (I),2000,2,50,5,60\n31-Jan-24,Y56,A3A8R,F84003,Stepney,TPP,500,9,NULL,,700\n"
	in := take(t, y, "january.csv", first)
	if in.Practices != 3 || in.List != 3500 || in.Enabled != 2200 || in.RecordsEnabled != 400 || in.Silent != 1 || in.Findings != 2 {
		t.Errorf("%+v", in)
	}
	if again := take(t, y, "january again.csv", first); again.Revised != 0 || again.List != 3500 {
		t.Errorf("read twice: %+v", again)
	}
	records := func() uptake.Sum {
		t.Helper()
		area, err := y.Area(t.Context(), "england", "", month)
		if err != nil {
			t.Fatal(err)
		}
		return area[3]
	}
	if r := records(); r.Practices != 3 || r.Known != 2 || r.EnabledList != 3000 || r.Enabled != 400 || r.Silent != 1 || r.EnabledShare() != 400.0/3000 {
		t.Errorf("%+v", r)
	}
	// A revision: one practice other, one missing, which may not have agreed to publish; what it published stays.
	if in := take(t, y, "january revised.csv", head+"31-Jan-24,Y56,A3A8R,F84001,Bow,TPP,1000,2,410,90,600\n31-Jan-24,Y56,A3A8R,F84002,Mile End,EMIS,2000,2,0,0,900\n"); in.Revised != 1 {
		t.Errorf("%+v", in)
	}
	if r := records(); r.Practices != 3 || r.Enabled != 410 {
		t.Errorf("%+v", r)
	}
	var was string
	if err := db.Owner.QueryRow(t.Context(), `SELECT was->>'records_enabled' FROM uptake_revisions WHERE practice_code = 'F84001'`).Scan(&was); err != nil || was != "400" {
		t.Errorf("what was published first is %q, %v", was, err)
	}
	// A month is missing: growth over a year is not guessed.
	take(t, y, "march 2025.csv", head+"31-Mar-25,Y56,A3A8R,F84001,Bow,TPP,1000,2,500,90,600\n")
	series, err := y.Series(t.Context(), "england", "", uptake.Records)
	if _, ok := uptake.Grew(series, uptake.Enabled); ok || err != nil || len(series) != 2 {
		t.Errorf("%v, %v", series, err)
	}
	// The practice comes to another area: its past comes along, and sums still add up.
	if _, err := db.Owner.Exec(t.Context(), `
		INSERT INTO regions (code, name, kind, parent) VALUES ('Y56', 'London', 'region', NULL), ('QMF', 'North East London', 'icb', 'Y56');
		INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, updated_at) VALUES ('F84001', 'Bow Surgery', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 1AA', 'active', '2026-01-01')`); err != nil {
		t.Fatal(err)
	}
	if err := y.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	icbs, err := y.Within(t.Context(), "england", "", "icb", month, uptake.Records)
	if err != nil || len(icbs) != 2 || icbs[0].Name != "Area not known" || icbs[0].Practices != 2 || icbs[1].Name != "North East London" || icbs[1].Enabled != 410 {
		t.Errorf("%+v %v", icbs, err)
	}
	if list, err := y.Practices(t.Context(), "icb", "QMF", month, uptake.Records); err != nil || len(list) != 1 || list[0].Name != "Bow Surgery" {
		t.Errorf("%+v %v", list, err)
	}
	id, err := y.AddGroup(t.Context(), someone, "Both of Tower Hamlets", []string{"F84001", "F84002"})
	if err != nil {
		t.Fatal(err)
	}
	sums, err := y.GroupSeries(t.Context(), uptake.Group{ID: id, Practices: []string{"F84001", "F84002"}})
	if err != nil || len(sums) != 8 || sums[3].List != 3000 {
		t.Errorf("%+v %v", sums, err)
	}
	if _, err := y.AddGroup(t.Context(), someone, "x", []string{"NONE1"}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if _, err := y.Import(t.Context(), campaigns.Viewer{ID: 1, Role: campaigns.RoleHelpdesk}, nil); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
}

// TestASmallPracticeIsNotReportedForChance walks the change alert along months.
func TestASmallPracticeIsNotReportedForChance(t *testing.T) {
	t.Parallel()
	walk := func(list int64, shares ...float64) []uptake.Point {
		var out []uptake.Point
		for i, s := range shares {
			out = append(out, uptake.Point{Month: calendar.On(2024, time.Month(i+2), 0), Share: s, List: list})
		}
		return out
	}
	steady := []float64{.10, .11, .10, .11, .10, .12, .11, .10, .11, .12, .11, .12, .11}
	grows := []float64{.10, .12, .14, .16, .18, .20, .22, .24, .26, .28, .30, .32, .34}
	for _, k := range []struct {
		name      string
		points    []uptake.Point
		direction int
	}{
		{"steady", walk(9000, steady...), 0},
		{"grows evenly", walk(9000, grows...), 0},
		{"jumps", walk(9000, append(append([]float64{}, steady...), .31, .32)...), 1},
		{"falls", walk(9000, append(append([]float64{}, grows...), .12, .11)...), -1},
		{"a small practice jumps by as many people as chance may bring", walk(200, append(append([]float64{}, steady...), .31, .32)...), 0},
		{"long ago", walk(9000, append([]float64{.10, .10, .11, .10, .11, .10, .11, .10, .35}, .35, .36, .35, .35, .36, .35)...), 0},
		{"too few months", walk(9000, .1, .9, .9), 0},
	} {
		c, ok := uptake.Changed(k.points)
		if ok != (k.direction != 0) || c.Direction != k.direction {
			t.Errorf("%s: %+v %v", k.name, c, ok)
		}
	}
}
