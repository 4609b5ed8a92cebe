package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/seed"
	"duenotice/cmd/duenotice/synth"
	"duenotice/letters/paper"
)

// awkward are made-up people who show soonest what does not fit, after an
// ordinary one.
var awkward = []paper.Letter{
	{Name: "Odette Farringham", Address: []string{"14 High Street", "Walthamstow", "LONDON"}, Postcode: "E17 7LD"},
	{Name: "Maximiliana-Konstantina Papadopoulou-Featherstonehaugh", Postcode: "IG11 8FJ",
		Address: []string{"Flat 117, Bartholomew House", "Queen Elizabeth II Gardens", "Upper Longbridge Road East", "Becontree Heath", "BARKING"}},
	{Name: "Łukasz Żółć-Gwiaździński", Address: []string{"2b Öland Mews", "STRATFORD"}, Postcode: "E15 1AA"},
}

// randomPeople is how many made-up people a proof of random ones shows, and
// crowd from how many of them the worst are sought.
const randomPeople, crowdOf = 20, 2000

// proofPeople returns the people of a proof: the worst, random ones, or those
// of a file.
func proofPeople(who string) (people []paper.Letter, err error) {
	switch who {
	case "worst":
		crowd, err := madeUp(crowdOf)
		if err != nil {
			return nil, err
		}
		worst, err := paper.Worst(crowd)
		if err != nil {
			return nil, err
		}
		people = append(append(people, awkward...), worst...)
	case "random":
		if people, err = madeUp(randomPeople); err != nil {
			return nil, err
		}
	default:
		f, err := os.Open(who)
		if err != nil {
			return nil, fault.New(fault.NotFound, "--person takes worst, random or a file of people; there is no file %s.", who)
		}
		defer f.Close()
		if people, err = readPeople(f); err != nil {
			return nil, err
		}
	}
	for i := range people {
		people[i].Reference = fmt.Sprintf("DN 0000 %04d", i+1)
		people[i].NHSNumber = "9990000018"
	}
	return people, nil
}

// madeUp makes people up from a seed, in homes and streets of the region.
func madeUp(n int) ([]paper.Letter, error) {
	practices, err := seed.SynthPractices(seed.Region)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if _, err := synth.Cohort(synth.Options{Region: seed.Region, People: n, Seed: 1, Practices: practices, Today: calendar.On(2027, 1, 4), WrongRows: -1, Out: &file}); err != nil {
		return nil, err
	}
	return readPeople(&file)
}

// peopleColumns are the names of columns that a file of people may have, as in
// the template for cohorts and in short.
var peopleColumns = map[string]string{
	"given_names": "given", "given_name": "given", "given": "given", "title": "title", "name": "given",
	"family_name": "family", "family": "family", "postcode": "postcode",
}

// readPeople reads names and addresses from a CSV file with a header.
func readPeople(r io.Reader) ([]paper.Letter, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	head, err := rows.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file of people cannot be read as CSV.")
	}
	at, lines := map[string]int{}, []int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if short := peopleColumns[name]; short != "" {
			at[short] = i
		} else if strings.HasPrefix(name, "address_line_") || len(name) == 5 && strings.HasPrefix(name, "line") {
			lines = append(lines, i)
		}
	}
	if _, named := at["family"]; !named && len(lines) == 0 {
		return nil, fault.New(fault.Invalid, "The file of people has no columns such as given_names, family_name, address_line_1 and postcode.")
	}
	var people []paper.Letter
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return people, nil
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "Row %d of the file of people cannot be read as CSV.", len(people)+2)
		}
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(row) {
				return row[i]
			}
			return ""
		}
		l := paper.Letter{Name: strings.Join(strings.Fields(cell("given")+" "+cell("family")), " "), Postcode: cell("postcode")}
		for _, i := range lines {
			if i < len(row) {
				l.Address = append(l.Address, row[i])
			}
		}
		if _, named := at["family"]; !named {
			l.Name = awkward[0].Name
		}
		if len(lines) == 0 {
			l.Address, l.Postcode = awkward[0].Address, awkward[0].Postcode
		}
		people = append(people, l)
	}
}
