package intake

import (
	"strings"

	"duenotice/campaigns/calendar"
)

// The columns of the screening layout beyond those of the own template. The
// first sixteen are those of cohortLayout under this layout's names.
const (
	colOtherGiven = colSensitive + 1 + iota
	colAddressOn
	colRecordType
	colSuperseded
	colRemoval
	colRemovalOn
	colDeathStatus
	colInvalid
	colGender
	colHome
	colMobile
	colEmail
	colPracticeOn // from here on dates that say only since when a cell is so
	colPostingOn
	colHomeOn
	colMobileOn
	colEmailOn
)

// screeningLayout is the cohort of the screening programmes, of 38 to 40
// columns. Each row repeats all that is known of a person, so that a blank
// cell is news as well. Telephones, e-mail addresses and genders are looked at
// and not kept.
var screeningLayout = &layout{
	kind:  KindScreening,
	title: "a cohort of people in the screening layout",
	columns: []string{
		"nhs_number", "given_name", "family_name", "date_of_birth", "address_line_1", "postcode", "primary_care_provider",
		"name_prefix", "address_line_2", "address_line_3", "address_line_4", "address_line_5",
		"date_of_death", "preferred_language", "", "",
		"other_given_name", "address_effective_from_date", "record_type", "superseded_by_nhs_number",
		"reason_for_removal", "reason_for_removal_effective_from_date", "death_status", "invalid_flag",
		"gender", "home_telephone_number", "mobile_telephone_number", "email_address",
		"primary_care_effective_from_date", "current_posting_effective_from_date",
		"home_telephone_effective_from_date", "mobile_telephone_effective_from_date", "email_address_effective_from_date",
	},
	required: colTitle,
	older: map[string][]string{
		"address_effective_from_date":            {"usual_address_business_effective_from_date"},
		"reason_for_removal_effective_from_date": {"reason_for_removal_business_effective_from_date"},
		"home_telephone_number":                  {"telephone_number_(home)"},
		"mobile_telephone_number":                {"telephone_number_(mobile)"},
		"email_address":                          {"e_mail_address_(home)"},
		"primary_care_effective_from_date":       {"primary_care_provider_business_effective_from_date"},
		"current_posting_effective_from_date":    {"current_posting_business_effective_from_date"},
		"home_telephone_effective_from_date":     {"telephone_number_(home)_business_effective_from_date"},
		"mobile_telephone_effective_from_date":   {"telephone_number_(mobile)_business_effective_from_date"},
		"email_address_effective_from_date":      {"e_mail_address_(home)_business_effective_from_date"},
	},
	unread: []string{
		"change_time_stamp", "serial_change_number", "current_posting", "previous_family_name", "paf_key", "is_interpreter_required",
		"interpreter_required", "eligibility", "record_identifier", "change_reason_code",
	},
}

var screeningContacts = contacts{colGender, [2]int{colHome, colMobile}, colEmail}

// removals are the reasons for which somebody is taken off a practice's list
// (NHS Data Dictionary, reason for removal), in words for staff. A death,
// DEA, is told as a death.
var removals = map[string]string{
	"AFL": "joined the armed forces", "AFN": "joined the armed forces", "CGA": "gone away", "DIS": "practice dissolved", "EMB": "left the country",
	"LDN": "record deleted", "NIT": "moved to Northern Ireland", "OPA": "moved out of the practice's area", "ORR": "other reason",
	"RDI": "removed at once at the practice's request", "RDR": "removed at the practice's request", "RFI": "went into residential care",
	"RPR": "removed at own request", "SCT": "moved to Scotland", "SDL": "family of the armed forces", "SDN": "family of the armed forces",
	"TRA": "temporary resident", "NAR": "not registered",
}

// Why somebody is on the lists no more, beyond the reasons for removal.
const (
	TakenOff    = "taken off the list"
	NotValid    = "record not valid"
	OtherReason = "other reason"
)

