package house_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

func TestAnIdentityServiceIsConfiguredWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, bits int) string {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, short, none := file("good.pem", 2048), file("short.pem", 1024), filepath.Join(dir, "none.pem")
	if login, err := house.Login("", "", "", ""); login != nil || err != nil {
		t.Errorf("without an issuer: %v %v", login, err)
	}
	if login, err := house.Login("https://login.example/", "us", good, "1"); err != nil || login.Issuer != "https://login.example" || login.Key == nil {
		t.Errorf("%v %v", login, err)
	}
	for what, args := range map[string][2]string{"no client": {"", good}, "no key": {"us", ""}, "a short key": {"us", short}, "no file": {"us", none}} {
		if _, err := house.Login("https://login.example", args[0], args[1], ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
