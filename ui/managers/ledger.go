package managers

import (
	"duenotice/campaigns"
)

// ledger is where the people of a campaign are: each in one place, and the
// places add up to the files they came from.
type ledger struct {
	Way, Live, None                [](ledgerLine)
	WayTotal, LiveTotal, NoneTotal int
	Rows, Rejected, Already        int
	InFiles                        int // rows less those rejected and those in the campaign before
	People                         int // counted by state
	Segments                       []segment
}

type ledgerLine struct {
	State  campaigns.State
	Name   string
	People int
}

// segment is a piece of the bar of people, to scale.
type segment struct {
	X, W  float64
	Class string
	Name  string
	N     int
}

// Difference is what is missing in the sum; 0 where all is well.
func (l ledger) Difference() int { return l.InFiles - l.People }

// What each state means for the balance.
var (
	onTheWay = []campaigns.State{campaigns.InCohort, campaigns.Scheduled, campaigns.Written, campaigns.Notified, campaigns.Reconciling,
		campaigns.Ready, campaigns.Creating, campaigns.CreateFailed, campaigns.Retracing, campaigns.Held}
	live     = []campaigns.State{campaigns.Created, campaigns.Withdrawing}
	noRecord = []campaigns.State{campaigns.Excluded, campaigns.OptedOut, campaigns.Closed, campaigns.Unreachable, campaigns.Withdrawn}
)

var segmentClass = map[campaigns.State]string{
	campaigns.InCohort: "r0", campaigns.Scheduled: "r1", campaigns.Written: "r2", campaigns.Notified: "r3", campaigns.Reconciling: "r4",
	campaigns.Ready: "r5", campaigns.Creating: "r5", campaigns.CreateFailed: "e-late", campaigns.Retracing: "ch-phone", campaigns.Held: "held",
	campaigns.Created: "r6", campaigns.Withdrawing: "e-no", campaigns.Excluded: "e-out", campaigns.OptedOut: "e-no", campaigns.Closed: "e-out",
	campaigns.Unreachable: "e-out", campaigns.Withdrawn: "e-no",
}

// ledgerOf adds up the counts of a campaign and the files behind them.
func ledgerOf(counts []campaigns.Count, files []campaigns.Cohort) ledger {
	var l ledger
	by := map[campaigns.State]int{}
	for _, c := range counts {
		by[c.State] += c.People
	}
	lines := func(states []campaigns.State) (list []ledgerLine, sum int) {
		for _, s := range states {
			if n := by[s]; n != 0 || everShown[s] {
				list = append(list, ledgerLine{s, s.Plain(), n})
			}
			sum += by[s]
		}
		return list, sum
	}
	l.Way, l.WayTotal = lines(onTheWay)
	l.Live, l.LiveTotal = lines(live)
	l.None, l.NoneTotal = lines(noRecord)
	for _, f := range files {
		if f.State == "applied" {
			l.Rows, l.Rejected, l.Already, l.InFiles = l.Rows+f.Rows, l.Rejected+f.Rejected, l.Already+f.Already, l.InFiles+f.Enrolled
		}
	}
	l.People = l.WayTotal + l.LiveTotal + l.NoneTotal
	l.Segments = segmentsOf(by, l.People)
	return l
}

// everShown are the states that stand in the ledger even with nobody in them.
var everShown = map[campaigns.State]bool{campaigns.InCohort: true, campaigns.Scheduled: true, campaigns.Written: true, campaigns.Notified: true,
	campaigns.Reconciling: true, campaigns.Held: true, campaigns.Created: true, campaigns.Excluded: true, campaigns.OptedOut: true, campaigns.Closed: true}

// barOrder is from the left: nearest to a record last, then who gets none.
var barOrder = append(append(append([]campaigns.State{}, onTheWay...), live...), noRecord...)

// barWidth is the width of the bar in units of its drawing.
const barWidth = 1216.0

// segmentsOf lays the states on one bar. Whatever is too thin to see is drawn
// two units wide; the widest gives them up.
func segmentsOf(by map[campaigns.State]int, people int) []segment {
	if people <= 0 {
		return nil
	}
	var list []segment
	widest, owed := -1, 0.0
	for _, s := range barOrder {
		n := by[s]
		if n <= 0 {
			continue
		}
		w := barWidth * float64(n) / float64(people)
		if w < 2 {
			owed += 2 - w
			w = 2
		}
		list = append(list, segment{W: w, Class: segmentClass[s], Name: s.Plain(), N: n})
		if widest < 0 || w > list[widest].W {
			widest = len(list) - 1
		}
	}
	if widest >= 0 {
		list[widest].W -= owed
	}
	x := 0.0
	for i := range list {
		list[i].X = x
		x += list[i].W
	}
	return list
}
