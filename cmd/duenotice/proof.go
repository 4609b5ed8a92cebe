package main

import (
	"bufio"
	"os"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters/paper"
)

type proofCommand struct {
	Out string `default:"proof.pdf" type:"path" placeholder:"FILE" help:"Where to."`
}

// Help implements kong's longer help.
func (proofCommand) Help() string {
	return "Example:\n  duenotice proof --out proof.pdf\n\nThe standard pack for an ordinary address, the longest, and a name that is hard to print. The people are made up; the codes open nothing."
}

// awkward are the letters that show soonest what does not fit.
var awkward = []paper.Letter{
	{Reference: "DN 0000 0001", Name: "Odette Farringham", Address: []string{"14 High Street", "Walthamstow", "LONDON"}, Postcode: "E17 7LD", NHSNumber: "9990000018"},
	{Reference: "DN 0000 0002", Name: "Maximiliana-Konstantina Papadopoulou-Featherstonehaugh", Postcode: "IG11 8FJ", NHSNumber: "9990000026",
		Address: []string{"Flat 117, Bartholomew House", "Queen Elizabeth II Gardens", "Upper Longbridge Road East", "Becontree Heath", "BARKING"}},
	{Reference: "DN 0000 0003", Name: "Łukasz Żółć-Gwiaździński", Address: []string{"2b Öland Mews", "STRATFORD"}, Postcode: "E15 1AA", NHSNumber: "9990000034"},
}

func (p proofCommand) Run(c *call) (err error) {
	pack := paper.StandardPack()
	pack.Code, pack.Version = "STANDARD", 1
	pack.Programme, pack.Area, pack.Sender, pack.Signatory = "Shared Health Summary", "North East London", []string{"NHS North East London"}, "Dr Ruth Adler, Medical Director"
	pack.Phone, pack.Hours, pack.Web, pack.QRBase = "0300 123 4100", []string{"Monday to Friday", "8am to 6pm"}, "choose.example", "https://choose.example/o"
	pack.Freepost = []string{"Freepost SHARED HEALTH SUMMARY"}
	batch, err := paper.NewBatch(pack, paper.C5Window())
	if err != nil {
		return err
	}
	today := calendar.On(2027, time.January, 4)
	codes := house.RandomPepper()
	for _, l := range awkward {
		l.Code, l.Dated, l.LastDay = codes.Derive([]byte("proof"), l.Reference), today, calendar.England().OnOrAfter(today.AddDays(87))
		if _, err := batch.Draw(l); err != nil {
			return err
		}
	}
	f, err := os.Create(p.Out)
	if err != nil {
		return fault.New(fault.Invalid, "The file %s cannot be written.", p.Out)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	pages, err := batch.Finish(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	return c.answer(map[string]any{"file": p.Out, "letters": len(awkward), "pages": pages}, func() {
		c.say("%d letters on %d pages in %s.", len(awkward), pages, p.Out)
	})
}
