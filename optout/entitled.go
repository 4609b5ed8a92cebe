package optout

import (
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Entitled says as what somebody may answer for people of an age, and what
// they have to show. An answer of anybody else is held until a person has
// looked at it.
type Entitled struct {
	Capacity string `json:"capacity"` // one of Capacities
	From     int    `json:"from"`     // whole years of the person
	Until    int    `json:"until"`    // the first year that is too many; 0: none
	Evidence string `json:"evidence"` // what they show
}

// AnswerPolicy is who may answer for whom in a campaign.
type AnswerPolicy struct {
	SelfFrom int        `json:"self_from"` // from this age on a person's own word counts; before, it is held
	Entitled []Entitled `json:"entitled"`
}

// Capacities are as what somebody may answer for another.
var Capacities = []string{"parent", "attorney", "deputy"}

// UsualPolicy is that of a campaign for which no other was set: a child of 13
// answers, a parent does for one under 16, and who holds a power of attorney
// for health and welfare (from 18) or was appointed by the Court of Protection
// (from 16) for whoever lacks capacity (Mental Capacity Act 2005).
func UsualPolicy() AnswerPolicy {
	return AnswerPolicy{SelfFrom: 13, Entitled: []Entitled{
		{"parent", 0, 16, "parental responsibility, and from 13 that the child was asked"},
		{"attorney", 18, 0, "the registered power of attorney for health and welfare"},
		{"deputy", 16, 0, "the order of the Court of Protection"},
	}}
}

// Check says what is wrong with a policy, or nil.
func (p AnswerPolicy) Check() error {
	if p.SelfFrom < 0 || p.SelfFrom > 18 {
		return fault.In("self", fault.Invalid, "Give an age between 0 and 18 from which a person's own word counts.")
	}
	for _, e := range p.Entitled {
		if e.From < 0 || e.From > 120 || e.Until != 0 && (e.Until <= e.From || e.Until > 120) {
			return fault.In(e.Capacity+"-from", fault.Invalid, "Give ages between 0 and 120, the second greater than the first or 0 for no end.")
		}
		if strings.TrimSpace(e.Evidence) == "" {
			return fault.In(e.Capacity+"-evidence", fault.Invalid, "Say what they have to show.")
		}
	}
	return nil
}

// counts tells whether an answer counts without a person's look: the person's
// own from the age on, and that of somebody entitled who has shown it. An age
// that is not known is none that entitles anybody else.
func (p AnswerPolicy) counts(a Answer, born, today calendar.Date) bool {
	if a.GivenBy == "self" {
		return born.IsZero() || born.AgeOn(today) >= p.SelfFrom
	}
	if !a.Proved || born.IsZero() {
		return false
	}
	age := born.AgeOn(today)
	for _, e := range p.Entitled {
		if e.Capacity == a.Capacity && age >= e.From && (e.Until == 0 || age < e.Until) {
			return true
		}
	}
	return false
}
