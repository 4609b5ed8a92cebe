package sftp_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/letters/exchange"
)

func TestAVendorWithNothingButOpenSSHDoesAWholeBatch(t *testing.T) {
	h := newHouse(t, 60)
	b := h.batches()[0]
	if got := h.does("ls -1"); got != "README.txt\nacks\nin\nout\nrecalls.csv\n" {
		t.Errorf("the vendor sees %q", got)
	}
	out := strings.Fields(h.does("ls -1 out"))
	if len(out) != 3*len(h.batches()) || !slices.Contains(out, "out/"+b.FileName()) {
		t.Errorf("in out/ lie %v", out)
	}
	h.does("get out/"+b.FileName(), "get out/"+b.ManifestName("json"), "get README.txt")
	m, err := exchange.ReadJSON([]byte(h.read(b.ManifestName("json"))))
	h.must(err)
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(h.read(b.FileName())))); sum != m.PDF.SHA256 {
		t.Errorf("the pulled PDF has the checksum %s, its manifest says %s", sum, m.PDF.SHA256)
	}
	if h.count(`SELECT count(*) FROM batches WHERE pulled_at IS NOT NULL`) != 1 || h.count(`SELECT count(*) FROM audit WHERE action = 'pull'`) == 0 {
		t.Error("the pull was not noted")
	}
	refs := h.references(b.Code)
	h.write("day1.csv", "subject,status,date,reason\n"+b.Code+",accepted,,\n"+refs[0]+",spoiled,,torn\n"+refs[1]+",printed,,\nDN9999999999,printed,,\n"+refs[2]+",posted,tomorrow,\nNOBATCH,accepted,,\nEND,6\n")
	h.does("put day1.csv in/day1.csv", "get acks/day1.result.csv")
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(h.read("day1.result.csv"), "\r", "")), "\n")
	for i, want := range []string{"line,subject,status,verdict,reason", "2," + b.Code + ",accepted,applied", "3," + refs[0] + ",spoiled,applied", "4," + refs[1] + ",printed,applied",
		"5,DN9999999999,printed,refused,", "6," + refs[2] + ",posted,refused,Write the date as 2027-03-12.", "7,NOBATCH,accepted,refused,", "END,6"} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d of the result does not begin with %q: %q", i+1, want, lines)
		}
	}
	h.clock.Set(time.Date(2026, 11, 24, 17, 0, 0, 0, calendar.London))
	h.write("day2.csv", "\ufeffsubject,status,date,reason\r\n"+b.Code+",posted,2026-11-24,docket 4711\r\nEND,1\r\n")
	h.does("put day2.csv in/", "get acks/day2.result.csv")
	if got := h.read("day2.result.csv"); !strings.Contains(got, fmt.Sprintf("%d posted, 0 already so, 1 refused", len(refs)-1)) {
		t.Errorf("posting is answered with %q", got)
	}
	if n := h.count(`SELECT count(*) FROM pieces WHERE state = 'posted'`); n != len(refs)-1 {
		t.Errorf("%d pieces are posted", n)
	}
	if got := h.does("ls -1 out"); strings.Contains(got, b.FileName()) {
		t.Error("a batch that is posted still lies in out/")
	}
}

func TestPathGamesLeadNowhere(t *testing.T) {
	h := newHouse(t, 3)
	h.write("x.csv", "subject,status,date,reason\nEND,0\n")
	h.write("known", "x")
	b := h.batches()[0]
	for _, game := range []string{
		"get ../../../../etc/passwd", "get /etc/passwd", "get out/../../etc/passwd", "ls ../../..//etc", "cd out/none", "put x.csv out/x.csv", "put x.csv x.csv", "put x.csv acks/x.csv",
		"put x.csv in/../out/x.csv", "put x.csv in/.hidden.csv", "put x.csv in/a..csv", "put x.csv in/x.exe", "put x.csv in/sub/x.csv", "put x.csv 'in/a b.csv'", "mkdir in/more", "rmdir out",
		"rm out/" + b.FileName(), "rename out/" + b.FileName() + " in/x.csv", "ln -s /etc/passwd in/x.csv", "chmod 777 out", "get NEL-0001",
	} {
		if out, err := h.sftp("INKWELL", "key", game); err == nil && !strings.HasPrefix(game, "ls") {
			t.Errorf("%s is done: %s", game, out)
		} else if strings.Contains(out, "root:") {
			t.Errorf("%s shows %s", game, out)
		}
	}
	if n := h.count(`SELECT count(*) FROM vendor_files`); n != 0 {
		t.Errorf("%d files were taken", n)
	}
	if out, err := exec.CommandContext(t.Context(), "ssh", "-p", h.port, "-i", filepath.Join(h.dir, "key"), "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentityAgent=none",
		"-o", "UserKnownHostsFile="+filepath.Join(h.dir, "known_hosts"), "INKWELL@127.0.0.1", "id").CombinedOutput(); err == nil {
		t.Errorf("a command is run: %s", out)
	}
}

