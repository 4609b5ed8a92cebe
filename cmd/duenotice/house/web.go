package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/ui"
	"duenotice/ui/managers"
	"duenotice/ui/patients"
	"duenotice/ui/static"
)

// Listener is where a door listens, and the address by which people reach it
// ("" is http on the address itself). An address that ends in :0 takes any
// free port.
type Listener struct{ Address, URL string }

// Web says where the doors are.
type Web struct {
	Managers, Vendors, Patients Listener
	SFTP                        string // address of the vendors' SFTP door; "" is none
	TrustedProxies              []string
	Assets                      string             // folder under which front-end assets are built where none are embedded
	Demo                        managers.Clockwork // nil in a real installation
	Settings                    patients.Settings  // blanks are filled from the newest campaign
	Say                         func(string)       // hears what takes time at start; nil is silent
}

// Listening is the three doors, open, with the addresses by which people reach them.
type Listening struct {
	Managers, Vendors, Patients string
	SFTP, SFTPKey               string // address of the SFTP door and the fingerprint of its key; "" without one

	doors []*portal
	sftp  *fileDoor
	house *House
}

type portal struct {
	Listener
	name string
	app  *fiber.App
	on   net.Listener
}

// drainFor is how long requests that have begun may take to end.
const drainFor = 15 * time.Second

// Listen opens the doors: the ports are taken and the pages parsed, and Serve
// answers. A port that is taken is a fault that names its variable.
func (h *House) Listen(ctx context.Context, w Web) (_ *Listening, err error) {
	say := w.Say
	if say == nil {
		say = func(s string) { h.Log.Info(s) }
	}
	d := &Listening{house: h, doors: []*portal{{Listener: w.Managers, name: "MANAGERS"}, {Listener: w.Vendors, name: "VENDORS"}, {Listener: w.Patients, name: "PATIENTS"}}}
	defer func() {
		if err != nil {
			_ = d.Close()
		}
	}()
	for _, l := range d.doors {
		if err := l.take(); err != nil {
			return nil, err
		}
	}
	d.Managers, d.Vendors, d.Patients = d.doors[0].URL, d.doors[1].URL, d.doors[2].URL
	assets, err := static.Load(ctx, filepath.Join(w.Assets, "assets"), say)
	if err != nil {
		return nil, err
	}
	if w.Settings.Login != nil && w.Settings.Login.Return == "" {
		w.Settings.Login.Return = d.Patients + "/record/return"
	}
	apps, err := ui.New(ctx, ui.House{Register: h.Register, Desk: h.Desk, Mailroom: h.Mailroom, Programme: h.Programme, Public: h.Public, Crew: h.Crew, Assets: assets, Clock: h.Clock, Log: h.Log,
		Secret: h.Secret(), URLs: ui.URLs{Managers: d.Managers, Vendors: d.Vendors, Patients: d.Patients}, TrustedProxies: w.TrustedProxies,
		Demo: w.Demo, Patients: w.Settings, Sandbox: h.Sandbox})
	if err != nil {
		return nil, err
	}
	d.doors[0].app, d.doors[1].app, d.doors[2].app = apps.Managers, apps.Vendors, apps.Patients
	return d, d.listenSFTP(w.SFTP)
}

// Free tells whether the addresses can be listened on, before anything is done
// that could not be undone.
func Free(w Web) error {
	for _, l := range []*portal{{Listener: w.Managers, name: "MANAGERS"}, {Listener: w.Vendors, name: "VENDORS"}, {Listener: w.Patients, name: "PATIENTS"}} {
		if err := l.take(); err != nil {
			return err
		}
		_ = l.on.Close()
	}
	return nil
}

func (l *portal) take() error {
	on, err := net.Listen("tcp", l.Address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.New(fault.Conflict, "The address %s is taken by another program. Stop that one, or name another address with DUENOTICE_%s_LISTEN.", l.Address, l.name)
	case err != nil:
		return fault.New(fault.Invalid, "It is not possible to listen on %s (%v). Name another address with DUENOTICE_%s_LISTEN.", l.Address, reason(err), l.name)
	}
	l.on = on
	if l.URL == "" {
		l.URL = "http://" + on.Addr().String()
	}
	return nil
}

func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// Serve answers until ctx ends, then lets begun requests finish.
func (d *Listening) Serve(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var served sync.WaitGroup
	failed := make(chan error, len(d.doors)+1)
	for _, l := range d.doors {
		if l.app == nil {
			continue
		}
		served.Go(func() {
			if err := l.app.Listener(l.on); err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("serve %s: %w", l.Address, err)
				end()
			}
		})
	}
	if d.sftp != nil {
		served.Go(func() {
			if err := d.sftp.door.Serve(ctx, d.sftp.on); err != nil {
				failed <- err
				end()
			}
		})
	}
	<-ctx.Done()
	for _, l := range d.doors {
		if l.app == nil {
			continue
		}
		served.Go(func() {
			if err := l.app.ShutdownWithTimeout(drainFor); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				d.house.Log.Warn("close a door", "address", l.Address, "error", err)
			}
		})
	}
	served.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// Close gives back the ports of doors that were never served.
func (d *Listening) Close() error {
	for _, l := range d.doors {
		if l.on != nil {
			_ = l.on.Close() // closing twice is no harm
		}
	}
	if d.sftp != nil {
		_ = d.sftp.on.Close()
	}
	return nil
}
