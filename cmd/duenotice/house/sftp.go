package house

import (
	"net"

	"golang.org/x/crypto/ssh"

	"duenotice/ui/sftp"
)

// fileDoor is the door of vendors that work with files only, and where it listens.
type fileDoor struct {
	door *sftp.Door
	on   net.Listener
}

// listenSFTP opens it; without an address there is none.
func (d *Listening) listenSFTP(address string) error {
	if address == "" {
		return nil
	}
	door, err := sftp.Open(d.house.Mailroom)
	if err != nil {
		return err
	}
	l := portal{Listener: Listener{Address: address}, name: "SFTP"}
	if err := l.take(); err != nil {
		return err
	}
	d.sftp = &fileDoor{door, l.on}
	d.SFTP, d.SFTPKey = l.on.Addr().String(), ssh.FingerprintSHA256(door.HostKey())
	return nil
}
