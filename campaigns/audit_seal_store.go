package campaigns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sealLines is how many lines of the audit one seal covers at most.
const sealLines = 20_000

// AuditSeal covers the lines of the audit from First to Last and the seal
// before it.
type AuditSeal struct {
	Number      int64
	First, Last int64 // ids of lines
	Lines       int64 // how many there are between them; numbers may be missing
	Hash        []byte
	At          time.Time
}

// Mark is the hash of a seal as people compare it.
func (s AuditSeal) Mark() string { return hex.EncodeToString(s.Hash) }

// SealAudit seals what was written since the last seal, as far as no line can
// still appear below it, and returns the newest seal. While somebody is
// writing for longer than a moment it leaves the rest for the next time.
func (r *Register) SealAudit(ctx context.Context) (AuditSeal, error) {
	horizon, err := r.auditHorizon(ctx)
	if err != nil {
		return AuditSeal{}, err
	}
	for {
		var s AuditSeal
		more := false
		err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
			// One at a time, or two would follow the same seal.
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('audit seals', 0))`); err != nil {
				return fmt.Errorf("seal audit: %w", err)
			}
			var err error
			if s, err = lastSeal(ctx, tx); err != nil {
				return err
			}
			if s.Last >= horizon {
				return nil
			}
			next, err := sealOf(ctx, tx, s, horizon)
			if err != nil || next.Lines == 0 {
				return err
			}
			next.At = now
			if err := writeSeal(ctx, tx, next); err != nil {
				return err
			}
			s, more = next, true
			return nil
		})
		if err != nil || !more {
			return s, err
		}
	}
}

// auditHorizon asks for the line below which none can appear any more; 0 when
// somebody writes just now.
func (r *Register) auditHorizon(ctx context.Context) (int64, error) {
	var horizon int64
	err := r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		// Whoever wants to write waits behind us, so we wait a moment only.
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '200ms'`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT audit_horizon()`).Scan(&horizon)
	})
	var pg *pgconn.PgError
	if asPg(err, &pg) && pg.Code == "55P03" {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("seal audit: %w", err)
	}
	return horizon, nil
}

func lastSeal(ctx context.Context, tx pgx.Tx) (AuditSeal, error) {
	var s AuditSeal
	err := tx.QueryRow(ctx, `SELECT number, first_id, last_id, lines, hash, sealed_at FROM audit_seals ORDER BY number DESC LIMIT 1`).
		Scan(&s.Number, &s.First, &s.Last, &s.Lines, &s.Hash, &s.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return AuditSeal{}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read audit seals: %w", err)
	}
	return s, nil
}

func writeSeal(ctx context.Context, tx pgx.Tx, s AuditSeal) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit_seals (number, first_id, last_id, lines, hash, sealed_at) VALUES (@number, @first, @last, @lines, @hash, @at)`,
		pgx.NamedArgs{"number": s.Number, "first": s.First, "last": s.Last, "lines": s.Lines, "hash": s.Hash, "at": s.At})
	if err != nil {
		return fmt.Errorf("seal audit: %w", err)
	}
	return nil
}

// sealOf makes the seal that follows another: SHA-256 over that one's hash and
// every line up to a last one, in order of their numbers.
func sealOf(ctx context.Context, tx pgx.Tx, before AuditSeal, upTo int64) (AuditSeal, error) {
	s := AuditSeal{Number: before.Number + 1, First: before.Last + 1}
	sum := sha256.New()
	sum.Write(before.Hash)
	rows, err := tx.Query(ctx, `
		SELECT a.id, jsonb_build_array(a.id, extract(epoch FROM a.at), a.actor_kind, a.actor_id, a.action, a.object_kind, a.object_id,
			a.campaign_id, a.outcome, a.request_id, a.detail)::text
		FROM audit a WHERE a.id > @after AND a.id <= @upto ORDER BY a.id LIMIT @most`,
		pgx.NamedArgs{"after": before.Last, "upto": upTo, "most": sealLines})
	if err != nil {
		return s, fmt.Errorf("read audit: %w", err)
	}
	var line string
	_, err = pgx.ForEachRow(rows, []any{&s.Last, &line}, func() error {
		s.Lines++
		_, err := fmt.Fprintf(sum, "%d:%s\n", len(line), line)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("read audit: %w", err)
	}
	s.Hash = sum.Sum(nil)
	return s, nil
}

// CheckAudit makes every seal anew and says in a sentence which is the first
// that does not fit; "" when all do. The newest seal is returned with it:
// whoever keeps its mark outside can tell later that nothing was cut off.
func (r *Register) CheckAudit(ctx context.Context) (newest AuditSeal, wrong string, err error) {
	err = r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		rows, err := tx.Query(ctx, `SELECT number, first_id, last_id, lines, hash, sealed_at FROM audit_seals ORDER BY number`)
		if err != nil {
			return fmt.Errorf("read audit seals: %w", err)
		}
		seals, err := pgx.CollectRows(rows, pgx.RowToStructByPos[AuditSeal])
		if err != nil {
			return fmt.Errorf("read audit seals: %w", err)
		}
		for i, kept := range seals {
			again, err := sealOf(ctx, tx, newest, kept.Last)
			if err != nil {
				return err
			}
			if kept.Number != int64(i+1) || again.Lines != kept.Lines || string(again.Hash) != string(kept.Hash) {
				wrong = fmt.Sprintf("The audit does not fit its seal %d: a line between %d and %d was changed, added or taken out after it was sealed.",
					i+1, newest.Last+1, kept.Last)
				return nil
			}
			newest = kept
		}
		return nil
	})
	return newest, wrong, err
}
