package cluster

import (
	"context"
	"time"
)

// Keep brings the server back whenever no process of it is left, as when it
// was killed hard, until ctx is over. Any number of users may keep one server.
// End it before Release.
func (c *Cluster) Keep(ctx context.Context) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if alive, err := c.aliveLock(); err != nil || alive == nil {
			continue // it runs, or somebody is bringing it back
		} else {
			alive.free()
		}
		if err := c.revive(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("the database server is gone and does not come back", "error", err)
		}
	}
}

func (c *Cluster) revive(ctx context.Context) error {
	guard, err := c.lock(ctx, "postgres.guard")
	if err != nil {
		return err
	}
	defer guard.free()
	c.log.Warn("the database server is gone, it is brought back")
	return c.joinOrStart(ctx)
}
