package bench

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// cutter stands between a program and its PostgreSQL and cuts lines at the
// worst moment: when COMMIT has been sent and its answer has not come back.
type cutter struct {
	on            net.Listener
	socket        string
	every         atomic.Int64 // one COMMIT of so many, by lot; 0 cuts none
	before, after atomic.Int64
	commits       atomic.Int64
	all           sync.WaitGroup
}

// cutAt opens a cutter before the server of an address, and returns the
// address that leads through it.
func cutAt(t *testing.T, address string, every int64) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	c := &cutter{socket: q.Get("host") + "/.s.PGSQL." + q.Get("port")}
	c.every.Store(every)
	if c.on, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	q.Del("host")
	q.Del("port")
	u.Host, u.RawQuery = c.on.Addr().String(), q.Encode()
	c.all.Go(c.serve)
	t.Cleanup(func() { _ = c.on.Close(); c.all.Wait() })
	return c, u.String()
}

func (c *cutter) serve() {
	for {
		client, err := c.on.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", c.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		var cut atomic.Bool
		end := func() { _ = client.Close(); _ = server.Close() }
		c.all.Go(func() {
			defer end()
			c.up(client, server, &cut)
		})
		c.all.Go(func() {
			defer end()
			buffer := make([]byte, 32<<10)
			for {
				n, err := server.Read(buffer)
				if err != nil || cut.Load() { // the server has answered the COMMIT, and nobody hears of it
					return
				}
				if _, err := client.Write(buffer[:n]); err != nil {
					return
				}
			}
		})
	}
}

// up carries messages to the server one by one.
func (c *cutter) up(client, server net.Conn, cut *atomic.Bool) {
	for first := true; ; first = false {
		head := make([]byte, 5)
		if first {
			head = head[:4] // the first message has no type
		}
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[len(head)-4:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		if head[0] == 'Q' && len(head) == 5 && bytes.Equal(body, []byte("commit\x00")) {
			c.commits.Add(1)
			if every := c.every.Load(); every > 0 && rand.Int64N(every) == 0 {
				if rand.IntN(3) == 0 { // before the server hears of it: nothing is saved
					c.before.Add(1)
					return
				}
				c.after.Add(1)
				cut.Store(true)
			}
		}
		if _, err := server.Write(append(head, body...)); err != nil {
			return
		}
		if cut.Load() {
			_, _ = io.Copy(io.Discard, client) // until the other side has heard the answer and closed
			return
		}
	}
}
