package registers_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
	"duenotice/optout"
	"duenotice/ui/registers"
)

func TestTheDoorTakesAnswersAndTellsThemByAKeyAlone(t *testing.T) {
	db := schematest.New(t)
	clock := calendar.NewStopped(calendar.On(2026, 12, 7).Start().Add(9 * 3600e9))
	desk := &optout.Desk{Pool: db.App, Clock: clock.Now, Register: &campaigns.Register{Pool: db.App, Clock: clock.Now, Options: campaigns.Options{MadeUpPeople: true}}}
	for _, sql := range []string{
		`INSERT INTO programmes (code, name, registry) VALUES ('SHS', 'Shared Health Summary', 'own')`,
		`INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at) VALUES ('9990000018', 'Ada', 'Example', '1970-01-01', '{}', 'E1 1AA', 'F84001', '2026-11-01')`,
		`INSERT INTO staff (email, name, role, password_hash, created_at) VALUES ('n@example.org', 'N', 'national', '', '2026-11-01')`,
	} {
		if _, err := db.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	key, err := desk.AddRegister(t.Context(), campaigns.Viewer{ID: 1, Role: campaigns.RoleNational}, "Opt-out service")
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		status := 500
		if f := fault.Of(err); f != nil {
			status = map[fault.Kind]int{fault.Invalid: 422, fault.Unauthenticated: 401, fault.NotFound: 404}[f.Kind]
			return c.Status(status).SendString(f.Sentence)
		}
		return c.Status(status).SendString(err.Error())
	}})
	registers.Routes(app, desk)
	ask := func(key, method, path, body string, into any) int {
		t.Helper()
		req := httptest.NewRequest(method, registers.Prefix+path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+key)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := app.Test(req, 30_000)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if into != nil && res.StatusCode == 200 {
			if err := json.Unmarshal(text, into); err != nil {
				t.Fatalf("%s answers %s: %v", path, text, err)
			}
		}
		if res.StatusCode >= 500 {
			t.Fatalf("%s: %d %s", path, res.StatusCode, text)
		}
		return res.StatusCode
	}
	for path, method := range map[string]string{"/answers": "POST", "/complete": "POST", "/dissents": "GET", "/acknowledgements": "POST", "/reconciliation": "POST"} {
		if status := ask("dnr_nobody", method, path, "", nil); status != 401 {
			t.Errorf("%s without a key: %d", path, status)
		}
	}
	var doc struct {
		Operations []struct{ Send string } `json:"operations"`
	}
	if ask("", "GET", "", "", &doc); len(doc.Operations) != 5 {
		t.Errorf("the door describes %d operations", len(doc.Operations))
	}
	var verdicts struct {
		Verdicts []struct{ ID, Verdict, Reference, Why string }
	}
	answers := `{"answers":[{"id":"7","nhs_number":"999 000 0018","programme":"SHS","says":"no","received_on":"2026-12-01"},{"id":"8","nhs_number":"9990000018","programme":"SHS","says":"perhaps","received_on":"2026-12-01"}]}`
	ask(key, "POST", "/answers", answers, &verdicts)
	if v := verdicts.Verdicts; len(v) != 2 || v[0].Verdict != "taken" || v[0].Reference == "" || v[1].Verdict != "refused" || v[1].Why == "" {
		t.Errorf("the verdicts are %+v", v)
	}
	ask(key, "POST", "/answers", answers, &verdicts)
	if verdicts.Verdicts[0].Verdict != "already" {
		t.Errorf("sent again it is %s", verdicts.Verdicts[0].Verdict)
	}
	if status := ask(key, "POST", "/answers", `{"answers":[],"more":1}`, nil); status != 422 {
		t.Errorf("a field nobody knows: %d", status)
	}
	if status := ask(key, "POST", "/complete", "", nil); status != 200 {
		t.Errorf("complete: %d", status)
	}
	// An answer by phone is told; what the register told itself is not.
	if _, err := desk.Answer(t.Context(), campaigns.Viewer{}, optout.Answer{Programme: 1, Person: 1, Says: "yes", Channel: campaigns.Phone, ReceivedOn: calendar.On(2026, 12, 7)}); err != nil {
		t.Fatal(err)
	}
	var feed struct {
		Dissents []struct {
			Cursor, Says string
			Number       string `json:"nhs_number"`
		}
		Next string
	}
	ask(key, "GET", "/dissents", "", &feed)
	if len(feed.Dissents) != 1 || feed.Dissents[0].Says != "yes" || feed.Dissents[0].Number != "9990000018" || feed.Next != feed.Dissents[0].Cursor {
		t.Fatalf("the feed is %+v", feed)
	}
	ask(key, "POST", "/acknowledgements", `{"acknowledgements":[{"cursor":"`+feed.Next+`","outcome":"applied","receipt":"T1"}]}`, &verdicts)
	if verdicts.Verdicts[0].Verdict != "confirmed" {
		t.Errorf("the acknowledgement is %+v", verdicts.Verdicts)
	}
	if ask(key, "GET", "/dissents?after=0", "", &feed); len(feed.Dissents) != 0 {
		t.Errorf("confirmed, it is told again: %+v", feed.Dissents)
	}
	var diff struct {
		Again   int      `json:"told_again"`
		Unknown []string `json:"unknown_here"`
	}
	if ask(key, "POST", "/reconciliation", `{"programme":"SHS","nhs_numbers":[]}`, &diff); diff.Again != 0 || len(diff.Unknown) != 0 {
		t.Errorf("reconciled: %+v", diff)
	}
	if status := ask(key, "GET", "/nothing", "", nil); status != 404 {
		t.Errorf("an address of nothing: %d", status)
	}
}
