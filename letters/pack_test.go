package letters_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
)

// draft begins version 2 of the standard pack.
func (h *house) draft() letters.PackVersion {
	h.t.Helper()
	v, err := h.mail.DraftPack(h.t.Context(), h.staff[0], letters.NewPack{Code: "standard", Title: "Second wording"})
	h.must(err)
	return v
}

func (h *house) english(v letters.PackVersion) string {
	h.t.Helper()
	s, err := v.Source("en", "standard")
	h.must(err)
	return s.Pack.Text
}

func reworded(text string) string {
	return strings.Replace(text, "Your care stays the same", "The care you get stays the same", 1)
}

func TestAPackIsApprovedBySomebodyWhoDidNotWriteInIt(t *testing.T) {
	h := newHouse(t, 1)
	ctx := t.Context()
	v := h.draft()
	if v.Version != 2 || v.State != letters.PackDraft || v.Author != "author" {
		t.Fatalf("begun is %+v", v)
	}
	text := h.english(v)
	v, err := h.mail.SaveWording(ctx, h.staff[1], "STANDARD", 2, "en", reworded(text), text)
	h.must(err)
	if !strings.Contains(h.english(v), "The care you get") || len(v.Authors) != 2 {
		t.Errorf("the change is not kept: %v", v.Authors)
	}
	for _, s := range v.Sources {
		if s.Language == "en" && slices.Contains(paper.PrintedFormats, s.Format) && !strings.Contains(s.Pack.Text, "The care you get") {
			t.Errorf("%s still has the old words", s.Name())
		}
	}
	if err := h.mail.ApprovePack(ctx, h.staff[2], "standard", 2, v.ChangedAt); !fault.Is(err, fault.Refused) {
		t.Errorf("approved without proofs: %v", err)
	}
	h.must(h.mail.ProofPack(ctx, h.staff[0], "standard", 2))
	for _, by := range h.staff[:2] {
		if err := h.mail.ApprovePack(ctx, by, "standard", 2, v.ChangedAt); !fault.Is(err, fault.Refused) {
			t.Errorf("%s approves what they wrote: %v", by.Name, err)
		}
	}
	helpdesk := campaigns.Viewer{ID: h.staff[2].ID, Role: campaigns.RoleHelpdesk}
	if err := h.mail.ApprovePack(ctx, helpdesk, "standard", 2, v.ChangedAt); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the helpdesk approves: %v", err)
	}
	if err := h.mail.ApprovePack(ctx, h.staff[2], "standard", 2, v.ChangedAt.Add(-time.Second)); !fault.Is(err, fault.Conflict) {
		t.Errorf("another version than the one shown is approved: %v", err)
	}
	h.must(h.mail.ApprovePack(ctx, h.staff[2], "standard", 2, v.ChangedAt))
	if _, err := h.mail.SaveWording(ctx, h.staff[0], "standard", 2, "en", text, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("an approved pack changes: %v", err)
	}
	if _, err := h.db.Owner.Exec(ctx, `UPDATE packs SET body = '{}' WHERE version = 2`); err == nil {
		t.Error("the database lets an approved pack be changed")
	}
	if _, err := h.db.Owner.Exec(ctx, `UPDATE pack_versions SET approved_by = authors[1] WHERE version = 2`); err == nil {
		t.Error("the database lets an author approve")
	}
	if err := h.mail.ApprovePack(ctx, h.staff[2], "standard", 2, v.ChangedAt); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved twice: %v", err)
	}
}

func TestAWaveFreezesThePackItsCampaignNames(t *testing.T) {
	h := newHouse(t, 3)
	h.seal()
	if n := h.count(`SELECT count(*) FROM campaign_packs`); n != 0 {
		t.Fatal("nobody asked the mailroom, and it chose a pack")
	}
	h.register.Printing = h.mail
	v := h.draft()
	h.must(h.mail.ProofPack(t.Context(), h.staff[0], "standard", 2))
	if err := h.mail.UsePack(t.Context(), h.staff[1], "NEL", "standard", 2); !fault.Is(err, fault.Refused) {
		t.Errorf("a pack that nobody approved is used: %v", err)
	}
	h.must(h.mail.ApprovePack(t.Context(), h.staff[1], "standard", 2, v.ChangedAt))
	h.must(h.mail.UsePack(t.Context(), h.staff[1], "NEL", "standard", 1))
	h.planned(5)
	h.approve(2)
	one, err := h.mail.Pack(t.Context(), "standard", 1)
	h.must(err)
	two, err := h.mail.Pack(t.Context(), "standard", 2)
	h.must(err)
	if one.State != letters.PackFrozen || one.FrozenAt.IsZero() || two.State != letters.PackApproved {
		t.Errorf("the chosen version is %s, the other %s", one.State, two.State)
	}
	for _, b := range h.seal() {
		if !strings.HasSuffix(b.Pack, "-1") {
			t.Errorf("batch %s prints %s", b.Code, b.Pack)
		}
	}
	if _, err := h.db.Owner.Exec(t.Context(), `UPDATE packs SET state = 'approved' WHERE version = 1`); err == nil {
		t.Error("a frozen pack thaws")
	}
}

