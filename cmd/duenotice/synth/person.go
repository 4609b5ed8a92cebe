package synth

import (
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

// person is one row, cell by cell; those of the template come first, in its order.
type person [columns]string

const (
	number = iota
	title
	given
	family
	born
	died
	line1
	line2
	line3
	line4
	line5
	postcode
	practice
	language
	format
	sensitive
	// Of the screening layout alone.
	recordType
	superseded
	otherGiven
	addressOn
	removal
	removalOn
	deathStatus
	invalid
	gender
	landline
	mobile
	email
	mobileOn
	columns
)

// row makes the ith person of a home, wrong in the share asked for, and writes it.
func (m *maker) row(h *home, i int) {
	wrong := m.chance(m.WrongRows)
	p := m.person(h, h.ages[i])
	m.sum.People++
	if wrong {
		m.wrong(p)
		return
	}
	listed := m.listed
	m.lives(&p, h, h.ages[i])
	if m.listed == listed { // the reader says nothing of it
		m.last, m.lastLine, m.lastListed = p, m.line, false
	}
	m.write(m.csv(&p))
}

// person makes somebody alive and well with an address: what a wrong row
// starts from.
func (m *maker) person(h *home, age int) person {
	var p person
	n := m.numbers.next()
	p[number] = string(n[:])
	p[born] = m.birthday(age).String()
	copy(p[line1:], h.lines[:])
	p[postcode], p[practice] = h.postcode, h.practice
	if m.Layout == Screening {
		m.screened(&p)
	}
	group := h.names
	if h.family == "" {
		group = pick(m, peoples())
		p[family] = m.family(group)
	} else {
		p[family] = h.family
	}
	m.given(&p, group, age)
	if m.Layout == Screening {
		m.contacts(&p)
	}
	if group.language != "" && m.chance(group.prefers) {
		p[language] = group.language
	}
	return p
}

func (m *maker) birthday(age int) calendar.Date {
	y, month, day := m.Today.Civil()
	return calendar.On(y-age, month, day).AddDays(-m.rand.IntN(365))
}

func (m *maker) given(p *person, group *names, age int) {
	from, titles := group.men, []string{"Mr", "Mr", "Mr", "Mr", "Dr"}
	p[gender] = "1"
	if m.chance(0.51) {
		from, titles = group.women, []string{"Ms", "Mrs", "Miss", "Mrs", "Dr"}
		p[gender] = "2"
	}
	p[given] = pick(m, from)
	switch k := m.rand.IntN(1000); {
	case k < 300:
		p[given] += " " + pick(m, from)
	case k < 330:
		p[given] += "-" + pick(m, from)
	case k < 335 && group.oneName:
		p[given] = ""
	}
	if age >= 18 && m.chance(0.9) {
		p[title] = pick(m, titles)
	} else if age < 18 && m.chance(0.2) {
		p[title] = pick(m, []string{"Master", "Miss"})
	}
}

func (m *maker) family(group *names) string {
	name := pick(m, group.families)
	switch k := m.rand.IntN(1000); {
	case k < 25:
		return name + "-" + pick(m, pick(m, peoples()).families)
	case k < 35:
		return strings.ToUpper(name)
	}
	return name
}

// lives gives a right row what happens to people.
func (m *maker) lives(p *person, h *home, age int) {
	if age < 18 {
		m.sum.Children++
	}
	if p[language] != "" {
		m.sum.Languages++
	}
	m.wishes(p, age)
	switch k := m.rand.IntN(10_000); {
	case h.care && k < 300 || k < 40:
		m.sum.Dead++
		day := m.Today.AddDays(-m.between(1, 700))
		p[died] = calendar.Max(day, m.dayOf(p[born])).String()
		if m.Layout == Screening && m.chance(0.5) {
			p[removal], p[deathStatus], p[practice] = "DEA", "2", ""
		}
	case k < 75:
		m.sum.Sensitive++
		p[sensitive] = "yes"
		if m.Layout == Screening || m.chance(0.3) {
			p[sensitive], p[postcode] = "", "ZZZSECUR"
		}
	case k < 145:
		m.sum.Undeliverable++
		m.nowhere(p)
	case m.Layout == Screening && k < 185:
		m.goes(p)
	}
	switch k := m.rand.IntN(10_000); {
	case k < 10: // decomposed accents, as some systems write them
		p[given] = strings.NewReplacer("é", "e\u0301", "ó", "o\u0301", "á", "a\u0301", "ã", "a\u0303").Replace(p[given])
	case k < 20:
		p[family] = " " + strings.ReplaceAll(p[family], " ", "\u00a0") + " "
	case k < 25 && p[line2] != "":
		p[line2] += "\nBasement"
	case k < 100 && p[sensitive] == "":
		p[sensitive] = "no"
	}
}

func (m *maker) dayOf(iso string) calendar.Date {
	d, _ := calendar.ParseDate(iso) // written by birthday
	return d
}

// wishes gives some people another format, older people more often.
func (m *maker) wishes(p *person, age int) {
	large := 60
	if age >= 65 {
		large = 450
	}
	switch k := m.rand.IntN(10_000); {
	case k < large:
		p[format] = "large_print"
	case k < large+6:
		p[format] = "braille"
	case k < large+36:
		p[format] = "easy_read"
	case k < large+46:
		p[format] = "audio"
	case k < large+56:
		p[format] = "bsl"
	default:
		return
	}
	m.sum.Formats++
}

// nowhere takes away what a letter needs to arrive.
func (m *maker) nowhere(p *person) {
	set := func(line, code string, rule intake.Rule) {
		p[line1], p[line2], p[line3], p[line4], p[line5], p[postcode] = line, "", "", "", "", code
		m.list(m.line, rule)
	}
	switch m.rand.IntN(6) {
	case 0:
		set("No Fixed Abode", "ZZ99 3VZ", intake.PostcodeMarker)
	case 1:
		set("No Fixed Abode", "NFA", intake.PostcodeMarker)
	case 2:
		set("Address Not Known", "ANK", intake.PostcodeMarker)
	case 3:
		set("", p[postcode], intake.AddressMissing)
	case 4:
		p[postcode] = ""
		m.list(m.line, intake.PostcodeMissing)
	default:
		set("HMP Northmoor", p[postcode], intake.AddressPrison)
	}
}
