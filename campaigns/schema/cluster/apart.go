//go:build linux

package cluster

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// setApart runs a command in a user namespace of its own, in which we are a
// plain user with a name.
func setApart(attr *syscall.SysProcAttr) {
	id := someName()
	attr.Cloneflags = syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Getegid(), Size: 1}}
	attr.Credential = &syscall.Credential{Uid: uint32(id), Gid: uint32(id), NoSetGroups: true}
}

// someName is the number of any user but root that the user table names:
// nobody, or one of those every system has.
func someName() int {
	for _, id := range []int{65534, 1, 2, 3, 99, 1000} {
		if _, err := user.LookupId(strconv.Itoa(id)); err == nil {
			return id
		}
	}
	return 65534
}
