package synth

import (
	"slices"
	"strings"

	"duenotice/campaigns/intake"
)

// wrong is one way in which a row can be wrong: it changes a right one, and
// the reader must name it by its rule.
type wrong struct {
	rule intake.Rule
	make func(m *maker, p *person)
	in   Layout // where it can occur; "" for every one
}

// wrongs are the ways that one row alone can be wrong in. Numbers of made-up
// people are not among them: they are wrong only to a real installation.
var wrongs = []wrong{
	{intake.NumberMissing, func(_ *maker, p *person) { p[number] = "" }, ""},
	{intake.NumberShape, func(_ *maker, p *person) { p[number] = p[number][:8] }, ""},
	{intake.NumberShape, func(_ *maker, p *person) { p[number] = p[number][:4] + "O" + p[number][5:] }, ""},
	{intake.NumberCheckDigit, func(m *maker, p *person) {
		p[number] = p[number][:9] + string('0'+(p[number][9]-'0'+byte(m.between(1, 9)))%10)
	}, ""},
	{intake.NumberSentinel, func(m *maker, p *person) { p[number] = strings.Repeat(string(byte('0'+m.rand.IntN(10))), 10) }, ""},
	{intake.NumberExcel, func(_ *maker, p *person) { p[number] = p[number][:1] + "." + p[number][1:3] + "E+09" }, ""},
	{intake.NumberLostZero, func(m *maker, p *person) { p[number] = m.withoutZero() }, ""},
	{intake.NameMissing, func(_ *maker, p *person) { p[given], p[family] = "", "" }, ""},
	{intake.NameMojibake, func(_ *maker, p *person) { p[family] += "Ã©r" }, ""},
	{intake.NameStandIn, func(m *maker, p *person) { p[given] = pick(m, []string{"XXXX", "FNU", ".", "Unknown"}) }, ""},
	{intake.NameScript, func(_ *maker, p *person) { p[given] = "小龙" }, ""},
	{intake.NameTooLong, func(_ *maker, p *person) { p[given] = strings.Repeat("Maria ", 12) + "Maria" }, ""},
	{intake.StrayCharacters, func(m *maker, p *person) { p[family] += pick(m, []string{`\T\`, "|", "?", "=", "_"}) }, ""},
	{intake.StrayCharacters, func(m *maker, p *person) { p[line1] += pick(m, []string{" {}", " <br>", "?", " ~"}) }, ""},
	{intake.FieldsSwapped, func(_ *maker, p *person) { p[family], p[born] = p[born], p[family] }, ""},
	{intake.FieldsSwapped, func(_ *maker, p *person) { p[line5], p[postcode] = p[postcode], "" }, ""},
	{intake.FieldsSwapped, func(_ *maker, p *person) { p[number], p[postcode] = p[postcode], p[number] }, ""},
	{intake.BirthMissing, func(m *maker, p *person) { p[born] = pick(m, []string{"", "<NA>"}) }, ""},
	{intake.BirthImpossible, func(_ *maker, p *person) { p[born] = p[born][:4] + "-02-30" }, ""},
	{intake.BirthImpossible, func(_ *maker, p *person) { p[born] = "18" + p[born][2:4] + "-06-15" }, ""},
	{intake.DatePartial, func(_ *maker, p *person) { p[born] = p[born][:4] }, ""},
	{intake.DatePartial, func(_ *maker, p *person) { p[born] = p[born][:4] + p[born][5:7] }, ""},
	{intake.DateFuture, func(m *maker, p *person) { p[born] = m.Today.AddDays(m.between(1, 300)).String() }, ""},
	{intake.DateImpossible, func(_ *maker, p *person) { p[died] = "yes" }, ""},
	{intake.DiedBeforeBorn, func(m *maker, p *person) { p[died] = m.dayOf(p[born]).AddDays(-m.between(1, 9000)).String() }, ""},
	{intake.AddressTooLong, func(_ *maker, p *person) { p[line2] = strings.Repeat("The Old Brewery Yard, ", 3) + p[line2] }, ""},
	{intake.PostcodeShape, func(_ *maker, p *person) { p[postcode] = p[postcode][:len(p[postcode])-1] }, ""},
	{intake.PostcodeShape, func(_ *maker, p *person) {
		p[postcode] = p[postcode][:len(p[postcode])-3] + "O" + p[postcode][len(p[postcode])-2:]
	}, ""},
	{intake.PracticeUnknown, func(_ *maker, p *person) { p[practice] = "Z99999" }, ""},
	{intake.PracticeUnknown, func(_ *maker, p *person) { p[practice] = "" }, ""},
	{intake.LanguageUnknown, func(_ *maker, p *person) { p[language] = "elvish" }, ""},
	{intake.ControlCharacter, func(_ *maker, p *person) { p[family] += "\x02" }, ""},
	{intake.NotUTF8, func(_ *maker, p *person) { p[given] = "Ren\xe9e" }, ""},
	{intake.FieldTooLong, func(_ *maker, p *person) { p[line3] = strings.Repeat("and so on ", 40) }, ""},

	{intake.FlagUnknown, func(_ *maker, p *person) { p[sensitive] = "perhaps" }, Own},
	{intake.FormatUnknown, func(_ *maker, p *person) { p[format] = "carrier pigeon" }, Own},

	{intake.RecordTypeUnknown, func(m *maker, p *person) { p[recordType] = pick(m, []string{"", "CHANGE"}) }, Screening},
	{intake.SupersededWrong, func(_ *maker, p *person) { p[superseded] = p[number] }, Screening},
	{intake.SupersededWrong, func(_ *maker, p *person) { p[superseded] = p[number][:9] }, Screening},
	{intake.RemovalUnknown, func(_ *maker, p *person) { p[removal] = "QQQ" }, Screening},
	{intake.RecordInvalid, func(_ *maker, p *person) { p[invalid] = "True" }, Screening},
	{intake.TelephoneShape, func(m *maker, p *person) {
		p[landline] = pick(m, []string{"0161 496 00", "016149600000", "01614960000#|", "0161 496 0000€", strings.Repeat("0161496", 5)})
	}, Screening},
	{intake.TelephoneShape, func(m *maker, p *person) {
		p[mobile] = pick(m, []string{"07700 90012", "7.7E+09", "O7700900123", "07700900123?", "770090012"})
	}, Screening},
	{intake.EmailShape, func(m *maker, p *person) {
		p[email] = pick(m, []string{"nobody", "a@example", "a b@example.com", "a@b@example.com", `a\b@example.com`, "a*b@example.com", strings.Repeat("longer", 15) + "@example.com"})
	}, Screening},
	{intake.GenderUnknown, func(m *maker, p *person) { p[gender] = pick(m, []string{"3", "male", "M", "F"}) }, Screening},
	{intake.DatePartial, func(m *maker, p *person) { p[mobileOn] = pick(m, []string{"2024", "202409"}) }, Screening},
}

// wrongsIn are those that can occur in a layout.
func wrongsIn(l Layout) []wrong {
	return slices.DeleteFunc(slices.Clone(wrongs), func(w wrong) bool { return w.in != "" && w.in != l })
}

// withoutZero is a right number that began with a zero.
func (m *maker) withoutZero() string {
	for {
		nine, sum := [9]byte{'0'}, 0
		for i := 1; i < 9; i++ {
			nine[i] = byte('0' + m.between(1, 9))
			sum += int(nine[i]-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return string(nine[1:]) + string(byte('0'+check))
		}
	}
}

// wrong makes a wrong row of a right one and lists it.
func (m *maker) wrong(p person) {
	m.sum.Wrong++
	switch k := m.rand.IntN(len(m.wrongs) + 4); {
	case k < len(m.wrongs):
		m.wrongs[k].make(m, &p)
		m.list(m.line, m.wrongs[k].rule)
		m.write(m.csv(&p))
	case k == len(m.wrongs):
		m.list(m.line, intake.WrongCellCount)
		m.write(strings.TrimSuffix(m.csv(&p), ",") + pick(m, []string{"", ",,"}))
	case k == len(m.wrongs)+1:
		p[family] = "\x00"
		m.list(m.line, intake.BrokenQuotes)
		m.write(strings.Replace(m.csv(&p), "\x00", `"Smith`, 1))
	default:
		m.again(p, k == len(m.wrongs)+2)
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
		if m.Layout == Screening {
			p[recordType] = "ADD" // an amendment would be later news
		}
		if !m.lastListed {
			m.list(m.lastLine, intake.ConflictInFile)
			m.lastListed = true
		}
		m.list(m.line, intake.ConflictInFile)
	}
	m.write(m.csv(&p))
}
