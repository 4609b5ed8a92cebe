package sftp_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	client "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// connect opens a session whose connection can be cut.
func (h *house) connect() (*client.Client, net.Conn) {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, "key"))
	h.must(err)
	key, err := ssh.ParsePrivateKey(text)
	h.must(err)
	raw, err := net.Dial("tcp", "127.0.0.1:"+h.port)
	h.must(err)
	conn, channels, requests, err := ssh.NewClientConn(raw, "", &ssh.ClientConfig{User: "INKWELL", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey()}) // OpenSSH pins it, in the other tests
	h.must(err)
	c, err := client.NewClient(ssh.NewClient(conn, channels, requests))
	h.must(err)
	return c, raw
}

func (h *house) eventually(what string, done func() bool) {
	h.t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.t.Errorf("%s: not within four seconds", what)
}

func TestAConnectionCutInMidUploadLosesNothingAndDoesNothingTwice(t *testing.T) {
	h := newHouse(t, 3)
	b := h.batches()[0]
	refs := h.references(b.Code)
	all := "subject,status,date,reason\n" + b.Code + ",accepted,,\n" + refs[0] + ",printed,,\nEND,2\n"
	c, raw := h.connect()
	f, err := c.OpenFile("/in/cut.csv", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	h.must(err)
	_, err = f.Write([]byte(all[:40]))
	h.must(err)
	h.must(raw.Close())
	h.eventually("half a file waits", func() bool {
		return h.count(`SELECT count(*) FROM vendor_files WHERE whole_at IS NULL AND length(content) = 40`) == 1
	})
	if h.count(`SELECT count(*) FROM reports`) != 0 {
		t.Error("half a file did something")
	}
	c, raw = h.connect()
	f, err = c.OpenFile("/in/cut.csv", os.O_WRONLY)
	h.must(err)
	_, err = f.WriteAt([]byte(all[40:]), 40)
	h.must(err)
	h.must(raw.Close()) // all of it came, and nobody said so
	h.eventually("the whole file is answered", func() bool {
		return h.count(`SELECT count(*) FROM vendor_files WHERE answered_at IS NOT NULL AND applied = 2`) == 1
	})
	h.write("cut.csv", all)
	h.does("put cut.csv in/cut.csv", "get acks/cut.result.csv")
	if n := h.count(`SELECT count(*) FROM reports WHERE kind = 'printed'`); n != 1 {
		t.Errorf("what was said once is reported %d times", n)
	}
}

func TestAPullCutAtRandomPointsGoesOnAndIsTheFile(t *testing.T) {
	h := newHouse(t, 40)
	b := h.batches()[0]
	random := rand.New(rand.NewPCG(5, 5))
	var got strings.Builder
	for range 20 {
		c, raw := h.connect()
		f, err := c.Open("/out/" + b.FileName())
		h.must(err)
		_, err = f.Seek(int64(got.Len()), io.SeekStart)
		h.must(err)
		_, err = io.CopyN(&got, f, min(random.Int64N(b.PDFBytes/10), b.PDFBytes-int64(got.Len())))
		h.must(err)
		h.must(raw.Close())
	}
	h.write(b.FileName(), got.String())
	h.does("reget out/" + b.FileName()) // OpenSSH does the rest
	whole := h.read(b.FileName())
	if sum := sha256.Sum256([]byte(whole)); int64(len(whole)) != b.PDFBytes || !bytes.Equal(sum[:], b.PDFSHA256) {
		t.Errorf("pulled in pieces, the file has %d bytes of %d or another checksum", len(whole), b.PDFBytes)
	}
	if n := h.count(`SELECT count(*) FROM batches WHERE pulled_at IS NOT NULL`); n != 1 {
		t.Errorf("%d batches are pulled", n)
	}
}
