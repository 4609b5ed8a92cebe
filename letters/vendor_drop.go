package letters

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"duenotice/campaigns/fault"
)

// Drop is a vendor's own SFTP server, to which its batches are brought, and
// from which its answers are fetched.
type Drop struct {
	Vendor     VendorID
	VendorCode string
	VendorName string
	Address    string // host:port
	Account    string
	Folder     string
	HostKey    []byte // pinned: a server with another key is not spoken to
	StoppedAt  time.Time
	NextAt     time.Time
	Attempts   int // in vain, since it last went well
	WentWellAt time.Time
	Said       string
}

// dropWaits is how long after each attempt in vain the next one comes; the last
// holds for all that follow, for a batch is never given up.
var dropWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

const (
	dropAlarm  = "vendor drop"
	dropAlarms = 3 // attempts in vain after which somebody is told
	dropDial   = 20 * time.Second
)

var dropAccount = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$`)

func (d *Drop) tidy(hostKey string) error {
	d.Address, d.Account, d.Folder = strings.TrimSpace(d.Address), strings.TrimSpace(d.Account), strings.TrimSpace(d.Folder)
	host, port, err := net.SplitHostPort(d.Address)
	if err != nil {
		host, port = d.Address, "22"
	}
	n, err := strconv.Atoi(port)
	key, _, _, _, wrong := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(hostKey)))
	switch {
	case host == "" || strings.ContainsAny(host, " /@") || err != nil || n < 1 || n > 65535:
		return fault.In("drop-address", fault.Invalid, "Give the server as a name or an address, and its port if that is not 22: sftp.print.example.org:2222.")
	case !dropAccount.MatchString(d.Account):
		return fault.In("drop-account", fault.Invalid, "Give the account with which we sign in there.")
	case len(d.Folder) > 200 || strings.Contains(d.Folder, "..") || strings.ContainsAny(d.Folder, "\\\x00\n"):
		return fault.In("drop-folder", fault.Invalid, "Give a folder such as /due-notice, or leave it empty.")
	case wrong != nil:
		return fault.In("drop-key", fault.Invalid, "Give the server’s own public key, as ssh-keyscan shows it after the name: ssh-ed25519 AAAA….")
	}
	if d.Folder == "" {
		d.Folder = "."
	}
	d.Address, d.HostKey = net.JoinHostPort(host, port), key.Marshal()
	return nil
}

// DropKey is the key with which we sign in at a vendor's server; the vendor
// lets its public half in. It follows from the oldest pepper.
func (m *Mailroom) DropKey(vendor VendorID) (ssh.Signer, error) {
	codes := m.Desk.Codes()
	oldest := codes.Newest
	for id := range codes.Peppers {
		oldest = min(oldest, id)
	}
	seed, err := secretFor(codes, oldest, fmt.Sprintf("key at the server of vendor %d", vendor))
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
}

var errOtherKey = errors.New("another host key")

// callDrop signs in at a vendor's server and holds its host key against the
// pinned one before anything is said.
func (m *Mailroom) callDrop(ctx context.Context, d Drop) (*sftp.Client, func(), error) {
	signer, err := m.DropKey(d.Vendor)
	if err != nil {
		return nil, nil, err
	}
	pinned, err := ssh.ParsePublicKey(d.HostKey)
	if err != nil {
		return nil, nil, fmt.Errorf("read pinned key: %w", err)
	}
	algorithms := []string{pinned.Type()}
	if pinned.Type() == ssh.KeyAlgoRSA {
		algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	dialer := &net.Dialer{Timeout: dropDial}
	if !m.Register.Options.MadeUpPeople {
		dialer.Control = outward
	}
	raw, err := dialer.DialContext(ctx, "tcp", d.Address)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, channels, requests, err := ssh.NewClientConn(raw, d.Address, &ssh.ClientConfig{User: d.Account, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, Timeout: dropDial,
		HostKeyAlgorithms: algorithms, ClientVersion: "SSH-2.0-DueNotice",
		HostKeyCallback: func(_ string, _ net.Addr, shown ssh.PublicKey) error {
			if !bytes.Equal(shown.Marshal(), d.HostKey) {
				return errOtherKey
			}
			return nil
		}})
	if err != nil {
		stop()
		_ = raw.Close()
		return nil, nil, err
	}
	client := ssh.NewClient(conn, channels, requests)
	files, err := sftp.NewClient(client)
	if err != nil {
		stop()
		_ = client.Close()
		return nil, nil, err
	}
	return files, func() { stop(); _ = files.Close(); _ = client.Close() }, nil
}

// dropFile is a file to be brought; it never changes.
type dropFile struct {
	name string
	size int64
	open func(ctx context.Context, offset int64) (io.ReadCloser, error)
}

func inMemory(name string, content []byte) dropFile {
	return dropFile{name, int64(len(content)), func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content[offset:])), nil
	}}
}

// bring puts a file under another name first and goes on where an earlier
// attempt was cut; whole, it gets its name.
func bring(ctx context.Context, files *sftp.Client, folder string, f dropFile) error {
	at, part := path.Join(folder, f.name), path.Join(folder, f.name+".part")
	if there, err := files.Stat(at); err == nil && there.Size() == f.size {
		return nil
	}
	offset := int64(0)
	if there, err := files.Stat(part); err == nil && there.Size() <= f.size {
		offset = there.Size()
	}
	flags := os.O_WRONLY | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	to, err := files.OpenFile(part, flags)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	defer to.Close()
	if offset < f.size {
		from, err := f.open(ctx, offset)
		if err != nil {
			return err
		}
		defer from.Close()
		if _, err := to.Seek(offset, io.SeekStart); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		if _, err := to.ReadFrom(from); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	if err := to.Close(); err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	if there, err := files.Stat(part); err != nil || there.Size() != f.size {
		_ = files.Remove(part) // begun anew next time
		return fmt.Errorf("write %s: it arrived with another length", f.name)
	}
	if err := files.PosixRename(part, at); err != nil {
		if err := files.Rename(part, at); err != nil {
			return fmt.Errorf("name %s: %w", f.name, err)
		}
	}
	return nil
}

// why says in a sentence what went wrong, without what a server says of itself.
func why(err error) string {
	var wire *ssh.ServerAuthError
	var slow net.Error
	switch {
	case errors.Is(err, errOtherKey) || strings.Contains(err.Error(), errOtherKey.Error()):
		return "The server shows another key than the one that was agreed. Nothing was said to it. Was it replaced, or is somebody in between?"
	case errors.Is(err, errInward):
		return "The address leads to this machine or its own network."
	case errors.As(err, &wire) || strings.Contains(err.Error(), "unable to authenticate"):
		return "The server does not let our key in."
	case errors.As(err, &slow) && slow.Timeout():
		return "The server did not answer in time."
	case errors.Is(err, os.ErrPermission):
		return "The server lets us in, and does not let us write there."
	case errors.Is(err, os.ErrNotExist):
		return "The folder is not there."
	}
	return "It could not be reached, or broke off."
}

func writeRecalls(list []Recall) ([]byte, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	rows := [][]string{{"reference", "batch", "sequence", "reason"}}
	for _, r := range list {
		rows = append(rows, []string{r.Reference, r.Batch, strconv.Itoa(r.Sequence), r.Reason})
	}
	rows = append(rows, []string{"END", strconv.Itoa(len(list)), "", ""})
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write recalls: %w", err)
	}
	return file.Bytes(), nil
}
