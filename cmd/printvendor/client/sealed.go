package client

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"duenotice/letters/exchange"
)

// SealedFile is a batch's file sealed to the vendor's own key, in its folder.
type SealedFile struct {
	Path        string        `json:"path"`
	SealedWith  string        `json:"sealed_with"` // openpgp or age
	Fingerprint string        `json:"fingerprint"`
	Sealed      exchange.File `json:"sealed"`
	Clear       exchange.File `json:"clear"` // what it is once it is opened
}

// PullSealed brings a batch's file sealed to the vendor's own key into a
// folder, as Pull does with the clear one: it goes on where it broke, and is
// named only when its checksum is right. Opening it is left to gpg or age; what
// comes of that has the checksum in Clear.
func (c *Client) PullSealed(ctx context.Context, code, folder string) (s SealedFile, err error) {
	if !safeName.MatchString(code) {
		return s, fmt.Errorf("%q is not the code of a batch", code)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return s, fmt.Errorf("make folder: %w", err)
	}
	text, err := c.send(ctx, http.MethodGet, path(code, "/sealed.json"), nil)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("the note on the sealed file of %s is not what the API describes: %w", code, err)
	}
	if s.Sealed.Name != filepath.Base(s.Sealed.Name) || !strings.HasPrefix(s.Sealed.Name, code) {
		return s, fmt.Errorf("the note on the sealed file of %s names another file", code)
	}
	s.Path = filepath.Join(folder, s.Sealed.Name)
	if _, err := os.Stat(s.Path); err == nil {
		return s, nil
	}
	_, err = c.download(ctx, wanted{path(code, "/pdf.sealed"), s.Sealed.Name, s.Sealed, func(got *check, size int64) error {
		if size != s.Sealed.Bytes || hex.EncodeToString(got.sum.Sum(nil)) != s.Sealed.SHA256 {
			return errors.New("the sealed file of " + code + " has not the checksum that its note names")
		}
		return nil
	}}, folder)
	return s, err
}
