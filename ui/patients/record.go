package patients

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"
)

// These pages show somebody the record that was made of them, and who looked
// at it. The code in a letter is not enough for that: whoever opens the letter
// must learn nothing new. They are in English only.

// shownTo is a sign-in that has ended well, sealed in a cookie: an id and two
// moments. NHS login asks for a new one after 30 minutes without a page.
type shownTo struct {
	Person campaigns.PersonID `json:"p"`
	At     int64              `json:"a"`
	SeenAt int64              `json:"s"`
}

func (d *door) signInCookie() string { return page.CookieName(d.settings.Secure, "patients-sign-in") }
func (d *door) shownCookie() string  { return page.CookieName(d.settings.Secure, "patients-record") }

// lax writes a sealed cookie that comes along when the identity service leads
// the browser back, which a strict one does not.
func (d *door) lax(c *fiber.Ctx, name string, value any) error {
	sealed, err := d.seal.close(name, value)
	if err != nil {
		return err
	}
	cookie := d.seal.made(name, sealed)
	cookie.SameSite = fiber.CookieSameSiteLaxMode
	c.Cookie(cookie)
	return nil
}

func (d *door) recordRoutes(get func(string, fiber.Handler), post func(string, fiber.Handler)) {
	get("/record", d.record)
	get("/record/sign-in", d.signIn)
	get("/record/return", d.signedIn)
	get("/record/view", d.viewRecord)
	post("/record/leave", d.leaveRecord)
}

type recordPage struct {
	Programme string
	Open      bool   // an identity service is configured
	Level     string // of a proof that was not enough
	Wrong     string
}

func (d *door) record(c *fiber.Ctx) error { return d.showRecordDoor(c, fiber.StatusOK, "", "") }

func (d *door) showRecordDoor(c *fiber.Ctx, status int, level, wrong string) error {
	return d.render(c, "record.html", status, page.View{Title: "See your own record", Back: page.Link{Href: "/"},
		Body: recordPage{Programme: d.settings.Programme, Open: d.portal != nil, Level: level, Wrong: wrong}})
}

// signIn leads to the identity service. What it has to bring back is bound to
// this browser and good for once.
func (d *door) signIn(c *fiber.Ctx) error {
	if d.portal == nil {
		return page.SeeOther(c, "/record")
	}
	href, a, err := d.portal.begin(c.UserContext())
	if err != nil {
		return d.loginAway(c, err)
	}
	if err := d.lax(c, d.signInCookie(), a); err != nil {
		return err
	}
	return page.SeeOther(c, href)
}

func (d *door) loginAway(c *fiber.Ctx, err error) error {
	d.settings.Log.Error("sign-in of a patient", "error", err.Error(), "reference", page.Reference(c))
	return d.showRecordDoor(c, fiber.StatusServiceUnavailable, "", "The sign-in did not work. Try again in a few minutes.")
}

// signInLasts is how long a sign-in may take at the identity service.
const signInLasts = 15 * time.Minute

// signedIn takes what the browser brings back from the identity service.
func (d *door) signedIn(c *fiber.Ctx) error {
	var a asked
	if d.portal == nil || !d.seal.read(c, d.signInCookie(), &a) {
		return page.SeeOther(c, "/record")
	}
	d.seal.drop(c, d.signInCookie())
	again := func(wrong string) error { return d.showRecordDoor(c, fiber.StatusUnauthorized, "", wrong) }
	switch {
	case calendar.Wall().Sub(a.At) > signInLasts:
		return again("The sign-in took too long. Please begin again.")
	case subtle.ConstantTimeCompare([]byte(c.Query("state")), []byte(a.State)) != 1:
		return again("The sign-in was begun in another window or place. Please begin again here.")
	case c.Query("error") != "" || c.Query("code") == "":
		return again("You did not finish the sign-in. Nothing was shown to anybody.")
	}
	who, err := d.portal.end(c.UserContext(), a, c.Query("code"))
	if errors.Is(err, errLess) {
		return d.showRecordDoor(c, fiber.StatusForbidden, who.Level, "")
	}
	if err != nil {
		d.settings.Log.Error("sign-in of a patient", "error", err.Error(), "reference", page.Reference(c))
		return again("The sign-in could not be checked. Please begin again.")
	}
	person, err := d.desk.PersonOf(c.UserContext(), who.Number, who.Born)
	if fault.Is(err, fault.NotFound) {
		return d.showRecordDoor(c, fiber.StatusNotFound, "", "We have no record of the person who signed in. If you think that there should be one, phone us.")
	}
	if err != nil {
		return err
	}
	now := d.clock().Unix()
	if err := d.lax(c, d.shownCookie(), shownTo{Person: person, At: now, SeenAt: now}); err != nil {
		return err
	}
	return page.SeeOther(c, "/record/view")
}

