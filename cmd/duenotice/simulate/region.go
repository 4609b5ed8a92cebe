package simulate

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
	"duenotice/letters"
)

// side is one of the two campaigns with its region, programme and vendor.
type side struct {
	code, region, programme, title, registry string
	window                                   campaigns.Policy
	vendorCode, vendorName                   string
	batchSize                                int
	practices                                []practice
	file                                     cohortFile

	id        campaigns.ProgrammeID
	helpdesk  campaigns.Viewer
	campaign  campaigns.Campaign
	vendor    letters.Vendor
	key       string
	client    *client.Client
	shift     client.Shift
	onStrike  bool
	waves     int    // approved so far
	suspected string // a whole batch
	told      untruths
}

type practice struct{ code, postcode string }

// towns are districts in which made-up people are known to live.
var towns = [2][]string{{"E1 6AN", "E2 7DG", "RM9 5AS", "IG11 9LT", "N16 8BX"}, {"SE1 7EH", "SE5 9RS", "BR1 1AA", "CR0 1RG", "SW9 8DJ"}}

func (y *year) layOut() {
	y.sides = [2]*side{
		{code: "NEL-26", region: "QMF", programme: "SHS", title: "Shared Health Summary", registry: "own",
			window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, vendorCode: "halden", vendorName: "Halden Mail", batchSize: 500},
		{code: "SEL-26", region: "QKK", programme: "UCR", title: "Urgent Care Record", registry: "sandbox",
			window: campaigns.Policy{Unit: "months", Length: 2, Allowance: 3}, vendorCode: "quill", vendorName: "Quill and Sons", batchSize: 250},
	}
	n := min(max(y.People/500, 4), 30)
	for i, s := range y.sides {
		for k := range n {
			s.practices = append(s.practices, practice{fmt.Sprintf("Y%d%04d", 7+i, k+1), towns[i][k%len(towns[i])]})
		}
	}
}

