package vendors

import (
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// certificateHeader is where our own proxy, which ends TLS, writes the
// certificate that a client proved to have (RFC 9440). It has to take the
// header away from whatever comes from outside; from anybody who is not a
// trusted proxy it says nothing.
const certificateHeader = "Client-Cert"

// certificateOf is the certificate that a request came with, or nil: as RFC
// 9440 writes it, or as PEM in percent-encoding, as nginx has it.
func certificateOf(c *fiber.Ctx) []byte {
	list := c.Request().Header.PeekAll(certificateHeader)
	if len(list) != 1 || len(list[0]) > 12<<10 || !c.IsProxyTrusted() {
		return nil
	}
	text := strings.TrimSpace(string(list[0]))
	if inner, ok := strings.CutPrefix(text, ":"); ok {
		der, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(inner, ":"))
		if err != nil || len(der) == 0 {
			return nil
		}
		return der
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return nil
	}
	block, _ := pem.Decode([]byte(plain))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil
	}
	return block.Bytes
}
