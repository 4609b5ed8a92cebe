package optout

import "duenotice/campaigns"

// Tables are those of this room that people may take out as files.
func (*Desk) Tables() []campaigns.Table {
	return []campaigns.Table{
		{Name: "answers", Title: "Answers", About: "one answer, on whichever channel",
			Columns: []string{"reference", "programme", "campaign", "says", "channel", "received on", "recorded at", "given by", "taken back"}, SQL: `
			SELECT a.reference, p.code, c.code, a.says, a.channel, a.received_on, a.recorded_at, a.given_by, (v.answer_id IS NOT NULL)::text
			FROM answers a JOIN programmes p ON p.id = a.programme_id LEFT JOIN campaigns c ON c.id = a.campaign_id LEFT JOIN answer_reversals v ON v.answer_id = a.id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR a.campaign_id = @campaign) ORDER BY a.id`},
		{Name: "holds", Title: "Holds", About: "one answer that waits, or waited, for a person",
			Columns: []string{"reference", "cause", "says", "channel", "received on", "recorded at", "settled at", "outcome"}, SQL: `
			SELECT h.reference, h.cause, h.says, h.channel, h.received_on, h.recorded_at, h.settled_at, h.outcome FROM holds h
			WHERE EXISTS (SELECT FROM hold_candidates k JOIN enrolments e ON e.person_id = k.person_id JOIN campaigns c ON c.id = e.campaign_id
				WHERE k.hold_id = h.id AND (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR c.id = @campaign))
				OR @region = '' AND @campaign::int = 0
			ORDER BY h.id`},
		{Name: "records", Title: "Records", About: "one record, made or not",
			Columns: []string{"record", "campaign", "enrolment", "registry", "basis", "state", "reserved at", "live at", "withdrawn at", "evidence SHA-256"}, SQL: `
			SELECT r.id::text, c.code, r.enrolment_id, r.registry, r.basis, r.state, r.reserved_at, r.live_at, r.withdrawn_at, encode(r.evidence_sha256, 'hex')
			FROM records r JOIN campaigns c ON c.id = r.campaign_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR r.campaign_id = @campaign) ORDER BY r.id`},
	}
}
