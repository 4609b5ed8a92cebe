// Package sftp is the door for print vendors that work with files only: each sees folders of its own, and nothing else is there.
package sftp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

const (
	shakeWithin = 20 * time.Second // from the first byte until a key has been proved
	idleFor     = 10 * time.Minute
	mostAtOnce  = 64
	mostFromOne = 8 // connections from one address
)

// Door answers on a listener of its own. Its key is the same on every machine
// of an installation; vendors pin it.
type Door struct {
	mailroom *letters.Mailroom
	config   *ssh.ServerConfig
	host     ssh.PublicKey
	sizes    sync.Map // of manifests, which never change, by name

	mu   sync.Mutex
	open map[netip.Addr]int
	all  int
}

// Open prepares the door.
func Open(m *letters.Mailroom) (*Door, error) {
	signer, err := m.SFTPHostKey()
	if err != nil {
		return nil, err
	}
	d := &Door{mailroom: m, host: signer.PublicKey(), open: map[netip.Addr]int{}}
	d.config = &ssh.ServerConfig{ServerVersion: "SSH-2.0-DueNotice", MaxAuthTries: 6, PublicKeyCallback: d.admit}
	d.config.AddHostKey(signer)
	return d, nil
}

// HostKey is what vendors recognise the door by.
func (d *Door) HostKey() ssh.PublicKey { return d.host }

// named is where a connection keeps the key that was proved.
const named = "key"

// admit is asked for each key that a client offers; what it says counts only
// for the one whose secret half the client then proves to have.
func (d *Door) admit(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	ctx, cancel := context.WithTimeout(context.Background(), shakeWithin)
	defer cancel()
	if _, err := d.mailroom.VendorBySSHKey(ctx, c.User(), key.Marshal(), addressOf(c.RemoteAddr())); err != nil {
		return nil, err
	}
	return &ssh.Permissions{Extensions: map[string]string{named: string(key.Marshal())}}, nil
}

// Serve answers until ctx ends, then closes what is open: clients go on where
// they were cut.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	var served sync.WaitGroup
	defer served.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("serve sftp: %w", err)
		}
		if err != nil { // too many files, a connection gone before it was taken
			d.mailroom.Log.Warn("take an sftp connection", "error", err.Error())
			time.Sleep(50 * time.Millisecond)
			continue
		}
		at := addressOf(conn.RemoteAddr())
		if !d.enter(at) {
			_ = conn.Close()
			continue
		}
		served.Go(func() {
			defer d.leave(at)
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			d.converse(ctx, conn, at)
		})
	}
}

func (d *Door) enter(at netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all >= mostAtOnce || d.open[at] >= mostFromOne {
		return false
	}
	d.all++
	d.open[at]++
	return true
}

func (d *Door) leave(at netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.open[at]--; d.open[at] <= 0 {
		delete(d.open, at)
	}
}

// converse holds one connection: the handshake, then sessions of sftp and of
// nothing else.
func (d *Door) converse(ctx context.Context, raw net.Conn, at netip.Addr) {
	defer func() {
		if caught := recover(); caught != nil {
			d.mailroom.Log.Error("an sftp connection panicked")
		}
	}()
	defer raw.Close()
	_ = raw.SetDeadline(calendar.Wall().Add(shakeWithin))
	conn, channels, requests, err := ssh.NewServerConn(raw, d.config)
	if err != nil {
		var refused *ssh.ServerAuthError
		if errors.As(err, &refused) {
			err := d.mailroom.RefusedSSH(ctx, at)
			d.mailroom.Log.Warn("an sftp connection was refused", "flood", fault.Is(err, fault.TooMany))
		}
		return
	}
	defer conn.Close()
	_ = raw.SetDeadline(time.Time{})
	watch := newWatch(raw)
	defer watch.stop()
	go ssh.DiscardRequests(requests)
	who := visitor{name: conn.User(), key: []byte(conn.Permissions.Extensions[named]), from: at}
	for asked := range channels {
		if asked.ChannelType() != "session" {
			_ = asked.Reject(ssh.UnknownChannelType, "only sftp is served here")
			continue
		}
		channel, wishes, err := asked.Accept()
		if err != nil {
			return
		}
		go d.session(ctx, &alive{Channel: channel, watch: watch}, wishes, who)
	}
}

// session waits for the one thing that can be wished here.
func (d *Door) session(ctx context.Context, channel ssh.Channel, wishes <-chan *ssh.Request, who visitor) {
	defer channel.Close()
	served := false
	for w := range wishes {
		var subsystem struct{ Name string }
		ok := !served && w.Type == "subsystem" && ssh.Unmarshal(w.Payload, &subsystem) == nil && subsystem.Name == "sftp"
		if w.WantReply {
			_ = w.Reply(ok, nil)
		}
		if !ok {
			continue
		}
		served = true
		go func() {
			defer channel.Close()
			t := &tree{door: d, who: who, ctx: ctx}
			server := sftp.NewRequestServer(channel, sftp.Handlers{FileGet: t, FilePut: t, FileCmd: t, FileList: t})
			err := server.Serve()
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
			_ = err // the client went, one way or the other; what it left was taken as far as it came
		}()
	}
}

func addressOf(a net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// watch closes a connection on which nothing happens.
type watch struct{ timer *time.Timer }

func newWatch(c net.Conn) *watch {
	return &watch{time.AfterFunc(idleFor, func() { _ = c.Close() })}
}

func (w *watch) stop() { w.timer.Stop() }

// alive is a channel whose use keeps its connection open.
type alive struct {
	ssh.Channel
	watch *watch
}

// Read implements io.Reader.
func (a *alive) Read(p []byte) (int, error) {
	n, err := a.Channel.Read(p)
	a.watch.timer.Reset(idleFor)
	return n, err
}
