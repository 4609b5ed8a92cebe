package campaigns_test

import (
	"context"
	"encoding/base32"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
)

const aPassword = "a long enough password"

// staffRoom is a register with a national manager and somebody of a region.
type staffRoom struct {
	*testing.T
	*campaigns.Register
	db       *schematest.DB
	clock    *calendar.Movable
	national campaigns.Viewer
	regional campaigns.Viewer
}

func newStaffRoom(t *testing.T) *staffRoom {
	t.Helper()
	o := &staffRoom{T: t, db: schematest.New(t), clock: calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))}
	o.Register = &campaigns.Register{Pool: o.db.App, Clock: o.clock.Now, Log: slog.New(slog.DiscardHandler), Options: campaigns.Options{
		FactorKeys: campaigns.FactorKeys{Keys: map[int16][]byte{1: []byte(strings.Repeat("k", 32))}, Newest: 1}}}
	o.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb')`)
	for email, role := range map[string]campaigns.Role{"nan@example.org": campaigns.RoleNational, "ron@example.org": campaigns.RoleRegional} {
		region := ""
		if role == campaigns.RoleRegional {
			region = "QMF"
		}
		if _, err := o.AddStaff(t.Context(), email, email[:3], role, region, aPassword); err != nil {
			t.Fatal(err)
		}
	}
	o.national, o.regional = o.viewer("nan@example.org"), o.viewer("ron@example.org")
	return o
}

func (o *staffRoom) exec(sql string, args ...any) {
	o.Helper()
	if _, err := o.db.Owner.Exec(context.Background(), sql, args...); err != nil {
		o.Fatal(err)
	}
}

func (o *staffRoom) viewer(email string) campaigns.Viewer {
	o.Helper()
	v, err := o.ViewerByEmail(context.Background(), email)
	if err != nil {
		o.Fatal(err)
	}
	return v
}

func (o *staffRoom) signIn(email string) string {
	o.Helper()
	token, err := o.SignIn(context.Background(), email, aPassword, "a test")
	if err != nil {
		o.Fatal(err)
	}
	return token
}

func (o *staffRoom) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *staffRoom) wants(err error, kind fault.Kind) {
	o.Helper()
	if !fault.Is(err, kind) {
		o.Fatalf("%v, not %s", err, kind)
	}
}

// setUp gives somebody a second factor and returns its secret.
func (o *staffRoom) setUp(of campaigns.StaffID) (secret string, recovery []string) {
	o.Helper()
	f, err := o.BeginFactor(o.Context(), of)
	o.must(err)
	link, err := url.Parse(f.Link)
	o.must(err)
	secret = link.Query().Get("secret")
	if strings.ReplaceAll(f.Secret, " ", "") != secret {
		o.Fatalf("%s to type is not %s in the picture", f.Secret, secret)
	}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil {
		o.Fatal(err)
	}
	recovery, err = o.ConfirmFactor(o.Context(), of, o.code(secret))
	o.must(err)
	return secret, recovery
}

// code is what an app shows now; the library of the app is not ours.
func (o *staffRoom) code(secret string) string {
	o.Helper()
	code, err := totp.GenerateCode(secret, o.clock.Now())
	o.must(err)
	return code
}

func TestASecondFactorOpensOnceAndThePasswordAloneNothing(t *testing.T) {
	o := newStaffRoom(t)
	secret, recovery := o.setUp(o.regional.ID)
	half := o.signIn("ron@example.org")
	_, err := o.Session(t.Context(), half)
	o.wants(err, fault.Unauthenticated)
	o.clock.Advance(time.Minute)
	_, _, err = o.SetUpFactor(t.Context(), half, o.code(secret)) // it is set up already
	o.wants(err, fault.Conflict)
	code := o.code(secret)
	_, err = o.ProveFactor(t.Context(), half, "000000")
	o.wants(err, fault.Invalid)
	token, err := o.ProveFactor(t.Context(), half, code[:3]+" "+code[3:])
	o.must(err)
	if by, err := o.Session(t.Context(), token); err != nil || by.ID != o.regional.ID {
		t.Fatalf("%+v, %v", by, err)
	}
	_, err = o.HalfSession(t.Context(), half)
	o.wants(err, fault.Unauthenticated)
	// Seen over a shoulder, the same code opens nothing.
	_, err = o.ProveFactor(t.Context(), o.signIn("ron@example.org"), code)
	o.wants(err, fault.Invalid)
	// A recovery code opens once.
	_, err = o.ProveFactor(t.Context(), o.signIn("ron@example.org"), strings.ToUpper(recovery[3]))
	o.must(err)
	_, err = o.ProveFactor(t.Context(), o.signIn("ron@example.org"), recovery[3])
	o.wants(err, fault.Invalid)
	var kept int
	o.must(o.db.Owner.QueryRow(t.Context(), `SELECT count(*) FROM second_factors WHERE strpos(second_factors::text, $1) > 0`, secret).Scan(&kept))
	if kept != 0 {
		t.Error("the secret is kept in clear")
	}
}

