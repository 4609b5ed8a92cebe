package letters

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"duenotice/campaigns/fault"
	"duenotice/letters/archive"
	"duenotice/optout"
)

// batchKey is the key under which a batch's file rests, as it is and as the
// database keeps it: wrapped by a secret that lives apart from the database,
// so that neither a copy of the database nor one of the archive opens a letter.
type batchKey struct {
	key     []byte
	wrapped []byte
	pepper  int16 // whose secret wraps it
}

// secretFor derives a key for a purpose from a pepper.
func secretFor(codes optout.CodeMaker, pepper int16, purpose string) ([]byte, error) {
	secret, ok := codes.Peppers[pepper]
	if !ok {
		return nil, fault.New(fault.Unavailable, "The secret with number %d, under which this file was sealed, is not known here.", pepper)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "duenotice "+purpose, archive.KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key for %s: %w", purpose, err)
	}
	return key, nil
}

func wrapping(codes optout.CodeMaker, pepper int16) (cipher.AEAD, error) {
	secret, err := secretFor(codes, pepper, "keys of batches")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("open wrapping key: %w", err)
	}
	return cipher.NewGCM(block)
}

// newBatchKey makes a key for the file of a name; it opens under no other name.
func newBatchKey(codes optout.CodeMaker, name string) (batchKey, error) {
	k := batchKey{key: make([]byte, archive.KeyBytes), pepper: codes.Newest}
	rand.Read(k.key)
	gcm, err := wrapping(codes, k.pepper)
	if err != nil {
		return batchKey{}, err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+archive.KeyBytes+gcm.Overhead())
	rand.Read(nonce)
	k.wrapped = gcm.Seal(nonce, nonce, k.key, []byte(name))
	return k, nil
}

// unwrap opens a kept key for the file of its name.
func unwrap(codes optout.CodeMaker, pepper int16, wrapped []byte, name string) ([]byte, error) {
	gcm, err := wrapping(codes, pepper)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < gcm.NonceSize() {
		return nil, errors.New("unwrap key: it is too short")
	}
	key, err := gcm.Open(nil, wrapped[:gcm.NonceSize()], wrapped[gcm.NonceSize():], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w", err)
	}
	return key, nil
}
