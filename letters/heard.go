package letters

import (
	"fmt"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// heard is what follows from one report on one piece.
type heard struct {
	piece   Piece // as it is afterwards
	verdict string
	why     string
	opens   bool              // its posting opens or moves a window
	void    optout.VoidReason // or its notice gives no notice any more
}

func (p Piece) applied() heard { return heard{piece: p, verdict: Applied} }
func (p Piece) already() heard { return heard{piece: p, verdict: Already} }

func (p Piece) refused(why string, args ...any) heard {
	return heard{piece: p, verdict: Refused, why: fmt.Sprintf(why, args...)}
}

// stages are the steps on the way to the post.
var stages = map[PieceState]int{Released: 0, PieceAccepted: 1, Printed: 2, Enclosed: 3, Forwarded: 3, Posted: 4, Returned: 4}

// ended tells whether a piece ended before the post had it.
func (s PieceState) ended() bool {
	return s == Rejected || s == Spoiled || s == Recalled || s == Failed
}

// Still tells whether a piece is with the vendor.
func (s PieceState) Still() bool {
	return s == Released || s == PieceAccepted || s == Printed || s == Enclosed
}

// hear says what a report does to a piece (vendors, "Piece states, enforced"):
// steps may be skipped; a late or repeated report is already so; a step back
// is refused; taking the posting back never is, and throws suspicion on it.
func (p Piece) hear(r PieceReport, now time.Time) heard {
	today := calendar.DateOf(now)
	on := r.On
	if on.IsZero() {
		on = today
	}
	if on.After(today) {
		return p.refused("%s lies in the future.", on.Long())
	}
	switch r.Status {
	case PieceAccepted, Printed, Enclosed:
		return p.step(r.Status, r.On)
	case Posted:
		return p.post(on)
	case Returned:
		return p.comeBack(on, r.Reason)
	case Rejected, Spoiled, Recalled, Failed:
		return p.end(r.Status, now)
	case Forwarded:
		return p.forward()
	case Delivered:
		return p.applied()
	}
	return p.refused("%q is not something that can be reported of a piece.", string(r.Status))
}

func (p Piece) step(to PieceState, on calendar.Date) heard {
	switch {
	case p.State.ended():
		return p.refused("It is %s, which is final.", p.State)
	case !p.PostedOn.IsZero() && on.After(p.PostedOn):
		return p.refused("It was posted on %s, so it cannot be %s later.", p.PostedOn.Long(), to)
	case stages[p.State] >= stages[to]:
		return p.already()
	}
	p.State = to
	return p.applied()
}

func (p Piece) post(on calendar.Date) heard {
	switch {
	case p.State.ended():
		return p.refused("It is %s, which is final.", p.State)
	case p.PostedOn.IsZero() && p.RecallOpen:
		return p.refused("It is asked back: answer the recall first.")
	case on.Before(p.Earliest) && p.State == Released:
		return p.refused("It was sealed on %s, so it cannot have been posted before.", p.Earliest.Long())
	case on.Before(p.Earliest):
		return p.refused("It was accepted on %s, so it cannot have been posted before.", p.Earliest.Long())
	case !p.PostedOn.IsZero() && (!on.After(p.PostedOn) || p.State == Returned):
		return p.already()
	}
	p.State, p.PostedOn = Posted, on
	if !p.ReturnedOn.IsZero() { // it came back before its posting was told
		p.State = Returned
	}
	h := p.applied()
	h.opens = p.State == Posted && p.SuspectedAt.IsZero()
	return h
}

func (p Piece) comeBack(on calendar.Date, reason string) heard {
	switch {
	case reason == "":
		return p.refused("Say why it came back: a code from R01 to R10, or a few words.")
	case !p.ReturnedOn.IsZero():
		return p.already()
	}
	p.ReturnedOn, p.ReturnReason = on, reason
	if p.State == Posted {
		p.State = Returned
	}
	h := p.applied()
	if !p.State.ended() { // another piece may stand for the notice of one that ended
		h.void = optout.Returned
	}
	return h
}

// voidReasons say what the end of a piece makes of its notice.
var voidReasons = map[PieceState]optout.VoidReason{
	Rejected: optout.Rejected, Spoiled: optout.Spoiled, Recalled: optout.Recalled, Failed: optout.Failed,
}

func (p Piece) end(to PieceState, now time.Time) heard {
	switch {
	case p.State == to:
		return p.already()
	case p.State.ended():
		return p.refused("It is %s, which is final.", p.State)
	case p.State == Returned:
		return p.refused("It came back on %s.", p.ReturnedOn.Long())
	case p.State == Posted:
		h := p.suspect(now)
		h.why = "It was reported posted before. It is now under suspicion."
		return h
	case to == Recalled && !p.RecallOpen:
		return p.refused("Nobody asked for it back.")
	}
	p.State = to
	h := p.applied()
	h.void = voidReasons[to]
	return h
}

func (p Piece) forward() heard {
	switch {
	case p.State == Forwarded:
		return p.already()
	case !p.State.Still():
		return p.refused("It is %s, so it cannot be forwarded.", p.State)
	}
	p.State = Forwarded
	return p.applied()
}

// suspect puts a piece under suspicion, wherever it is.
func (p Piece) suspect(now time.Time) heard {
	if !p.SuspectedAt.IsZero() {
		return p.already()
	}
	p.SuspectedAt = now
	h := p.applied()
	if !p.State.ended() {
		h.void = optout.Suspected
	}
	return h
}

// dispatch is a posting reported for a whole batch: it touches only pieces
// that were accepted and are not asked back.
func (p Piece) dispatch(on calendar.Date, now time.Time) heard {
	switch {
	case p.State == Released:
		return p.refused("It was not accepted.")
	case p.State == Forwarded:
		return p.refused("It was forwarded; report it by itself.")
	}
	return p.hear(PieceReport{Reference: p.Reference, Status: Posted, On: on}, now)
}
