package patients

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// outlook says what is, and what will be, as it stands on one day. Its
// sentences are the promise made to the reader: none says more than the rules
// of notice hold, and both answers are told in the same form of words.
type outlook struct {
	optout.Position
	Today calendar.Date
}

// Open tells whether a no still comes before any record.
func (o outlook) Open() bool { return !o.LastDay.IsZero() && !o.Today.After(o.LastDay) }

// After is the day after the last day.
func (o outlook) After() calendar.Date { return o.LastDay.AddDays(1) }

// Thing is what is decided about, with its article.
func (o outlook) Thing() string { return withArticle(o.Programme) }

func withArticle(thing string) string {
	if thing != "" && strings.ContainsAny(thing[:1], "AEIOaeio") {
		return "an " + thing
	}
	return "a " + thing
}

// IfYes says what follows from a yes given now.
func (o outlook) IfYes() string {
	switch {
	case o.Record == "live" && o.Says != "no":
		return "The one that was made stays."
	case o.Says == "no":
		return "One will be made, not before " + plain(o.Today.AddDays(1)) + "."
	case o.Open():
		return "One will be made, not before " + plain(o.After()) + "."
	case o.Over:
		return "One will be made."
	}
	return "One will be made later. We write to you first."
}

// IfNo says what follows from a no given now.
func (o outlook) IfNo() string {
	switch o.Record {
	case "live":
		return "The one that was made will be taken away."
	case "withdrawing":
		return "The one that was made is being taken away."
	}
	return "None will be made."
}

// IfNothing says what follows from giving no answer now, and by when one counts.
func (o outlook) IfNothing() string {
	switch {
	case o.Says != "":
		return "If you do not answer now, the answer given on " + plain(o.SaidOn) + " stays: " + o.Says + "."
	case o.Held:
		return "We are checking a message that may be your answer. While we check, nothing new is made."
	case o.Record == "live":
		return "One has been made. If you do not answer, it stays."
	case o.Open():
		return "If you do not answer by " + long(o.LastDay) + ", one will be made after that day."
	case o.Over:
		return "The last day to say no before one is made, " + long(o.LastDay) + ", has passed. If you do not answer, one will be made. A no still counts: one that has been made by then is taken away."
	}
	return "Nothing is made because of the letter you have. If you do not answer, we write to you again first."
}

// Heading is the promise itself.
func (o outlook) Heading() string {
	none := "No " + o.Programme + " will be made for you"
	switch {
	case o.Says != "":
		return "You said " + o.Says + " on " + long(o.SaidOn) + ", " + o.How()
	case o.Held && o.Record == "live":
		return "We are checking a message that may be your answer"
	case o.Held:
		return none + " while we check a message that may be your answer"
	case o.Record == "live":
		return upper(o.Thing()) + " was made for you" + o.made()
	case o.Record == "withdrawing":
		return "Your " + o.Programme + " is being taken away"
	case o.Record == "withdrawn":
		return "Your " + o.Programme + " has been taken away"
	case o.Open():
		return none + " before " + long(o.After()) + ", and none at all if you tell us not\u00a0to"
	case o.Over:
		return upper(o.Thing()) + " will be made for you, unless you tell us not\u00a0to"
	}
	return none + " before we have written to you again"
}

// Lead says what the standing answer has come to; "" where there is none.
func (o outlook) Lead() string {
	the, unless := "The "+o.Programme+" that was made for you", "unless you change your answer."
	switch {
	case o.Says == "no" && o.Record == "live":
		return the + " will be taken away."
	case o.Says == "no" && o.Record == "withdrawing":
		return the + " is being taken away."
	case o.Says == "no" && o.Record == "withdrawn":
		return the + " was taken away on " + long(o.WithdrawnOn) + ". None will be made again, " + unless
	case o.Says == "no":
		return "No " + o.Programme + " has been made for you. None will be, " + unless
	case o.Says == "yes" && o.Record == "live":
		return upper(o.Thing()) + " was made for you" + o.made() + ". It stays, " + unless
	case o.Says == "yes" && o.Open():
		return upper(o.Thing()) + " will be made for you, not before " + long(o.After()) + ", " + unless
	case o.Says == "yes":
		return upper(o.Thing()) + " will be made for you, " + unless
	}
	return ""
}

// Doubt says what a person still has to look at, or "".
func (o outlook) Doubt() string {
	if !o.Held {
		return ""
	}
	also := ""
	if o.Says != "" {
		also = "also "
	}
	return "We are " + also + "checking a message that may be your answer. A person settles it within five working days. While we check, nothing new is made."
}

