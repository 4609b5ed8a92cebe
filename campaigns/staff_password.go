package campaigns

// PasswordFits compares a password with a hash of HashPassword in constant
// time. Against NobodysPassword none fits, and it takes as long.
func PasswordFits(hash, password string) bool { return passwordFits(hash, password) }

// NobodysPassword is a hash to compare with where nobody is known, so that
// both take the same time.
func NobodysPassword() string { return decoy() }
