package seed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/synth"
)

// Staff are the demonstration's people, who all have the same password.
type Staff struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
	Name     string `json:"-"`
	Region   string `json:"-"`
	Does     string `json:"-"`
}

// Password is the demonstration's. Its pages are reached from this machine only.
const Password = "due notice, please" //nolint:gosec // G101: no secret, the demonstration shows it

// People who work in the demonstration.
var People = []Staff{
	{"anna.price@example.org", Password, string(campaigns.RoleRegional), "Anna Price", Region, "wrote the campaigns, so she cannot approve them"},
	{"dana.whitlock@example.org", Password, string(campaigns.RoleRegional), "Dana Whitlock", Region, "approves"},
	{"samuel.adeyemi@example.org", Password, string(campaigns.RoleRegional), "Samuel Adeyemi", Region, "approves, too: it takes two"},
	{"helen.moss@example.org", Password, string(campaigns.RoleNational), "Helen Moss", "", "sees every region"},
	{"imran.chaudhry@example.org", Password, string(campaigns.RoleHelpdesk), "Imran Chaudhry", Region, "enters answers from phone and post"},
}

// The campaigns. The pilot began in the autumn, so its windows are about to
// close when the demonstration opens; the blanket rollout has just begun.
const (
	Blanket = "NEL-26"
	Pilot   = "NEL-PILOT"

	pilotPractices = 4
	pilotPeople    = 240
)

var (
	begins = calendar.On(2026, time.October, 5) // a Monday
	opens  = calendar.On(2027, time.January, 7) // a Thursday: wave 1 has been posted
)

// story is the telling of it.
type story struct {
	*Clockwork
	people int
	tell   func(string) // progress, in sentences
	staff  map[string]campaigns.Viewer
}

// Tell plants the demonstration: it takes the clock from the day on which the
// pilot began to the day on which visitors come in, every step through the
// doors. It begins on an empty database and takes most of a minute.
func (c *Clockwork) Tell(ctx context.Context, people int, tell func(string)) error {
	s := &story{Clockwork: c, people: people, tell: tell, staff: map[string]campaigns.Viewer{}}
	if err := s.jump(ctx, morning(begins)); err != nil {
		return err
	}
	for _, step := range []struct {
		says string
		do   func(context.Context) error
	}{
		{"Real practices of North East London move in", s.organisations},
		{"People who work here, a print vendor, a pack", s.team},
		{"What practices publish, who pays, what doctors said", s.around},
		{"The pilot: four practices, posted in October", s.pilot},
		{"Autumn passes, answers come in", s.autumn},
		{fmt.Sprintf("The rollout: %d made-up people, two waves", people), s.blanket},
		{"Wave 1 is drawn, fetched and posted", s.firstWave},
	} {
		tell(step.says)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.says, err)
		}
	}
	return s.markReady(ctx)
}

func (s *story) organisations(ctx context.Context) error {
	list, err := Organisations()
	if err != nil {
		return err
	}
	_, err = s.house.Register.ImportPractices(ctx, campaigns.Viewer{}, list)
	return err
}

func (s *story) team(ctx context.Context) error {
	r := s.house.Register
	for _, p := range People {
		if _, err := r.AddStaff(ctx, p.Email, p.Name, campaigns.Role(p.Role), p.Region, p.Password); err != nil {
			return err
		}
		v, err := r.ViewerByEmail(ctx, p.Email)
		if err != nil {
			return err
		}
		s.staff[p.Email] = v
	}
	if _, err := r.CreateProgramme(ctx, "SHS", "Shared Health Summary", "own"); err != nil {
		return err
	}
	if err := s.house.Mailroom.EnsureStandardPack(ctx); err != nil {
		return err
	}
	if err := s.translations(ctx); err != nil {
		return err
	}
	return s.hireVendor(ctx)
}

func (s *story) pilot(ctx context.Context) error {
	few, _, err := practices()
	if err != nil {
		return err
	}
	k, err := s.campaign(ctx, Pilot, "Pilot at four practices", "pilot", 250, few)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if _, err := synth.Cohort(synth.Options{Region: Region, People: pilotPeople, Seed: 41, Practices: few, Today: begins, WrongRows: -1, Out: &file}); err != nil {
		return err
	}
	if err := s.cohort(ctx, k, "pilot-2026-10.csv", file.Bytes()); err != nil {
		return err
	}
	return s.wave(ctx, k, campaigns.Plan{FirstPostOn: begins.AddDays(2), Waves: 1}, 1)
}

func (s *story) autumn(ctx context.Context) error {
	return s.walk(ctx, calendar.On(2027, time.January, 4))
}

func (s *story) blanket(ctx context.Context) error {
	few, rest, err := practices()
	if err != nil {
		return err
	}
	k, err := s.campaign(ctx, Blanket, "North East London 2026/27", "blanket", 2500, rest)
	if err != nil {
		return err
	}
	var pilot, file bytes.Buffer
	if _, err := synth.Cohort(synth.Options{Region: Region, People: pilotPeople, Seed: 41, Practices: few, Today: begins, WrongRows: -1, Out: &pilot}); err != nil {
		return err
	}
	if _, err := synth.Cohort(synth.Options{Region: Region, People: s.people, Seed: 26, Practices: rest, Today: s.today(), Out: &file}); err != nil {
		return err
	}
	body, err := without(file.Bytes(), pilot.Bytes())
	if err != nil {
		return err
	}
	return s.cohort(ctx, k, "nel-2027-01.csv", body)
}

