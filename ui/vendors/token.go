package vendors

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

// tokenAnswer is what a bought token looks like (RFC 6749, 5.1).
type tokenAnswer struct {
	Token  string `json:"access_token"`
	Type   string `json:"token_type"`
	Lives  int    `json:"expires_in"` // seconds
	Scopes string `json:"scope"`
}

// tokenRefusal is why none was sold (RFC 6749, 5.2).
type tokenRefusal struct {
	Error  string `json:"error"`
	Detail string `json:"error_description"`
}

// token sells a token that lives for minutes to a vendor that sends its client
// id and secret, in the body or as Basic authorisation, with the grant type
// client_credentials (RFC 6749, 4.4). The token is good for this one vendor.
func (d *desk) token(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	refuse := func(status int, code, detail string) error {
		return tokenSays(c, status, tokenRefusal{code, detail})
	}
	form, ok := formOf(c)
	if !ok {
		return refuse(fiber.StatusBadRequest, "invalid_request",
			"Send a form (application/x-www-form-urlencoded) with grant_type, client_id and client_secret, each once.")
	}
	if form.Get("grant_type") != "client_credentials" {
		return refuse(fiber.StatusBadRequest, "unsupported_grant_type", "The only grant_type here is client_credentials.")
	}
	client, secret := form.Get("client_id"), form.Get("client_secret")
	if name, pass, given := basic(c); given {
		if secret != "" {
			return refuse(fiber.StatusBadRequest, "invalid_request", "Send the secret in the header or in the form, not in both.")
		}
		client, secret = name, pass
	}
	if !plain(client, 100) || !plain(secret, 200) {
		client, secret = "", "" // nobody's
	}
	token, err := d.mailroom.BuyToken(c.UserContext(), client, secret, addressOf(c))
	known := fault.Of(err)
	switch {
	case err == nil:
		return tokenSays(c, fiber.StatusOK, tokenAnswer{token, "Bearer", int(letters.TokenLife.Seconds()), "vendor"})
	case known == nil:
		return err
	}
	d.mailroom.Log.WarnContext(c.UserContext(), "a vendor's secret was refused", "reference", page.Reference(c), "kind", string(known.Kind))
	if known.Kind == fault.TooMany {
		c.Set(fiber.HeaderRetryAfter, "600")
		return refuse(fiber.StatusTooManyRequests, "temporarily_unavailable", known.Sentence)
	}
	c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="print vendors"`)
	return refuse(fiber.StatusUnauthorized, "invalid_client", "The client id and secret are not ones of ours, were revoked, or came from a network that was not agreed.")
}

func tokenSays(c *fiber.Ctx, status int, v any) error {
	c.Status(status)
	return say(c, v)
}

// formOf reads the form strictly: fields once each, nothing in the address.
func formOf(c *fiber.Ctx) (url.Values, bool) {
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	body := c.Request().Body()
	if !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationForm) || len(body) > 4<<10 || len(c.Request().URI().QueryString()) > 0 ||
		c.Get(fiber.HeaderContentEncoding) != "" {
		return nil, false
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, false
	}
	for _, values := range form {
		if len(values) != 1 {
			return nil, false
		}
	}
	return form, true
}

// basic reads client id and secret from the header; both are form-encoded
// there (RFC 6749, 2.3.1).
func basic(c *fiber.Ctx) (client, secret string, given bool) {
	scheme, text, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	client, secret, found := strings.Cut(string(raw), ":")
	if err != nil || !found {
		return "", "", true
	}
	if client, err = url.QueryUnescape(client); err != nil {
		return "", "", true
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return "", "", true
	}
	return client, secret, true
}
