package letters_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

var office = netip.MustParseAddr("192.0.2.17")

func (h *house) profile() letters.VendorProfile {
	h.t.Helper()
	p, err := h.mail.VendorProfile(h.t.Context(), "INKWELL")
	h.must(err)
	return p
}

func TestATokenLivesTenMinutesAndDiesWithItsSecret(t *testing.T) {
	h := newHouse(t, 1)
	secret, err := h.mail.MakeVendorKey(t.Context(), h.staff[0], h.vendor.ID, letters.ClientSecret)
	h.must(err)
	buy := func() string {
		t.Helper()
		token, err := h.mail.BuyToken(t.Context(), h.profile().ClientID, secret, office)
		h.must(err)
		return token
	}
	token := buy()
	if v, err := h.mail.Admit(t.Context(), token, office); err != nil || v.Code != "INKWELL" {
		t.Fatalf("a fresh token: %v %v", v, err)
	}
	if _, err := h.mail.Admit(t.Context(), secret, office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a client secret opens without being changed for a token: %v", err)
	}
	for i := range token[len("dnt_"):] {
		bent := []byte(token)
		bent[len("dnt_")+i] ^= 1
		if v, err := h.mail.VendorByKey(t.Context(), string(bent)); !fault.Is(err, fault.Unauthenticated) {
			t.Fatalf("a token bent at %d is %v's: %v", i, v, err)
		}
	}
	h.clock.Advance(letters.TokenLife - time.Second)
	if _, err := h.mail.Admit(t.Context(), token, office); err != nil {
		t.Errorf("one second before its end: %v", err)
	}
	h.clock.Advance(time.Second)
	if _, err := h.mail.Admit(t.Context(), token, office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("at its end: %v", err)
	}
	token = buy()
	keys, err := h.mail.VendorKeys(t.Context(), h.vendor.ID)
	h.must(err)
	h.must(h.mail.RevokeVendorKey(t.Context(), h.staff[0], h.vendor.ID, keys[0].ID))
	if _, err := h.mail.Admit(t.Context(), token, office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the token outlives its secret: %v", err)
	}
}

func TestTwoSecretsOfAKindLiveAtOnceAndOnlyTheirHashesAreKept(t *testing.T) {
	h := newHouse(t, 1)
	made := map[letters.KeyKind][]string{}
	for range 3 {
		for _, kind := range []letters.KeyKind{letters.APIKey, letters.ClientSecret} {
			k, err := h.mail.MakeVendorKey(t.Context(), h.staff[0], h.vendor.ID, kind)
			h.must(err)
			made[kind] = append(made[kind], k)
			// The part after the prefix: it may itself hold an underscore, which LIKE would read as any sign.
			_, secret, _ := strings.Cut(k, "_")
			if n := h.count(`SELECT count(*) FROM vendor_keys k WHERE strpos(k::text, $1) > 0`, secret); n != 0 {
				t.Errorf("the secret itself is kept")
			}
		}
	}
	live := 0
	keys, err := h.mail.VendorKeys(t.Context(), h.vendor.ID)
	h.must(err)
	for _, k := range keys {
		if k.Live() {
			live++
		}
	}
	if live != 4 {
		t.Errorf("%d secrets live, not two of each kind", live)
	}
	client := h.profile().ClientID
	if _, err := h.mail.BuyToken(t.Context(), client, made[letters.APIKey][2], office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an API key bought a token: %v", err)
	}
	if _, err := h.mail.BuyToken(t.Context(), client, made[letters.ClientSecret][0], office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the oldest secret still buys: %v", err)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE action = 'new key' AND actor_id = $1`, h.staff[0].ID); n != 6 {
		t.Errorf("%d keys are in the audit", n)
	}
}

func TestARightKeyFromAWrongNetworkLooksLikeAWrongKeyAndRaisesAnAlarm(t *testing.T) {
	h := newHouse(t, 1)
	key, err := h.mail.NewVendorKey(t.Context(), h.vendor.ID)
	h.must(err)
	allowed, err := letters.ReadNetworks("192.0.2.0/24, 2001:db8::/32\n198.51.100.7")
	h.must(err)
	h.must(h.mail.SetVendorNetworks(t.Context(), h.staff[0], h.vendor.ID, allowed))
	for from, open := range map[string]bool{"192.0.2.17": true, "::ffff:192.0.2.17": true, "2001:db8::1": true, "198.51.100.7": true,
		"198.51.100.8": false, "2001:db9::1": false} {
		_, err := h.mail.Admit(t.Context(), key, netip.MustParseAddr(from))
		if (err == nil) != open {
			t.Errorf("from %s: %v", from, err)
		}
		_, wrong := h.mail.Admit(t.Context(), "dnv_nobody's", netip.MustParseAddr(from))
		if !open && err.Error() != wrong.Error() {
			t.Errorf("from %s a right key is told %q and a wrong one %q", from, err, wrong)
		}
	}
	alarms := `SELECT count(*) FROM alarms WHERE kind = 'vendor network' AND cleared_at IS NULL`
	if h.count(alarms) != 1 {
		t.Error("nobody hears of a key in the wrong place")
	}
	h.must(h.mail.SetVendorNetworks(t.Context(), h.staff[0], h.vendor.ID, nil))
	if h.count(alarms) != 0 {
		t.Error("the alarm stays after a person has looked")
	}
	if _, err := h.mail.Admit(t.Context(), key, netip.MustParseAddr("203.0.113.1")); err != nil {
		t.Errorf("no networks are any network: %v", err)
	}
}

