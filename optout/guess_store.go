package optout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Knock checks a code and a date of birth. A typing error is a fault.Invalid
// that counts as no attempt. Every other failure (a code that nobody has, one
// that has ended or rests, a wrong date of birth) is the same
// fault.Unauthenticated, or fault.TooMany once the network from which it comes
// has failed too often; see Slower. A right proof passes all the same.
func (d *Desk) Knock(ctx context.Context, typed string, born calendar.Date, from string) (Caller, error) {
	code, err := NormaliseCode(typed)
	if err != nil {
		return Caller{}, err
	}
	k, err := d.known(ctx, code)
	if err != nil {
		return Caller{}, err
	}
	now := d.Clock()
	rests := now.Before(k.restingUntil)
	if k.live && !rests && !born.IsZero() && born == k.bornOn {
		return k.Caller, nil
	}
	var slower int
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if k.live && !rests {
			if err := d.countWrongBirth(ctx, tx, k); err != nil {
				return err
			}
		}
		slower, err = d.countGuess(ctx, tx, now, from)
		return err
	})
	if err != nil {
		return Caller{}, err
	}
	return Caller{}, refuse(slower)
}

// knownCode is what is kept of a code; not live where there is none, or it has ended.
type knownCode struct {
	Caller
	mac          []byte
	live         bool
	bornOn       calendar.Date
	restingUntil time.Time
}

func (d *Desk) known(ctx context.Context, code string) (k knownCode, err error) {
	var rests *time.Time
	err = d.Pool.QueryRow(ctx, `
		SELECT x.mac, x.campaign_id, k.programme_id, x.enrolment_id, coalesce(p.merged_into, p.id), x.piece_id, p.born_on, x.ended_at IS NULL, x.resting_until
		FROM codes x JOIN campaigns k ON k.id = x.campaign_id JOIN people p ON p.id = x.person_id WHERE x.mac = ANY(@macs)`,
		pgx.NamedArgs{"macs": d.CodeMaker.macs(code)}).Scan(&k.mac, &k.Campaign, &k.Programme, &k.Enrolment, &k.Person, &k.Piece, &k.bornOn, &k.live, &rests)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return k, fmt.Errorf("look for code: %w", err)
	}
	if rests != nil {
		k.restingUntil = *rests
	}
	return k, nil
}

// spread is over how many rows the count of all failures is spread.
const spread = 8

// countGuess counts a failed proof and tells how much slower the answer is to be.
func (d *Desk) countGuess(ctx context.Context, tx pgx.Tx, now time.Time, from string) (int, error) {
	key := func(network string) string {
		return hex.EncodeToString(d.CodeMaker.mac("network:"+network, d.CodeMaker.Newest)[:12]) // nobody's address is kept
	}
	args := pgx.NamedArgs{"near": key(from), "around": key(around(from)), "all": strconv.Itoa(rand.IntN(spread)), "minute": now.Truncate(time.Minute), "since": now.Add(-failuresWithin)}
	_, err := tx.Exec(ctx, `
		INSERT INTO guesses AS g (kind, key, minute, failures)
		VALUES ('network', @near, @minute, 1), ('neighbourhood', @around, @minute, 1), ('all', @all, @minute, 1)
		ON CONFLICT (kind, key, minute) DO UPDATE SET failures = g.failures + 1`, args)
	if err != nil {
		return 0, fmt.Errorf("count guess: %w", err)
	}
	var near, wide int
	err = tx.QueryRow(ctx, `
		SELECT coalesce((SELECT sum(failures) FROM guesses WHERE kind = 'network' AND key = @near AND minute > @since), 0)::int,
			coalesce((SELECT sum(failures) FROM guesses WHERE kind = 'neighbourhood' AND key = @around AND minute > @since), 0)::int`, args).Scan(&near, &wide)
	if err != nil {
		return 0, fmt.Errorf("count guesses: %w", err)
	}
	return slowerBy(near, wide), nil
}

