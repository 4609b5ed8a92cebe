package synth

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/names.csv
var namesFile string

//go:embed data/streets.csv
var streetsFile string

// names are those of people who share a language group.
type names struct {
	women, men, families []string
	language             string  // two letters; "" for English
	prefers              float64 // share who prefer it to English
	oneName              bool    // people of one name are found here
}

// groups are the language groups with their share of the people, in thousandths;
// shares and languages follow the main languages of the 2021 census, leaning to
// London.
var groups = []struct {
	code, language string
	share          int
	prefers        float64
	oneName        bool
}{
	{"GB", "", 470, 0, false}, {"IE", "", 40, 0, false}, {"IN", "gu", 80, 0.06, true}, {"PK", "ur", 60, 0.08, true},
	{"BD", "bn", 80, 0.12, true}, {"NG", "yo", 60, 0.01, false}, {"RO", "ro", 45, 0.2, false}, {"PL", "pl", 35, 0.15, false},
	{"TR", "tr", 30, 0.15, false}, {"SO", "so", 20, 0.15, false}, {"PT", "pt", 20, 0.15, false}, {"LT", "lt", 15, 0.15, false},
	{"ES", "es", 12, 0.15, false}, {"IT", "it", 10, 0.08, false}, {"BG", "bg", 10, 0.15, false}, {"VN", "vi", 8, 0.2, false}, {"NP", "ne", 5, 0.15, true},
}

// peoples is a table of 1000 places from which a group is drawn by its share.
var peoples = sync.OnceValue(func() []*names {
	byCode := map[string]*names{}
	for _, g := range groups {
		byCode[g.code] = &names{language: g.language, prefers: g.prefers, oneName: g.oneName}
	}
	for _, c := range table(namesFile) {
		n := byCode[c[0]]
		switch c[1] {
		case "F":
			n.women = append(n.women, c[2])
		case "M":
			n.men = append(n.men, c[2])
		default:
			n.families = append(n.families, c[2])
		}
	}
	var all []*names
	for _, g := range groups {
		for range g.share {
			all = append(all, byCode[g.code])
		}
	}
	return all
})

// street is where made-up people live: a real street and a postcode on it.
type street struct{ name, town, postcode, icb string }

// streets finds those of a region, and of a postcode district within it.
type streets struct {
	all     []street
	byPlace map[string][]street // by the postcode's first half
}

func (s *streets) near(postcode string) []street {
	district, _, _ := strings.Cut(postcode, " ")
	if near := s.byPlace[district]; len(near) > 0 {
		return near
	}
	return s.all
}

var everyStreet = sync.OnceValue(func() []street {
	var all []street
	for _, c := range table(streetsFile) {
		all = append(all, street{c[0], c[1], c[2], c[3]})
	}
	return all
})

func streetsOf(icb string) *streets {
	s := &streets{byPlace: map[string][]street{}}
	for _, st := range everyStreet() {
		district, _, _ := strings.Cut(st.postcode, " ")
		s.byPlace[district] = append(s.byPlace[district], st)
		if st.icb == icb {
			s.all = append(s.all, st)
		}
	}
	if len(s.all) == 0 {
		s.all = everyStreet()
	}
	return s
}

// table cuts a plain embedded file into cells, without its header.
func table(file string) [][]string {
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSpace(file), "\n") {
		if i > 0 {
			rows = append(rows, strings.Split(line, ","))
		}
	}
	return rows
}
