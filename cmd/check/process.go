package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// grace is what a process has to tidy up between being asked to stop and being killed.
const grace = 15 * time.Second

// command prepares a process that shows its output here and, with everything
// it started, ends when ctx does.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = grace
	return cmd
}

// run starts the process and waits for it; when ctx has ended, nothing of the
// process's group is left behind.
func run(ctx context.Context, cmd *exec.Cmd) error {
	err := cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it fails when all are gone, as they should be
		return context.Cause(ctx)
	}
	return err
}
