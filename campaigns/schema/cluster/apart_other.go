//go:build !linux

package cluster

import "syscall"

// setApart does nothing here: only Linux has user namespaces, and everywhere
// else there is a user called nobody.
func setApart(*syscall.SysProcAttr) {}
