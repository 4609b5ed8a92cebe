package seed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema"
)

// ClockOf is the clock of whoever works on a database: that of its
// demonstration, so many hours ahead of the wall, or the wall's own.
func ClockOf(ctx context.Context, database string) (clock calendar.Clock, demo bool, err error) {
	pool, err := schema.Connect(ctx, database, func(c *pgxpool.Config) { c.MaxConns = 1 })
	if err != nil {
		return nil, false, err
	}
	defer pool.Close()
	ahead, demo, err := aheadOf(ctx, pool)
	if err != nil || !demo {
		return calendar.Wall, false, err
	}
	return func() time.Time { return calendar.Wall().Add(ahead) }, true, nil
}

func aheadOf(ctx context.Context, pool *pgxpool.Pool) (ahead time.Duration, demo bool, err error) {
	var micros int64
	err = pool.QueryRow(ctx, `SELECT ahead_microseconds FROM demo_clock`).Scan(&micros)
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &pg) && pg.Code == "42P01": // no such table yet
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("read the demonstration's clock: %w", err)
	}
	return time.Duration(micros) * time.Microsecond, true, nil
}

// keepAhead writes down how far the clock is ahead, for the next start and for
// other commands. Sessions move with the clock, so that nobody who moves it is
// signed out by it.
func keepAhead(ctx context.Context, pool *pgxpool.Pool, ahead, moved time.Duration) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO demo_clock (ahead_microseconds) VALUES (@ahead) ON CONFLICT (one) DO UPDATE SET ahead_microseconds = excluded.ahead_microseconds`,
			pgx.NamedArgs{"ahead": ahead.Microseconds()})
		if err != nil {
			return fmt.Errorf("keep the demonstration's clock: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE sessions SET seen_at = seen_at + @moved::interval, expires_at = expires_at + @moved::interval, proved_at = proved_at + @moved::interval`,
			pgx.NamedArgs{"moved": moved})
		if err != nil {
			return fmt.Errorf("keep sessions open: %w", err)
		}
		return nil
	})
}

// hasCampaigns tells whether a database is in use by anybody.
func hasCampaigns(ctx context.Context, pool *pgxpool.Pool) (used bool, err error) {
	err = pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM campaigns) OR EXISTS (SELECT FROM staff)`).Scan(&used)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // no such table yet
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for campaigns: %w", err)
	}
	return used, nil
}
