package synth

import (
	"strconv"
	"strings"

	"duenotice/campaigns/intake"
)

// Layout says in which columns a cohort is written.
type Layout string

// The layouts that a cohort is written in. The screening layout has no columns
// for accessible formats and sensitive people: these carry a marker for a
// postcode, and the formats are lost.
const (
	Own       Layout = "own"
	Screening Layout = "screening"
)

// shape is a header and where each of its columns comes from; -1 stays blank.
type shape struct {
	header []string
	from   []int
}

var layouts = map[Layout]shape{Own: ownShape(), Screening: screeningShape()}

func ownShape() (s shape) {
	for i, name := range intake.TemplateColumns {
		s.header, s.from = append(s.header, name), append(s.from, i)
	}
	return s
}

func screeningShape() (s shape) {
	for _, c := range []struct {
		name string
		from int
	}{
		{"record_type", recordType}, {"change_time_stamp", -1}, {"serial_change_number", -1}, {"nhs_number", number},
		{"superseded_by_nhs_number", superseded}, {"primary_care_provider", practice}, {"primary_care_effective_from_date", -1},
		{"current_posting", -1}, {"current_posting_effective_from_date", -1}, {"name_prefix", title}, {"given_name", given},
		{"other_given_name", otherGiven}, {"family_name", family}, {"previous_family_name", -1}, {"date_of_birth", born}, {"gender", gender},
		{"address_line_1", line1}, {"address_line_2", line2}, {"address_line_3", line3}, {"address_line_4", line4}, {"address_line_5", line5},
		{"postcode", postcode}, {"paf_key", -1}, {"address_effective_from_date", addressOn}, {"reason_for_removal", removal},
		{"reason_for_removal_effective_from_date", removalOn}, {"date_of_death", died}, {"death_status", deathStatus},
		{"home_telephone_number", landline}, {"home_telephone_effective_from_date", -1}, {"mobile_telephone_number", mobile},
		{"mobile_telephone_effective_from_date", mobileOn}, {"email_address", email}, {"email_address_effective_from_date", -1},
		{"preferred_language", language}, {"is_interpreter_required", -1}, {"invalid_flag", invalid}, {"eligibility", -1},
	} {
		s.header, s.from = append(s.header, c.name), append(s.from, c.from)
	}
	return s
}

// screened fills in what only the screening layout says of everybody.
func (m *maker) screened(p *person) {
	p[recordType], p[invalid] = "ADD", "False"
	if m.chance(0.2) {
		p[recordType] = "AMENDED"
	}
	p[addressOn] = strings.ReplaceAll(m.Today.AddDays(-m.between(1, 9000)).String(), "-", "")
}

// contacts gives somebody telephone numbers and an e-mail address, of those
// kept for stories (Ofcom) and for examples (RFC 2606), as lists write them.
func (m *maker) contacts(p *person) {
	if m.chance(0.02) {
		p[gender] = pick(m, []string{"0", "9"})
	}
	if m.chance(0.5) {
		n := strconv.Itoa(m.between(0, 9)) + strconv.Itoa(m.between(10, 99))
		p[landline] = pick(m, []string{"020 7946 0", "02079460", "(0161) 496 0", "+44 161 496 0", "1614960"}) + n
	}
	if m.chance(0.7) {
		p[mobile] = pick(m, []string{"07700 900", "07700900", "+447700900", "7700900"}) + strconv.Itoa(m.between(100, 999))
		p[mobileOn] = strings.ReplaceAll(m.Today.AddDays(-m.between(1, 5000)).String(), "-", "")
	}
	if m.chance(0.4) {
		p[email] = pick(m, []string{"a.b", "o'neill", "first_last", "jo+letters", "x"}) + strconv.Itoa(m.between(1, 99999)) + pick(m, []string{"@example.com", "@mail.example.org"})
	}
}

// goes takes somebody off the lists, or gives another number.
func (m *maker) goes(p *person) {
	switch m.rand.IntN(4) {
	case 0:
		n := m.numbers.next()
		p[superseded] = string(n[:])
		m.list(m.line, intake.NumberSuperseded)
	case 1:
		p[recordType] = "DEL"
	default:
		p[removal] = pick(m, []string{"EMB", "SCT", "NIT", "ORR", "AFN", "AFL", "RPR", "RDR", "CGA"})
		p[removalOn], p[practice] = m.Today.AddDays(-m.between(1, 500)).String(), ""
	}
}

// csv writes the row as a line of the layout.
func (m *maker) csv(p *person) string {
	b := m.buf[:0]
	for i, from := range m.shape.from {
		if i > 0 {
			b = append(b, ',')
		}
		if from < 0 {
			continue
		}
		if c := p[from]; strings.ContainsAny(c, ",\"\n") {
			b = append(b, '"')
			b = append(b, strings.ReplaceAll(c, `"`, `""`)...)
			b = append(b, '"')
		} else {
			b = append(b, c...)
		}
	}
	m.buf = b
	return string(b)
}
