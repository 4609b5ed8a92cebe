package jobs

import (
	"context"
	"sync"
	"time"
)

// presence is the class of the advisory locks that say which crews live.
const presence = 0x63726577 // "crew"

// revive gives back what a crew had in hand that holds its lock no more: it
// was killed, or lost its database. A job on its last attempt is left to
// River, which gives it up after its time.
const revive = `
	WITH crews AS MATERIALIZED (
		SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] AS crew FROM river_job WHERE state = 'running'
	), dead AS MATERIALIZED (
		SELECT crew FROM crews WHERE crew LIKE 'crew-%' AND pg_try_advisory_xact_lock($1, hashtext(crew))
	)
	UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts
	AND attempted_by[array_upper(attempted_by, 1)] IN (SELECT crew FROM dead)`

// alive holds a crew's lock for as long as the process and its database
// session live, and looks out for crews that died. The database gives the
// lock back the moment a session ends, however it ends.
type alive struct {
	end  context.CancelFunc
	gone sync.WaitGroup
}

const lookEvery = 5 * time.Second

func (c *Crew) stayAlive(ctx context.Context) *alive {
	ctx, end := context.WithCancel(ctx)
	a := &alive{end: end}
	held := make(chan struct{})
	a.gone.Go(func() {
		first := sync.OnceFunc(func() { close(held) })
		defer first()
		for ctx.Err() == nil {
			if err := c.hold(ctx, first); err != nil && ctx.Err() == nil {
				c.log.Warn("crew's presence in the database was lost; taking it up again", "crew", c.id, "error", discreet(err))
			}
			first()
			pause(ctx, time.Second)
		}
	})
	<-held
	return a
}

// hold takes the lock and looks out until ctx or the session ends.
func (c *Crew) hold(ctx context.Context, held func()) error {
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	// The session is closed, not given back, so that the lock ends with it.
	session := conn.Hijack()
	defer func() { _ = session.Close(context.WithoutCancel(ctx)) }()
	if _, err := session.Exec(ctx, `SELECT pg_advisory_lock($1, hashtext($2))`, presence, c.id); err != nil {
		return err
	}
	for {
		_, err := session.Exec(ctx, revive, presence)
		held()
		if err != nil {
			return err
		}
		if pause(ctx, lookEvery); ctx.Err() != nil {
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (a *alive) stop() {
	a.end()
	a.gone.Wait()
}