func TestHalfAnAnswerDoesNothingUntilItsLastLineIsThere(t *testing.T) {
	h := newHouse(t, 3)
	b := h.batches()[0]
	refs := h.references(b.Code)
	all := "subject,status,date,reason\n" + b.Code + ",accepted,,\n" + refs[0] + ",printed,,\nEND,2\n"
	h.write("a.csv", all[:len(all)-12])
	h.does("put a.csv in/a.csv")
	if h.count(`SELECT count(*) FROM batches WHERE state = 'accepted'`) != 0 || strings.Contains(h.does("ls -1 acks"), "a.result") {
		t.Error("half a file was taken for the whole")
	}
	h.write("a.csv", all)
	h.does("reput a.csv in/a.csv", "get acks/a.result.csv")
	if h.count(`SELECT count(*) FROM pieces WHERE state = 'printed'`) != 1 {
		t.Error("the file that was gone on with did nothing")
	}
	h.does("put a.csv in/a.csv") // the same again is no harm
	h.write("a.csv", strings.Replace(all, "printed", "spoiled", 1))
	if out, err := h.sftp("INKWELL", "key", "put a.csv in/a.csv"); err == nil {
		t.Errorf("a name is used for another content: %s", out)
	}
	if _, err := h.sftp("INKWELL", "key", "rm in/a.csv"); err == nil {
		t.Error("what was said can be taken away")
	}
	if h.count(`SELECT count(*) FROM pieces WHERE state = 'spoiled'`) != 0 || h.count(`SELECT count(*) FROM vendor_files`) != 1 {
		t.Error("a used name did something")
	}
	h.write("b.csv", "subject,status,date,reason\n"+refs[1]+",enclosed,,\nEND,1\n")
	h.does("put b.csv in/b.csv.part", "rename in/b.csv.part in/b.csv", "get acks/b.result.csv")
	if h.count(`SELECT count(*) FROM pieces WHERE state = 'enclosed'`) != 1 {
		t.Error("a renamed file did nothing")
	}
	h.write("c.csv", "subject,status,date,reason\n"+refs[2]+",printed,,\nEND,2\n")
	h.does("put c.csv in/c.csv", "get acks/c.result.csv")
	if got := h.read("c.result.csv"); !strings.Contains(got, "speaks of 2 lines and there are 1. Nothing of it was taken.") {
		t.Errorf("a file that lies about its lines: %q", got)
	}
}

func TestOnlyALiveKeyOfTheNamedVendorFromItsNetworkOpensTheDoor(t *testing.T) {
	h := newHouse(t, 1)
	h.key("stranger", "")
	h.key("blotter", "BLOTTER")
	for _, try := range [][2]string{{"INKWELL", "stranger"}, {"INKWELL", "blotter"}, {"BLOTTER", "key"}, {"NOBODY", "key"}, {"root", "key"}} {
		if out, err := h.sftp(try[0], try[1], "ls"); err == nil {
			t.Errorf("%s with the key %s: %s", try[0], try[1], out)
		}
	}
	counted := func() int {
		return h.count(`SELECT count(*) FROM failures WHERE kind = 'vendor' AND key = '127.0.0.1/32'`)
	}
	for range 100 { // the client is gone before its failure is written down
		if counted() == 5 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := counted(); n != 5 {
		t.Errorf("five refusals were counted as %d", n)
	}
	if out, err := h.sftp("BLOTTER", "blotter", "ls -1 out", "-get out/"+h.batches()[0].FileName()); err != nil || strings.Contains(out, "Fetching") || strings.Contains(out, ".manifest") {
		t.Errorf("another vendor sees %s (%v)", out, err)
	}
	h.must(h.mail.SetVendorNetworks(t.Context(), h.by, h.vendor.ID, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}))
	if out, err := h.sftp("INKWELL", "key", "ls"); err == nil {
		t.Errorf("from another network: %s", out)
	}
	h.must(h.mail.SetVendorNetworks(t.Context(), h.by, h.vendor.ID, nil))
	h.does("ls")
	keys, err := h.mail.SSHKeys(t.Context(), h.vendor.ID)
	h.must(err)
	h.must(h.mail.RevokeSSHKey(t.Context(), h.by, h.vendor.ID, keys[0].ID))
	if out, err := h.sftp("INKWELL", "key", "ls"); err == nil {
		t.Errorf("a revoked key: %s", out)
	}
}

func TestSealedToTheVendorsKeyOnlyTheSealedFileLiesThere(t *testing.T) {
	h := newHouse(t, 3)
	id, err := age.GenerateX25519Identity()
	h.must(err)
	h.must(h.mail.SetVendorSealing(t.Context(), h.by, h.vendor.ID, letters.SealedAge, id.Recipient().String()))
	b := h.batches()[0]
	out := h.does("ls -1 out")
	if strings.Contains(out, b.FileName()+"\n") || !strings.Contains(out, b.FileName()+".age\n") {
		t.Fatalf("in out/ lie %s", out)
	}
	h.does("get out/"+b.FileName()+".age", "get out/"+b.FileName()+".age.sealed.json")
	f, err := os.Open(filepath.Join(h.dir, b.FileName()+".age"))
	h.must(err)
	defer f.Close()
	r, err := age.Decrypt(f, id)
	h.must(err)
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	h.must(err)
	if fmt.Sprintf("%x", sum.Sum(nil)) != fmt.Sprintf("%x", b.PDFSHA256) || !strings.Contains(h.read(b.FileName()+".age.sealed.json"), fmt.Sprintf("%x", b.PDFSHA256)) {
		t.Error("opened, it is another file")
	}
}