func TestGuessingCodesIsMadeToWait(t *testing.T) {
	o := newStaffRoom(t)
	secret, _ := o.setUp(o.regional.ID)
	half := o.signIn("ron@example.org")
	for range 10 {
		_, err := o.ProveFactor(t.Context(), half, "000000")
		o.wants(err, fault.Invalid)
	}
	o.clock.Advance(time.Minute)
	_, err := o.ProveFactor(t.Context(), half, o.code(secret))
	o.wants(err, fault.TooMany)
	o.clock.Advance(11 * time.Minute)
	_, err = o.ProveFactor(t.Context(), half, o.code(secret))
	o.must(err)
}

func TestWhereASecondFactorIsDueItIsSetUpAtTheFirstSignIn(t *testing.T) {
	o := newStaffRoom(t)
	o.Options.SecondFactor = true
	half := o.signIn("nan@example.org")
	_, err := o.Session(t.Context(), half)
	o.wants(err, fault.Unauthenticated)
	f, err := o.BeginFactor(t.Context(), o.national.ID)
	o.must(err)
	secret := strings.ReplaceAll(f.Secret, " ", "")
	_, _, err = o.SetUpFactor(t.Context(), half, "123")
	o.wants(err, fault.Invalid)
	recovery, token, err := o.SetUpFactor(t.Context(), half, o.code(secret))
	o.must(err)
	if len(recovery) != 10 {
		t.Errorf("%d recovery codes", len(recovery))
	}
	_, err = o.Session(t.Context(), token)
	o.must(err)
}

func TestAProofGrowsOldAndIsGivenAnew(t *testing.T) {
	o := newStaffRoom(t)
	token := o.signIn("ron@example.org")
	lately := func(want bool) {
		t.Helper()
		if got, err := o.ProvedLately(t.Context(), token, campaigns.ProofLife); err != nil || got != want {
			t.Fatalf("proved lately: %v, %v", got, err)
		}
	}
	lately(true)
	o.clock.Advance(campaigns.ProofLife + time.Second)
	lately(false)
	o.wants(o.ProveAgain(t.Context(), token, "another long password", ""), fault.Invalid)
	lately(false)
	o.must(o.ProveAgain(t.Context(), token, aPassword, ""))
	lately(true)
	secret, _ := o.setUp(o.regional.ID)
	o.clock.Advance(campaigns.ProofLife + time.Second)
	o.wants(o.ProveAgain(t.Context(), token, aPassword, ""), fault.Invalid)
	o.must(o.ProveAgain(t.Context(), token, aPassword, o.code(secret)))
	lately(true)
}

