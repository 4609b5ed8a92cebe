package vendors

import (
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

// unknownKey is the one answer to a request that does not prove whose it is,
// whatever was wrong with its key.
var unknownKey = refusal{status: fiber.StatusUnauthorized, detail: "Send your key in the header Authorization, as: Bearer, a space, the key. If you do, the key is not one of ours, it was revoked, or you ask from a network that was not agreed, or without the client certificate that was."}

type vendorKey struct{}

// admit finds out which vendor asks, and lets each have its fair share.
func (d *desk) admit(c *fiber.Ctx) error {
	scheme, key, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if len(c.Request().Header.PeekAll(fiber.HeaderAuthorization)) > 1 || !strings.EqualFold(scheme, "Bearer") || !plain(key, 200) {
		key = "" // nobody's
	}
	vendor, err := d.mailroom.Admit(c.UserContext(), key, addressOf(c))
	if err == nil {
		err = d.mailroom.Certified(c.UserContext(), vendor.ID, certificateOf(c), addressOf(c))
	}
	if err := d.unknown(c, err, unknownKey); err != nil {
		return err
	}
	if wait := d.rate.take(vendor.ID); wait > 0 {
		return refusal{status: fiber.StatusTooManyRequests, detail: "You ask faster than agreed. Wait for the seconds that the header Retry-After names; nothing was done.",
			wait: int(math.Ceil(wait.Seconds()))}
	}
	c.Locals(vendorKey{}, vendor.ID)
	return c.Next()
}

// unknown turns what is wrong with a key into its one answer, and notes it
// without the key.
func (d *desk) unknown(c *fiber.Ctx, err error, answer refusal) error {
	known := fault.Of(err)
	if known == nil {
		return err
	}
	d.mailroom.Log.WarnContext(c.UserContext(), "a vendor's key was refused", "reference", page.Reference(c), "kind", string(known.Kind))
	if known.Kind == fault.TooMany {
		return refusal{status: fiber.StatusTooManyRequests, detail: known.Sentence, wait: 600}
	}
	c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="print vendors"`)
	return answer
}

// addressOf is from where a request comes, as our own proxies saw it.
func addressOf(c *fiber.Ctx) netip.Addr {
	at, err := netip.ParseAddr(c.IP())
	if err != nil {
		return netip.Addr{}
	}
	return at
}

// vendorOf is who admit found.
func vendorOf(c *fiber.Ctx) letters.VendorID {
	id, _ := c.Locals(vendorKey{}).(letters.VendorID)
	return id
}

// plain tells whether s is visible ASCII of at most n symbols.
func plain(s string, n int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= n
}

// rate is a token bucket for each vendor. It runs on its own clock: requests
// come in real time, also where the calendar stands still.
type rate struct {
	clock calendar.Clock
	fill  float64 // tokens a second
	most  float64
	mu    sync.Mutex
	held  map[letters.VendorID]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newRate(clock calendar.Clock, perSecond, burst float64) *rate {
	return &rate{clock: clock, fill: perSecond, most: burst, held: map[letters.VendorID]bucket{}}
}

// take takes one token, or says how long to wait for it.
func (r *rate) take(id letters.VendorID) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	b, known := r.held[id]
	if !known {
		b = bucket{tokens: r.most, at: now}
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = min(r.most, b.tokens+passed*r.fill)
	}
	b.at = now
	var wait time.Duration
	if b.tokens >= 1 {
		b.tokens--
	} else {
		wait = time.Duration((1 - b.tokens) / r.fill * float64(time.Second))
	}
	r.held[id] = b
	return wait
}