// countWrongBirth counts a wrong date of birth for a real code. Three hold the
// person: wrongly held is a late record, wrongly ignored is a breach. More
// within an hour let the code rest, ever longer, and tell staff.
func (d *Desk) countWrongBirth(ctx context.Context, tx pgx.Tx, k knownCode) error {
	people := []campaigns.PersonID{k.Person}
	now, err := d.lock(ctx, tx, people)
	if err != nil {
		return err
	}
	var n, run int
	var open bool
	err = tx.QueryRow(ctx, `
		UPDATE codes SET wrong_births = least(wrong_births + 1, 1000), wrong_run = CASE WHEN wrong_at > @hour THEN least(wrong_run + 1, 1000) ELSE 1 END, wrong_at = @now
		WHERE mac = @mac
		RETURNING wrong_births, wrong_run, EXISTS (SELECT FROM holds h JOIN hold_candidates k ON k.hold_id = h.id
			WHERE k.person_id = @person AND h.cause = 'wrong date of birth' AND h.programme_id = @programme AND h.settled_at IS NULL)`,
		pgx.NamedArgs{"mac": k.mac, "now": now, "hour": now.Add(-time.Hour), "person": k.Person, "programme": k.Programme}).Scan(&n, &run, &open)
	if err != nil {
		return fmt.Errorf("count wrong birth: %w", err)
	}
	if rest := restAfter(run); rest > 0 {
		if _, err := tx.Exec(ctx, `UPDATE codes SET resting_until = @until WHERE mac = @mac`, pgx.NamedArgs{"mac": k.mac, "until": now.Add(rest)}); err != nil {
			return fmt.Errorf("let a code rest: %w", err)
		}
		err := d.Register.Raise(ctx, tx, now, "code", fmt.Sprintf("piece:%d", k.Piece),
			"Somebody who holds a letter has given five wrong dates of birth for it within an hour. Its code rests for a while; the person is held, and can answer by phone or with the form.")
		if err != nil {
			return err
		}
	}
	if n%wrongBirths != 0 || open {
		return nil
	}
	if _, err := d.openHold(ctx, tx, now, campaigns.Viewer{}, NewHold{Programme: k.Programme, Cause: "wrong date of birth", Says: "unknown",
		Channel: campaigns.Web, ReceivedOn: calendar.DateOf(now)}, people, k.Piece); err != nil {
		return err
	}
	return d.WorkOut(ctx, tx, now, people, "held")
}

// WatchGuesses keeps the alarm in step that codes are being guessed at large:
// more failures in ten minutes than people with letters make, and more than
// five times what was usual within the last day.
func (d *Desk) WatchGuesses(ctx context.Context) error {
	now := d.Clock()
	var latest int
	var usual float64
	err := d.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(failures) FILTER (WHERE minute > @since), 0)::int, coalesce(sum(failures) FILTER (WHERE minute <= @since), 0)::float8 / 143
		FROM guesses WHERE kind = 'all' AND minute > @day`, pgx.NamedArgs{"since": now.Add(-failuresWithin), "day": now.Add(-24 * time.Hour)}).Scan(&latest, &usual)
	if err != nil {
		return fmt.Errorf("count guesses: %w", err)
	}
	says := ""
	if latest > failuresOfAll && float64(latest) > 5*usual {
		says = fmt.Sprintf("Codes are being guessed: %d proofs failed within ten minutes, where %.0f are usual. Right codes still pass; look where they come from.", latest, usual)
	}
	return d.Register.Watched(ctx, "guesses", "all", says)
}

// EndCodes ends the codes of a campaign that forgets its people: from then on
// they are as unknown as any other.
func (d *Desk) EndCodes(ctx context.Context, by campaigns.Viewer, campaign campaigns.CampaignID) error {
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `UPDATE codes SET ended_at = @now WHERE campaign_id = @campaign AND ended_at IS NULL`, pgx.NamedArgs{"now": now, "campaign": campaign}); err != nil {
			return fmt.Errorf("end codes: %w", err)
		}
		return d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "end codes", Object: "campaign", ID: fmt.Sprint(campaign), Campaign: campaign})
	})
}