func TestTwoWhoBeginOrSaveAtOnceDoNotOverwriteEachOther(t *testing.T) {
	h := newHouse(t, 1)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = h.mail.DraftPack(t.Context(), h.staff[i%2], letters.NewPack{Code: "standard"})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !fault.Is(err, fault.Conflict) {
			t.Errorf("beginning failed: %v", err)
		}
	}
	if n := h.count(`SELECT count(*) FROM pack_versions WHERE version > 1`); n != made || made == 0 {
		t.Errorf("%d were told of a version and %d are there", made, n)
	}
	v, err := h.mail.Pack(t.Context(), "standard", 2)
	h.must(err)
	was := h.english(v)
	for i := range 2 {
		wg.Go(func() {
			_, errs[i] = h.mail.SaveWording(t.Context(), h.staff[i], "standard", 2, "en", strings.Replace(was, "Your care", fmt.Sprintf("Your %d care", i), 1), was)
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errs[0], fault.Conflict) && !fault.Is(errs[1], fault.Conflict) {
		t.Errorf("of two who saved at once: %v, %v", errs[0], errs[1])
	}
}

func TestWordingThatCouldNotBePrintedIsNotSaved(t *testing.T) {
	h := newHouse(t, 1)
	v := h.draft()
	text := h.english(v)
	for name, bad := range map[string]string{
		"an unknown placeholder": strings.Replace(text, "{{name}}", "{{first_name}}", 1),
		"HTML":                   strings.Replace(text, "Your care", "<script>alert(1)</script>", 1),
		"an emoji":               strings.Replace(text, "Your care", "Your 🙂", 1),
		"no last day":            strings.ReplaceAll(text, "{{last_day}}", "soon"),
		"no phone":               strings.ReplaceAll(text, "{{phone}}", "our number"),
		"no web address":         strings.ReplaceAll(text, "{{web}}", "our website"),
		"another language":       strings.Replace(text, "lang: en\n", "lang: pl\n", 1),
		"nothing":                "",
		"far too much":           text + strings.Repeat("More and more. ", 10_000),
		"broken UTF-8":           strings.Replace(text, "Your care", "Your \xff", 1),
	} {
		if _, err := h.mail.SaveWording(t.Context(), h.staff[0], "standard", 2, "en", bad, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s is saved: %v", name, err)
		}
	}
	if after, _ := h.mail.Pack(t.Context(), "standard", 2); h.english(after) != text || !after.ChangedAt.Equal(v.ChangedAt) {
		t.Error("something of it was kept")
	}
	for field, n := range map[string]letters.NewPack{
		"code": {Code: "<b>", Title: "x"}, "title": {Code: "NEW"}, "postage": {Code: "NEW", Title: "x", Postage: "pigeon"}, "geometry": {Code: "NEW", Title: "x", Geometry: "round"},
	} {
		if _, err := h.mail.DraftPack(t.Context(), h.staff[0], n); fault.Of(err) == nil || fault.Of(err).Field != field {
			t.Errorf("a pack with a bad %s: %v", field, err)
		}
	}
	for _, role := range []campaigns.Role{campaigns.RoleHelpdesk, campaigns.RoleFinance, campaigns.RoleAuditor, campaigns.RolePractice} {
		by := campaigns.Viewer{ID: 1, Role: role}
		if _, err := h.mail.SaveWording(t.Context(), by, "standard", 2, "en", text+"\n", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s writes packs: %v", role, err)
		}
	}
}

func TestATranslationIsPrintedOnceSomebodyHasCheckedIt(t *testing.T) {
	h := newHouse(t, 4)
	ctx := t.Context()
	v := h.draft()
	drafts := v.Drafts()
	if len(drafts) == 0 {
		t.Skip("no translation comes with the program")
	}
	lang := drafts[0].Language
	if err := h.mail.CheckTranslation(ctx, h.staff[0], "standard", 2, lang, " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody checked it: %v", err)
	}
	h.must(h.mail.CheckTranslation(ctx, h.staff[0], "standard", 2, lang, "Elin Rhys, translator"))
	v, err := h.mail.Pack(ctx, "standard", 2)
	h.must(err)
	s, err := v.Source(lang, "standard")
	h.must(err)
	if tr := s.Translation(); tr.State != "checked" || !strings.HasPrefix(tr.CheckedBy, "Elin Rhys, translator") {
		t.Errorf("its state is %+v", tr)
	}
	// A change of the English takes every check back.
	text := h.english(v)
	v, err = h.mail.SaveWording(ctx, h.staff[0], "standard", 2, "en", reworded(text), text)
	h.must(err)
	if len(v.Drafts()) != len(drafts) {
		t.Error("a check of the old English stands")
	}
	h.must(h.mail.CheckTranslation(ctx, h.staff[0], "standard", 2, lang, "Elin Rhys, translator"))
	h.must(h.mail.ProofPack(ctx, h.staff[0], "standard", 2))
	v, err = h.mail.Pack(ctx, "standard", 2)
	h.must(err)
	h.must(h.mail.ApprovePack(ctx, h.staff[1], "standard", 2, v.ChangedAt))
	h.exec(`UPDATE people SET language = $1 WHERE id % 2 = 0`, lang)
	h.exec(`UPDATE people SET language = 'ur', format = 'large_print' WHERE id = 3`)
	got := map[string]int{}
	for _, b := range h.seal() {
		got[b.Language+" "+b.Format] += b.Pieces
	}
	if got[lang+" standard"] != 2 || got["en large_print"] != 1 || got["en standard"] != 1 {
		t.Errorf("letters went out as %v", got)
	}
}
