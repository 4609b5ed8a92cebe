package optout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// RecordOutage notes that the public service could not take answers; days on
// which it was shut for longer than a campaign's threshold lengthen its
// windows. The same told again is one.
func (d *Desk) RecordOutage(ctx context.Context, from, to time.Time, source string) error {
	if !to.After(from) {
		return fault.New(fault.Invalid, "An outage ends after it began.")
	}
	told := false
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if err := d.Register.LockGate(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO outages (began_at, ended_at, recorded_at, source) VALUES (@from, @to, @now, @source) ON CONFLICT (source, began_at, ended_at) DO NOTHING`,
			pgx.NamedArgs{"from": from, "to": to, "now": now, "source": source})
		if err != nil {
			return fmt.Errorf("record outage: %w", err)
		}
		told = tag.RowsAffected() == 0
		return nil
	})
	if err != nil || told {
		return err
	}
	return d.renewAll(ctx, "")
}

// Outage is a time in which the public service could not take answers, as one
// of those who watch it has told.
type Outage struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Source string    `json:"source"`
	ToldAt time.Time `json:"told_at"`
}

// Outages lists the ledger of outages, newest first.
func (d *Desk) Outages(ctx context.Context) ([]Outage, error) {
	rows, err := d.Pool.Query(ctx, `SELECT began_at, ended_at, source, recorded_at FROM outages ORDER BY began_at DESC, id DESC LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("list outages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Outage])
}

// Beat proves that the public service can write: it says that a process lives.
func (d *Desk) Beat(ctx context.Context, process string) error {
	_, err := d.Pool.Exec(ctx, `INSERT INTO beats (process, at) VALUES (@process, @now) ON CONFLICT (process) DO UPDATE SET at = excluded.at`,
		pgx.NamedArgs{"process": process, "now": d.Clock()})
	if err != nil {
		return fmt.Errorf("say that the public service lives: %w", err)
	}
	return nil
}

// BeatsOfOthers tells whether another process of the public service has lived
// within the last minute, and began no later than since.
func (d *Desk) BeatsOfOthers(ctx context.Context, process string, since time.Time) (served bool, err error) {
	now := d.Clock()
	recent := now.Add(-time.Minute)
	if recent.Before(since) {
		recent = since
	}
	err = d.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM beats WHERE process <> @process AND at > @recent)`, pgx.NamedArgs{"process": process, "recent": recent}).Scan(&served)
	if err != nil {
		return false, fmt.Errorf("look for other processes: %w", err)
	}
	return served, nil
}

// near is how close two outages may be to count as one: a service that comes
// up for a moment has not been open.
const near = 5 * time.Minute

// shut is a time in which the service was not open, whoever told it.
type shut struct{ from, to time.Time }

// together joins outages that overlap or nearly touch, so that two watchers of
// one outage do not count it twice, nor miss it between them.
func together(list []shut) (joined []shut) {
	slices.SortFunc(list, func(a, b shut) int { return a.from.Compare(b.from) })
	for _, o := range list {
		if n := len(joined); n > 0 && o.from.Sub(joined[n-1].to) <= near {
			if o.to.After(joined[n-1].to) {
				joined[n-1].to = o.to
			}
			continue
		}
		joined = append(joined, o)
	}
	return joined
}

// askOutages asks in a batch for the outages, and for how long each campaign
// bears with one; f hears of the days that lengthen its windows.
func askOutages(ask *pgx.Batch, f func(campaigns.CampaignID, span)) {
	var all []shut
	var o shut
	eachOf(ask, "outages", `SELECT began_at, ended_at FROM outages ORDER BY began_at`, nil, []any{&o.from, &o.to}, func() { all = append(all, o) })
	var c campaigns.CampaignID
	var minutes int
	eachOf(ask, "what campaigns bear with", `SELECT id, outage_threshold_minutes FROM campaigns WHERE EXISTS (SELECT FROM outages)`, nil, []any{&c, &minutes}, func() {
		for _, o := range together(all) {
			if o.to.Sub(o.from) > time.Duration(minutes)*time.Minute {
				f(c, span{calendar.DateOf(o.from), calendar.DateOf(o.to)})
			}
		}
	})
}