type viewPage struct {
	Records []page.SummaryList
	Looks   []look
}

type look struct{ At, Who, Why string }

// lookers are roles as patients read them.
var lookers = map[string]string{"patient": "You, on this website", "national": "A manager of the programme", "regional": "A manager in your region",
	"practice": "Staff of a practice", "helpdesk": "The helpdesk", "finance": "Staff of the programme", "auditor": "An auditor", "vendor": "A print firm", "system": "The service itself"}

// viewRecord shows it, and counts that it was shown.
func (d *door) viewRecord(c *fiber.Ctx) error {
	var s shownTo
	now := d.clock()
	if !d.seal.read(c, d.shownCookie(), &s) || now.Sub(time.Unix(s.SeenAt, 0)) > visitIdle || now.Sub(time.Unix(s.At, 0)) > visitLife || now.Unix() < s.SeenAt {
		return page.SeeOther(c, "/record")
	}
	records, looks, err := d.desk.SeeRecords(c.UserContext(), s.Person)
	if err != nil {
		return err
	}
	s.SeenAt = now.Unix()
	if err := d.lax(c, d.shownCookie(), s); err != nil {
		return err
	}
	var body viewPage
	for _, r := range records {
		body.Records = append(body.Records, page.SummaryList{Rows: rowsOf(r)})
	}
	for _, l := range looks {
		who := lookers[l.Who]
		if who == "" {
			who = "Staff of the programme"
		}
		if l.Who == "patient" {
			l.Why = "to see this page"
		}
		body.Looks = append(body.Looks, look{At: calendar.DateOf(l.At).Plain() + ", " + page.ClockTime(l.At), Who: who, Why: l.Why})
	}
	return d.render(c, "record-view.html", fiber.StatusOK, page.View{Title: "Your own record", Body: body})
}

func rowsOf(r optout.OwnRecord) []page.Row {
	state := map[string]string{"live": "It is there", "withdrawing": "It is being taken away", "withdrawn": "It was taken away"}[r.State]
	why := "You did not say no before the last day"
	if r.Basis == "yes" {
		why = "You said yes"
	}
	rows := []page.Row{{Key: "What", Value: r.Programme}, {Key: "Made by", Value: r.Sender}, {Key: "Made on", Value: r.MadeOn.Plain()}, {Key: "Made because", Value: why}}
	if !r.PostedOn.IsZero() {
		rows = append(rows, page.Row{Key: "Letter posted on", Value: r.PostedOn.Plain()}, page.Row{Key: "Last day to say no before it was made", Value: r.LastDay.Plain()})
	}
	if !r.WithdrawnOn.IsZero() {
		state += " (" + r.WithdrawnOn.Plain() + ")"
	}
	return append(rows, page.Row{Key: "Now", Value: state}, page.Row{Key: "You have looked at it", Value: page.Plural(int64(r.Seen), "time", "times")})
}

// leaveRecord ends the showing and has the browser forget it.
func (d *door) leaveRecord(c *fiber.Ctx) error {
	d.seal.drop(c, d.shownCookie())
	c.Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	return page.SeeOther(c, "/finished")
}
