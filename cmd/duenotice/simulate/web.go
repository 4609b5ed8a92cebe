package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/optout"
)

// browsers share their connections to the patients' listener.
var browsers = &http.Transport{MaxIdleConnsPerHost: 2 * hands, IdleConnTimeout: time.Minute}

// receiptSign is how the last page shows a reference.
var receiptSign = regexp.MustCompile(`\b[AH]-[0-9A-Z]{5}-[0-9A-Z]{5}\b`)

// code reads the code of a letter, as the person does who holds it.
func (y *year) code(l letter) string { return optout.GroupCode(y.codes.Derive(l.salt, l.reference)) }

// online has somebody answer on the web on a day, at noon.
func (y *year) online(d calendar.Date, l letter, says string) {
	y.plan(d, l.who, func(ctx context.Context) error {
		err := y.answerOnline(ctx, l, says, browsers)
		if says != "yes" || !fault.Is(err, fault.Refused) {
			return err
		}
		// A yes is refused when the letter has fallen under suspicion, and only then.
		suspect, asked := y.any(ctx, `SELECT suspected_at IS NOT NULL FROM pieces WHERE id = $1`, l.piece)
		if asked == nil && suspect {
			return nil
		}
		return errors.Join(err, asked)
	})
}

func (y *year) answerOnline(ctx context.Context, l letter, says string, by http.RoundTripper) error {
	page, err := house.NewVisitor(y.web.Patients, by).Answer(ctx, y.code(l), l.who.born, says)
	if err != nil {
		return err
	}
	return y.keepReceipt(page, l, says)
}

// keepReceipt writes down what the last page told.
func (y *year) keepReceipt(page string, l letter, says string) error {
	reference := receiptSign.FindString(page)
	if reference == "" {
		return fmt.Errorf("a receipt without a reference: %.200s", page)
	}
	y.journal.keep(optout.Receipt{Reference: reference, Says: says, Held: strings.HasPrefix(reference, "H"), ReceivedOn: y.today}, l.who.now().id, campaigns.Web)
	return nil
}

// lastSecond has somebody answer in the last second of the window, whichever
// day that turns out to be.
func (y *year) lastSecond(d calendar.Date, l letter) {
	p := y.on(d)
	p.late = append(p.late, deed{l.who, func(ctx context.Context) error { return y.answerOnline(ctx, l, "no", browsers) }})
	// Windows only ever become longer; the day before its last is early enough to look.
	y.tell(d, func(ctx context.Context) error {
		var closes calendar.Date
		err := y.house.Pool.QueryRow(ctx, `
			SELECT n.closes_on FROM notices n JOIN pieces p ON p.campaign_id = n.campaign_id AND p.notice_id = n.id WHERE p.id = $1`, l.piece).Scan(&closes)
		if err != nil {
			return fmt.Errorf("look when a window closes: %w", err)
		}
		if closes.After(y.today) {
			today := y.on(y.today)
			today.late = without(today.late, l.who)
			y.lastSecond(closes, l)
		}
		return nil
	})
}

func without(list []deed, who *person) []deed {
	var rest []deed
	for _, d := range list {
		if d.who != who {
			rest = append(rest, d)
		}
	}
	return rest
}

// wrongBirths has somebody try three times with a wrong date of birth; half
// phone then.
func (y *year) wrongBirths(d calendar.Date, l letter) {
	y.plan(d, l.who, func(ctx context.Context) error {
		for n := range 3 {
			v := house.NewVisitor(y.web.Patients, browsers)
			err := v.Prove(ctx, y.code(l), l.who.born.AddDays(n-10))
			if !fault.Is(err, fault.Unauthenticated) {
				return fmt.Errorf("a wrong date of birth was answered with: %w", err)
			}
		}
		if y.luck(l.who, "phones then") < 0.5 {
			return y.key(ctx, l.who, "no", campaigns.Phone, y.today, 0)
		}
		return nil
	})
}

// proxy has somebody's attorney answer.
func (y *year) proxy(d calendar.Date, l letter) {
	y.plan(d, l.who, func(ctx context.Context) error {
		v := house.NewVisitor(y.web.Patients, browsers)
		if err := v.Prove(ctx, y.code(l), l.who.born); err != nil {
			return err
		}
		for _, step := range []struct {
			path string
			with url.Values
		}{{"/behalf", url.Values{"who": {"attorney"}}}, {"/question", url.Values{"answer": {"no"}}}} {
			if err := v.Open(ctx, step.path); err != nil {
				return err
			}
			if err := v.Send(ctx, step.path, step.with); err != nil {
				return err
			}
		}
		return v.Send(ctx, "/check", nil)
	})
}

// twice has somebody press the button twice: the same form arrives two times.
func (y *year) twice(d calendar.Date, l letter) {
	y.plan(d, l.who, func(ctx context.Context) error { return y.answerOnline(ctx, l, "no", impatient{browsers}) })
}

// impatient sends the last form twice and reads only what came second.
type impatient struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (i impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/check" {
		return i.RoundTripper.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	first, err := i.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, first.Body)
	_ = first.Body.Close()
	return i.RoundTripper.RoundTrip(again)
}