func TestAChangedRoleEndsSessionsAndNobodyChangesTheirOwn(t *testing.T) {
	o := newStaffRoom(t)
	token := o.signIn("ron@example.org")
	o.wants(o.ChangeStaff(t.Context(), o.regional, o.national.ID, campaigns.RoleAuditor, ""), fault.Forbidden)
	o.wants(o.ChangeStaff(t.Context(), o.national, o.national.ID, campaigns.RoleAuditor, ""), fault.Refused)
	o.wants(o.ChangeStaff(t.Context(), o.national, o.regional.ID, "emperor", "QMF"), fault.Invalid)
	o.wants(o.ChangeStaff(t.Context(), o.national, o.regional.ID, campaigns.RoleHelpdesk, "XXX"), fault.NotFound)
	o.must(o.ChangeStaff(t.Context(), o.national, o.regional.ID, campaigns.RoleHelpdesk, "QMF"))
	_, err := o.Session(t.Context(), token)
	o.wants(err, fault.Unauthenticated)
	if v := o.viewer("ron@example.org"); v.Role != campaigns.RoleHelpdesk {
		t.Errorf("is %s", v.Role)
	}
	o.must(o.DisableStaff(t.Context(), o.national, o.regional.ID, true))
	_, err = o.SignIn(t.Context(), "ron@example.org", aPassword, "")
	o.wants(err, fault.Unauthenticated)
	o.must(o.DisableStaff(t.Context(), o.national, o.regional.ID, false))
	o.setUp(o.regional.ID)
	first, err := o.ResetStaff(t.Context(), o.national, o.regional.ID)
	o.must(err)
	token, err = o.SignIn(t.Context(), "ron@example.org", first, "")
	o.must(err)
	_, err = o.Session(t.Context(), token) // the lost telephone is not asked for
	o.must(err)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	o := newStaffRoom(t)
	one, two := o.signIn("ron@example.org"), o.signIn("ron@example.org")
	other := o.signIn("nan@example.org")
	list, err := o.Sessions(t.Context(), o.regional.ID, two)
	o.must(err)
	if len(list) != 2 || !list[0].Current || list[1].Current || list[0].Device != "a test" {
		t.Fatalf("%+v", list)
	}
	foreign, err := o.Sessions(t.Context(), o.national.ID, other)
	o.must(err)
	o.must(o.EndSession(t.Context(), o.regional, foreign[0].ID, two)) // another's number ends nothing
	_, err = o.Session(t.Context(), other)
	o.must(err)
	o.must(o.EndSession(t.Context(), o.regional, 0, two))
	_, err = o.Session(t.Context(), one)
	o.wants(err, fault.Unauthenticated)
	o.must(o.ChangePassword(t.Context(), o.regional, two, aPassword, "another long password"))
	_, err = o.Session(t.Context(), two)
	o.must(err)
	_, err = o.SignIn(t.Context(), "ron@example.org", aPassword, "")
	o.wants(err, fault.Unauthenticated)
}

func TestWhateverIsDoneToTheAuditAfterItIsSealedIsFound(t *testing.T) {
	deeds := []string{
		`UPDATE audit SET object_id = object_id || 'x' WHERE id = (SELECT min(id) + 1 FROM audit)`,
		`UPDATE audit SET at = at + interval '1 microsecond' WHERE id = (SELECT min(id) FROM audit)`,
		`UPDATE audit SET actor_id = 99 WHERE id = (SELECT max(id) FROM audit)`,
		`UPDATE audit SET detail = '{"why": "other"}' WHERE id = (SELECT max(id) FROM audit)`,
		`DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)`,
		`DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)`,
		`INSERT INTO audit (id, at, actor_kind, action, object_kind, object_id, outcome) OVERRIDING SYSTEM VALUE
			SELECT min(id) - 1, '2026-11-20', 'system', 'looked', 'person', '1', 'done' FROM audit`,
		`DELETE FROM audit_seals WHERE number = 1`,
		`UPDATE audit_seals SET last_id = last_id - 1 WHERE number = 1`,
	}
	o := newStaffRoom(t)
	for range 3 {
		o.signIn("ron@example.org")
	}
	o.exec(`DELETE FROM audit WHERE id = (SELECT min(id) + 2 FROM audit)`) // a number that was never written is no fault
	first, err := o.SealAudit(t.Context())
	o.must(err)
	o.signIn("nan@example.org")
	newest, err := o.SealAudit(t.Context())
	o.must(err)
	if first.Number != 1 || newest.Number != 2 || newest.Lines != 1 {
		t.Fatalf("%+v, then %+v", first, newest)
	}
	if again, err := o.SealAudit(t.Context()); err != nil || again.Number != 2 {
		t.Fatalf("nothing new was sealed again: %+v, %v", again, err)
	}
	if checked, wrong, err := o.CheckAudit(t.Context()); err != nil || wrong != "" || checked.Mark() != newest.Mark() {
		t.Fatalf("%q, %v", wrong, err)
	}
	for _, sql := range deeds {
		tx, err := o.db.Owner.Begin(t.Context())
		o.must(err)
		_, err = tx.Exec(t.Context(), sql)
		o.must(err)
		o.must(tx.Commit(t.Context()))
		if _, wrong, err := o.CheckAudit(t.Context()); err != nil || wrong == "" {
			t.Errorf("%s: %q, %v", sql, wrong, err)
		}
		o.restore(t)
	}
}

