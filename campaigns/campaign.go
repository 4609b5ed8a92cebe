package campaigns

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Campaign is one programme's mail-out in one region.
type Campaign struct {
	ID            CampaignID
	Code          string
	Programme     ProgrammeID
	ProgrammeName string
	Registry      string
	Region        string
	RegionName    string
	Name          string
	Kind          string // blanket or pilot
	Pack          string
	Vendor        string
	Window        Policy
	MinimumAge    int
	FeedLimit     time.Duration
	OutageLimit   time.Duration
	ReturnsLimit  float64 // percent of a batch that may come back before its records wait for a person
	DailyCapacity int
	BatchSize     int
	Helpline      string
	HelplineHours string
	WebAddress    string
	Freepost      []string
	Sender        string
	Signatory     string
	Author        StaffID
	AuthorName    string
	CreatedAt     time.Time
	ApprovedAt    time.Time // zero until two people approved
}

// Policy is what decides how long a window is. It is stamped on each notice
// when that is written; editing a campaign never touches an open window.
type Policy struct {
	Unit      string // "days" or "months"
	Length    int
	Allowance int // working days for delivery
}

// ClosesOn works out the last day of a window (rules of notice, "Window"):
// the day of posting, plus the delivery allowance in working days, plus the
// length; not before the last day printed in the letter; plus the days added
// by holds, outages and extensions; rolled forward last to a working day.
// The window closes at the London midnight that ends this day.
func (p Policy) ClosesOn(postedOn, printedLastOn calendar.Date, daysAdded int, w calendar.Working) calendar.Date {
	d := w.Add(postedOn, p.Allowance)
	if p.Unit == "months" {
		d = d.AddMonths(p.Length)
	} else {
		d = d.AddDays(p.Length)
	}
	if !printedLastOn.IsZero() {
		d = calendar.Max(d, printedLastOn)
	}
	return w.OnOrAfter(d.AddDays(daysAdded))
}

// MinimumPrintedDays is the shortest time between posting and the last day
// printed in a letter; one posted later than that is void (rules of notice).
const MinimumPrintedDays = 28

// NewCampaign is what the author of a campaign decides.
type NewCampaign struct {
	Code, Programme, Region, Name, Kind, Pack, Vendor string
	Window                                            Policy
	MinimumAge, DailyCapacity, BatchSize              int
	Helpline, HelplineHours, WebAddress               string
	Freepost                                          []string
	Sender, Signatory                                 string
}

var campaignCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,19}$`)

// isWebAddress tells whether a letter may print it: a name with a dot in it,
// with or without https:// before and a path behind.
func isWebAddress(s string) bool {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Hostname(), ".") && !strings.ContainsAny(s, " \t")
}

// Check says what is wrong with a new campaign, one fault at a time, or nil.
func (n NewCampaign) Check() error {
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	switch {
	case !campaignCode.MatchString(n.Code):
		return fault.In("code", fault.Invalid, "Give the campaign a short code of 2 to 20 capitals, digits and dashes, such as NEL-2026.")
	case blank(n.Name):
		return fault.In("name", fault.Invalid, "Give the campaign a name.")
	case n.Kind != "blanket" && n.Kind != "pilot":
		return fault.In("kind", fault.Invalid, "A campaign is either a blanket rollout or a pilot.")
	case blank(n.Pack):
		return fault.In("pack", fault.Invalid, "Choose the pack that people receive. It must hold an opt-out form.")
	case n.Window.Unit != "days" && n.Window.Unit != "months":
		return fault.In("window", fault.Invalid, "Give the window in days or in months.")
	case n.Window.Unit == "days" && n.Window.Length < MinimumPrintedDays:
		return fault.In("window", fault.Invalid, "A window of %d days is too short: people need at least %d days to answer.", n.Window.Length, MinimumPrintedDays)
	case n.Window.Unit == "days" && n.Window.Length > 366 || n.Window.Unit == "months" && (n.Window.Length < 1 || n.Window.Length > 12):
		return fault.In("window", fault.Invalid, "A window lasts at most a year, and at least 28 days or one month.")
	case n.Window.Allowance < 0 || n.Window.Allowance > 20:
		return fault.In("allowance", fault.Invalid, "Allow between 0 and 20 working days for delivery.")
	case strings.IndexFunc(n.Helpline, unicode.IsDigit) < 0:
		return fault.In("helpline", fault.Invalid, "A letter without a telephone number cannot be sent. Give the helpline.")
	case blank(n.HelplineHours):
		return fault.In("hours", fault.Invalid, "Say when the helpline answers.")
	case blank(n.WebAddress):
		return fault.In("web", fault.Invalid, "A letter without a web address cannot be sent. Give the address where people answer.")
	case !isWebAddress(n.WebAddress):
		return fault.In("web", fault.Invalid, "The web address is none that a person could type, such as https://choose.example.org.")
	case blank(strings.Join(n.Freepost, "")):
		return fault.In("freepost", fault.Invalid, "The opt-out form needs an address to return it to. Give the freepost address.")
	case blank(n.Sender) || blank(n.Signatory):
		return fault.In("sender", fault.Invalid, "Say who sends the letter and who signs it.")
	case n.MinimumAge < 0 || n.MinimumAge > 120:
		return fault.In("age", fault.Invalid, "The least age is a number of years between 0 and 120.")
	case n.DailyCapacity <= 0:
		return fault.In("capacity", fault.Invalid, "Say how many letters the print vendor posts in a day.")
	case n.BatchSize < 1 || n.BatchSize > 5000:
		return fault.In("batch", fault.Invalid, "A batch holds between 1 and 5,000 letters.")
	}
	return nil
}
