package intake

import (
	"slices"
	"strings"
)

// The columns of an answer to a bulk trace beyond those of the own template.
const (
	colMatched = colAddressOn + 1 + iota
	colTraceCode
	colTraceGender
	colTraceHome
	colTraceMobile
	colTraceEmail
)

var traceContacts = contacts{colTraceGender, [2]int{colTraceHome, colTraceMobile}, colTraceEmail}

const misspelt = "sensitivty_flag" //nolint:misspell // the tracing service's own heading

// traceLayout is the answer to a bulk trace: what was asked, who was found and
// a code.
var traceLayout = &layout{
	kind:  KindTrace,
	title: "the answer to a bulk trace",
	columns: []string{
		"req_nhs_number", "given_name", "family_name", "date_of_birth", "address_line1", "postcode", "gp_practice_code",
		"", "address_line2", "address_line3", "address_line4", "address_line5",
		"date_of_death", "", "", "sensitivity_flag",
		"other_given_name", "address_date", "matched_nhs_no", "error_success_code",
		"gender", "telephone_number", "mobile_number", "email_address",
	},
	required: colTitle,
	older: map[string][]string{
		"req_nhs_number": {"req_nhs_no"}, "address_line1": {"address_line_1"}, "address_line2": {"address_line_2"},
		"address_line3": {"address_line_3"}, "address_line4": {"address_line_4"}, "address_line5": {"address_line_5"},
		"postcode": {"post_code"}, "sensitivity_flag": {misspelt}, "matched_nhs_no": {"matched_nhs_number"},
		"error_success_code": {"error/success_code"},
	},
	unread: append([]string{
		"unique_reference", "nhais_posting_id", "as_at_date", "local_patient_id", "internal_id", "mps_id",
	}, traceScores...),
	// Without a header the columns stand in this order.
	bare: append([]string{
		"unique_reference", "req_nhs_number", "family_name", "given_name", "other_given_name", "gender", "date_of_birth", "date_of_death",
		"address_line1", "address_line2", "address_line3", "address_line4", "address_line5", "postcode", "gp_practice_code", "nhais_posting_id",
		"as_at_date", "local_patient_id", "internal_id", "telephone_number", "mobile_number", "email_address", "sensitivity_flag", "mps_id",
		"error_success_code", "matched_nhs_no",
	}, traceScores...),
}

var traceScores = []string{
	"matched_algorithm_indicator", "matched_confidence_percentage", "algorithmic_trace_family_name_score_perc",
	"algorithmic_trace_given_name_score_perc", "algorithmic_trace_dob_score_perc", "algorithmic_trace_gender_score_perc",
	"algorithmic_trace_postcode_score_perc",
}

// traceCodes are the answers that a row of a trace can have.
var traceCodes = []string{"00", "90", "91", "92", "97", "98"}

// isTraceRow tells a row of an answer by its place of number and code.
func isTraceRow(cells []string) bool {
	if len(cells) < 26 || !slices.Contains(traceCodes, strings.TrimSpace(cells[24])) {
		return false
	}
	for _, shown := range []string{cells[1], cells[25]} {
		if _, wrong := NHSNumber(shown); wrong != "" && wrong != NumberMissing {
			return false
		}
	}
	return true
}

// isTraceEnvelope tells the line that such answers may carry before all rows:
// reference, workflow, moment, number of rows.
func isTraceEnvelope(cells []string) bool {
	return strings.HasPrefix(cells[0], "MPTRES") || strings.HasPrefix(cells[0], "MPTREQ")
}

// trace reads what was found for one person asked for. Nobody found is a fact
// about the one who was asked for; several found are nobody.
func (c *cohort) trace() {
	asked, matched := colNumber, colMatched
	if strings.TrimSpace(c.cell(matched)) == "" {
		matched = asked
	}
	c.amends = true
	switch code := strings.TrimSpace(c.cell(colTraceCode)); code {
	case "00", "0":
		c.identity(matched)
		if other, wrong := NHSNumber(c.cell(asked)); wrong == "" && other != c.p.NHSNumber {
			c.say("matched_nhs_no", TraceOther, maskNumber(c.p.NHSNumber))
		}
	case "90":
		c.identity(asked)
		c.replacement("matched_nhs_no", c.cell(colMatched))
		if c.p.SupersededBy == "" && !c.rejected {
			c.say("matched_nhs_no", SupersededWrong, "")
		}
	case "92":
		c.identity(matched)
		c.p.Sensitive, c.p.Unsaid = true, unsaidAll&^UnsaidSensitive
		return
	case "98":
		c.identity(asked)
		c.say("error_success_code", TraceNone, code)
		c.p.NotTraced, c.p.Unsaid, c.p.Undeliverable = true, unsaidAll, AddressUnknown
		return
	case "97":
		c.say("error_success_code", TraceSeveral, code)
		return
	default:
		c.say("error_success_code", TraceFailed, mask(code))
		return
	}
	c.names()
	c.otherNames()
	c.dates()
	c.sensitive()
	c.address()
	c.p.AddressOn = c.since(colAddressOn)
	c.practice()
	c.contact(traceContacts)
}
