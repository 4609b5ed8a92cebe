package simulate

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/optout/registry"
)

func lived(t *testing.T, people int, seed uint64) Report {
	t.Helper()
	db := schematest.New(t)
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Options{People: people, Seed: seed, Database: db.URL("app"), Public: db.URL("public"),
		Archive: archive.FolderURL(t.TempDir()), Assets: filepath.Join(home, "duenotice-assets")})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAYearOf2000PeopleKeepsEveryPromise(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes half a minute")
	}
	for _, seed := range []uint64{1, 2} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			r := lived(t, 2000, seed)
			t.Log(r.Text())
			for _, i := range r.Invariants {
				if i.Violations > 0 {
					t.Errorf("broken %d times: %s", i.Violations, i.Name)
				}
			}
			if !r.Balanced {
				t.Error("the sums do not add up")
			}
			if r.States["created"] < 1000 || r.Records.Withdrawn == 0 || r.Letters.Remailed == 0 || r.Answers["web"] < 50 || r.Answers["practice"] == 0 {
				t.Errorf("a year in which too little happened: %+v", r)
			}
		})
	}
}

func TestTheSameSeedGivesTheSameNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes half a minute")
	}
	t.Parallel()
	a, b := lived(t, 400, 3), lived(t, 400, 3)
	a.Seconds, b.Seconds = 0, 0
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestStoriesLeaveMostPeopleSilentAndEveryStoryIsLived(t *testing.T) {
	sum := 0.0
	for _, s := range stories {
		sum += s.share
	}
	if sum < 0.1 || sum > 0.3 {
		t.Errorf("%.3f of all people do something", sum)
	}
	y := newYear(Options{Seed: 5}, t.TempDir())
	y.layOut()
	lived := map[int]int{}
	for place := range 700 {
		u := y.spread(&person{side: y.sides[0], place: place})
		for i, s := range stories {
			if u -= s.share; u < 0 {
				lived[i]++
				break
			}
		}
	}
	for i, s := range stories {
		if lived[i] == 0 {
			t.Errorf("of 700 people nobody lives the story %q", s.name)
		}
	}
}

func TestTheTargetAnswersEverybodyInTheEnd(t *testing.T) {
	target := newTarget(1)
	for person := range int64(2000) {
		r := registry.Request{ID: string(rune(person + 1000)), PersonID: person}
		var err error
		for range enough {
			if _, err = target.sandbox.Create(t.Context(), r); err == nil {
				break
			}
		}
		if made := target.sandbox.Holds(r.ID); made != (err == nil) {
			t.Errorf("person %d: the target has a record: %t, and its last answer was %v", person, made, err)
		}
	}
	if target.noConsent == 0 {
		t.Error("it never named missing consent")
	}
}

func TestAReceiptForTwoAnswersIsNoticed(t *testing.T) {
	var j journal
	on := calendar.On(2027, 1, 4)
	j.keep(optout.Receipt{Reference: "A-1", Says: "no", ReceivedOn: on}, 1, campaigns.Web)
	j.keep(optout.Receipt{Reference: "A-1", Says: "no", ReceivedOn: on}, 1, campaigns.Web)
	if j.twice != 0 {
		t.Error("the same answer again is no contradiction")
	}
	j.keep(optout.Receipt{Reference: "A-1", Says: "no", ReceivedOn: on}, 2, campaigns.Web)
	if j.twice != 1 {
		t.Error("one reference was given to two people, and nobody noticed")
	}
}
