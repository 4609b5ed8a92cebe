package campaigns_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duenotice/campaigns"
)

func TestTheDatabaseTheTableAndTheReadmeNameTheSameStates(t *testing.T) {
	sql, err := os.ReadFile("schema/migrations/0002_campaigns.sql")
	if err != nil {
		t.Fatal(err)
	}
	check := regexp.MustCompile(`(?s)CONSTRAINT enrolments_state CHECK \(state IN \((.*?)\)\)`).FindSubmatch(sql)
	if check == nil {
		t.Fatal("the table of enrolments has no check of its states")
	}
	var named []string
	for _, m := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(check[1], -1) {
		named = append(named, string(m[1]))
	}
	for _, s := range campaigns.States {
		if !slices.Contains(named, string(s)) {
			t.Errorf("the database does not know the state %s", s)
		}
	}
	if len(named) != len(campaigns.States) {
		t.Errorf("the database knows %d states, the table %d", len(named), len(campaigns.States))
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), campaigns.Picture()) {
		t.Errorf("README does not show the states as they are; print this in it:\n%s", campaigns.Picture())
	}
}

func TestAFinishedEnrolmentHasNoOtherRecordInOneStep(t *testing.T) {
	for _, from := range []campaigns.State{campaigns.Created, campaigns.Withdrawing, campaigns.Withdrawn} {
		for _, to := range []campaigns.State{campaigns.Creating, campaigns.Created} {
			if from != to && campaigns.May(from, to) {
				t.Errorf("an enrolment may go from %s to %s", from, to)
			}
		}
	}
	for _, to := range []campaigns.State{campaigns.Notified, campaigns.Reconciling} {
		if campaigns.May(campaigns.Created, to) {
			t.Errorf("an enrolment may go from created to %s", to)
		}
	}
	for _, s := range campaigns.States {
		if s != campaigns.Created && campaigns.May(campaigns.OptedOut, campaigns.Created) {
			t.Error("somebody who said no may get a record in one step")
		}
		if s.Plain() == string(s) {
			t.Errorf("%s has no plain words", s)
		}
	}
}
