package optout

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Sought is what a caller tells: the reference on the letter, or three details.
type Sought struct {
	Reference  string // without spaces
	FamilyName string
	BornOn     calendar.Date
	Postcode   string
}

// Found is somebody it may be, in the newest campaign that the viewer sees. A
// sensitive person's details are hidden.
type Found struct {
	Enrolment campaigns.EnrolmentID
	Person    campaigns.PersonID
	Campaign  string
	State     campaigns.State
	Name      string
	BornOn    calendar.Date
	Address   string
	Postcode  string
	Hidden    bool
}

// foundAtMost is how many people one search shows.
const foundAtMost = 20

// Find looks for the people of the viewer's campaigns who fit what a caller
// tells. All three details have to fit.
func (d *Desk) Find(ctx context.Context, by campaigns.Viewer, s Sought) ([]Found, error) {
	if !by.Role.KeysAnswers() {
		return nil, fault.New(fault.Forbidden, "Your role does not look for people.")
	}
	family, postcode := strings.TrimSpace(s.FamilyName), strings.ToUpper(strings.ReplaceAll(s.Postcode, " ", ""))
	if s.Reference == "" && (family == "" || postcode == "" || s.BornOn.IsZero()) {
		return nil, fault.In("reference", fault.Invalid, "Give the reference, or all three: family name, date of birth and postcode.")
	}
	rows, err := d.Pool.Query(ctx, `
		SELECT e.id, p.id, k.name, e.state, CASE WHEN p.sensitive THEN '' ELSE btrim(p.given_names || ' ' || p.family_name) END,
			CASE WHEN p.sensitive THEN NULL ELSE p.born_on END, CASE WHEN p.sensitive THEN '' ELSE array_to_string(array_remove(p.address, ''), ', ') END,
			CASE WHEN p.sensitive THEN '' ELSE p.postcode END, p.sensitive
		FROM (SELECT DISTINCT coalesce(q.merged_into, q.id) AS id FROM people q WHERE @reference <> ''
				AND q.id = (SELECT person_id FROM pieces WHERE reference = @reference)
				OR @reference = '' AND q.born_on = @born AND lower(q.family_name) = lower(@family) AND replace(q.postcode, ' ', '') = @postcode LIMIT @n) f
		JOIN people p ON p.id = f.id
		CROSS JOIN LATERAL (SELECT e.id, e.campaign_id, e.state FROM enrolments e JOIN campaigns c ON c.id = e.campaign_id
			WHERE e.person_id = p.id AND (@region = '' OR c.region_code = @region) ORDER BY e.id DESC LIMIT 1) e
		JOIN campaigns k ON k.id = e.campaign_id ORDER BY p.id`,
		pgx.NamedArgs{"reference": s.Reference, "born": s.BornOn, "family": family, "postcode": postcode, "region": by.Region, "n": foundAtMost})
	if err != nil {
		return nil, fmt.Errorf("look for a person: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Found])
}