// restore makes an audit and seals that fit again.
func (o *staffRoom) restore(t *testing.T) {
	t.Helper()
	o.exec(`DELETE FROM audit_seals`)
	for range 3 {
		o.signIn("ron@example.org")
	}
	for range 2 {
		_, err := o.SealAudit(t.Context())
		o.must(err)
		o.signIn("nan@example.org")
	}
	_, err := o.SealAudit(t.Context())
	o.must(err)
}

func TestALineThatIsStillBeingWrittenIsNotSealedPast(t *testing.T) {
	o := newStaffRoom(t)
	tx, err := o.db.App.Begin(t.Context())
	o.must(err)
	o.must(o.Audit(t.Context(), tx, o.clock.Now(), campaigns.Deed{Action: "looked", Object: "person", ID: "1"}))
	o.exec(`SELECT 1`)
	s, err := o.SealAudit(t.Context())
	o.must(err)
	if s.Number != 0 {
		t.Fatalf("sealed up to %d while a lower line may still come", s.Last)
	}
	o.must(tx.Commit(t.Context()))
	s, err = o.SealAudit(t.Context())
	o.must(err)
	var last int64
	o.must(o.db.Owner.QueryRow(t.Context(), `SELECT max(id) FROM audit`).Scan(&last))
	if s.Last != last {
		t.Errorf("sealed up to %d of %d", s.Last, last)
	}
	_, err = o.db.App.Exec(t.Context(), `UPDATE audit SET action = 'nothing'`)
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the program may change its audit: %v", err)
	}
}

func TestTheAuditIsSearchedByWhoWhatAndWhen(t *testing.T) {
	o := newStaffRoom(t)
	o.must(o.LookedAt(t.Context(), o.regional, "person", "77", "call"))
	o.clock.Advance(48 * time.Hour)
	o.must(o.LookedAt(t.Context(), o.national, "person", "78", "call"))
	for name, c := range map[string]struct {
		q    campaigns.AuditQuery
		want string
	}{
		"who":   {campaigns.AuditQuery{Who: o.regional.ID, Action: "looked"}, "77"},
		"thing": {campaigns.AuditQuery{Object: "person", ID: "78"}, "78"},
		"days":  {campaigns.AuditQuery{Object: "person", To: calendar.On(2026, time.November, 20)}, "77"},
		"from":  {campaigns.AuditQuery{Object: "person", From: calendar.On(2026, time.November, 22)}, "78"},
	} {
		lines, more, err := o.SearchAudit(t.Context(), o.national, c.q)
		if err != nil || more || len(lines) != 1 || lines[0].ObjectID != c.want || lines[0].Seal != 0 {
			t.Errorf("by %s: %+v, %v", name, lines, err)
		}
	}
	_, _, err := o.SearchAudit(t.Context(), o.regional, campaigns.AuditQuery{})
	o.wants(err, fault.Forbidden)
	for range 120 {
		o.must(pgx.BeginFunc(t.Context(), o.db.App, func(tx pgx.Tx) error {
			return o.Audit(t.Context(), tx, o.clock.Now(), campaigns.Deed{Action: "looked", Object: "batch", ID: "1"})
		}))
	}
	lines, more, err := o.SearchAudit(t.Context(), o.national, campaigns.AuditQuery{Object: "batch"})
	if err != nil || !more || len(lines) != 100 {
		t.Fatalf("%d lines, more %v, %v", len(lines), more, err)
	}
	rest, more, err := o.SearchAudit(t.Context(), o.national, campaigns.AuditQuery{Object: "batch", Before: lines[99].ID})
	if err != nil || more || len(rest) != 20 {
		t.Errorf("then %d lines, more %v, %v", len(rest), more, err)
	}
}
