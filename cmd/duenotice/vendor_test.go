package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestAVendorIsSetUpAndItsKeysChangedFromTheCommandLine(t *testing.T) {
	n := arrive(t)
	added := n.does("vendor add", "HARBOUR", "Harbour Print and Post", "--json")
	var said struct {
		Key    string `json:"key"`
		Client string `json:"client_id"`
	}
	if json.Unmarshal([]byte(added), &said) != nil || !strings.HasPrefix(said.Key, "dnv_") {
		t.Fatalf("a vendor is added with %q", added)
	}
	secret := n.does("vendor key", "HARBOUR", "--client", "--json")
	if json.Unmarshal([]byte(secret), &said) != nil || !strings.HasPrefix(said.Key, "dns_") || !strings.HasPrefix(said.Client, "dnc_") {
		t.Fatalf("a client secret is made with %q", secret)
	}
	if out := n.does("vendor rotate", "HARBOUR"); !regexp.MustCompile(`dnv_[A-Za-z0-9_-]{43}`).MatchString(out) {
		t.Errorf("a further key: %q", out)
	}
	n.does("vendor networks", "HARBOUR", "192.0.2.0/24", "2001:db8::/32")
	n.hears("Did you mean 192.0.2.0/24?", "vendor networks", "HARBOUR", "192.0.2.9/24")
	if code, _, errs := n.call("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPyJrBEdBVfwOO0dlLlBXdZ5Fm1Yc0oXnqBv9f4kqLm print room\n", "vendor ssh-key", "HARBOUR"); code != done {
		t.Errorf("a public key: %s", errs)
	}
	if code, _, errs := n.call("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n", "vendor seal", "HARBOUR", "age"); code != done {
		t.Errorf("sealing: %s", errs)
	}
	n.does("vendor revoke", "HARBOUR", said.Key[len(said.Key)-4:])
	n.hears("has no live key that ends in", "vendor revoke", "HARBOUR", said.Key[len(said.Key)-4:])
	shown := n.does("vendor show", "HARBOUR", "--json")
	var profile struct {
		Networks []string
		Keys     []struct{ Kind string }
		Sealed   string `json:"sealed_with"`
	}
	if json.Unmarshal([]byte(shown), &profile) != nil || len(profile.Networks) != 2 || len(profile.Keys) != 3 || profile.Sealed != "age" || strings.Contains(shown, "dnv_") {
		t.Errorf("the vendor is shown as %s", shown)
	}
	if out := n.does("vendor books", "--json"); !strings.Contains(out, `"wrong": 0`) {
		t.Errorf("empty books: %s", out)
	}
	if code, _, errs := n.call("", "vendor show", "NOBODY"); code != wrongUse || !strings.Contains(errs, "there is no vendor NOBODY") {
		t.Errorf("an unknown vendor: %d %s", code, errs)
	}
}
