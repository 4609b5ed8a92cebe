package vendors_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

// certificate makes one that a vendor signed itself, as PEM and as bytes.
func certificate(t *testing.T, name string, from, to time.Time) (text string, der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	if der, err = x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key); err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), der
}

func TestAPinnedCertificateIsNeededBesideTheKey(t *testing.T) {
	h := newHouse(t, 1)
	p, err := h.mail.VendorProfile(t.Context(), "INKWELL")
	h.must(err)
	from, to := h.clock.Now().AddDate(0, -1, 0), h.clock.Now().AddDate(0, 1, 0)
	pinned, der := certificate(t, "inkwell", from, to)
	_, stranger := certificate(t, "inkwell", from, to) // the same name, another key
	late, _ := certificate(t, "inkwell", from, h.clock.Now().Add(-time.Hour))
	shows := func(der []byte) []string {
		return []string{"Client-Cert", ":" + base64.StdEncoding.EncodeToString(der) + ":"}
	}
	h.expect(200, "GET", "/vendor/v1/batches", "")
	for _, bad := range []string{"", "nonsense", late, pinned + pinned, strings.Replace(pinned, "CERTIFICATE", "PRIVATE KEY", 2)} {
		if err := h.mail.AddCertificate(t.Context(), h.staff[0], p.ID, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40q is pinned: %v", bad, err)
		}
	}
	h.must(h.mail.AddCertificate(t.Context(), h.staff[0], p.ID, pinned))
	h.expect(401, "GET", "/vendor/v1/batches", "")
	h.expect(200, "GET", "/vendor/v1/batches", "", shows(der)...)
	h.expect(200, "GET", "/vendor/v1/batches", "", "Client-Cert", url.PathEscape(pinned))
	h.expect(401, "GET", "/vendor/v1/batches", "", shows(stranger)...)
	h.expect(401, "GET", "/vendor/v1/batches", "", "Client-Cert", "::")
	h.expect(401, "GET", "/vendor/v1/batches", "", append(shows(der), "Authorization", "Bearer "+h.other+"x")...)
	h.expect(200, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+h.other) // who has none needs none
	if h.count(`SELECT count(*) FROM vendor_certificates WHERE used_at IS NOT NULL`) != 1 {
		t.Error("its use is not noted")
	}
	h.clock.Set(to.Add(time.Hour))
	h.expect(401, "GET", "/vendor/v1/batches", "", shows(der)...)
	h.clock.Set(to.Add(-time.Hour))
	list, err := h.mail.Certificates(t.Context(), p.ID)
	h.must(err)
	h.must(h.mail.RevokeCertificate(t.Context(), h.staff[0], p.ID, list[0].ID))
	h.expect(200, "GET", "/vendor/v1/batches", "")
}

func TestACertificateInAHeaderFromElsewhereThanOurProxySaysNothing(t *testing.T) {
	h := newHouse(t, 1)
	p, err := h.mail.VendorProfile(t.Context(), "INKWELL")
	h.must(err)
	pinned, _ := certificate(t, "inkwell", h.clock.Now().AddDate(0, -1, 0), h.clock.Now().AddDate(0, 1, 0))
	h.must(h.mail.AddCertificate(t.Context(), h.staff[0], p.ID, pinned))
	for proxies, want := range map[string]int{"192.0.2.7": 401, "0.0.0.0": 200} { // a test's request comes from 0.0.0.0
		r, err := page.New(&static.Assets{}, page.Site{Door: page.Vendors, Logger: slog.New(slog.DiscardHandler), Problem: vendors.Problem})
		h.must(err)
		app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed, EnableTrustedProxyCheck: true, TrustedProxies: []string{proxies}})
		app.Use(r.Guarded)
		h.must(vendors.Routes(app, r, h.mail))
		req := httptest.NewRequest("GET", "/vendor/v1/batches", nil)
		req.Header.Set("Authorization", "Bearer "+h.key)
		req.Header.Set("Client-Cert", url.PathEscape(pinned))
		res, err := app.Test(req, -1)
		h.must(err)
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("with the trusted proxy %s: %d %s", proxies, res.StatusCode, text)
		}
	}
}
