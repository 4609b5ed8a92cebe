package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
	"duenotice/letters/paper"
)

type proofCommand struct {
	Pack     string `default:"standard" placeholder:"P" help:"The pack: standard, or a file with its wording."`
	Language string `default:"en" placeholder:"L" help:"en, cy or pl; all for every language."`
	Format   string `default:"standard" placeholder:"F" help:"standard, or large_print_16, large_print (20), large_print_24, large_print_28; all for every format."`
	Person   string `default:"worst" placeholder:"WHO" help:"worst, random (twenty of them), or a file of people (CSV)."`
	Envelope string `default:"C5 window" placeholder:"NAME" help:"C5 window, C4 window, DL window or no window. Large print and Easy Read go unfolded in C4."`
	Supplied string `type:"existingfile" placeholder:"PDF" help:"Pages that were composed elsewhere, behind the cover page: Easy Read, or a language whose script is not drawn."`
	Zones    bool   `help:"Show the vendor's zones and marks over the pages."`
	Out      string `default:"proof.pdf" type:"path" placeholder:"FILE" help:"Where to; with pictures of the first pages beside it where pdftoppm is installed."`
}

// Help implements kong's longer help.
func (proofCommand) Help() string {
	return "Example:\n  duenotice proof --language cy --format large_print_28 --person worst --zones --out proof.pdf\n\nDraws letters exactly as they will print. The people of worst and random are made up; the codes open nothing. Whoever cannot be printed right is listed with the reason."
}

// proofOut is one file that was drawn.
type proofOut struct {
	File     string        `json:"file"`
	Language string        `json:"language"`
	Format   string        `json:"format"`
	Letters  int           `json:"letters"`
	Pages    int           `json:"pages"`
	Pictures int           `json:"pictures"`
	Most     int           `json:"most_sheets"` // of one letter
	Withheld []proofUnfit  `json:"withheld"`
	Findings []proofRemark `json:"findings"`
}

type proofUnfit struct {
	Row      int    `json:"row"` // of the people, counted from 1
	Sentence string `json:"sentence"`
}

type proofRemark struct {
	Rule     string `json:"rule"`
	Sentence string `json:"sentence"`
}

// madeUpSender fills the pack that comes with the program with a sender nobody
// is.
func madeUpSender(code string) paper.Pack {
	pack := paper.StandardPack()
	pack.Code, pack.Version = strings.ToUpper(code), 1
	pack.Area, pack.Sender, pack.Signatory = "North East London", []string{"NHS North East London"}, "Dr Ruth Adler, Medical Director"
	pack.Phone, pack.Hours, pack.Web, pack.QRBase = "0300 123 4100", []string{"Monday to Friday", "8am to 6pm"}, "choose.example", "https://choose.example/o"
	pack.Freepost = []string{"Freepost YOUR CHOICE"}
	return pack
}

func (p proofCommand) Run(c *call) error {
	if _, ok := paper.GeometryNamed(p.Envelope); !ok {
		return usage("--envelope takes C5 window, C4 window, DL window or no window")
	}
	packs, err := p.packs()
	if err != nil {
		return err
	}
	people, err := proofPeople(p.Person)
	if err != nil {
		return err
	}
	var outs []proofOut
	for _, pack := range packs {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		out, err := p.draw(c.ctx, pack, people, len(packs) > 1)
		if err != nil {
			return err
		}
		outs = append(outs, out)
	}
	return c.answer(map[string]any{"files": outs}, func() {
		for _, o := range outs {
			c.say("%d letters on %d pages in %s, at most %d sheets each; %d pictures.", o.Letters, o.Pages, o.File, o.Most, o.Pictures)
			for _, w := range o.Withheld {
				c.say("  withheld, row %d: %s", w.Row, w.Sentence)
			}
			for _, f := range o.Findings {
				c.say("  %s", f.Sentence)
			}
		}
	})
}

