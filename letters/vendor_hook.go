package letters

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// Hook is where a vendor wants to be told that something waits for it.
type Hook struct {
	Vendor    VendorID
	URL       string
	Version   int  // of the secret
	Both      bool // signed with the secret before as well
	Since     time.Time
	StoppedAt time.Time // zero: it is told
}

// Telling is one thing that a vendor was told, or is to be.
type Telling struct {
	ID       int64
	Vendor   VendorID
	Event    string // batch.released, recalls.asked or test
	Subject  string
	MadeAt   time.Time
	NextAt   time.Time // zero: told, or given up
	Attempts int
	ToldAt   time.Time // zero: not told
	Said     string    // what came of the last attempt
}

// GivenUp tells whether it was tried for three days in vain.
func (t Telling) GivenUp() bool { return t.ToldAt.IsZero() && t.NextAt.IsZero() }

// toldWithin is how long a telling is tried again.
const toldWithin = 3 * 24 * time.Hour

// hookWaits is how long after each attempt the next one comes; the last holds
// for all that follow.
var hookWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// next is when to try again after an attempt, or zero to give up.
func (t Telling) next(now time.Time) time.Time {
	next := now.Add(hookWaits[min(t.Attempts, len(hookWaits))-1])
	if next.After(t.MadeAt.Add(toldWithin)) {
		return time.Time{}
	}
	return next
}

// hookSecret is the secret of a vendor and a version, as the vendor keeps it.
func hookSecret(codes optout.CodeMaker, vendor VendorID, version int) (string, error) {
	oldest := codes.Newest
	for id := range codes.Peppers {
		oldest = min(oldest, id)
	}
	key, err := secretFor(codes, oldest, fmt.Sprintf("webhook of vendor %d, secret %d", vendor, version))
	if err != nil {
		return "", err
	}
	return "dnw_" + base64.RawURLEncoding.EncodeToString(key), nil
}

// hookSignature signs a body at a moment: HMAC-SHA-256 over the seconds, a dot
// and the body.
func hookSignature(secret string, at int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// hookURL checks an address of a vendor: https, a name or an address, nothing
// secret in it.
func hookURL(text string, madeUp bool) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(text) > 500:
		return "", fault.In("url", fault.Invalid, "Give an address such as https://print.example.org/due-notice.")
	case u.Scheme != "https" && (!madeUp || u.Scheme != "http"):
		return "", fault.In("url", fault.Invalid, "The address has to begin with https.")
	}
	return u.String(), nil
}

var errInward = errors.New("the address leads to this machine")

// outward refuses to connect to this machine or its network's own services,
// whatever a name says it stands for.
func outward(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errInward
	}
	a := at.Addr().Unmap()
	if a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return errInward
	}
	return nil
}

// hookClient speaks to vendors: a short while, straight, and never inward
// except where everybody is made up.
func hookClient(madeUp bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !madeUp {
		dialer.Control = outward
	}
	return &http.Client{Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}}
}

// tell posts one telling and says what came of it.
func tell(ctx context.Context, client *http.Client, h Hook, t Telling, secrets []string, now time.Time) (said string, told bool) {
	body, err := json.Marshal(struct {
		ID      int64     `json:"id"`
		Event   string    `json:"event"`
		Subject string    `json:"subject"`
		At      time.Time `json:"at"`
	}{t.ID, t.Event, t.Subject, t.MadeAt.UTC()})
	if err != nil {
		return "It could not be written.", false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return "The address cannot be used.", false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "DueNotice")
	req.Header.Set("Due-Notice-Delivery", strconv.FormatInt(t.ID, 10))
	signed := "t=" + strconv.FormatInt(now.Unix(), 10)
	for _, s := range secrets {
		signed += ",v1=" + hookSignature(s, now.Unix(), body)
	}
	req.Header.Set("Due-Notice-Signature", signed)
	res, err := client.Do(req)
	var slow net.Error
	switch {
	case errors.Is(err, errInward):
		return "The address leads to this machine or its own network.", false
	case errors.As(err, &slow) && slow.Timeout():
		return "No answer within 10 seconds.", false
	case err != nil:
		return "It could not be reached.", false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
	return fmt.Sprintf("Answered with status %d.", res.StatusCode), res.StatusCode >= 200 && res.StatusCode < 300
}
