package patients_test

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"duenotice/ui/patients"
)

//go:embed testdata/login/package.json testdata/login/package-lock.json testdata/login/provider.mjs
var loginFiles embed.FS

// provider runs a real OpenID Connect provider (npm's oidc-provider) for a
// client with this key; its lock file says which.
func provider(t *testing.T, key *rsa.PrivateKey, back string) (issuer string) {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed, so there is no provider to sign in with")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	lock, _ := loginFiles.ReadFile("testdata/login/package-lock.json")
	dir := filepath.Join(cache, fmt.Sprintf("duenotice-login-%x", sha256.Sum256(lock))[:40])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json", "provider.mjs"} {
		text, err := loginFiles.ReadFile("testdata/login/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("install the provider: %v\n%s", err, out)
		}
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: key.Public(), KeyID: "test", Algorithm: "RS512", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "provider.mjs")
	node.Dir, node.Env = dir, append(os.Environ(), "CLIENT_KEY="+string(public), "REDIRECT="+back)
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Process.Kill(); _ = node.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "http://") {
			return lines.Text()
		}
	}
	t.Fatal("the provider did not start")
	return ""
}

// withLogin builds the public service with the provider beside it.
func withLogin(t *testing.T) *house {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	login := &patients.Login{Client: "duenotice", Key: key, KeyID: "test"}
	h := build(t, func(s *patients.Settings) { s.Login = login })
	login.Return = h.at + "/record/return"
	h.issuer = provider(t, key, login.Return)
	login.Issuer = h.issuer
	h.exec(t, `
		UPDATE enrolments SET state = 'created'; DELETE FROM windows;
		INSERT INTO records (id, programme_id, person_id, campaign_id, enrolment_id, registry, basis, state, reserved_at, live_at, circumstances_id, evidence, evidence_sha256)
			VALUES (gen_random_uuid(), 1, 1, 1, 1, 'own', 'silence', 'live', '2027-02-20Z', '2027-02-20Z', gen_random_uuid(), '{}', '\x01');
		INSERT INTO audit (at, actor_kind, actor_id, action, object_kind, object_id, outcome, detail)
			VALUES ('2027-02-22 10:15Z', 'staff', 1, 'looked', 'person', '1', 'done', '{"why": "to answer a question"}')`)
	return h
}

var formAction = regexp.MustCompile(`<form[^>]* action="([^"]*/interaction/[^"]*)"`)

// signIn goes to the provider, signs in as it is told, agrees, and comes back.
func (p *person) signIn(claims map[string]string) *person {
	p.t.Helper()
	claims["sub"] = "somebody"
	who, _ := json.Marshal(claims)
	p.get("/record/sign-in")
	for range 3 {
		action := formAction.FindStringSubmatch(p.body)
		if action == nil {
			break
		}
		form := url.Values{"prompt": {"consent"}}
		if strings.Contains(p.body, `name="login"`) {
			form = url.Values{"prompt": {"login"}, "login": {base64.RawURLEncoding.EncodeToString(who)}, "password": {"-"}}
		}
		p.take(p.client.PostForm(action[1], form))
	}
	return p
}

func claims(level, vot string) map[string]string {
	return map[string]string{"nhs_number": "9990000018", "birthdate": "1961-04-17", "identity_proofing_level": level, "vot": vot, "family_name": "FARRINGHAM"}
}

