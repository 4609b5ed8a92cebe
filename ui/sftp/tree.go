package sftp

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// visitor is who holds a connection, by what they proved.
type visitor struct {
	name string
	key  []byte
	from netip.Addr
}

// tree is what one vendor sees:
//
//	README.txt
//	recalls.csv    the pieces that must not be posted, as of now
//	out/           batches: the PDF, then what it holds
//	in/            files of answers, by the vendor
//	acks/          what became of each line of them
//
// Nothing else has a name, so a path leads nowhere but here.
type tree struct {
	door *Door
	who  visitor
	ctx  context.Context //nolint:containedctx // the library's handlers have no other way to it
}

// vendor asks again, each time, whether the key still opens.
func (t *tree) vendor() (letters.Vendor, error) {
	return t.door.mailroom.VendorBySSHKey(t.ctx, t.who.name, t.who.key, t.who.from)
}

// told turns an error into what a client may read.
func (t *tree) told(err error) error {
	known := fault.Of(err)
	switch {
	case err == nil:
		return nil
	case known == nil:
		if !errors.Is(err, context.Canceled) {
			t.door.mailroom.Log.Error("sftp", "error", err.Error())
		}
		return sftp.ErrSSHFxFailure
	case known.Kind == fault.NotFound:
		return sftp.ErrSSHFxNoSuchFile
	case known.Kind == fault.Unauthenticated:
		return sftp.ErrSSHFxPermissionDenied
	}
	return errors.New(known.Sentence)
}

// caught turns a panic into an error: the library calls us on lines of its own,
// where a panic would end the whole process.
func (t *tree) caught(err *error) {
	if recover() != nil {
		t.door.mailroom.Log.Error("an sftp request panicked")
		*err = sftp.ErrSSHFxFailure
	}
}

// Filelist implements sftp.FileLister: folders, and single names.
func (t *tree) Filelist(r *sftp.Request) (_ sftp.ListerAt, err error) {
	defer t.caught(&err)
	v, err := t.vendor()
	if err != nil {
		return nil, t.told(err)
	}
	switch r.Method {
	case "List":
		list, err := t.list(v, r.Filepath)
		return listed(list), t.told(err)
	case "Stat":
		n, err := t.find(v, r.Filepath)
		if err != nil {
			return nil, t.told(err)
		}
		return listed{n}, nil
	}
	return nil, sftp.ErrSSHFxOpUnsupported
}

// Fileread implements sftp.FileReader.
func (t *tree) Fileread(r *sftp.Request) (_ io.ReaderAt, err error) {
	defer t.caught(&err)
	v, err := t.vendor()
	if err != nil {
		return nil, t.told(err)
	}
	n, err := t.find(v, r.Filepath)
	if err != nil {
		return nil, t.told(err)
	}
	if n.folder || n.open == nil {
		return nil, sftp.ErrSSHFxPermissionDenied
	}
	return &stream{size: n.size, read: func(offset, length int64) (io.ReadCloser, error) {
		r, err := n.open(t.ctx, offset, length)
		return r, t.told(err)
	}}, nil
}

// Filewrite implements sftp.FileWriter: answers may be left in in/, and
// nothing may be written elsewhere.
func (t *tree) Filewrite(r *sftp.Request) (_ io.WriterAt, err error) {
	defer t.caught(&err)
	v, err := t.vendor()
	if err != nil {
		return nil, t.told(err)
	}
	name, ok := answerIn(r.Filepath)
	if !ok {
		return nil, sftp.ErrSSHFxPermissionDenied
	}
	files, err := t.door.mailroom.VendorFiles(t.ctx, v.ID)
	if err != nil {
		return nil, t.told(err)
	}
	u := &upload{tree: t, vendor: v.ID, name: name}
	for _, f := range files {
		switch {
		case f.Name != name:
		case !f.WholeAt.IsZero():
			u.whole = true // only the same content again is taken
		case !r.Pflags().Trunc: // it goes on where it was cut
			if u.content, err = t.door.mailroom.ReadVendorFile(t.ctx, v.ID, name, false); err != nil {
				return nil, t.told(err)
			}
		}
	}
	return u, nil
}

// answerIn is the name of a file of answers in in/.
func answerIn(at string) (name string, ok bool) {
	dir, name := path.Split(at)
	return name, dir == "/in/" && letters.AnswerName(name)
}

// Filecmd implements sftp.FileCmder: files of answers may be renamed and
// removed until they are whole.
func (t *tree) Filecmd(r *sftp.Request) (err error) {
	defer t.caught(&err)
	v, err := t.vendor()
	if err != nil {
		return t.told(err)
	}
	name, ok := answerIn(r.Filepath)
	if !ok {
		return sftp.ErrSSHFxPermissionDenied
	}
	switch r.Method {
	case "Setstat": // clients like to set times and rights; there are none to set
		return nil
	case "Rename", "PosixRename":
		to, ok := answerIn(r.Target)
		if !ok || strings.HasSuffix(to, ".part") {
			return sftp.ErrSSHFxPermissionDenied
		}
		return t.told(t.door.mailroom.RenameFile(t.ctx, v.ID, name, to))
	case "Remove":
		return t.told(t.door.mailroom.RemoveFile(t.ctx, v.ID, name))
	}
	return sftp.ErrSSHFxPermissionDenied
}

// listed is a list of names as the library asks for it.
type listed []node

// ListAt implements sftp.ListerAt.
func (l listed) ListAt(into []os.FileInfo, from int64) (n int, err error) {
	if from < 0 || from >= int64(len(l)) {
		return 0, io.EOF
	}
	for n < len(into) && int(from)+n < len(l) {
		into[n] = l[int(from)+n]
		n++
	}
	if int(from)+n == len(l) {
		err = io.EOF
	}
	return n, err
}
