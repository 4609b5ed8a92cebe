package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

func TestTheInlineScriptOfTheFrameIsTheOneThatThePolicyAllows(t *testing.T) {
	a := app(t, site(page.Managers), func(a *fiber.App, r *page.Renderer) {
		a.Get("/", func(c *fiber.Ctx) error {
			return r.Render(c, "plain.html", 200, page.View{Title: "Home", Active: "/", Body: "<b>not bold</b>"})
		})
	})
	res, body := get(t, a, "/")
	if res.StatusCode != 200 || !strings.Contains(body, "&lt;b&gt;not bold") {
		t.Fatalf("%d\n%s", res.StatusCode, body)
	}
	inline := regexp.MustCompile(`<script>([^<]*)</script>`).FindAllStringSubmatch(body, -1)
	if len(inline) != 1 {
		t.Fatalf("%d inline scripts", len(inline))
	}
	sum := sha256.Sum256([]byte(inline[0][1]))
	want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, want) {
		t.Errorf("%s is not in %s", want, policy)
	}
	if regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|https?://`).MatchString(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", "")) {
		t.Error("the frame holds an inline style, a handler or another host's address")
	}
}
