package vendors

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

type keysPage struct {
	letters.VendorProfile
	Keys     []letters.VendorKey
	Newest   int64
	SSH      []letters.SSHKey
	Hook     *letters.Hook
	Tellings []tellingLine
	Password page.Password
	Kind     page.Radios
	Sandbox  bool // there is one
}

type tellingLine struct {
	letters.Telling
	Colour, Word, What string
}

func tellingOf(t letters.Telling) tellingLine {
	l := tellingLine{Telling: t, Colour: "aqua", Word: "To be told", What: map[string]string{"batch.released": "Batch " + t.Subject, "recalls.asked": "Letters asked back", "test": "A test"}[t.Event]}
	switch {
	case !t.ToldAt.IsZero():
		l.Colour, l.Word = "white", "Told"
	case t.GivenUp():
		l.Colour, l.Word = "red", "Given up"
	case t.Attempts > 0:
		l.Colour, l.Word = "orange", "Tried again soon"
	}
	return l
}

func (p *People) keys(c *fiber.Ctx, who letters.VendorPerson) error { return p.showKeys(c, who, nil) }

func (p *People) showKeys(c *fiber.Ctx, who letters.VendorPerson, wrong page.Problems) error {
	ctx, m := c.UserContext(), p.Mailroom
	v, err := m.VendorProfile(ctx, who.VendorCode)
	if err != nil {
		return err
	}
	body := keysPage{VendorProfile: v, Sandbox: p.Sandbox != nil}
	all, err := m.VendorKeys(ctx, who.Vendor)
	if err != nil {
		return err
	}
	for _, k := range all {
		body.Newest = max(body.Newest, k.ID)
		if k.Live() {
			body.Keys = append(body.Keys, k)
		}
	}
	opened, err := m.SSHKeys(ctx, who.Vendor)
	if err != nil {
		return err
	}
	for _, k := range opened {
		if k.Live() {
			body.SSH = append(body.SSH, k)
		}
	}
	if hook, err := m.Hook(ctx, who.Vendor); err == nil && hook.StoppedAt.IsZero() {
		body.Hook = &hook
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	told, err := m.Tellings(ctx, who.Vendor, 50)
	if err != nil {
		return err
	}
	for _, t := range told {
		body.Tellings = append(body.Tellings, tellingOf(t))
	}
	body.Password = page.Password{Field: page.Field{Name: "password", Label: "Your password, again", Hint: "So that nobody at your screen makes one", Error: wrong.For("password")}}
	body.Kind = page.Radios{Field: page.Field{Name: "kind", Label: "Make", LabelSize: "s"}, Small: true, Inline: true, Chosen: typed(c, wrong, "kind", string(letters.APIKey)),
		Options: []page.Option{{Value: string(letters.APIKey), Text: "An API key"}, {Value: string(letters.ClientSecret), Text: "A client secret"}}}
	return p.show(c, "keys.html", page.View{Title: "Deliveries and keys", Active: "/keys", Problem: wrong, Body: body})
}

type madeKeyPage struct {
	letters.VendorProfile
	Kind   letters.KeyKind
	Secret string
}

// rotateKey makes a key and shows it, once. A form that is sent again makes no
// second one: it names the newest key that its page showed.
func (p *People) rotateKey(c *fiber.Ctx, who letters.VendorPerson) error {
	ctx := c.UserContext()
	kind := letters.KeyKind(c.FormValue("kind"))
	if kind != letters.APIKey && kind != letters.ClientSecret {
		return fault.New(fault.Invalid, "A key is an API key or a client secret.")
	}
	before, err := p.Mailroom.VendorKeys(ctx, who.Vendor)
	if err != nil {
		return err
	}
	newest := int64(0)
	for _, k := range before {
		newest = max(newest, k.ID)
	}
	var wrong page.Problems
	if c.FormValue("newest") != strconv.FormatInt(newest, 10) {
		wrong.Add("", "A key was made since this page was shown, and it is shown only once. Was it you? If it was lost, make another one.")
		return p.showKeys(c, who, wrong)
	}
	secret, err := p.Mailroom.RotateOwnKey(ctx, who, c.FormValue("password"), kind)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.showKeys(c, who, wrong)
	}
	v, err := p.Mailroom.VendorProfile(ctx, who.VendorCode)
	if err != nil {
		return err
	}
	return p.show(c, "newkey.html", page.View{Title: "A new key", Active: "/keys", Crumbs: []page.Link{{Text: "Deliveries and keys", Href: "/keys"}}, Body: madeKeyPage{v, kind, secret}})
}

func (p *People) revokeKey(c *fiber.Ctx, who letters.VendorPerson) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such key.")
	}
	if err := p.Mailroom.RevokeOwnKey(c.UserContext(), who, id); err != nil {
		return err
	}
	return p.done(c, "/keys", "The key opens nothing any more.")
}

// makeSandboxKey makes a key of the sandbox and shows it, once.
func (p *People) makeSandboxKey(c *fiber.Ctx, who letters.VendorPerson) error {
	if p.Sandbox == nil {
		return fault.New(fault.Unavailable, "There is no sandbox here.")
	}
	s, err := p.Sandbox(c.UserContext())
	if err != nil {
		return err
	}
	secret, err := p.Mailroom.OwnSandboxKey(c.UserContext(), s, who)
	if err != nil {
		return err
	}
	return p.show(c, "newkey.html", page.View{Title: "A sandbox key", Active: "/keys", Crumbs: []page.Link{{Text: "Deliveries and keys", Href: "/keys"}},
		Body: madeKeyPage{letters.VendorProfile{}, "sandbox", secret}})
}
