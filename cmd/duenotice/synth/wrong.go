package synth

import (
	"strings"

	"duenotice/campaigns/intake"
)

// wrongs are the ways in which a row can be wrong: each changes a right one,
// and the reader must name it by its rule.
var wrongs = []struct {
	rule intake.Rule
	make func(m *maker, p *person)
}{
	{intake.NumberMissing, func(_ *maker, p *person) { p[number] = "" }},
	{intake.NumberShape, func(_ *maker, p *person) { p[number] = p[number][:9] }},
	{intake.NumberShape, func(_ *maker, p *person) { p[number] = p[number][:4] + "O" + p[number][5:] }},
	{intake.NumberCheckDigit, func(m *maker, p *person) {
		p[number] = p[number][:9] + string('0'+(p[number][9]-'0'+byte(m.between(1, 9)))%10)
	}},
	{intake.NumberSentinel, func(m *maker, p *person) { p[number] = strings.Repeat(string(byte('0'+m.rand.IntN(10))), 10) }},
	{intake.NumberExcel, func(_ *maker, p *person) { p[number] = p[number][:1] + "." + p[number][1:3] + "E+09" }},
	{intake.NameMissing, func(_ *maker, p *person) { p[given], p[family] = "", "" }},
	{intake.NameMojibake, func(_ *maker, p *person) { p[family] += "Ã©r" }},
	{intake.NameStandIn, func(m *maker, p *person) { p[given] = pick(m, []string{"XXXX", "FNU", ".", "Unknown"}) }},
	{intake.NameScript, func(_ *maker, p *person) { p[given] = "小龙" }},
	{intake.FieldsSwapped, func(_ *maker, p *person) { p[family], p[born] = p[born], p[family] }},
	{intake.FieldsSwapped, func(_ *maker, p *person) { p[line5], p[postcode] = p[postcode], "" }},
	{intake.BirthMissing, func(_ *maker, p *person) { p[born] = "" }},
	{intake.BirthImpossible, func(_ *maker, p *person) { p[born] = p[born][:4] + "-02-30" }},
	{intake.BirthImpossible, func(_ *maker, p *person) { p[born] = "18" + p[born][2:4] + "-06-15" }},
	{intake.DatePartial, func(_ *maker, p *person) { p[born] = p[born][:4] }},
	{intake.DatePartial, func(_ *maker, p *person) { p[born] = p[born][:4] + p[born][5:7] }},
	{intake.DateFuture, func(m *maker, p *person) { p[born] = m.Today.AddDays(m.between(1, 300)).String() }},
	{intake.DateImpossible, func(_ *maker, p *person) { p[died] = "yes" }},
	{intake.DiedBeforeBorn, func(m *maker, p *person) { p[died] = m.dayOf(p[born]).AddDays(-m.between(1, 9000)).String() }},
	{intake.AddressTooLong, func(_ *maker, p *person) { p[line2] = strings.Repeat("The Old Brewery Yard, ", 3) + p[line2] }},
	{intake.PostcodeShape, func(_ *maker, p *person) { p[postcode] = p[postcode][:len(p[postcode])-1] }},
	{intake.PostcodeShape, func(_ *maker, p *person) {
		p[postcode] = p[postcode][:len(p[postcode])-3] + "O" + p[postcode][len(p[postcode])-2:]
	}},
	{intake.PracticeUnknown, func(_ *maker, p *person) { p[practice] = "Z99999" }},
	{intake.PracticeUnknown, func(_ *maker, p *person) { p[practice] = "" }},
	{intake.FlagUnknown, func(_ *maker, p *person) { p[sensitive] = "perhaps" }},
	{intake.FormatUnknown, func(_ *maker, p *person) { p[format] = "carrier pigeon" }},
	{intake.ControlCharacter, func(_ *maker, p *person) { p[family] += "\x02" }},
	{intake.NotUTF8, func(_ *maker, p *person) { p[given] = "Ren\xe9e" }},
	{intake.FieldTooLong, func(_ *maker, p *person) { p[line3] = strings.Repeat("and so on ", 40) }},
}

// wrong makes a wrong row of a right one and lists it.
func (m *maker) wrong(p person) {
	m.sum.Wrong++
	switch k := m.rand.IntN(len(wrongs) + 4); {
	case k < len(wrongs):
		wrongs[k].make(m, &p)
		m.list(m.line, wrongs[k].rule)
		m.write(p.csv(&m.buf))
	case k == len(wrongs):
		m.list(m.line, intake.WrongCellCount)
		m.write(strings.TrimSuffix(p.csv(&m.buf), ",") + pick(m, []string{"", ",,"}))
	case k == len(wrongs)+1:
		p[family] = "\x00"
		m.list(m.line, intake.BrokenQuotes)
		m.write(strings.Replace(p.csv(&m.buf), "\x00", `"Smith`, 1))
	default:
		m.again(p, k == len(wrongs)+2)
	}
}

// again writes the last right row once more, as it was or as another person.
// Where there is none yet the row loses its number instead.
func (m *maker) again(p person, same bool) {
	switch {
	case m.lastLine == 0:
		p[number] = ""
		m.list(m.line, intake.NumberMissing)
	case same:
		p = m.last
		m.list(m.line, intake.DuplicateInFile)
	default:
		p[number] = m.last[number]
		p[family] += "-Conflict"
		if !m.lastListed {
			m.list(m.lastLine, intake.ConflictInFile)
			m.lastListed = true
		}
		m.list(m.line, intake.ConflictInFile)
	}
	m.write(p.csv(&m.buf))
}
