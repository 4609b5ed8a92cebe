package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"duenotice/campaigns/fault"
)

// Claim makes this process the only demo or serve of the folder, by the name
// it gives. The claim ends with Release or with the process, however it dies.
// A folder already claimed is a fault that names by what.
func (c *Cluster) Claim(name string) error {
	path := filepath.Join(c.dir, "claim")
	l, err := openLock(path)
	if err != nil {
		return err
	}
	ok, err := l.alone()
	if err != nil {
		l.free()
		return err
	}
	if !ok {
		l.free()
		return taken(path, name)
	}
	c.claimed = l
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("write claim: %w", err)
	}
	if _, err := l.file.WriteAt(fmt.Appendf(nil, "%s %d\n", name, os.Getpid()), 0); err != nil {
		return fmt.Errorf("write claim: %w", err)
	}
	return nil
}

func taken(path, name string) error {
	who, process := "process", ""
	if text, err := os.ReadFile(path); err == nil {
		if holder, pid, ok := strings.Cut(strings.TrimSpace(string(text)), " "); ok {
			who, process = holder, fmt.Sprintf(" (process %s)", pid)
		}
	}
	if who == name || process == "" {
		return fault.New(fault.Conflict, "Another %s is already running on this folder%s. Stop it first, or use another folder with --data.", who, process)
	}
	return fault.New(fault.Conflict, "A %s is already running on this folder%s, so %s cannot start. Stop it first, or use another folder with --data.", who, process, name)
}
