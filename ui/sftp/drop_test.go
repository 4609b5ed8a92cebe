package sftp_test

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// server is a vendor's own server: OpenSSH's, with nothing of ours in it.
type server struct {
	dir, port, host string
	account         string
	stop            func()
}

// vendorServer starts sshd for one account, who is let in with our key.
func (h *house) vendorServer() *server {
	h.t.Helper()
	const sshd = "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		h.t.Skip("no sshd at " + sshd)
	}
	who, err := user.Current()
	h.must(err)
	s := &server{dir: h.t.TempDir(), account: who.Username}
	if os.Geteuid() == 0 {
		h.must(os.MkdirAll("/run/sshd", 0o755)) // without it sshd, as root, does not start
	}
	h.must(exec.CommandContext(h.t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(s.dir, "host")).Run())
	signer, err := h.mail.DropKey(h.vendor.ID)
	h.must(err)
	h.must(os.WriteFile(filepath.Join(s.dir, "authorized"), ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	_, s.port, err = net.SplitHostPort(l.Addr().String())
	h.must(err)
	h.must(l.Close())
	public, err := os.ReadFile(filepath.Join(s.dir, "host.pub"))
	h.must(err)
	s.host = string(public)
	config := fmt.Sprintf("ListenAddress 127.0.0.1:%s\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\nSubsystem sftp internal-sftp\n",
		s.port, filepath.Join(s.dir, "host"), filepath.Join(s.dir, "authorized"))
	h.must(os.WriteFile(filepath.Join(s.dir, "config"), []byte(config), 0o600))
	h.start(s)
	return s
}

func (h *house) start(s *server) {
	h.t.Helper()
	cmd := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", filepath.Join(s.dir, "config")) //nolint:noctx // it ends with the test
	h.must(cmd.Start())
	s.stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	h.t.Cleanup(s.stop)
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+s.port); err == nil { //nolint:noctx // ends at once
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.t.Fatal("sshd does not answer")
}

func (h *house) bring(s *server, hostKey string) letters.Drop {
	h.t.Helper()
	h.mail.Register.Options.MadeUpPeople = true // its server is on this machine
	folder := filepath.Join(s.dir, "due-notice")
	h.must(h.mail.SetDrop(h.t.Context(), h.by, letters.Drop{Vendor: h.vendor.ID, Address: "127.0.0.1:" + s.port, Account: s.account, Folder: folder}, hostKey))
	return h.visit()
}

func (h *house) visit() letters.Drop {
	h.t.Helper()
	h.must(h.mail.BringBatches(h.t.Context()))
	d, err := h.mail.DropOf(h.t.Context(), h.vendor.ID)
	h.must(err)
	return d
}

func TestBatchesAreBroughtToAVendorsOwnServerAndItsAnswersFetched(t *testing.T) {
	h := newHouse(t, 60)
	s := h.vendorServer()
	out, in, acks := filepath.Join(s.dir, "due-notice/out"), filepath.Join(s.dir, "due-notice/in"), filepath.Join(s.dir, "due-notice/acks")
	b := h.batches()[0]
	h.must(os.MkdirAll(out, 0o700))
	pdf, _, err := h.mail.PDF(t.Context(), h.vendor.ID, b.Code, 0, -1)
	h.must(err)
	begun := make([]byte, 1000) // an earlier attempt that was cut
	_, err = pdf.Read(begun)
	h.must(err)
	h.must(pdf.Close())
	h.must(os.WriteFile(filepath.Join(out, b.FileName()+".part"), begun, 0o600))
	if d := h.bring(s, s.host); d.Attempts != 0 || d.Said != "It went well." {
		t.Fatalf("the first visit: %s", d.Said)
	}
	files, err := os.ReadDir(out)
	h.must(err)
	if len(files) != 3*len(h.batches()) {
		t.Errorf("%d files were brought for %d batches", len(files), len(h.batches()))
	}
	brought, err := os.ReadFile(filepath.Join(out, b.FileName()))
	h.must(err)
	if int64(len(brought)) != b.PDFBytes || sum(brought) != fmt.Sprintf("%x", b.PDFSHA256) {
		t.Errorf("the file that was gone on with has %d bytes", len(brought))
	}
	manifest, err := os.Stat(filepath.Join(out, b.ManifestName("json")))
	h.must(err)
	if file, err := os.Stat(filepath.Join(out, b.FileName())); err != nil || manifest.ModTime().Before(file.ModTime()) {
		t.Error("the manifest came before its file")
	}
	refs := h.references(b.Code)
	answers := "subject,status,date,reason\n" + b.Code + ",accepted,,\n" + refs[0] + ",printed,,\n"
	h.must(os.WriteFile(filepath.Join(in, "day1.csv"), []byte(answers), 0o600))
	h.must(os.WriteFile(filepath.Join(in, "game .csv"), []byte(answers+"END,2\n"), 0o600))
	h.must(os.WriteFile(filepath.Join(in, "day2.csv.part"), []byte(answers+"END,2\n"), 0o600))
	h.must(os.Symlink("/etc/passwd", filepath.Join(in, "passwd.csv")))
	h.visit()
	if n := h.count(`SELECT count(*) FROM pieces WHERE state <> 'released'`); n != 0 {
		t.Errorf("half a file moved %d letters", n)
	}
	h.must(os.WriteFile(filepath.Join(in, "day1.csv"), []byte(answers+"END,2\n"), 0o600))
	h.must(h.mail.Recall(t.Context(), h.by, refs[3], "said no"))
	h.visit()
	result, err := os.ReadFile(filepath.Join(acks, "day1.result.csv"))
	h.must(err)
	if !strings.Contains(string(result), "3,"+refs[0]+",printed,applied") {
		t.Errorf("the result is %q", result)
	}
	recalls, err := os.ReadFile(filepath.Join(out, "recalls-00000001.csv"))
	h.must(err)
	if !strings.Contains(string(recalls), refs[3]) || !strings.HasSuffix(strings.TrimSpace(string(recalls)), "END,1,,") {
		t.Errorf("the recalls are %q", recalls)
	}
	if n := h.count(`SELECT count(*) FROM vendor_files`); n != 1 {
		t.Errorf("%d files were taken", n)
	}
	h.must(os.Remove(filepath.Join(out, b.FileName()))) // the vendor has taken it away
	h.visit()
	if _, err := os.Stat(filepath.Join(out, b.FileName())); err == nil {
		t.Error("what was brought is brought again")
	}
}

func TestAVendorsServerWithAnotherKeyIsNotSpokenToAndOneThatIsAwayIsTriedAgain(t *testing.T) {
	h := newHouse(t, 3)
	s := h.vendorServer()
	h.key("other", "")
	other, err := os.ReadFile(filepath.Join(h.dir, "other.pub"))
	h.must(err)
	if d := h.bring(s, string(other)); d.Attempts != 1 || !strings.Contains(d.Said, "another key") {
		t.Errorf("a server with another key: %d, %s", d.Attempts, d.Said)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "due-notice")); err == nil {
		t.Error("something was written there")
	}
	alarms := func() int {
		return h.count(`SELECT count(*) FROM alarms WHERE kind = 'vendor drop' AND cleared_at IS NULL`)
	}
	if alarms() != 1 {
		t.Error("nobody is told of the other key")
	}
	s.stop()
	if d := h.bring(s, s.host); d.Attempts != 1 || alarms() != 0 {
		t.Errorf("a server that is away: %d attempts, %d alarms", d.Attempts, alarms())
	}
	if d := h.visit(); d.Attempts != 1 {
		t.Error("it was visited before its time")
	}
	for i := range 2 {
		h.clock.Advance(time.Hour)
		if d := h.visit(); d.Attempts != 2+i {
			t.Errorf("after %d hours there were %d attempts", i+1, d.Attempts)
		}
	}
	if alarms() != 1 {
		t.Error("three attempts in vain are told to nobody")
	}
	h.start(s)
	h.clock.Advance(time.Hour)
	if d := h.visit(); d.Attempts != 0 || alarms() != 0 || d.WentWellAt.IsZero() {
		t.Errorf("back again: %s, %d alarms", d.Said, alarms())
	}
	h.must(h.mail.SetDrop(t.Context(), h.by, letters.Drop{Vendor: h.vendor.ID}, ""))
	if _, err := h.mail.DropOf(t.Context(), h.vendor.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a server that was ended: %v", err)
	}
	for _, d := range []letters.Drop{{Address: "a b", Account: "x"}, {Address: "host:99999", Account: "x"}, {Address: "host", Account: "-oProxyCommand=x"}, {Address: "host", Account: "x", Folder: "../up"}} {
		d.Vendor = h.vendor.ID
		if err := h.mail.SetDrop(t.Context(), h.by, d, s.host); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

func sum(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }
