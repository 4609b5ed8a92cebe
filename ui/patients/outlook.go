package patients

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

// outlook says what is, and what will be, as it stands on one day. Its
// sentences are the promise made to the reader: none says more than the rules
// of notice hold, and both answers are told in the same form of words.
type outlook struct {
	optout.Position
	Today calendar.Date
	in    *page.Catalogue // the reader's language
}

// say says a sentence in the reader's language; {programme}, {a programme} and
// {A programme} are at hand in each.
func (o outlook) say(sentence string, with ...any) string {
	return o.in.Say(sentence, append(with, "programme", o.Programme, "a programme", withArticle(o.Programme), "A programme", upper(withArticle(o.Programme)))...)
}

func (o outlook) long(d calendar.Date) string  { return o.in.Long(d) }
func (o outlook) plain(d calendar.Date) string { return o.in.Plain(d) }

// Open tells whether a no still comes before any record.
func (o outlook) Open() bool { return !o.LastDay.IsZero() && !o.Today.After(o.LastDay) }

// After is the day after the last day.
func (o outlook) After() calendar.Date { return o.LastDay.AddDays(1) }

// withArticle is what is decided about with its article, as English needs it.
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
		return o.say("The one that was made stays.")
	case o.Says == "no":
		return o.say("One will be made, not before {day}.", "day", o.plain(o.Today.AddDays(1)))
	case o.Open():
		return o.say("One will be made, not before {day}.", "day", o.plain(o.After()))
	case o.Over:
		return o.say("One will be made.")
	}
	return o.say("One will be made later. We write to you first.")
}

// IfNo says what follows from a no given now.
func (o outlook) IfNo() string {
	switch o.Record {
	case "live":
		return o.say("The one that was made will be taken away.")
	case "withdrawing":
		return o.say("The one that was made is being taken away.")
	}
	return o.say("None will be made.")
}

// IfNothing says what follows from giving no answer now, and by when one counts.
func (o outlook) IfNothing() string {
	switch {
	case o.Says == "no":
		return o.say("If you do not answer now, the answer given on {day} stays: no.", "day", o.plain(o.SaidOn))
	case o.Says == "yes":
		return o.say("If you do not answer now, the answer given on {day} stays: yes.", "day", o.plain(o.SaidOn))
	case o.Held:
		return o.say("We are checking a message that may be your answer. While we check, nothing new is made.")
	case o.Record == "live":
		return o.say("One has been made. If you do not answer, it stays.")
	case o.Open():
		return o.say("If you do not answer by {day}, one will be made after that day.", "day", o.long(o.LastDay))
	case o.Over:
		return o.say("The last day to say no before one is made, {day}, has passed. If you do not answer, one will be made. A no still counts: one that has been made by then is taken away.", "day", o.long(o.LastDay))
	}
	return o.say("Nothing is made because of the letter you have. If you do not answer, we write to you again first.")
}

// Heading is the promise itself.
func (o outlook) Heading() string {
	switch {
	case o.Says == "no":
		return o.say("You said no on {day}, {how}", "day", o.long(o.SaidOn), "how", o.How())
	case o.Says == "yes":
		return o.say("You said yes on {day}, {how}", "day", o.long(o.SaidOn), "how", o.How())
	case o.Held && o.Record == "live":
		return o.say("We are checking a message that may be your answer")
	case o.Held:
		return o.say("No {programme} will be made for you while we check a message that may be your answer")
	case o.Record == "live" && o.made() != "":
		return o.say("{A programme} was made for you on {day}", "day", o.made())
	case o.Record == "live":
		return o.say("{A programme} was made for you")
	case o.Record == "withdrawing":
		return o.say("Your {programme} is being taken away")
	case o.Record == "withdrawn":
		return o.say("Your {programme} has been taken away")
	case o.Open():
		return o.say("No {programme} will be made for you before {day}, and none at all if you tell us not to", "day", o.long(o.After()))
	case o.Over:
		return o.say("{A programme} will be made for you, unless you tell us not to")
	}
	return o.say("No {programme} will be made for you before we have written to you again")
}

// Lead says what the standing answer has come to; "" where there is none.
func (o outlook) Lead() string {
	switch {
	case o.Says == "no" && o.Record == "live":
		return o.say("The {programme} that was made for you will be taken away.")
	case o.Says == "no" && o.Record == "withdrawing":
		return o.say("The {programme} that was made for you is being taken away.")
	case o.Says == "no" && o.Record == "withdrawn":
		return o.say("The {programme} that was made for you was taken away on {day}. None will be made again, unless you change your answer.", "day", o.long(o.WithdrawnOn))
	case o.Says == "no":
		return o.say("No {programme} has been made for you. None will be, unless you change your answer.")
	case o.Says == "yes" && o.Record == "live" && o.made() != "":
		return o.say("{A programme} was made for you on {day}. It stays, unless you change your answer.", "day", o.made())
	case o.Says == "yes" && o.Record == "live":
		return o.say("{A programme} was made for you. It stays, unless you change your answer.")
	case o.Says == "yes" && o.Open():
		return o.say("{A programme} will be made for you, not before {day}, unless you change your answer.", "day", o.long(o.After()))
	case o.Says == "yes":
		return o.say("{A programme} will be made for you, unless you change your answer.")
	}
	return ""
}

