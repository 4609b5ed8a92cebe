package house

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

const pepperBytes = 32

// Peppers reads DUENOTICE_PEPPER: base64 of at least 32 random bytes, or
// several with their numbers, as in 1:…,2:…; the highest makes new codes, all
// recognise those on letters already sent.
func Peppers(text string) (optout.CodeMaker, error) {
	m := optout.CodeMaker{Peppers: map[int16][]byte{}}
	for one := range strings.SplitSeq(text, ",") {
		number, secret, numbered := strings.Cut(strings.TrimSpace(one), ":")
		if !numbered {
			number, secret = "1", number
		}
		id, err := strconv.ParseInt(number, 10, 16)
		pepper, wrong := base64.StdEncoding.DecodeString(secret)
		if err != nil || wrong != nil || id < 1 || len(pepper) < pepperBytes || m.Peppers[int16(id)] != nil {
			return optout.CodeMaker{}, fault.New(fault.Invalid, "DUENOTICE_PEPPER cannot be used. Give base64 of at least %d random bytes, such as: openssl rand -base64 %d. "+
				"Several are numbered, as in 1:…,2:…, and each number comes once.", pepperBytes, pepperBytes)
		}
		m.Peppers[int16(id)] = pepper
		m.Newest = max(m.Newest, int16(id))
	}
	return m, nil
}

// RandomPepper is for what lives no longer than the process: simulations, benches, tests.
func RandomPepper() optout.CodeMaker {
	pepper := make([]byte, pepperBytes)
	_, _ = rand.Read(pepper) // never fails
	return optout.CodeMaker{Peppers: map[int16][]byte{1: pepper}, Newest: 1}
}

// KeptPepper reads the pepper of a demonstration's folder, and makes one there
// when asked to. Without one it is empty.
func KeptPepper(dir string, make bool) (optout.CodeMaker, error) {
	path := filepath.Join(dir, "pepper")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		return Peppers(string(text))
	case !errors.Is(err, fs.ErrNotExist):
		return optout.CodeMaker{}, fmt.Errorf("read the folder's pepper: %w", err)
	case !make:
		return optout.CodeMaker{}, nil
	}
	m := RandomPepper()
	text = []byte(base64.StdEncoding.EncodeToString(m.Peppers[1]))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return optout.CodeMaker{}, fmt.Errorf("keep the folder's pepper: %w", err)
	}
	return m, nil
}

// derive makes a key for another purpose out of the newest pepper.
func derive(m optout.CodeMaker, purpose string) []byte {
	return deriveFrom(m.Peppers[m.Newest], purpose)
}

func deriveFrom(pepper []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, pepper, nil, "duenotice "+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes of SHA-256 are always to be had
	}
	return key
}

// factorKeys seal second factors, each under the pepper that was newest when it was set up.
func factorKeys(m optout.CodeMaker) campaigns.FactorKeys {
	k := campaigns.FactorKeys{Keys: map[int16][]byte{}, Newest: m.Newest}
	for number, pepper := range m.Peppers {
		k.Keys[number] = deriveFrom(pepper, "second factors")
	}
	return k
}
