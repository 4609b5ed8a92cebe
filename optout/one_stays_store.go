package optout

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// oneStays sees to it that of the enrolments of one person in a campaign, under
// whatever numbers, exactly one stays and every other is merged into that one.
// The one that stayed goes on staying; where several did, or the one that did
// has become somebody else's, it is the one that is furthest on. The people
// must be locked, and are worked out anew afterwards.
func oneStays(ctx context.Context, tx pgx.Tx, people []campaigns.PersonID) error {
	type group struct {
		campaign campaigns.CampaignID
		root     campaigns.PersonID
	}
	type one struct {
		id, into campaigns.EnrolmentID
		state    campaigns.State
	}
	var g group
	var e one
	groups := map[group][]one{}
	err := each(ctx, tx, `
		WITH root AS (SELECT DISTINCT coalesce(merged_into, id) AS id FROM people WHERE id = ANY(@people))
		SELECT e.campaign_id, m.root, e.id, e.state, coalesce(e.merged_into, 0) FROM (
			SELECT id, id AS root FROM root UNION ALL SELECT p.id, root.id FROM root JOIN people p ON p.merged_into = root.id) m
		JOIN enrolments e ON e.person_id = m.id ORDER BY e.id`,
		pgx.NamedArgs{"people": people}, []any{&g.campaign, &g.root, &e.id, &e.state, &e.into}, func() { groups[g] = append(groups[g], e) })
	if err != nil {
		return fmt.Errorf("read enrolments: %w", err)
	}
	var c []campaigns.CampaignID
	var ids, intos []campaigns.EnrolmentID
	for g, list := range groups {
		stayed := slices.DeleteFunc(slices.Clone(list), func(e one) bool {
			return slices.ContainsFunc(list, func(o one) bool { return o.id == e.into })
		})
		if len(stayed) == 0 { // each merged into another of them
			stayed = list
		}
		stays := slices.MaxFunc(stayed, func(a, b one) int { return cmp.Compare(furtherOn(a.state), furtherOn(b.state)) })
		for _, e := range list {
			into := stays.id
			if e.id == stays.id {
				into = 0
			}
			if into != e.into {
				c, ids, intos = append(c, g.campaign), append(ids, e.id), append(intos, into)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
		UPDATE enrolments e SET merged_into = nullif(u.stays, 0) FROM unnest(@c::int[], @ids::bigint[], @intos::bigint[]) u (c, id, stays)
		WHERE e.campaign_id = u.c AND e.id = u.id`, pgx.NamedArgs{"c": c, "ids": ids, "intos": intos})
	if err != nil {
		return fmt.Errorf("let one enrolment stay: %w", err)
	}
	return nil
}

func furtherOn(s campaigns.State) int {
	order := []campaigns.State{campaigns.Closed, campaigns.Excluded, campaigns.InCohort, campaigns.Scheduled, campaigns.Unreachable,
		campaigns.Retracing, campaigns.Written, campaigns.Held, campaigns.OptedOut, campaigns.Notified, campaigns.Reconciling, campaigns.Ready,
		campaigns.CreateFailed, campaigns.Creating, campaigns.Withdrawn, campaigns.Withdrawing, campaigns.Created}
	return slices.Index(order, s)
}