func TestFailuresCountForTheirNetworkAndNeverForARightKey(t *testing.T) {
	h := newHouse(t, 1)
	key, err := h.mail.NewVendorKey(t.Context(), h.vendor.ID)
	h.must(err)
	flood := func(from string) (kind fault.Kind) {
		for i := range 25 {
			_, err := h.mail.Admit(t.Context(), fmt.Sprint("dnv_", i), netip.MustParseAddr(from))
			kind = fault.Of(err).Kind
		}
		return kind
	}
	if k := flood("2001:db8:0:1::5"); k != fault.TooMany {
		t.Errorf("after 25 failures: %s", k)
	}
	if n := h.count(`SELECT count(*) FROM failures WHERE kind = 'vendor'`); n != 20 {
		t.Errorf("a flood leaves %d rows", n)
	}
	if _, err := h.mail.Admit(t.Context(), "dnv_other", netip.MustParseAddr("2001:db8:0:1::99")); !fault.Is(err, fault.TooMany) {
		t.Errorf("a neighbour of the same /64: %v", err)
	}
	if _, err := h.mail.Admit(t.Context(), "dnv_other", office); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another network: %v", err)
	}
	if _, err := h.mail.Admit(t.Context(), key, netip.MustParseAddr("2001:db8:0:1::5")); err != nil {
		t.Errorf("a right key is held up by others' failures: %v", err)
	}
	h.clock.Advance(11 * time.Minute)
	if _, err := h.mail.Admit(t.Context(), "dnv_other", netip.MustParseAddr("2001:db8:0:1::5")); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after the wait: %v", err)
	}
}

func TestWhatWasAgreedWithAVendorIsCheckedAndOnlyNationalManagersChangeIt(t *testing.T) {
	h := newHouse(t, 1)
	p := h.profile()
	p.Name, p.Email, p.CutOff, p.DailyCapacity, p.RetentionDays, p.Packs = "Inkwell & Sons", "room@example.org", "16:00", 80_000, 14, []string{"STANDARD"}
	if n := h.count(`SELECT count(*) FROM packs WHERE code = 'STANDARD'`); n == 0 {
		p.Packs = []string{"standard"}
	}
	h.must(h.mail.SetVendorProfile(t.Context(), h.staff[0], p))
	if got := h.profile(); got.CutOff != "16:00" || got.Name != p.Name || got.DailyCapacity != 80_000 || len(got.Packs) != 1 {
		t.Errorf("it is kept as %+v", got)
	}
	for name, bend := range map[string]func(*letters.VendorProfile){
		"name": func(p *letters.VendorProfile) { p.Name = " " }, "cutoff": func(p *letters.VendorProfile) { p.CutOff = "25:00" },
		"capacity": func(p *letters.VendorProfile) { p.DailyCapacity = 0 }, "retention": func(p *letters.VendorProfile) { p.RetentionDays = 400 },
		"email": func(p *letters.VendorProfile) { p.Email = "a@b, c@d" }, "packs": func(p *letters.VendorProfile) { p.Packs = []string{"NONE"} },
	} {
		q := p
		bend(&q)
		if f := fault.Of(h.mail.SetVendorProfile(t.Context(), h.staff[0], q)); f == nil || f.Field != name {
			t.Errorf("%s: %v", name, f)
		}
	}
	regional := campaigns.Viewer{ID: h.staff[1].ID, Role: campaigns.RoleRegional, Region: "QMF"}
	_, made := h.mail.MakeVendorKey(t.Context(), regional, h.vendor.ID, letters.APIKey)
	for what, err := range map[string]error{"profile": h.mail.SetVendorProfile(t.Context(), regional, p), "key": made,
		"networks": h.mail.SetVendorNetworks(t.Context(), regional, h.vendor.ID, nil)} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("a regional manager changes the %s: %v", what, err)
		}
	}
	for _, wrong := range []string{"192.0.2.1/24", "10.0.0.0/33", "office", "::ffff:192.0.2.0/120", strings.Repeat("10.0.0.1 ", 51)} {
		if _, err := letters.ReadNetworks(wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40s: %v", wrong, err)
		}
	}
}