func TestAPersonProvedToTheHighestLevelSeesTheirRecordAndWhoLooked(t *testing.T) {
	if testing.Short() {
		t.Skip("a provider is started")
	}
	h := withLogin(t)
	p := h.visitor(t)
	p.get("/record").reads("/record", "See your own record", "Sign in")
	p.signIn(claims("P9", "P9.Cp.Cd")).reads("/record/view", "Shared Health Summary", "20 February 2027", "You did not say no before the last day",
		"A manager in your region", "to answer a question", "You, on this website", "1 time")
	for _, secret := range []string{"Farringham", "FARRINGHAM", "Odette", "9990000018", "Ada Author"} {
		if strings.Contains(p.body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
	p.get("/record/view").reads("/record/view", "2 times")
	if n := h.count(t, `SELECT count(*) FROM record_views WHERE person_id = 1`); n != 2 {
		t.Errorf("%d views are counted", n)
	}
	if n := h.count(t, `SELECT count(*) FROM audit WHERE action = 'looked at own record' AND actor_kind = 'patient' AND object_id = '1'`); n != 2 {
		t.Errorf("%d views are audited", n)
	}
	p.send("/record/leave").reads("/finished")
	p.get("/record/view").reads("/record")

	for name, who := range map[string]map[string]string{
		"somebody else's number":  {"nhs_number": "9990000026", "birthdate": "1961-04-17", "identity_proofing_level": "P9", "vot": "P9.Cp.Cd"},
		"another date of birth":   {"nhs_number": "9990000018", "birthdate": "1961-04-18", "identity_proofing_level": "P9", "vot": "P9.Cm"},
		"no number":               {"birthdate": "1961-04-17", "identity_proofing_level": "P9", "vot": "P9.Cm"},
		"P5, details checked":     claims("P5", "P5.Cp.Cd"),
		"P0, nothing checked":     claims("P0", "P0.Cp.Cd"),
		"a vector below the ask":  claims("P9", "P0.Cp"),
		"a level below the token": claims("P5", "P9.Cp.Cd"),
	} {
		q := h.visitor(t)
		q.signIn(who)
		if q.status < 400 || strings.Contains(q.text(), "20 February 2027") {
			t.Errorf("%s: %d %s", name, q.status, q.text())
		}
		if strings.HasPrefix(name, "P5") && !strings.Contains(q.text(), "your account is at level P5: your contact details were checked, and who you are was not") {
			t.Errorf("%s is told %s", name, q.text())
		}
		if strings.HasPrefix(name, "P0") && !strings.Contains(q.text(), "To see a record we need level P9") {
			t.Errorf("%s is told %s", name, q.text())
		}
	}
	if n := h.count(t, `SELECT count(*) FROM record_views`); n != 2 {
		t.Errorf("%d views are counted", n)
	}
	for _, canary := range []string{"9990000018", "1961-04-17", "FARRINGHAM"} {
		if strings.Contains(h.logs.String(), canary) {
			t.Errorf("%s is in the log:\n%s", canary, h.logs)
		}
	}
	h.aSignInIsOfOneBrowserAndGoodForOnce(t)
}

// aSignInIsOfOneBrowserAndGoodForOnce sends what the provider gave to one
// browser again, from there and from another one, and with another state.
func (h *house) aSignInIsOfOneBrowserAndGoodForOnce(t *testing.T) {
	t.Helper()
	p := h.visitor(t)
	var back string
	p.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.Path, "/record/return") {
			back = req.URL.RequestURI()
			return http.ErrUseLastResponse
		}
		return nil
	}
	p.signIn(claims("P9", "P9.Cp.Cd"))
	if !strings.Contains(back, "code=") || !strings.Contains(back, "state=") {
		t.Fatalf("the provider leads back to %q", back)
	}
	thief := h.visitor(t)
	thief.get(back).reads("/record")
	thief.get("/record/sign-in") // with a sign-in of their own under way
	if thief.get(back); thief.status != 401 || !strings.Contains(thief.text(), "begun in another window or place") {
		t.Errorf("another browser's state: %d %s", thief.status, thief.text())
	}
	p.client.CheckRedirect = nil
	p.get(back).reads("/record/view")
	q := p.get(back)
	q.reads("/record") // once only
}

func TestWithoutAnIdentityServicePeopleAreToldWhereElseToAsk(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.get("/record").reads("/record", "Signing in is not possible here yet. Phone us")
	p.get("/record/sign-in").reads("/record")
	p.get("/record/return?code=x&state=y").reads("/record")
	p.get("/record/view").reads("/record")
}

func TestAnIdentityServiceThatIsAwayIsToldAndKeepsNothingElseBack(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, func(s *patients.Settings) {
		s.Login = &patients.Login{Issuer: "http://127.0.0.1:1", Client: "duenotice", Key: key, Return: "http://127.0.0.1/record/return"}
	})
	p := h.visitor(t)
	if p.get("/record/sign-in"); p.status != 503 || !strings.Contains(p.text(), "The sign-in did not work") {
		t.Errorf("%d %s", p.status, p.text())
	}
	p.prove().reads("/decision")
}
