package letters

import "duenotice/campaigns"

// Tables are those of this room that people may take out as files.
func (*Mailroom) Tables() []campaigns.Table {
	return []campaigns.Table{
		{Name: "batches", Title: "Batches", About: "one batch",
			Columns: []string{"batch", "campaign", "wave", "vendor", "state", "to be posted on", "letters", "pages", "sheets", "withheld", "sealed at", "accepted at", "posted at", "PDF SHA-256"}, SQL: `
			SELECT b.code, c.code, w.number, v.code, b.state, b.planned_post_on, b.pieces, b.pages, b.sheets, b.withheld, b.sealed_at, b.accepted_at, b.posted_at, encode(b.pdf_sha256, 'hex')
			FROM batches b JOIN campaigns c ON c.id = b.campaign_id JOIN vendors v ON v.id = b.vendor_id LEFT JOIN waves w ON w.id = b.wave_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR b.campaign_id = @campaign) ORDER BY b.id`},
		{Name: "letters", Title: "Letters", About: "one letter that was released, by its reference",
			Columns: []string{"reference", "campaign", "batch", "sequence", "pages", "sheets", "state", "posted on", "came back on", "reason", "under suspicion since"}, SQL: `
			SELECT p.reference, c.code, b.code, p.sequence, p.pages, p.sheets, p.state, p.posted_on, p.returned_on, p.return_reason, p.suspected_at
			FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN campaigns c ON c.id = p.campaign_id
			WHERE (@region = '' OR c.region_code = @region) AND (@campaign::int = 0 OR p.campaign_id = @campaign) ORDER BY p.id`},
	}
}
