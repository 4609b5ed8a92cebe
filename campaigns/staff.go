package campaigns

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"duenotice/campaigns/fault"
)

// Role is what a member of staff may do.
type Role string

// The roles of staff.
const (
	RoleNational Role = "national"
	RoleRegional Role = "regional"
	RolePractice Role = "practice"
	RoleHelpdesk Role = "helpdesk"
	RoleFinance  Role = "finance"
	RoleAuditor  Role = "auditor"
)

// Manages tells whether a role runs campaigns: plans, pauses, stops, settles.
func (r Role) Manages() bool { return r == RoleNational || r == RoleRegional }

// KeysAnswers tells whether a role may enter answers for patients.
func (r Role) KeysAnswers() bool { return r.Manages() || r == RoleHelpdesk }

// argon2id with the parameters of RFC 9106's second recommended option, but
// two lanes for the smallest machine this runs on.
const argonTime, argonMemory, argonLanes, argonLength = 3, 64 * 1024, 2, 32

// HashPassword returns a salted argon2id hash in the usual text form.
func HashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// passwordFits compares a password with a hash in constant time.
func passwordFits(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false
	}
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false
	}
	return subtle.ConstantTimeCompare(want, argon2.IDKey([]byte(password), salt, t, m, p, argonLength)) == 1
}

// CheckPassword says why a password is too weak, or nil.
func CheckPassword(password string) error {
	if len([]rune(password)) < 12 {
		return fault.In("password", fault.Invalid, "Choose a password of at least 12 characters.")
	}
	return nil
}