// screening reads a row of the screening layout: ADD and AMENDED tell all of a
// person, DEL says that the person is on the list no more. AMENDED and DEL are
// later news of a number that stood in the file before; AMENDED alone says of
// somebody taken for dead that it was a mistake.
func (c *cohort) screening() {
	c.identity(colNumber)
	switch shown := strings.ToUpper(strings.TrimSpace(c.cell(colRecordType))); shown {
	case "ADD", "NEW":
		c.p.Unsaid |= UnsaidDeath // a list of before must not bring the dead back
	case "AMENDED", "AMEND":
		c.amends = true
	case "DEL", "DELETE":
		c.amends = true
		c.takeOff()
		return
	default:
		c.say("record_type", RecordTypeUnknown, mask(shown))
	}
	c.replacement("superseded_by_nhs_number", c.cell(colSuperseded))
	c.names()
	c.otherNames()
	c.dates()
	c.removal()
	c.address()
	c.p.AddressOn = c.since(colAddressOn)
	c.practice()
	c.wishes()
	c.contact(screeningContacts)
	for col := colPracticeOn; col <= colEmailOn; col++ {
		c.since(col)
	}
}

// takeOff reads of a DEL row no more than who it is.
func (c *cohort) takeOff() {
	c.p.Left, c.p.Unsaid = TakenOff, unsaidAll
	if code := strings.TrimSpace(c.cell(colPractice)); isODSCode(code) && (c.opts.Practice == nil || c.opts.Practice(code)) {
		c.p.Practice = code
	}
}

func (c *cohort) otherNames() {
	if other := c.name(colOtherGiven); other != "" {
		c.p.Given = strings.TrimSpace(c.p.Given + " " + other)
	}
}

// removal reads who is on England's lists no more. What cannot be understood
// counts as a reason all the same: nobody is written to by mistake.
func (c *cohort) removal() {
	if status := strings.TrimSpace(c.cell(colDeathStatus)); status == "1" || status == "2" {
		c.dead(c.p.DiedOn, true)
	}
	switch reason := strings.ToUpper(strings.TrimSpace(c.cell(colRemoval))); {
	case reason == "":
	case reason == "DEA":
		c.dead(c.p.DiedOn, true)
	case removals[reason] != "":
		c.p.Left, c.p.LeftOn = removals[reason], c.since(colRemovalOn)
	default:
		c.say("reason_for_removal", RemovalUnknown, mask(reason))
		c.p.Left, c.p.LeftOn = OtherReason, c.since(colRemovalOn)
	}
	invalid := strings.ToLower(strings.TrimSpace(c.cell(colInvalid)))
	if yes, ok := sensitiveOf(invalid); yes && ok && len(invalid) > 0 {
		c.say("invalid_flag", RecordInvalid, "")
		c.p.Left = NotValid
	}
}

// since reads a date that only says since when something holds: without it
// the row is as good as with it.
func (c *cohort) since(col int) calendar.Date {
	shown := c.cell(col)
	if nothing(shown) {
		return calendar.Date{}
	}
	on, wrong := Day(shown)
	if wrong == "" && on.After(c.opts.Today) {
		wrong = DateFuture
	}
	if wrong != "" {
		c.sayAs(Note, c.layout.columns[col], wrong, mask(shown))
		return calendar.Date{}
	}
	return on
}

// replacement reads the number by which the row's own is superseded. Two
// numbers never supersede each other, by however many steps.
func (c *cohort) replacement(column, shown string) {
	if strings.TrimSpace(shown) == "" || c.p.NHSNumber == "" {
		return
	}
	number, wrong := NHSNumber(shown)
	if wrong != "" || number == c.p.NHSNumber || MadeUp(number) && !c.opts.AllowMadeUp {
		c.say(column, SupersededWrong, maskNumber(shown))
		return
	}
	for last := number; last != ""; last = c.replaced[last] {
		if last == c.p.NHSNumber {
			c.say(column, SupersededWrong, maskNumber(shown))
			return
		}
	}
	if c.replaced == nil {
		c.replaced = map[string]string{}
	}
	c.replaced[c.p.NHSNumber] = number
	c.p.SupersededBy = number
	c.say(column, NumberSuperseded, maskNumber(number))
}
