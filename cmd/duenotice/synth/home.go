package synth

import "strconv"

// home is an address and who lives there, by age.
type home struct {
	practice string
	lines    [5]string
	postcode string
	ages     []int
	names    *names // the family's
	family   string // "" where everybody has a name of their own
	care     bool
}

// home draws a household; the kinds are shared out as in a city.
func (m *maker) home(p Practice) *home {
	h := &home{practice: p.Code, names: pick(m, peoples())}
	h.family = m.family(h.names)
	switch k := m.rand.IntN(10_000); {
	case k < 12:
		m.sum.CareHomes++
		h.care, h.family = true, ""
		for range m.between(14, 36) {
			h.ages = append(h.ages, m.between(68, 101))
		}
	case k < 3000:
		h.ages = []int{m.adult()}
	case k < 5400:
		a := m.adult()
		h.ages = []int{a, clamp(a+m.between(-6, 6), 18, 99)}
	case k < 7300:
		a := m.between(24, 52)
		h.ages = []int{a, clamp(a+m.between(-6, 6), 18, 70)}
		m.children(h, a, m.between(1, 3))
	case k < 7800:
		a := m.between(20, 50)
		h.ages = []int{a}
		m.children(h, a, m.between(1, 3))
	case k < 8300: // three generations
		a := m.between(28, 48)
		h.ages = []int{a + m.between(22, 34), a, a + m.between(-4, 4)}
		m.children(h, a, m.between(1, 4))
	default: // people who share a house and nothing else
		h.family = ""
		for range m.between(3, 6) {
			h.ages = append(h.ages, m.between(18, 42))
		}
	}
	m.address(h, p)
	return h
}

func (m *maker) children(h *home, parent, n int) {
	for range n {
		h.ages = append(h.ages, m.between(0, min(17, parent-18)))
	}
}

// adult draws an age as grown people have them: fewer with every decade past 60.
func (m *maker) adult() int {
	if m.chance(0.7) {
		return m.between(18, 64)
	}
	return 65 + min(m.rand.IntN(36), m.rand.IntN(36))
}

func clamp(n, low, high int) int { return max(low, min(n, high)) }

var careHomes = []string{"Sunnyside", "The Laurels", "Willow Lodge", "St. Anne’s", "Rosewood", "Beech House"}

var blocks = []string{"Kestrel House", "Nightingale Court", "Holme Tower", "O'Connell House", "Brunel Point", "St. Mary's Mansions"}

// address places a home on a street; blank lines stand where forms leave them.
func (m *maker) address(h *home, p Practice) {
	st := pick(m, m.streets.near(p.Postcode))
	h.postcode = st.postcode
	number := strconv.Itoa(m.between(1, 199))
	if m.chance(0.02) {
		number += pick(m, []string{"A", "B", "½"})
	}
	line := number + " " + st.name
	switch k := m.rand.IntN(100); {
	case h.care:
		h.lines = [5]string{pick(m, careHomes) + " Care Home", line, "", st.town, ""}
	case k < 30:
		h.lines = [5]string{"Flat " + strconv.Itoa(m.between(1, 60)), line, "", st.town, ""}
	case k < 40:
		h.lines = [5]string{"Flat " + strconv.Itoa(m.between(1, 60)), pick(m, blocks), line, st.town, ""}
	case k < 42: // the house's own line is left blank, as the national layout does
		h.lines = [5]string{"", line, "", st.town, ""}
	case k < 43:
		h.lines = [5]string{"Flat 1", line + ", rear", "", st.town, ""}
	default:
		h.lines = [5]string{line, "", "", st.town, ""}
	}
}
