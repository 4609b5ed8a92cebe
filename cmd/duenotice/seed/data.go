// Package seed tells the demonstration's story through the doors: a real region, made-up people, a vendor at work, and a clock that can be moved.
package seed

import (
	"bytes"
	"embed"
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/intake"
	"duenotice/cmd/duenotice/synth"
)

//go:embed data/*.csv
var data embed.FS

// Region is where the demonstration takes place: NHS North East London.
const Region = "QMF"

// Organisations are the real organisations of the region.
func Organisations() ([]campaigns.OrganisationFile, error) {
	var list []campaigns.OrganisationFile
	for _, name := range []string{"regions.csv", "icbs.csv", "shas.csv", "practices_qmf.csv", "list_sizes_qmf.csv"} {
		body, err := data.ReadFile("data/" + name)
		if err != nil {
			return nil, fmt.Errorf("open the demonstration's data: %w", err)
		}
		list = append(list, campaigns.OrganisationFile{Name: name, Body: bytes.NewReader(body)})
	}
	return list, nil
}

// usualList stands for the number of patients where none is published.
const usualList = 5000

// SynthPractices are the active practices of the demonstration's region with
// their list sizes; none for any other region.
func SynthPractices(region string) ([]synth.Practice, error) {
	if region != Region {
		return nil, nil
	}
	sizes := map[string]int{}
	body, err := data.ReadFile("data/list_sizes_qmf.csv")
	if err != nil {
		return nil, fmt.Errorf("open the demonstration's data: %w", err)
	}
	_, err = intake.ReadListSizes(bytes.NewReader(body), intake.Options{}, func(l intake.ListSize) error { sizes[l.Practice] = l.Patients; return nil }, nil)
	if err != nil {
		return nil, err
	}
	if body, err = data.ReadFile("data/practices_qmf.csv"); err != nil {
		return nil, fmt.Errorf("open the demonstration's data: %w", err)
	}
	var list []synth.Practice
	_, err = intake.ReadPractices(bytes.NewReader(body), intake.Options{}, func(o intake.Organisation) error {
		if !o.EnglishGP() {
			return nil
		}
		size := sizes[o.Code]
		if size == 0 {
			size = usualList
		}
		list = append(list, synth.Practice{Code: o.Code, Patients: size, Postcode: o.Postcode})
		return nil
	}, nil)
	return list, err
}