// begin sets up everything that stands before the first letter.
func (y *year) begin(ctx context.Context) error {
	y.layOut()
	if err := y.importOrganisations(ctx); err != nil {
		return err
	}
	for i, v := range []*campaigns.Viewer{&y.author, &y.first, &y.second, &y.sides[0].helpdesk, &y.sides[1].helpdesk} {
		if err := y.employ(ctx, i, v); err != nil {
			return err
		}
	}
	if err := y.house.Mailroom.EnsureStandardPack(ctx); err != nil {
		return err
	}
	for _, s := range y.sides {
		if err := y.found(ctx, s); err != nil {
			return err
		}
	}
	if err := y.connect(); err != nil {
		return err
	}
	if err := y.makePeople(); err != nil {
		return err
	}
	if err := y.earlyDissents(ctx); err != nil {
		return err
	}
	for _, s := range y.sides {
		if err := y.enrol(ctx, s, "people.csv", s.file.first); err != nil {
			return err
		}
		if err := y.switchOn(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// employ adds a member of staff: first the three managers, then a helpdesk for each region.
func (y *year) employ(ctx context.Context, i int, v *campaigns.Viewer) (err error) {
	role, region := campaigns.RoleNational, ""
	if i >= 3 {
		role, region = campaigns.RoleHelpdesk, y.sides[i-3].region
	}
	email := fmt.Sprintf("person%d@simulation.example", i+1)
	if _, err := y.house.Register.AddStaff(ctx, email, fmt.Sprintf("Person %d", i+1), role, region, "a long enough password"); err != nil {
		return err
	}
	*v, err = y.house.Register.ViewerByEmail(ctx, email)
	return err
}

func (y *year) importOrganisations(ctx context.Context) error {
	var areas, list bytes.Buffer
	areas.WriteString("icb_ods,icb_ons,name,region_ods,region_name,valid_from,valid_to,successor,source_note\n")
	for i, s := range y.sides {
		fmt.Fprintf(&areas, "%s,E5400%04d,NHS Simulated Region %d,Y56,London,2022-07-01,,,made up\n", s.region, i+1, i+1)
		for k, p := range s.practices {
			cells := []string{p.code, fmt.Sprintf("SIMULATED SURGERY %d", k+1), "Y56", s.region, fmt.Sprintf("%d HIGH STREET", k+1), "LONDON", "", "", "", p.postcode,
				"20100401", "", "A", "B", "A3A8R", "20210401", "", "020 70000000", "", "", "", "0", "", "A3A8R", "", "4", ""}
			fmt.Fprintf(&list, "\"%s\"\n", strings.Join(cells, `","`))
		}
	}
	_, err := y.house.Register.ImportPractices(ctx, y.author, []campaigns.OrganisationFile{{Name: "areas.csv", Body: &areas}, {Name: "practices.csv", Body: &list}})
	return err
}

// found makes a side's programme, vendor and campaign, and has two people approve it.
func (y *year) found(ctx context.Context, s *side) (err error) {
	r := y.house.Register
	if s.id, err = r.CreateProgramme(ctx, s.programme, s.title, s.registry); err != nil {
		return err
	}
	if s.vendor, err = y.house.Mailroom.AddVendor(ctx, s.vendorCode, s.vendorName); err != nil {
		return err
	}
	if s.key, err = y.house.Mailroom.NewVendorKey(ctx, s.vendor.ID); err != nil {
		return err
	}
	s.campaign, err = r.CreateCampaign(ctx, y.author, campaigns.NewCampaign{Code: s.code, Programme: s.programme, Region: s.region, Name: s.title + " in " + s.region,
		Kind: "blanket", Pack: "STANDARD", Vendor: s.vendorCode, Window: s.window, MinimumAge: 16, DailyCapacity: max(y.People/12, 40), BatchSize: s.batchSize,
		Helpline: "0808 157 0000", HelplineHours: "Monday to Friday 8am to 8pm", WebAddress: "answer.example", Freepost: []string{"Freepost SIMULATION"},
		Sender: "NHS Simulated Region", Signatory: "A. Person"})
	if err != nil {
		return err
	}
	for _, v := range []campaigns.Viewer{y.first, y.second} {
		if _, err := r.ApproveCampaign(ctx, v, s.code); err != nil {
			return err
		}
	}
	s.campaign, err = r.Campaign(ctx, y.author, s.code)
	return err
}

// switchOn switches practices on; the second one only in summer, the third
// when somebody remembers it (turns).
func (y *year) switchOn(ctx context.Context, s *side) error {
	for i, p := range s.practices {
		from := firstDay
		switch i {
		case 1:
			from = firstDay.AddDays(200)
		case 2:
			continue
		}
		if err := y.house.Register.SwitchOn(ctx, y.author, s.id, []string{p.code}, from); err != nil {
			return err
		}
	}
	return nil
}

// wave plans the next wave of a side and has two people approve it. Nobody
// left is no error.
func (y *year) wave(ctx context.Context, s *side, people int) error {
	r := y.house.Register
	left, err := r.Left(ctx, s.campaign.ID, nil)
	if err != nil || left == 0 {
		return err
	}
	working, err := r.Working(ctx)
	if err != nil {
		return err
	}
	waves, err := r.PlanWaves(ctx, y.author, s.code, campaigns.Plan{People: people, FirstPostOn: working.Add(y.today, 2), Waves: 1})
	if err != nil {
		return err
	}
	for _, w := range waves {
		if _, err := y.house.Mailroom.AcceptEveryFinding(ctx, y.first, s.code, w.Number); err != nil {
			return err
		}
		for _, v := range []campaigns.Viewer{y.first, y.second} {
			if _, err := r.ApproveWave(ctx, v, s.code, w.Number); err != nil {
				return err
			}
		}
		s.waves++
	}
	return nil
}

func dayOf(n int) calendar.Date { return firstDay.AddDays(n) }
