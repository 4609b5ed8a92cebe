package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"duenotice/campaigns/fault"
)

// keeper is the user the server runs as. PostgreSQL refuses to be root, so
// root lends it to postgres, else to nobody. Where neither exists, and for a
// user without a name (PostgreSQL refuses those too), it runs as ourselves in
// a user namespace that calls us by the name of somebody else.
type keeper struct {
	name     string
	uid, gid int
	lent     bool // another user than ours
	apart    bool // in a user namespace, where we have another number
}

// findKeeper keeps to whoever owns the server's files already.
func findKeeper(data string) (keeper, error) {
	ourselves := keeper{name: "root", uid: os.Geteuid(), gid: os.Getegid()}
	if ourselves.uid != 0 {
		_, err := user.LookupId(strconv.Itoa(ourselves.uid))
		ourselves.apart = err != nil && runtime.GOOS == "linux"
		return ourselves, nil
	}
	info, err := os.Stat(data)
	switch {
	case err == nil:
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return keeper{}, fmt.Errorf("read owner of %s", data)
		}
		if owner.Uid == 0 {
			ourselves.apart = true
			return ourselves, nil
		}
		return named(int(owner.Uid), int(owner.Gid)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return keeper{}, fmt.Errorf("read server's folder: %w", err)
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if uid > 0 && gid > 0 {
			return keeper{name: name, uid: uid, gid: gid, lent: true}, nil
		}
	}
	ourselves.apart = true
	return ourselves, nil
}

func named(uid, gid int) keeper {
	k := keeper{name: strconv.Itoa(uid), uid: uid, gid: gid, lent: true}
	if u, err := user.LookupId(k.name); err == nil {
		k.name = u.Username
	}
	return k
}

// dress makes a command run as the keeper, away from the terminal's Ctrl-C.
func (k keeper) dress(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	switch {
	case k.apart:
		setApart(cmd.SysProcAttr)
	case k.lent:
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(k.uid), Gid: uint32(k.gid)}
	}
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_MESSAGES=C", "TZ=UTC", "HOME=/"}
}

// give hands a folder to the keeper, closed to everybody else.
func (k keeper) give(folder string) error {
	if k.lent {
		if err := os.Chown(folder, k.uid, k.gid); err != nil {
			return fmt.Errorf("hand folder to %s: %w", k.name, err)
		}
	}
	return os.Chmod(folder, 0o700) //nolint:gosec // G302: a folder needs its x bit
}

// reaches says in a sentence which folder on the way to path is closed to
// the keeper.
func (k keeper) reaches(path string) error {
	if !k.lent {
		return nil
	}
	for folder := path; ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err != nil {
			return fmt.Errorf("look at folder: %w", err)
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && !k.enters(info.Mode(), owner) {
			return fault.New(fault.Unavailable, "The folder %s is closed to the user %s, who runs the database server because root may not. Open it with \"chmod o+x %s\", or use another folder with --data.", folder, k.name, folder)
		}
		if folder == filepath.Dir(folder) {
			return nil
		}
	}
}

func (k keeper) enters(mode fs.FileMode, owner *syscall.Stat_t) bool {
	switch {
	case int(owner.Uid) == k.uid:
		return mode&0o100 != 0
	case int(owner.Gid) == k.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

// mine refuses a folder that belongs to somebody else.
func mine(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("look at folder: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	return fault.New(fault.Unavailable, "The folder %s belongs to the user %s. Run this as that user, or use another folder with --data.", folder, named(int(owner.Uid), int(owner.Gid)).name)
}