// made says since when a record is there, where that is known.
func (o outlook) made() string {
	if year, _, _ := o.RecordOn.Civil(); o.RecordOn.IsZero() || year < 2000 {
		return ""
	}
	return " on " + long(o.RecordOn)
}

// Next says what happens after an answer was given, and when.
func (o outlook) Next(r optout.Receipt) []string {
	var next []string
	switch {
	case r.Held:
		next = append(next, "A person reads your message within five working days. Until then nothing new is made.")
	case r.Says != o.Says:
		next = append(next, "A yes and a no were given on one day. The no stands until a person has asked you which you meant.")
	case o.Says == "no" && o.Record == "live", o.Record == "withdrawing":
		next = append(next, "The "+o.Programme+" that was made is being taken away. The status page shows when that is done.")
	case o.Says == "no":
		if o.Over {
			next = append(next, "The last day, "+long(o.LastDay)+", has passed. Your no still counts.")
		}
		next = append(next, "No "+o.Programme+" has been made, and none will be.")
	case o.Record == "live":
		next = append(next, "The "+o.Programme+" that was made stays.")
	case o.Open():
		next = append(next, upper(o.Thing())+" will be made, not before "+long(o.After())+".")
	default:
		next = append(next, upper(o.Thing())+" will be made once everything is checked.")
	}
	return next
}

// How says by which way the standing answer came.
func (o outlook) How() string {
	switch o.SaidBy {
	case campaigns.Web:
		return "on this website"
	case campaigns.Phone:
		return "by\u00a0phone"
	case campaigns.Paper:
		return "by\u00a0post"
	case campaigns.Practice:
		return "at your practice"
	case campaigns.National:
		return "through the national system"
	}
	return "in writing"
}

// Standing says the present answer in a few words.
func (o outlook) Standing() string {
	switch {
	case o.Says == "" && o.Held:
		return "We are checking a message that may be your answer"
	case o.Says == "":
		return "We have no answer from you"
	}
	return upper(o.Says) + ", given on " + long(o.SaidOn) + " " + o.How()
}

// LastDayIs says the last day in a few words.
func (o outlook) LastDayIs() string {
	switch {
	case o.Open():
		return long(o.LastDay)
	case o.Over:
		return long(o.LastDay) + ", which has passed. A no still counts"
	}
	return "None is set at the moment"
}

// step is one point of the way from letter to record.
type step struct{ On, Says, Reached string } // Reached is done, now or ""

// Steps is the way ahead of somebody who has not answered.
func (o outlook) Steps() []step {
	now := step{On: "Today, " + thisYear(o.Today), Says: "We have no answer from you", Reached: "now"}
	last := step{On: long(o.LastDay), Says: "The last day on which a no comes before any " + o.Programme}
	made := step{On: long(o.After()) + " or later", Says: upper(o.Thing()) + " is made, unless you have said no. Before that, we finish reading every form that came in time"}
	switch {
	case o.Says != "" || o.Held || o.Record != "":
		return nil
	case o.Open() && o.Today == o.LastDay:
		now.Says = "We have no answer from you. This is the last day on which a no comes before any " + o.Programme
		return o.fromPosting(now, made)
	case o.Open():
		return o.fromPosting(now, last, made)
	case o.Over:
		last.Reached, made.On = "done", "Once every form that came in time is read"
		made.Says = upper(o.Thing()) + " is made, unless you have said no"
		return o.fromPosting(last, now, made)
	}
	return nil
}

// fromPosting puts the day on which the letter was posted before the steps.
func (o outlook) fromPosting(steps ...step) []step {
	if o.PostedOn.IsZero() {
		return steps
	}
	return append([]step{{On: long(o.PostedOn), Says: "We posted a letter to you", Reached: "done"}}, steps...)
}

// plain and long write dates that do not break between day and month.
func plain(d calendar.Date) string { return strings.ReplaceAll(d.Plain(), " ", "\u00a0") }

func long(d calendar.Date) string {
	weekday, rest, _ := strings.Cut(d.Long(), " ")
	return weekday + " " + strings.ReplaceAll(rest, " ", "\u00a0")
}

// thisYear leaves the year off.
func thisYear(d calendar.Date) string {
	return long(d)[:strings.LastIndex(long(d), "\u00a0")]
}

// upper begins a sentence with s.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
