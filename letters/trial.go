package letters

import (
	"math/rand/v2"
	"time"
	"unicode/utf8"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/letters/paper"
)

// Trial is one trial of all letters of a wave: nothing is printed, and what
// could not be is found before anybody signs.
type Trial struct {
	ID        int64
	Wave      campaigns.WaveID
	Pack      string
	Version   int
	Geometry  string
	People    int
	Found     int      // people whose letter cannot be printed right
	Wrong     []string // what is wrong with the pack itself; this cannot be accepted
	Parts     []TrialPart
	Specimens []Specimen
	StartedAt time.Time
	EndedAt   time.Time
	Accepted  int    // of the findings
	sum       string // the fingerprint of what was tried
}

// Clean tells whether the wave may be signed as far as its letters go.
func (t Trial) Clean() bool { return len(t.Wrong) == 0 && t.Accepted >= t.Found }

// Letters counts what would be printed.
func (t Trial) Letters() (n int) {
	for _, p := range t.Parts {
		n += p.Letters
	}
	return n
}

// TrialPart is the letters of a wave that take one source.
type TrialPart struct {
	Language string `json:"language"`
	Format   string `json:"format"`
	Letters  int    `json:"letters"`
	Pages    int    `json:"pages"`  // of each
	Sheets   int    `json:"sheets"` // of each
}

// Specimen is somebody whose letter shows soonest what does not fit.
type Specimen struct {
	Enrolment campaigns.EnrolmentID `json:"enrolment"`
	Why       string                `json:"why"` // longest name, longest line, most lines, by chance
}

// Finding is one letter that cannot be printed right.
type Finding struct {
	Enrolment  campaigns.EnrolmentID
	Sentence   string // names the line or the character, never the person
	AcceptedBy string // "" while nobody has accepted it
	AcceptedAt time.Time
}

// byChance is how many people of a wave are drawn from it by lot for proofs.
const byChance = 20

// extremes keeps whose letters are the hardest of each part, and some by lot.
type extremes struct {
	parts  []hardest
	chance []Specimen
	seen   int
	lot    *rand.Rand
}

type hardest struct {
	name, line, lines       int
	byName, byLine, byLines campaigns.EnrolmentID
}

func newExtremes(parts int, seed uint64) *extremes {
	return &extremes{parts: make([]hardest, parts), lot: rand.New(rand.NewPCG(seed, 1))}
}

func (x *extremes) add(part int, id campaigns.EnrolmentID, p campaigns.Person) {
	h := &x.parts[part]
	if n := utf8.RuneCountInString(p.Name()); n > h.name || h.byName == 0 {
		h.name, h.byName = n, id
	}
	lines := 0
	for _, l := range p.Address {
		n := utf8.RuneCountInString(l)
		if n > 0 {
			lines++
		}
		if n > h.line || h.byLine == 0 {
			h.line, h.byLine = n, id
		}
	}
	if lines > h.lines || h.byLines == 0 {
		h.lines, h.byLines = lines, id
	}
	x.seen++ // a reservoir: everybody has the same chance
	s := Specimen{id, "by chance"}
	if len(x.chance) < byChance {
		x.chance = append(x.chance, s)
	} else if i := x.lot.IntN(x.seen); i < byChance {
		x.chance[i] = s
	}
}

// list names each once, the hardest first.
func (x *extremes) list() (list []Specimen) {
	taken := map[campaigns.EnrolmentID]bool{0: true}
	take := func(s Specimen) {
		if !taken[s.Enrolment] {
			taken[s.Enrolment] = true
			list = append(list, s)
		}
	}
	for _, h := range x.parts {
		take(Specimen{h.byName, "longest name"})
		take(Specimen{h.byLine, "longest line"})
		take(Specimen{h.byLines, "most lines"})
	}
	for _, s := range x.chance {
		take(s)
	}
	return list
}

// proofLetter is a person's letter as it will print, but for the reference and
// the code, which nobody has yet.
func proofLetter(p campaigns.Person, dated, lastDay calendar.Date) paper.Letter {
	return paper.Letter{
		Reference: "DN 0000 000 000", Name: p.Name(), Address: p.Address, Postcode: p.Postcode, NHSNumber: p.NHSNumber,
		Code: maskedCode, Dated: dated, LastDay: lastDay,
	}
}
