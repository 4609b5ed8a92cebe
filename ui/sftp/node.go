package sftp

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// node is one name in a vendor's tree.
type node struct {
	name   string
	size   int64
	at     time.Time
	folder bool
	put    bool // it may be written
	open   func(ctx context.Context, offset, length int64) (io.ReadCloser, error)
}

// Name implements fs.FileInfo, as do the others below.
func (n node) Name() string { return n.name }

// Size implements fs.FileInfo.
func (n node) Size() int64 { return n.size }

// Mode implements fs.FileInfo.
func (n node) Mode() fs.FileMode {
	switch {
	case n.folder && n.put:
		return fs.ModeDir | 0o700
	case n.folder:
		return fs.ModeDir | 0o500
	case n.put:
		return 0o600
	}
	return 0o400
}

// ModTime implements fs.FileInfo.
func (n node) ModTime() time.Time { return n.at }

// IsDir implements fs.FileInfo.
func (n node) IsDir() bool { return n.folder }

// Sys implements fs.FileInfo.
func (n node) Sys() any { return nil }

// fixed is a file whose few bytes are at hand.
func fixed(name string, at time.Time, content []byte) node {
	return node{name: name, size: int64(len(content)), at: at}.holding(content)
}

func (n node) holding(content []byte) node {
	n.open = func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
		part := content[min(offset, int64(len(content))):]
		if length >= 0 {
			part = part[:min(length, int64(len(part)))]
		}
		return io.NopCloser(bytes.NewReader(part)), nil
	}
	return n
}

func absent() error { return fault.New(fault.NotFound, "There is no such file.") }

// find looks a path up; a name is there when its folder lists it.
func (t *tree) find(v letters.Vendor, at string) (node, error) {
	if at == "/" {
		return node{name: "/", folder: true, at: t.now()}, nil
	}
	dir, name := path.Split(at)
	list, err := t.list(v, path.Clean(dir))
	if err != nil {
		return node{}, err
	}
	for _, n := range list {
		if n.name == name {
			return n, nil
		}
	}
	return node{}, absent()
}

func (t *tree) now() time.Time { return t.door.mailroom.Clock() }

func (t *tree) list(v letters.Vendor, at string) ([]node, error) {
	switch at {
	case "/":
		recalls, err := t.recalls(v)
		if err != nil {
			return nil, err
		}
		return []node{fixed("README.txt", v.LastHeardAt, []byte(fmt.Sprintf(readMe, v.Name))), recalls,
			{name: "acks", folder: true, at: t.now()}, {name: "in", folder: true, put: true, at: t.now()}, {name: "out", folder: true, at: t.now()}}, nil
	case "/out":
		return t.out(v)
	case "/in":
		return t.in(v)
	case "/acks":
		return t.acks(v)
	}
	return nil, absent()
}

// in are the files that the vendor left, those first that are not whole.
func (t *tree) in(v letters.Vendor) ([]node, error) {
	files, err := t.door.mailroom.VendorFiles(t.ctx, v.ID)
	if err != nil {
		return nil, err
	}
	var list []node
	for _, f := range files {
		list = append(list, node{name: f.Name, size: int64(f.Bytes), at: f.ReceivedAt, put: f.WholeAt.IsZero(), open: t.kept(v, f.Name, false)})
	}
	return list, nil
}

// acks are what became of each line of them.
func (t *tree) acks(v letters.Vendor) ([]node, error) {
	if err := t.door.mailroom.AnswerFiles(t.ctx, v.ID); err != nil { // what a process left that died in between
		return nil, err
	}
	files, err := t.door.mailroom.VendorFiles(t.ctx, v.ID)
	if err != nil {
		return nil, err
	}
	var list []node
	for _, f := range files {
		if !f.AnsweredAt.IsZero() {
			list = append(list, node{name: strings.TrimSuffix(f.Name, ".csv") + ".result.csv", size: int64(f.Result), at: f.AnsweredAt, open: t.kept(v, f.Name, true)})
		}
	}
	return list, nil
}

func (t *tree) kept(v letters.Vendor, name string, result bool) func(context.Context, int64, int64) (io.ReadCloser, error) {
	return func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		content, err := t.door.mailroom.ReadVendorFile(ctx, v.ID, name, result)
		if err != nil {
			return nil, err
		}
		return node{}.holding(content).open(ctx, offset, length)
	}
}

const mostRecalls = 10_000

// recalls are the pieces that must not be posted.
func (t *tree) recalls(v letters.Vendor) (node, error) {
	list, err := t.door.mailroom.Recalls(t.ctx, v.ID, 0, mostRecalls)
	if err != nil {
		return node{}, err
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	rows := [][]string{{"reference", "batch", "sequence", "reason", "asked_on"}}
	for _, r := range list {
		rows = append(rows, []string{r.Reference, r.Batch, strconv.Itoa(r.Sequence), r.Reason, calendar.DateOf(r.AskedAt).String()})
	}
	if err := w.WriteAll(append(rows, []string{"END", strconv.Itoa(len(list))})); err != nil {
		return node{}, fmt.Errorf("write recalls: %w", err)
	}
	return fixed("recalls.csv", t.now(), file.Bytes()), nil
}

const readMe = `Due Notice, for %s.

out/         Sealed batches: the PDF, then its manifest as JSON and CSV. A batch
             is whole when its manifest is there; the manifest has the PDF's
             SHA-256. If your files are sealed to your own key, the PDF ends in
             .gpg or .age, and a note ending in .sealed.json has the checksums of
             both forms.
recalls.csv  Pieces that must not be posted, as of now. Look before you post.
in/          Leave your answers here, as CSV in UTF-8:

               subject,status,date,reason
               NEL-0001,accepted,,
               DN4831772056,spoiled,,torn in folding
               NEL-0001,posted,2027-03-12,docket 4711
               DN4831772057,returned,2027-03-19,R01
               DN4831772058,too late,,
               END,5

             A subject is a piece or a whole batch. A batch is accepted, rejected
             or posted, and your copies of it are destroyed in the end; a piece also printed, enclosed, spoiled, failed, recalled,
             forwarded, returned. The last line is END and the number of lines:
             without it the file waits, so a broken upload does nothing and can be
             sent again or gone on with. You may also write NAME.csv.part and
             rename it. A name is used once.
acks/        What became of each line: applied, already so, or refused with the
             reason. NAME.csv is answered by NAME.result.csv.
`
