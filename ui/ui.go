// Package ui opens the three doors: managers, print vendors, patients. Each is an app of its own, for a listener and a host of its own.
package ui

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema"
	"duenotice/jobs"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/ui/managers"
	"duenotice/ui/page"
	"duenotice/ui/patients"
	"duenotice/ui/registers"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

// House is what the doors open on. Patients is a desk of its own, whose pool
// has the patients' role; without it that door stays shut.
type House struct {
	Register  *campaigns.Register
	Desk      *optout.Desk
	Mailroom  *letters.Mailroom
	Public    *optout.Desk
	Programme managers.Programme
	Crew      *jobs.Crew // whose queues managers see; may be nil
	Assets    *static.Assets
	Clock     calendar.Clock
	Log       *slog.Logger

	Secret         []byte   // 32 bytes or more, the same in every process of an installation
	URLs           URLs     // how people reach the doors; an address that begins with https makes its cookies secure
	TrustedProxies []string // addresses or networks whose X-Forwarded-For is believed

	// Sandbox opens the vendors' sandbox when it is first asked for; nil is none.
	Sandbox func(context.Context) (*letters.Sandbox, error)

	Demo     managers.Clockwork // the movable clock of a demonstration; nil in a real installation
	Patients patients.Settings  // what is said before a proof; blanks are filled from the newest campaign
}

// URLs are the public addresses of the doors, "https://..." or, on one
// machine, "http://127.0.0.1:8080".
type URLs struct{ Managers, Vendors, Patients string }

// Apps are the three doors; Patients is nil in a house without Public.
type Apps struct{ Managers, Vendors, Patients *fiber.App }

// New opens the doors. Pages that do not parse and secrets that are too short
// are errors here, at start.
func New(ctx context.Context, h House) (Apps, error) {
	if len(h.Secret) < 32 {
		return Apps{}, errors.New("open the doors: the secret is shorter than 32 bytes")
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	var apps Apps
	for _, open := range []func(context.Context, *Apps) error{h.managers, h.vendors, h.patients} {
		if err := open(ctx, &apps); err != nil {
			return Apps{}, err
		}
	}
	return apps, nil
}

func (h House) managers(_ context.Context, apps *Apps) error {
	key, err := hkdf.Key(sha256.New, h.Secret, nil, "managers forms v1", 32)
	if err != nil {
		return fmt.Errorf("derive the key of forms: %w", err)
	}
	hall, err := managers.Open(h.Assets, managers.Rooms{Register: h.Register, Desk: h.Desk, Mailroom: h.Mailroom, Crew: h.Crew, Programme: h.Programme, Clock: h.Clock, Demo: h.Demo,
		Secret: key, Secure: secure(h.URLs.Managers), Log: h.Log, Patients: h.URLs.Patients, Vendors: h.URLs.Vendors, Sandbox: h.Sandbox})
	if err != nil {
		return err
	}
	d := door{page: hall.Renderer(), body: 1 << 20, upload: managers.MaxUpload + 1<<20, uploads: []string{"/imports", "/scans"}, supply: managers.MaxSupply + 64<<10, supplied: managers.Supplying, read: 10 * time.Minute, write: time.Minute,
		answer: time.Minute, slow: []string{"/imports", "/scans", "/clock", "/files"}, slowAnswer: 15 * time.Minute}
	apps.Managers, err = h.open(d, func(ctx context.Context) error { return ready(schema.Current(ctx, h.Register.Pool)) })
	if err != nil {
		return err
	}
	hall.Routes(apps.Managers)
	return nil
}

func (h House) vendors(_ context.Context, apps *Apps) error {
	key, err := hkdf.Key(sha256.New, h.Secret, nil, "vendors forms v1", 32)
	if err != nil {
		return fmt.Errorf("derive the key of forms: %w", err)
	}
	people := &vendors.People{Mailroom: h.Mailroom, Secret: key, Secure: secure(h.URLs.Vendors), Demo: h.Demo != nil, Sandbox: h.Sandbox}
	r, err := page.New(h.Assets, page.Site{Door: page.Vendors, Name: "Due Notice", Label: "Print vendors", Secure: secure(h.URLs.Vendors), Clock: h.Clock,
		Logger: h.Log, Problem: func(c *fiber.Ctx) bool { return vendors.Problem(c) || registers.Problem(c) }, Furnish: people.Furnish})
	if err != nil {
		return err
	}
	d := door{page: r, body: vendors.BodyLimit, read: 2 * time.Minute, write: time.Hour}
	apps.Vendors, err = h.open(d, func(ctx context.Context) error { return ready(schema.Current(ctx, h.Mailroom.Pool)) })
	if err != nil {
		return err
	}
	if h.Sandbox != nil {
		vendors.Sandboxed(apps.Vendors, r, h.Sandbox)
	}
	registers.Routes(apps.Vendors, h.Desk)
	if err := people.Routes(apps.Vendors, r); err != nil {
		return err
	}
	return vendors.Routes(apps.Vendors, r, h.Mailroom)
}

func (h House) patients(ctx context.Context, apps *Apps) error {
	if h.Public == nil {
		return nil
	}
	s, err := h.settings(ctx)
	if err != nil {
		return err
	}
	r, err := page.New(h.Assets, patients.Site(s, h.Clock))
	if err != nil {
		return err
	}
	d := door{page: r, body: 64 << 10, read: 30 * time.Second, write: 30 * time.Second, answer: 30 * time.Second}
	apps.Patients, err = h.open(d, func(ctx context.Context) error {
		if err := ready(schema.Current(ctx, h.Public.Pool)); err != nil {
			return err
		}
		return h.Public.Beat(ctx, "ready") // a database that takes no answers is not ready
	})
	if err != nil {
		return err
	}
	return patients.Routes(apps.Patients, r, h.Public, h.Secret, h.Clock, s)
}

// settings fills what was left blank from the newest campaign: who sends the
// letters and whom to call is printed on them anyway.
func (h House) settings(ctx context.Context) (patients.Settings, error) {
	s := h.Patients
	s.Secure, s.Log = secure(h.URLs.Patients), h.Log
	if h.Demo != nil && s.Note == "" {
		s.Note = "Demonstration: practices are real; people and letters are made up."
	}
	if s.Sender != "" && s.Programme != "" {
		return s, nil
	}
	list, err := h.Register.Campaigns(ctx, campaigns.Viewer{})
	if err != nil {
		return s, err
	}
	if len(list) > 0 {
		s.Sender, s.Programme = or(s.Sender, list[0].Sender), or(s.Programme, list[0].ProgrammeName)
		s.Helpline, s.HelplineHours = or(s.Helpline, list[0].Helpline), or(s.HelplineHours, list[0].HelplineHours)
	}
	return s, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
