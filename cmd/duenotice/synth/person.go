package synth

import (
	"strings"

	"duenotice/campaigns/calendar"
)

// person is one row, cell by cell in the template's order.
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
	m.lives(&p, h, h.ages[i])
	m.last, m.lastLine, m.lastListed = p, m.line, false
	m.write(p.csv(&m.buf))
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
	group := h.names
	if h.family == "" {
		group = pick(m, peoples())
		p[family] = m.family(group)
	} else {
		p[family] = h.family
	}
	m.given(&p, group, age)
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
	if m.chance(0.51) {
		from, titles = group.women, []string{"Ms", "Mrs", "Miss", "Mrs", "Dr"}
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
	case k < 75:
		m.sum.Sensitive++
		p[sensitive] = "yes"
		if m.chance(0.3) {
			p[sensitive], p[postcode] = "", "ZZZSECUR"
		}
	case k < 145:
		m.sum.Undeliverable++
		m.nowhere(p)
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
	set := func(line, code string) {
		p[line1], p[line2], p[line3], p[line4], p[line5], p[postcode] = line, "", "", "", "", code
	}
	switch m.rand.IntN(6) {
	case 0:
		set("No Fixed Abode", "ZZ99 3VZ")
	case 1:
		set("No Fixed Abode", "NFA")
	case 2:
		set("Address Not Known", "ANK")
	case 3:
		set("", p[postcode])
	case 4:
		p[postcode] = ""
	default:
		set("HMP Northmoor", p[postcode])
	}
}

// csv writes the row as a line of the template.
func (p *person) csv(buf *[]byte) string {
	b := (*buf)[:0]
	for i, c := range p {
		if i > 0 {
			b = append(b, ',')
		}
		if strings.ContainsAny(c, ",\"\n") {
			b = append(b, '"')
			b = append(b, strings.ReplaceAll(c, `"`, `""`)...)
			b = append(b, '"')
		} else {
			b = append(b, c...)
		}
	}
	*buf = b
	return string(b)
}
