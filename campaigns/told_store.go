package campaigns

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/intake"
)

// said takes a cell of a staged row w where the row says something about it,
// and else what is held of the person p.
func said(what intake.Unsaid, column, held string) string {
	return fmt.Sprintf("CASE WHEN w.unsaid & %d = 0 THEN w.%s ELSE p.%s END AS %s", what, column, held, held)
}

// asTold is what is held of a person p once a staged row w has been told: the
// columns of people, of a LATERAL subquery. A sensitive person's address is
// not held at all.
var asTold = `(SELECT s.title, s.given_names, s.family_name, s.born_on, s.practice_code, s.language, s.format, s.sensitive, s.left_reason,
		CASE WHEN s.sensitive THEN '{"","","","",""}' ELSE s.address END AS address, CASE WHEN s.sensitive THEN '' ELSE s.postcode END AS postcode,
		CASE WHEN s.sensitive THEN '' WHEN s.undeliverable = '' AND array_to_string(s.address, '') = '' THEN 'no address' ELSE s.undeliverable END AS undeliverable,
		CASE WHEN w.died_on IS NOT NULL AND w.unsaid & ` + fmt.Sprint(intake.UnsaidDayOfDeath) + ` <> 0 THEN coalesce(p.died_on, w.died_on)
			WHEN w.unsaid & ` + fmt.Sprint(intake.UnsaidDeath) + ` = 0 THEN w.died_on ELSE coalesce(w.died_on, p.died_on) END AS died_on
	FROM (SELECT ` + strings.Join([]string{
	said(intake.UnsaidTitle, "title", "title"), said(intake.UnsaidNames, "given_names", "given_names"), said(intake.UnsaidNames, "family_name", "family_name"),
	said(intake.UnsaidBirth, "born_on", "born_on"), said(intake.UnsaidAddress, "address", "address"), said(intake.UnsaidAddress, "postcode", "postcode"),
	said(intake.UnsaidAddress, "undeliverable", "undeliverable"), said(intake.UnsaidPractice, "practice_code", "practice_code"),
	said(intake.UnsaidLanguage, "language", "language"), said(intake.UnsaidFormat, "format", "format"), said(intake.UnsaidSensitive, "sensitive", "sensitive"),
}, ", ") + `,
		CASE WHEN w.left_reason <> '' OR w.unsaid & ` + fmt.Sprint(intake.UnsaidLeaving) + ` = 0 THEN w.left_reason ELSE p.left_reason END AS left_reason) s)`

// sameWords brings an address to what it says: another spelling of it, in
// capitals or cut up otherwise, is no change of address.
func sameWords(of string) string {
	return fmt.Sprintf("regexp_replace(upper(array_to_string(%s.address, '') || %s.postcode), '[^[:alnum:]]', '', 'g')", of, of)
}

// newsOf finds the people of a file who are told differently than they are held.
var newsOf = `
	FROM cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number CROSS JOIN LATERAL ` + asTold + ` n
	WHERE w.cohort_id = @id AND w.superseded_by = '' AND (@all OR p.id = ANY(@news)) AND (w.not_traced OR (p.title, p.given_names, p.family_name, p.born_on, p.died_on,
		p.address, p.postcode, p.practice_code, p.language, p.format, p.sensitive, p.undeliverable, p.left_reason)
		IS DISTINCT FROM (n.title, n.given_names, n.family_name, n.born_on, n.died_on, n.address, n.postcode, n.practice_code, n.language,
		n.format, n.sensitive, n.undeliverable, n.left_reason))
	ORDER BY p.id FOR UPDATE OF p`

// tellPeople tells known people what the file says of them now, with a fact
// for whatever matters to a promise. It returns those who changed, and those
// of them who turned out not to be dead. A change of address counts from the
// day that the file gives, else from today.
func (r *Register) tellPeople(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) (changed, revived []PersonID, err error) {
	// First the locks, then the moment: a letter that is being sealed just now
	// has either the address of before and is older, or that of after and is younger.
	args = maps.Clone(args)
	args["all"], args["news"] = true, []PersonID{}
	rows, err := tx.Query(ctx, `SELECT p.id `+newsOf, args)
	if err != nil {
		return nil, nil, fmt.Errorf("lock people who are told of: %w", err)
	}
	news, err := pgx.CollectRows(rows, pgx.RowTo[PersonID])
	if err != nil || len(news) == 0 {
		return nil, nil, orWrapped(err, "lock people who are told of")
	}
	args["now"], args["all"], args["news"] = r.Clock(), false, news
	rows, err = tx.Query(ctx, `
		WITH told AS (
			SELECT p.id, n.title, n.given_names, n.family_name, n.born_on, n.died_on, n.address, n.postcode, n.practice_code, n.language,
				n.format, n.sensitive, n.undeliverable, n.left_reason, w.left_on, w.address_on, w.not_traced, p.died_on AS was_dead,
				p.practice_code AS was_at, p.sensitive AS was_sensitive, p.left_reason AS was_left,
				NOT n.sensitive AND (`+sameWords("p")+`, p.undeliverable) IS DISTINCT FROM (`+sameWords("n")+`, n.undeliverable) AS moved
			`+newsOf+`
		), facts AS (
			INSERT INTO person_facts (person_id, kind, fact_on, source, recorded_at, detail)
			SELECT t.id, k.kind, coalesce(least(CASE k.kind WHEN 'died' THEN t.died_on WHEN 'left' THEN t.left_on WHEN 'moved address' THEN t.address_on END,
				@today), @today), 'cohort ' || @id::text, @now,
				CASE k.kind WHEN 'moved practice' THEN jsonb_build_object('from', t.was_at) WHEN 'left' THEN jsonb_build_object('reason', t.left_reason)
					ELSE '{}' END
			FROM told t,
				LATERAL (VALUES ('died', t.died_on IS NOT NULL AND t.was_dead IS NULL), ('not dead', t.died_on IS NULL AND t.was_dead IS NOT NULL),
					('left', t.left_reason <> '' AND t.was_left = ''), ('came back', t.left_reason = '' AND t.was_left <> ''),
					('moved address', t.moved), ('moved practice', t.practice_code <> t.was_at), ('sensitive', t.sensitive AND NOT t.was_sensitive),
					('not sensitive', NOT t.sensitive AND t.was_sensitive), ('address not found', t.not_traced)) k (kind, holds)
			WHERE k.holds
		)
		UPDATE people p SET title = t.title, given_names = t.given_names, family_name = t.family_name, born_on = t.born_on, died_on = t.died_on,
			address = t.address, postcode = t.postcode, practice_code = t.practice_code, language = t.language, format = t.format,
			sensitive = t.sensitive, undeliverable = t.undeliverable, left_reason = t.left_reason,
			left_on = CASE WHEN t.left_reason = '' THEN NULL WHEN t.was_left = '' THEN coalesce(t.left_on, @today::date) ELSE p.left_on END,
			address_on = CASE WHEN t.moved THEN coalesce(least(t.address_on, @today::date), @today::date) ELSE p.address_on END, touched_at = @now
		FROM told t WHERE p.id = t.id RETURNING p.id, t.was_dead IS NOT NULL AND p.died_on IS NULL`, args)
	if err != nil {
		return nil, nil, fmt.Errorf("tell people: %w", err)
	}
	var id PersonID
	var alive bool
	_, err = pgx.ForEachRow(rows, []any{&id, &alive}, func() error {
		changed = append(changed, id)
		if alive {
			revived = append(revived, id)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("tell people: %w", err)
	}
	return changed, revived, nil
}
