package letters_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// tool finds a program that vendors use, or skips.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed, so what vendors do with it is not tried", name)
	}
	return path
}

func run(t *testing.T, in io.Reader, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, errs.String())
	}
	return out.Bytes()
}

// sealedCopy reads a batch's file as its vendor gets it sealed, in two parts.
func (h *house) sealedCopy(code string) (letters.SealedCopy, []byte) {
	h.t.Helper()
	s, err := h.mail.SealedCopy(h.t.Context(), h.vendor.ID, code)
	h.must(err)
	var all []byte
	for _, part := range [][2]int64{{0, 1000}, {1000, -1}} {
		r, err := h.mail.OpenSealedCopy(h.t.Context(), h.vendor.ID, s, part[0], part[1])
		h.must(err)
		b, err := io.ReadAll(r)
		h.must(err)
		h.must(r.Close())
		all = append(all, b...)
	}
	if sum := sha256.Sum256(all); int64(len(all)) != s.Bytes || !bytes.Equal(sum[:], s.SHA256) {
		h.t.Errorf("the sealed file has %d bytes of %d, or another checksum", len(all), s.Bytes)
	}
	return s, all
}

// opens checks that what a vendor opened is the batch's file, by the note that
// comes with the sealed one.
func (h *house) opens(s letters.SealedCopy, opened []byte) {
	h.t.Helper()
	text, err := s.Note()
	h.must(err)
	var note struct {
		Sealed, Clear struct {
			Name   string
			Bytes  int64
			SHA256 string
		}
	}
	h.must(json.Unmarshal(text, &note))
	if got := fmt.Sprintf("%x", sha256.Sum256(opened)); got != note.Clear.SHA256 || int64(len(opened)) != note.Clear.Bytes || !bytes.HasPrefix(opened, []byte("%PDF")) {
		h.t.Errorf("opened, the file has the checksum %s, not %s", got, note.Clear.SHA256)
	}
	if note.Sealed.Bytes != s.Bytes || !strings.HasPrefix(note.Sealed.Name, note.Clear.Name+".") {
		h.t.Errorf("the note says %+v", note)
	}
}

func TestAVendorOpensWithGnuPGWhatWasSealedToItsKey(t *testing.T) {
	gpg := tool(t, "gpg")
	h := newHouse(t, 3)
	code := h.seal()[0].Code
	dir, err := os.MkdirTemp("", "gpg") // its sockets want a short path
	h.must(err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run()
		_ = os.RemoveAll(dir)
	})
	gnu := func(in io.Reader, args ...string) []byte {
		return run(t, in, gpg, append([]string{"--homedir", dir, "--batch", "--quiet", "--no-tty", "--trust-model", "always"}, args...)...)
	}
	gnu(nil, "--passphrase", "", "--quick-generate-key", "Inkwell Print <room@example.org>", "default", "default", "never")
	public := string(gnu(nil, "-a", "--export"))
	h.clock.Set(time.Now().Add(time.Hour)) // a key made today cannot be used yesterday
	h.must(h.mail.SetVendorSealing(t.Context(), h.staff[0], h.vendor.ID, letters.SealedOpenPGP, public))
	s, sealed := h.sealedCopy(code)
	if bytes.Contains(sealed, []byte("%PDF")) {
		t.Error("the sealed file shows what is in it")
	}
	h.opens(s, gnu(bytes.NewReader(sealed), "--decrypt"))
	if again, _ := h.sealedCopy(code); !bytes.Equal(again.SHA256, s.SHA256) {
		t.Error("asked again, it is another file: a broken pull could not go on")
	}
	secret := string(gnu(nil, "--passphrase", "", "-a", "--export-secret-keys"))
	err = h.mail.SetVendorSealing(t.Context(), h.staff[0], h.vendor.ID, letters.SealedOpenPGP, secret)
	if f := fault.Of(err); f == nil || !strings.Contains(f.Sentence, "secret key") {
		t.Errorf("a secret key: %v", err)
	}
}

func TestAVendorOpensWithAgeWhatWasSealedToItsKey(t *testing.T) {
	age, keygen := tool(t, "age"), tool(t, "age-keygen")
	h := newHouse(t, 3)
	code := h.seal()[0].Code
	identity := filepath.Join(t.TempDir(), "key.txt")
	run(t, nil, keygen, "-o", identity)
	public := strings.TrimSpace(string(run(t, nil, keygen, "-y", identity)))
	h.must(h.mail.SetVendorSealing(t.Context(), h.staff[0], h.vendor.ID, letters.SealedAge, public))
	s, sealed := h.sealedCopy(code)
	h.opens(s, run(t, bytes.NewReader(sealed), age, "--decrypt", "-i", identity))

	run(t, nil, keygen, "-o", identity+".new")
	h.must(h.mail.SetVendorSealing(t.Context(), h.staff[0], h.vendor.ID, letters.SealedAge, strings.TrimSpace(string(run(t, nil, keygen, "-y", identity+".new")))))
	next, sealed := h.sealedCopy(code)
	h.opens(next, run(t, bytes.NewReader(sealed), age, "--decrypt", "-i", identity+".new"))

	h.must(h.mail.Accept(t.Context(), h.vendor.ID, code))
	h.clock.Advance(31 * 24 * time.Hour)
	_, err := h.mail.DestroyKeys(t.Context())
	h.must(err)
	h.must(h.mail.ForgetSealedCopies(t.Context()))
	if _, err := h.mail.SealedCopy(t.Context(), h.vendor.ID, code); !fault.Is(err, fault.Refused) {
		t.Errorf("after the batch's key was destroyed: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(h.dir, "batches", "*", "*.age*"))
	h.must(err)
	if len(left) > 0 || h.count(`SELECT count(*) FROM sealed_copies WHERE forgotten_at IS NULL`) > 0 {
		t.Errorf("sealed files stay after the batch's key was destroyed: %v", left)
	}
}

func TestFilesAreSealedOnlyToAKeyThatCanBeSealedTo(t *testing.T) {
	h := newHouse(t, 1)
	for kind, keys := range map[string][]string{
		letters.SealedAge:     {"", "age1nonsense", "AGE-SECRET-KEY-1QQQQ", "ssh-ed25519 AAAA"},
		letters.SealedOpenPGP: {"", "age1nonsense", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----"},
		"zip":                 {"a password"},
	} {
		for _, key := range keys {
			if err := h.mail.SetVendorSealing(t.Context(), h.staff[0], h.vendor.ID, kind, key); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s to %.30q: %v", kind, key, err)
			}
		}
	}
	if _, err := h.mail.SealedCopy(t.Context(), h.vendor.ID, "NEL-0001"); !fault.Is(err, fault.NotFound) {
		t.Errorf("without a key: %v", err)
	}
}
