package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

// effects are the statements that carry out a decision about changes of one
// kind; none where nothing follows.
func effects(d ChangeDecision) []string {
	switch d.Kind {
	case PracticeClosed, PracticeDormant, PracticeAbsent, PracticeNoLonger:
		if d.Accept {
			return []string{closePractices}
		}
	case PracticeReopened:
		if d.Accept {
			return []string{reopenPractices}
		}
	case PracticeMoved:
		if d.Accept {
			return []string{moveHomes("o.home"), movedHomes("o.home"), placePractices}
		}
	case PracticeMismatch:
		home := "o.icb"
		if d.Accept {
			home = "o.home"
		}
		return []string{moveHomes(home), movedHomes(home), placePractices}
	case PracticeSplit:
		if d.Accept {
			return []string{splitHomes, placePractices}
		}
	}
	return nil
}

// practiceGone is why a practice is paused whose leaving was accepted: its
// data would be used for a record, and there is nobody who keeps it. A person
// who is told to be registered elsewhere goes on there.
const practiceGone = "The practice has closed or does not work at present. Its people go on once a file names their new practice."

// pauseGone pauses the practices that a decision says have left, and lifts that
// of those that are open again. What somebody else paused stays as it is.
func (r *Register) pauseGone(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, d ChangeDecision, ids []int64) error {
	since, want := now, "s.since IS NULL"
	switch d.Kind {
	case PracticeClosed, PracticeDormant, PracticeAbsent, PracticeNoLonger:
	case PracticeReopened:
		since, want = time.Time{}, "s.reason = @gone"
	default:
		return nil
	}
	if !d.Accept || len(ids) == 0 {
		return nil
	}
	// Like a stop it comes next, however many sweeps share the signals.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(@queue)`, pgx.NamedArgs{"queue": haltQueue}); err != nil {
		return fmt.Errorf("pause practices: %w", err)
	}
	rows, err := tx.Query(ctx, `
		SELECT c.practice_code FROM practice_changes c LEFT JOIN signals s ON s.key = @pause || c.practice_code
		WHERE c.id = ANY(@ids) AND `+want+` ORDER BY 1`, pgx.NamedArgs{"ids": ids, "pause": PausePractice(""), "gone": practiceGone})
	if err != nil {
		return fmt.Errorf("find practices to pause: %w", err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find practices to pause: %w", err)
	}
	reason := practiceGone
	if since.IsZero() {
		reason = ""
	}
	for _, code := range codes {
		if err := r.SetSignal(ctx, tx, now, PausePractice(code), since, calendar.Date{}, reason, by.ID, 0); err != nil {
			return err
		}
	}
	return nil
}

const closePractices = `
	UPDATE practices p SET status = CASE c.kind WHEN 'dormant' THEN o.status ELSE 'closed' END, updated_at = @now,
		closed_on = CASE c.kind WHEN 'dormant' THEN o.closed_on ELSE coalesce(o.closed_on, least(o.as_of, @today), @today) END
	FROM practice_changes c JOIN organisations o ON o.code = c.practice_code WHERE c.id = ANY(@ids) AND p.code = c.practice_code`

const reopenPractices = `
	UPDATE practices p SET status = 'active', closed_on = o.closed_on, updated_at = @now
	FROM practice_changes c JOIN organisations o ON o.code = c.practice_code WHERE c.id = ANY(@ids) AND p.code = c.practice_code`

// moving is which practices move, and from which day: that on which they
// joined, if their last home began before, else that of the file.
func moving(home string) string {
	return `
	last AS (SELECT DISTINCT ON (practice_code) practice_code, region_code, from_on, until_on FROM practice_homes ORDER BY practice_code, from_on DESC),
	moving AS (
		SELECT c.practice_code, ` + home + ` AS home, l.from_on AS last_from,
			CASE WHEN o.joined_on > l.from_on THEN o.joined_on ELSE coalesce(o.as_of, @today) END AS from_on
		FROM practice_changes c JOIN organisations o ON o.code = c.practice_code JOIN last l ON l.practice_code = c.practice_code
		WHERE c.id = ANY(@ids) AND l.region_code <> ` + home + ` AND ` + home + ` <> ''
	)`
}

// moveHomes ends the last home of practices that move and begins the new one.
func moveHomes(home string) string {
	return `WITH ` + moving(home) + `,
	ended AS (UPDATE practice_homes h SET until_on = least(h.until_on, m.from_on - 1) FROM moving m
		WHERE h.practice_code = m.practice_code AND h.from_on = m.last_from AND m.from_on > m.last_from)
	INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
	SELECT practice_code, home, from_on, 'decision', @now FROM moving WHERE from_on > last_from`
}

// movedHomes corrects a home that began on the day of the move or after it:
// the practice never belonged there.
func movedHomes(home string) string {
	return `WITH ` + moving(home) + `
	UPDATE practice_homes h SET region_code = m.home, source = 'decision', recorded_at = @now FROM moving m
	WHERE h.practice_code = m.practice_code AND h.from_on = m.last_from AND m.from_on <= m.last_from`
}

const splitHomes = `WITH last AS (SELECT DISTINCT ON (practice_code) practice_code, region_code, from_on, until_on FROM practice_homes ORDER BY practice_code, from_on DESC)
	INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
	SELECT l.practice_code, @to, l.until_on + 1, 'decision', @now
	FROM practice_changes c JOIN last l ON l.practice_code = c.practice_code JOIN regions r ON r.code = l.region_code
	WHERE c.id = ANY(@ids) AND l.until_on IS NOT NULL AND (@to = ANY(r.successors) OR EXISTS (
		SELECT FROM unnest(r.successors) s WHERE s NOT IN (SELECT code FROM regions)))`
