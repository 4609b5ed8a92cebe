package letters

import (
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"duenotice/campaigns/fault"
)

// PersonID is the id of somebody who works for a print vendor.
type PersonID int64

// VendorPerson is somebody who works for a vendor and signs in to its pages.
type VendorPerson struct {
	ID         PersonID
	Vendor     VendorID
	VendorCode string
	VendorName string
	Email      string
	Name       string
	AddedAt    time.Time
	SignedInAt time.Time // zero: never
	InviteEnds time.Time // zero: there is no invitation that was not taken up
	HasEntered bool      // has chosen a password
}

const (
	// InviteLife is how long somebody may take up an invitation.
	InviteLife = 72 * time.Hour

	invitePrefix = "dnj_"

	// The sessions of vendors' people end as those of staff do.
	personIdle = 30 * time.Minute
	personLife = 12 * time.Hour

	mostPeople = 50 // of one vendor
)

func tidyPerson(email, name string) (string, string, error) {
	email, name = strings.ToLower(strings.TrimSpace(email)), strings.TrimSpace(name)
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 200 {
		return "", "", fault.In("person-email", fault.Invalid, "Write one e-mail address, such as j.farrow@example.org.")
	}
	if name == "" || utf8.RuneCountInString(name) > 100 {
		return "", "", fault.In("person-name", fault.Invalid, "Give a name of at most 100 letters.")
	}
	return email, name, nil
}