// firstWave approves and posts the first of two waves; the second waits for
// two signatures when the doors open.
func (s *story) firstWave(ctx context.Context) error {
	k, err := s.house.Register.Campaign(ctx, campaigns.Viewer{}, Blanket)
	if err != nil {
		return err
	}
	left, err := s.house.Register.Left(ctx, k.ID, nil)
	if err != nil {
		return err
	}
	if err := s.wave(ctx, k, campaigns.Plan{FirstPostOn: s.today().AddDays(2), People: (left + 1) / 2, Waves: 1}, 1); err != nil {
		return err
	}
	if _, err := s.house.Register.PlanWaves(ctx, s.staff[People[0].Email], k.Code, campaigns.Plan{FirstPostOn: opens.AddDays(11), Waves: 1}); err != nil {
		return err
	}
	if err := s.walk(ctx, opens); err != nil {
		return err
	}
	return s.jump(ctx, opens.Start().Add(9*time.Hour+40*time.Minute))
}

// campaign writes and signs a campaign and switches its practices on.
func (s *story) campaign(ctx context.Context, code, name, kind string, batch int, at []synth.Practice) (campaigns.Campaign, error) {
	r, author := s.house.Register, s.staff[People[0].Email]
	k, err := r.CreateCampaign(ctx, author, campaigns.NewCampaign{
		Code: code, Programme: "SHS", Region: Region, Name: name, Kind: kind, Pack: "standard", Vendor: vendorCode,
		Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16, DailyCapacity: 5000, BatchSize: batch,
		Helpline: "0808 157 0419", HelplineHours: "Monday to Friday, 8am to 6pm", WebAddress: s.patients + "/o",
		Freepost: []string{"Freepost SHARED HEALTH SUMMARY"}, Sender: "NHS North East London", Signatory: "Dr Ruth Adler, Medical Director",
	})
	if err != nil {
		return k, err
	}
	for _, p := range People[1:3] {
		if _, err := r.ApproveCampaign(ctx, s.staff[p.Email], code); err != nil {
			return k, err
		}
	}
	var codes []string
	for _, p := range at {
		codes = append(codes, p.Code)
	}
	return k, r.SwitchOn(ctx, author, k.Programme, codes, s.today())
}

// cohort brings a file, has it read, and accepts it.
func (s *story) cohort(ctx context.Context, k campaigns.Campaign, name string, body []byte) error {
	r := s.house.Register
	id, err := r.ReceiveCohort(ctx, s.staff[People[0].Email], k.Code, name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := s.house.Crew.Settle(ctx); err != nil {
		return err
	}
	if err := r.DecideCohort(ctx, s.staff[People[1].Email], id, true); err != nil {
		return err
	}
	if err := s.house.Crew.Settle(ctx); err != nil {
		return err
	}
	h, err := r.Cohort(ctx, campaigns.Viewer{}, id)
	if err == nil && h.State != "applied" {
		err = fault.New(fault.Refused, "The file %s of made-up people was not enrolled: it is %s. %s", name, h.State, h.Refusal)
	}
	return err
}

// wave plans waves and has one approved by two people.
func (s *story) wave(ctx context.Context, k campaigns.Campaign, p campaigns.Plan, number int) error {
	r := s.house.Register
	if _, err := r.PlanWaves(ctx, s.staff[People[0].Email], k.Code, p); err != nil {
		return err
	}
	if _, err := s.house.Mailroom.AcceptEveryFinding(ctx, s.staff[People[1].Email], k.Code, number); err != nil {
		return err
	}
	for _, who := range People[1:3] {
		if _, err := r.ApproveWave(ctx, s.staff[who.Email], k.Code, number); err != nil {
			return err
		}
	}
	return s.house.Crew.Settle(ctx)
}

// practices are the smallest few, for the pilot, and the rest.
func practices() (few, rest []synth.Practice, err error) {
	list, err := SynthPractices(Region)
	if err != nil || len(list) <= pilotPractices {
		return nil, list, err
	}
	slices.SortStableFunc(list, func(a, b synth.Practice) int {
		return cmp.Or(cmp.Compare(a.Patients, b.Patients), cmp.Compare(a.Code, b.Code))
	})
	few, rest = list[:pilotPractices], list[pilotPractices:]
	slices.SortFunc(rest, func(a, b synth.Practice) int { return cmp.Compare(a.Code, b.Code) })
	return few, rest, nil
}

// without leaves out of a file the people of another: two seeds may deal the
// same number. Lines stay as they are, the wrong ones included.
func without(file, other []byte) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(other)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read made-up people: %w", err)
	}
	taken := map[string]bool{}
	for _, r := range rows[1:] {
		taken[r[0]] = true
	}
	var out bytes.Buffer
	for line := range bytes.Lines(file) {
		number, _, _ := bytes.Cut(line, []byte(","))
		if !taken[string(bytes.Trim(number, `"`))] {
			out.Write(line)
		}
	}
	return out.Bytes(), nil
}

// The story's last line: where it stands, the demonstration is whole.
const whole = "the demonstration is ready"

func (s *story) markReady(ctx context.Context) error {
	return campaigns.InTx(ctx, s.house.Pool, s.house.Clock, func(tx pgx.Tx, now time.Time) error {
		return s.house.Register.Audit(ctx, tx, now, campaigns.Deed{Action: whole, Object: "demonstration", ID: "1"})
	})
}
