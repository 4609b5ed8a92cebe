package uptake

import (
	"math"
	"slices"

	"duenotice/campaigns/calendar"
)

// Point is the share of a practice's patients who are enabled in one month.
type Point struct {
	Month calendar.Date
	Share float64
	List  int64
}

// Change is where a share left its usual level.
type Change struct {
	Month     calendar.Date // the first month beyond the limit
	Direction int           // -1 fell, 1 rose
	Usual     float64       // level before
	Share     float64       // in the newest month
	People    int           // by how many people the newest month differs from the usual
}

// The limits of change alerts. The slack and limit are those of the usual
// cumulative sum (a shift of one standard deviation is found in about ten
// months, one of three in two); the floors keep small practices quiet.
const (
	slack       = 0.5
	limit       = 5.0
	usualMonths = 12   // from which the usual level is taken
	fewMonths   = 6    // fewer say nothing
	floorShare  = 0.01 // of the list: no spread is taken for smaller
	floorPeople = 50   // fewer people are no change
	recent      = 3    // months within which the limit was passed
)

// Changed looks along a practice's months (oldest first) for a lasting change
// of level. Each month's growth is compared with the usual growth, so that a
// service that grows evenly is no news. ok is false where nothing changed, and
// where the change is of fewer than 50 people or of a hundredth of the list:
// a practice of 900 is not reported for what chance does to it.
func Changed(points []Point) (c Change, ok bool) {
	if len(points) < fewMonths+2 {
		return c, false
	}
	steps := make([]float64, len(points)-1)
	for i := range steps {
		steps[i] = points[i+1].Share - points[i].Share
	}
	base := steps[:min(usualMonths, len(steps)-2)]
	usual := median(base)
	spread := make([]float64, len(base))
	for i, s := range base {
		spread[i] = math.Abs(s - usual)
	}
	deviation := max(1.4826*median(spread), floorShare)
	up, down := 0.0, 0.0
	began := map[int]int{}
	for i, s := range steps {
		z := (s - usual) / deviation
		wasUp, wasDown := up, down
		up, down = max(0, up+z-slack), max(0, down-z-slack)
		if wasUp == 0 && up > 0 {
			began[1] = i
		}
		if wasDown == 0 && down > 0 {
			began[-1] = i
		}
		direction := 0
		switch {
		case up > limit:
			direction = 1
		case down > limit:
			direction = -1
		default:
			continue
		}
		first := points[began[direction]]
		c = Change{Month: points[i+1].Month, Direction: direction, Usual: first.Share}
		ok = i >= len(steps)-recent
		up, down = 0, 0 // a new level is the usual from here on
	}
	if !ok {
		return Change{}, false
	}
	last := points[len(points)-1]
	c.Share = last.Share
	c.People = int(math.Round((last.Share - c.Usual) * float64(last.List)))
	if abs := max(c.People, -c.People); abs < floorPeople || c.People*c.Direction < 0 {
		return Change{}, false
	}
	return c, true
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
