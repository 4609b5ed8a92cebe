package letters

import (
	"net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Vendor prints and posts letters.
type Vendor struct {
	ID          VendorID
	Code        string
	Name        string
	CutOff      string // London time after which nothing is taken for the next day: 17:30
	LastHeardAt time.Time
}

// VendorProfile is what was agreed with a vendor.
type VendorProfile struct {
	Vendor
	Email         string
	Geometry      string
	Packs         []string // codes of packs it may print; none: all
	DailyCapacity int
	RetentionDays int            // after which its copies of a batch are to be destroyed
	Networks      []netip.Prefix // from where it may ask; none: from anywhere
	ClientID      string         // for OAuth2; "" before the first secret
	SealKind      string         // "", "openpgp" or "age": what its files are sealed with
	SealKey       string         // its public key
	Fingerprint   string         // of that key
	AddedAt       time.Time
}

// mayKeep tells whether somebody may change what was agreed with vendors, who
// work for every region.
func mayKeep(by campaigns.Viewer) error {
	if by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "Vendors work for every region, so only national managers change what was agreed with them.")
	}
	return nil
}

var (
	vendorCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,19}$`)
	timeOfDay  = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

func (p *VendorProfile) tidy() error {
	p.Name, p.Email, p.CutOff = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email), strings.TrimSpace(p.CutOff)
	switch {
	case p.Name == "" || utf8.RuneCountInString(p.Name) > 100:
		return fault.In("name", fault.Invalid, "Give the vendor a name of at most 100 letters.")
	case !timeOfDay.MatchString(p.CutOff):
		return fault.In("cutoff", fault.Invalid, "Write the cut-off as a time of day, such as 17:30.")
	case p.DailyCapacity < 1 || p.DailyCapacity > 10_000_000:
		return fault.In("capacity", fault.Invalid, "Say how many letters the vendor can post in a day, from 1 to 10,000,000.")
	case p.RetentionDays < 1 || p.RetentionDays > 365:
		return fault.In("retention", fault.Invalid, "A vendor keeps its copies between 1 and 365 days.")
	}
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			return fault.In("email", fault.Invalid, "Write one e-mail address, such as print.room@example.org.")
		}
	}
	if p.Packs == nil {
		p.Packs = []string{}
	}
	return nil
}

// mostNetworks is how many networks a vendor may ask from.
const mostNetworks = 50

// ReadNetworks reads networks as people write them, between spaces, commas or
// lines: 192.0.2.0/24, 2001:db8::/32, or a single address. None is nil.
func ReadNetworks(text string) ([]netip.Prefix, error) {
	list := []netip.Prefix{}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r <= ' ' }) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			at, wrong := netip.ParseAddr(s)
			if wrong != nil || at.Zone() != "" {
				return nil, fault.In("networks", fault.Invalid, "%q is neither an address nor a network. Write 192.0.2.0/24 or 2001:db8::/32.", short(s))
			}
			p = netip.PrefixFrom(at, at.BitLen())
		}
		if a := p.Addr(); a.Is4In6() {
			return nil, fault.In("networks", fault.Invalid, "Write %s as an address of IPv4.", short(s))
		}
		if p != p.Masked() {
			return nil, fault.In("networks", fault.Invalid, "%s is an address within a network. Did you mean %s?", p, p.Masked())
		}
		list = append(list, p)
	}
	if len(list) > mostNetworks {
		return nil, fault.In("networks", fault.Invalid, "Name at most %d networks.", mostNetworks)
	}
	return list, nil
}

// allows tells whether an address lies in one of the networks; no networks allow all.
func allows(networks []netip.Prefix, from netip.Addr) bool {
	from = from.Unmap().WithZone("")
	for _, n := range networks {
		if n.Contains(from) {
			return true
		}
	}
	return len(networks) == 0
}
