package schematest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"duenotice/campaigns/schema/cluster"
)

// watching names, in the environment of a watcher, the folder it watches.
const watching = "DUENOTICE_TEST_WATCHER"

// linger is how long the server waits for the next test program.
const linger = time.Minute

// A test program cannot do anything after its end, so it starts itself once
// more as a watcher, which sees the end of a pipe, lingers, and then leaves
// the server as its last user or as one of many.
func init() {
	dir := os.Getenv(watching)
	if dir == "" {
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	time.Sleep(linger)
	ctx := context.Background()
	if err := cluster.Retire(ctx, dir); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// watch starts the watcher of this test program and returns what it watches:
// the file is closed by the kernel when we end, and must not be before.
func watch(dir string) (*os.File, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find test program: %w", err)
	}
	end, held, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe to watcher: %w", err)
	}
	defer func() { _ = end.Close() }()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), watching+"="+dir)
	cmd.Dir = "/"
	cmd.Stdin = end
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start watcher: %w", err)
	}
	return held, nil
}
