package house

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"

	"duenotice/campaigns/fault"
	"duenotice/ui/patients"
)

// Login reads how people prove who they are before they see their own record:
// the issuer of an OpenID Connect provider, our client there, and the file of
// our private key (PEM, RSA of at least 2048 bits) with the id that the
// provider knows it by. Without an issuer there is none.
func Login(issuer, client, keyFile, keyID string) (*patients.Login, error) {
	if issuer == "" {
		return nil, nil
	}
	if client == "" || keyFile == "" {
		return nil, fault.New(fault.Invalid, "DUENOTICE_LOGIN_ISSUER needs DUENOTICE_LOGIN_CLIENT and DUENOTICE_LOGIN_KEY, the file of our private key.")
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file that DUENOTICE_LOGIN_KEY names cannot be read.")
	}
	block, _ := pem.Decode(text)
	var key any
	if block != nil {
		if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		}
	}
	private, ours := key.(*rsa.PrivateKey)
	if block == nil || err != nil || !ours || private.N.BitLen() < 2048 {
		return nil, fault.New(fault.Invalid, "DUENOTICE_LOGIN_KEY must name a PEM file with an RSA key of at least 2048 bits, such as: openssl genrsa 2048.")
	}
	return &patients.Login{Issuer: strings.TrimSuffix(issuer, "/"), Client: client, Key: private, KeyID: keyID}, nil
}