// Doubt says what a person still has to look at, or "".
func (o outlook) Doubt() string {
	switch {
	case !o.Held:
		return ""
	case o.Says != "":
		return o.say("We are also checking a message that may be your answer. A person settles it within five working days. While we check, nothing new is made.")
	}
	return o.say("We are checking a message that may be your answer. A person settles it within five working days. While we check, nothing new is made.")
}

// made says since when a record is there, where that is known.
func (o outlook) made() string {
	if year, _, _ := o.RecordOn.Civil(); o.RecordOn.IsZero() || year < 2000 {
		return ""
	}
	return o.long(o.RecordOn)
}

// Next says what happens after an answer was given, and when.
func (o outlook) Next(r optout.Receipt) []string {
	var next []string
	switch {
	case r.Held:
		next = append(next, o.say("A person reads your message within five working days. Until then nothing new is made."))
	case r.Says != o.Says:
		next = append(next, o.say("A yes and a no were given on one day. The no stands until a person has asked you which you meant."))
	case o.Says == "no" && o.Record == "live", o.Record == "withdrawing":
		next = append(next, o.say("The {programme} that was made is being taken away. The status page shows when that is done."))
	case o.Says == "no":
		if o.Over {
			next = append(next, o.say("The last day, {day}, has passed. Your no still counts.", "day", o.long(o.LastDay)))
		}
		next = append(next, o.say("No {programme} has been made, and none will be."))
	case o.Record == "live":
		next = append(next, o.say("The {programme} that was made stays."))
	case o.Open():
		next = append(next, o.say("{A programme} will be made, not before {day}.", "day", o.long(o.After())))
	default:
		next = append(next, o.say("{A programme} will be made once everything is checked."))
	}
	return next
}

// How says by which way the standing answer came.
func (o outlook) How() string {
	switch o.SaidBy {
	case campaigns.Web:
		return o.say("on this website")
	case campaigns.Phone:
		return o.say("by phone")
	case campaigns.Paper:
		return o.say("by post")
	case campaigns.Practice:
		return o.say("at your practice")
	case campaigns.National:
		return o.say("through the national system")
	}
	return o.say("in writing")
}

// Standing says the present answer in a few words.
func (o outlook) Standing() string {
	switch {
	case o.Says == "" && o.Held:
		return o.say("We are checking a message that may be your answer")
	case o.Says == "":
		return o.say("We have no answer from you")
	case o.Says == "no":
		return o.say("No, given on {day} {how}", "day", o.long(o.SaidOn), "how", o.How())
	}
	return o.say("Yes, given on {day} {how}", "day", o.long(o.SaidOn), "how", o.How())
}

// LastDayIs says the last day in a few words.
func (o outlook) LastDayIs() string {
	switch {
	case o.Open():
		return o.long(o.LastDay)
	case o.Over:
		return o.say("{day}, which has passed. A no still counts", "day", o.long(o.LastDay))
	}
	return o.say("None is set at the moment")
}

// step is one point of the way from letter to record.
type step struct{ On, Says, Reached string } // Reached is done, now or ""

// Steps is the way ahead of somebody who has not answered.
func (o outlook) Steps() []step {
	now := step{On: o.say("Today, {day}", "day", o.in.ThisYear(o.Today)), Says: o.say("We have no answer from you"), Reached: "now"}
	last := step{On: o.long(o.LastDay), Says: o.say("The last day on which a no comes before any {programme}")}
	made := step{On: o.say("{day} or later", "day", o.long(o.After())),
		Says: o.say("{A programme} is made, unless you have said no. Before that, we finish reading every form that came in time")}
	switch {
	case o.Says != "" || o.Held || o.Record != "":
		return nil
	case o.Open() && o.Today == o.LastDay:
		now.Says = o.say("We have no answer from you. This is the last day on which a no comes before any {programme}")
		return o.fromPosting(now, made)
	case o.Open():
		return o.fromPosting(now, last, made)
	case o.Over:
		last.Reached, made.On = "done", o.say("Once every form that came in time is read")
		made.Says = o.say("{A programme} is made, unless you have said no")
		return o.fromPosting(last, now, made)
	}
	return nil
}

// fromPosting puts the day on which the letter was posted before the steps.
func (o outlook) fromPosting(steps ...step) []step {
	if o.PostedOn.IsZero() {
		return steps
	}
	return append([]step{{On: o.long(o.PostedOn), Says: o.say("We posted a letter to you"), Reached: "done"}}, steps...)
}

// upper begins a sentence with s.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
