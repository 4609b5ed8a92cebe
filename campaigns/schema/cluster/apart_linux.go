package cluster

import "syscall"

// apartID is the number our root has inside the server's user namespace.
const apartID = 1000

// setApart runs a command in a user namespace in which root is a plain user.
func setApart(attr *syscall.SysProcAttr) {
	attr.Cloneflags = syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: apartID, HostID: 0, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: apartID, HostID: 0, Size: 1}}
	attr.Credential = &syscall.Credential{Uid: apartID, Gid: apartID, NoSetGroups: true}
}
