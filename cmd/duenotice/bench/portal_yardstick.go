package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

var tpsLine = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs the yardstick in a database of the bench's own and returns its
// transactions a second; 0 where PostgreSQL came without pgbench.
func pgbench(ctx context.Context, database string, fill bool, lasts time.Duration) (float64, error) {
	path, err := exec.LookPath("pgbench")
	if errors.Is(err, exec.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find pgbench: %w", err)
	}
	if fill {
		if out, err := exec.CommandContext(ctx, path, "-i", "-q", "-s", "20", database).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("fill the yardstick: %w: %.200s", err, out)
		}
	}
	seconds := strconv.Itoa(max(int(lasts.Seconds()), 1))
	out, err := exec.CommandContext(ctx, path, "-N", "-s", "20", "-c", "16", "-j", "2", "-T", seconds, database).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("run the yardstick: %w: %.200s", err, out)
	}
	found := tpsLine.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("the yardstick told no figure: %.200s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