// packs returns what is to be drawn.
func (p proofCommand) packs() ([]paper.Pack, error) {
	format, ok := paper.NamedFormat(p.Format)
	if p.Format == "all" {
		format, ok = "all", true
	}
	printed := paper.PrintedFormats
	if p.Supplied != "" {
		printed = append([]string{paper.EasyRead}, printed...)
	}
	if !ok || (format != "all" || p.Supplied != "") && !slices.Contains(printed, format) {
		return nil, usage("--format takes " + strings.Join(printed, ", ") + "; and all, except for supplied pages")
	}
	base := madeUpSender(p.Pack)
	if p.Supplied != "" {
		pdf, err := os.ReadFile(p.Supplied)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file %s cannot be read.", p.Supplied)
		}
		base.Text, base.Format = paper.CoverWording(), format
		return []paper.Pack{base}, base.Supply(pdf)
	}
	if !strings.EqualFold(p.Pack, "standard") {
		text, err := os.ReadFile(p.Pack)
		if err != nil {
			return nil, fault.New(fault.NotFound, "There is no pack and no file called %s.", p.Pack)
		}
		base.Code, base.Text = "PROOF", string(text)
		var packs []paper.Pack
		for _, f := range paper.PrintedFormats {
			if base.Format = f; format == "all" || f == format {
				packs = append(packs, base)
			}
		}
		return packs, nil
	}
	var packs []paper.Pack
	for _, s := range paper.Shipped() {
		if (p.Language == "all" || s.Language() == p.Language) && (format == "all" || s.Format == format) {
			whole := base
			whole.Text, whole.Format = s.Text, s.Format
			if s.Language() != paper.English {
				whole.Following = base.Text
			}
			packs = append(packs, whole)
		}
	}
	if len(packs) == 0 {
		return nil, fault.New(fault.NotFound, "The pack has no wording in the language %q; its readers get the English letter with the strip of languages.", p.Language)
	}
	return packs, nil
}

// draw draws one pack into one file.
func (p proofCommand) draw(ctx context.Context, pack paper.Pack, people []paper.Letter, several bool) (proofOut, error) {
	out := proofOut{File: p.Out, Language: pack.Language(), Format: pack.Format, Withheld: []proofUnfit{}, Findings: []proofRemark{}}
	if several {
		out.File = strings.TrimSuffix(p.Out, ".pdf") + "-" + out.Language + "-" + out.Format + ".pdf"
	}
	g, err := letters.Envelope(p.Envelope, pack.Format)
	if err != nil {
		return out, err
	}
	for _, f := range paper.CheckPack(pack, g) {
		out.Findings = append(out.Findings, proofRemark{f.Rule, f.Sentence})
		if f.Blocks {
			return out, fault.New(fault.Invalid, "%s", f.Sentence)
		}
	}
	batch, err := paper.NewBatch(pack, g)
	if err != nil {
		return out, err
	}
	if p.Zones {
		batch.ShowZones()
	}
	today := calendar.On(2027, time.January, 4)
	codes := house.RandomPepper()
	for i, l := range people {
		l.Code, l.Dated, l.LastDay = codes.Derive([]byte("proof"), l.Reference), today, calendar.England().OnOrAfter(today.AddDays(87))
		place, err := batch.Draw(l)
		var unfit *paper.Unfit
		if errors.As(err, &unfit) {
			out.Withheld = append(out.Withheld, proofUnfit{i + 1, unfit.Problems[0].Sentence})
			continue
		}
		if err != nil {
			return out, err
		}
		out.Letters++
		out.Most = max(out.Most, place.Sheets)
	}
	if out.Letters == 0 {
		return out, fault.New(fault.Invalid, "None of these people can be printed: %s", out.Withheld[0].Sentence)
	}
	if out.Pages, err = writeProof(out.File, batch); err != nil {
		return out, err
	}
	out.Pictures = pictures(ctx, out.File, out.Pages)
	return out, nil
}

func writeProof(file string, batch *paper.Batch) (pages int, err error) {
	f, err := os.Create(file)
	if err != nil {
		return 0, fault.New(fault.Invalid, "The file %s cannot be written.", file)
	}
	w := bufio.NewWriter(f)
	pages, err = batch.Finish(w)
	if err == nil {
		err = w.Flush()
	}
	return pages, errors.Join(err, f.Close())
}

// mostPictures is the number of pages that are drawn as pictures too, the
// first of a file.
const mostPictures = 16

// pictures draws the pages as PNG beside the PDF where pdftoppm is installed,
// and says how many there are.
func pictures(ctx context.Context, file string, pages int) int {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		return 0
	}
	if err := exec.CommandContext(ctx, tool, "-r", "80", "-l", strconv.Itoa(mostPictures), "-png", file, strings.TrimSuffix(file, ".pdf")).Run(); err != nil {
		return 0
	}
	return min(pages, mostPictures)
}
