package jobs

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
)

// foldCounts adds the changes of counts to the kept ones.
type foldCounts struct{}

func (foldCounts) Kind() string                 { return "fold_counts" }
func (foldCounts) InsertOpts() river.InsertOpts { return once(upkeep) }

func (d Doors) foldCounts(ctx context.Context, _ foldCounts) error {
	return d.Register.FoldCounts(ctx)
}

// forget removes what is kept for a time only: old sessions, failed proofs,
// the bytes of received files, and vendors' repeated requests.
type forget struct{}

func (forget) Kind() string                 { return "forget" }
func (forget) InsertOpts() river.InsertOpts { return once(upkeep) }

func (d Doors) forget(ctx context.Context, _ forget) error {
	if err := d.Register.Forget(ctx); err != nil {
		return err
	}
	if err := d.Register.ForgetFiles(ctx); err != nil {
		return err
	}
	if err := d.Mailroom.ForgetSessions(ctx); err != nil {
		return err
	}
	if err := d.Register.ForgetExports(ctx); err != nil {
		return err
	}
	return d.Mailroom.Forget(ctx)
}

// checkInvariants asks the promise's own questions of everything that is written down.
type checkInvariants struct{}

func (checkInvariants) Kind() string                 { return "check_invariants" }
func (checkInvariants) InsertOpts() river.InsertOpts { return daily(upkeep) }

func (d Doors) checkInvariants(ctx context.Context, _ checkInvariants) error {
	list, err := d.Desk.Invariants(ctx)
	if err != nil {
		return err
	}
	for _, i := range list {
		wrong := ""
		if i.Violations > 0 {
			wrong = fmt.Sprintf("A rule that always holds was found broken %d times: %s. Stop the installation and ask those who built it.", i.Violations, i.Name)
		}
		if err := d.Register.Watched(ctx, "invariant", i.Name, wrong); err != nil {
			return err
		}
	}
	return nil
}

// sealAudit seals what was done since the last seal, so that nobody can change it unseen.
type sealAudit struct{}

func (sealAudit) Kind() string                 { return "seal_audit" }
func (sealAudit) InsertOpts() river.InsertOpts { return once(upkeep) }

func (d Doors) sealAudit(ctx context.Context, _ sealAudit) error {
	_, err := d.Register.SealAudit(ctx)
	return err
}

// checkAudit makes every seal of the audit anew, and leaves the mark of the
// newest in the log: whoever keeps that log can tell if the end is cut off.
type checkAudit struct{}

func (checkAudit) Kind() string                 { return "check_audit" }
func (checkAudit) InsertOpts() river.InsertOpts { return daily(upkeep) }

func (d Doors) checkAudit(ctx context.Context, _ checkAudit) error {
	newest, wrong, err := d.Register.CheckAudit(ctx)
	if err != nil {
		return err
	}
	d.Register.Log.InfoContext(ctx, "audit checked", "seal", newest.Number, "mark", newest.Mark(), "fits", wrong == "")
	return d.Register.Watched(ctx, "audit", "chain", wrong)
}
