package schema

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

func TestDatesGoInAndComeBackAsTheyWere(t *testing.T) {
	ctx := context.Background()
	_, pool := empty(t)
	leap, first := calendar.On(2028, time.February, 29), calendar.On(1901, time.January, 1)
	summer := calendar.On(2027, time.July, 1) // not UTC's date at London midnight

	var one, none calendar.Date
	var many []calendar.Date
	var maybe *calendar.Date
	err := pool.QueryRow(ctx, `SELECT @one::date, @none::date, @many::date[], NULL::date`, pgx.NamedArgs{
		"one": summer, "none": calendar.Date{}, "many": []calendar.Date{leap, {}, first},
	}).Scan(&one, &none, &many, &maybe)
	if err != nil {
		t.Fatal(err)
	}
	if one != summer || !none.IsZero() || maybe != nil {
		t.Errorf("got %v, %v, %v", one, none, maybe)
	}
	if want := []calendar.Date{leap, {}, first}; !reflect.DeepEqual(many, want) {
		t.Errorf("array came back as %v, not %v", many, want)
	}
}

func TestDatesAreCopiedInBulkAndCollectedIntoStructs(t *testing.T) {
	ctx := context.Background()
	_, pool := empty(t)
	if _, err := pool.Exec(ctx, `CREATE TABLE days (n int, on_day date, days date[])`); err != nil {
		t.Fatal(err)
	}
	born := calendar.On(1957, time.October, 4)
	_, err := pool.CopyFrom(ctx, pgx.Identifier{"days"}, []string{"n", "on_day", "days"}, pgx.CopyFromRows([][]any{
		{1, born, []calendar.Date{born, born.AddDays(1)}},
		{2, calendar.Date{}, []calendar.Date(nil)},
	}))
	if err != nil {
		t.Fatal(err)
	}
	type day struct {
		N     int
		OnDay calendar.Date
		Days  []calendar.Date
	}
	rows, err := pool.Query(ctx, `SELECT n, on_day, days FROM days WHERE on_day = ANY(@some) OR on_day IS NULL ORDER BY n`,
		pgx.NamedArgs{"some": []calendar.Date{born}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByName[day])
	if err != nil {
		t.Fatal(err)
	}
	want := []day{{1, born, []calendar.Date{born, born.AddDays(1)}}, {2, calendar.Date{}, nil}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, not %v", got, want)
	}
}

func TestMomentsComeBackInUTC(t *testing.T) {
	ctx := context.Background()
	_, pool := empty(t)
	noon := time.Date(2027, time.July, 1, 12, 0, 0, 0, calendar.London)
	var one time.Time
	var maybe *time.Time
	var many []time.Time
	var zone string
	err := pool.QueryRow(ctx, `SELECT @at::timestamptz, @at::timestamptz, ARRAY[@at::timestamptz], current_setting('timezone')`,
		pgx.NamedArgs{"at": noon}).Scan(&one, &maybe, &many, &zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []time.Time{one, *maybe, many[0]} {
		if !got.Equal(noon) || got.Location() != time.UTC {
			t.Errorf("noon in London came back as %v", got)
		}
	}
	if zone != "UTC" {
		t.Errorf("the session is in %s", zone)
	}
}
