package vendors_test

import (
	"strings"
	"testing"
)

func TestAVendorSaysWhenItsCopiesAreDestroyed(t *testing.T) {
	h := newHouse(t, 3)
	code := h.text(`SELECT code FROM batches ORDER BY id LIMIT 1`)
	at := "/vendor/v1/batches/" + code
	h.expect(409, "POST", at+"/destroyed", `{}`)
	h.expect(200, "POST", at+"/accept", `{}`)
	h.expect(200, "POST", at+"/dispatch", `{"posted_on":"2026-11-20"}`)
	h.expect(422, "POST", at+"/destroyed", `{"destroyed_on":"2026-11-21"}`)
	if a := h.expect(200, "POST", at+"/destroyed", `{"destroyed_on":"2026-11-20"}`); !strings.Contains(a.body, `"already":false`) {
		t.Errorf("the first word: %s", a.body)
	}
	if a := h.expect(200, "POST", at+"/destroyed", ``); !strings.Contains(a.body, `"already":true`) {
		t.Errorf("the second word: %s", a.body)
	}
	h.expect(404, "POST", at+"/destroyed", `{}`, "Authorization", "Bearer "+h.other)
}
