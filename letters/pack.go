package letters

import (
	"fmt"
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// English in ordinary print: the source that every pack has and every other
// falls back on.
const (
	standardPack     = "standard"
	standardLanguage = paper.English
	standardFormat   = paper.Standard
)

// PackState is how far a version of a pack has come.
type PackState string

// The states of a version, in their order. What changes a draft or a proofed
// version makes it a draft again; an approved one never changes any more, and
// a frozen one is on letters.
const (
	PackDraft    PackState = "draft"
	PackProofed  PackState = "proofed"
	PackApproved PackState = "approved"
	PackFrozen   PackState = "frozen"
)

// Settled tells whether a version can no longer change.
func (s PackState) Settled() bool { return s == PackApproved || s == PackFrozen }

// Postages are the classes by which letters go.
var Postages = []string{"first", "second", "economy"}

// PackVersion is one version of a pack: its wording in some languages and
// formats, and who answers for it.
type PackVersion struct {
	Code       string
	Version    int
	Title      string
	Geometry   string // of the envelope it is proofed for
	Postage    string
	Authors    []campaigns.StaffID // everybody who wrote in it; nobody: it came with the program
	Author     string              // the first of them by name, or ""
	CreatedAt  time.Time
	ChangedAt  time.Time
	ProofedBy  string
	ProofedAt  time.Time // zero until it happened, like the moments below
	ApprovedBy string
	ApprovedAt time.Time
	FrozenAt   time.Time
	State      PackState
	Sources    []Source // English in ordinary print first
}

// Name is how people call a version: SCR 2.
func (p PackVersion) Name() string { return fmt.Sprintf("%s %d", p.Code, p.Version) }

// Shipped tells whether a version came with the program.
func (p PackVersion) Shipped() bool { return len(p.Authors) == 0 }

// Source finds the wording in a language and a format.
func (p PackVersion) Source(language, format string) (Source, error) {
	i := slices.IndexFunc(p.Sources, func(s Source) bool { return s.Language == language && s.Format == format })
	if i < 0 {
		return Source{}, fault.New(fault.NotFound, "%s has no wording in this language and format.", p.Name())
	}
	return p.Sources[i], nil
}

// Drafts are the wordings whose translation, and the supplied pages that,
// nobody has checked yet. They are not printed: their readers get English with
// the strip of languages.
func (p PackVersion) Drafts() (list []Source) {
	for _, s := range slices.Concat(p.Wordings(), p.Supplies()) {
		if !s.Checked() {
			list = append(list, s)
		}
	}
	return list
}

// MayApprove says why somebody may not approve this version, or nil.
func (p PackVersion) MayApprove(by campaigns.Viewer) error {
	switch {
	case p.State.Settled():
		return fault.New(fault.Conflict, "%s is %s already.", p.Name(), p.State)
	case p.State != PackProofed:
		return fault.New(fault.Refused, "Somebody has to look at the proofs of %s first.", p.Name())
	case by.ID == 0 || slices.Contains(p.Authors, by.ID):
		return fault.New(fault.Refused, "You have written in it. Somebody else has to approve it.")
	case !by.Role.Manages():
		return fault.New(fault.Forbidden, "Your role does not approve packs.")
	}
	return nil
}

// Wordings are the languages of a version that are drawn from words: one
// source of each, in the format it is written in first.
func (p PackVersion) Wordings() (list []Source) {
	for _, s := range p.Sources {
		if !s.Supplied() && !slices.ContainsFunc(list, func(w Source) bool { return w.Language == s.Language }) {
			list = append(list, s)
		}
	}
	return list
}

// Supplies are the sources whose pages were composed elsewhere.
func (p PackVersion) Supplies() (list []Source) {
	for _, s := range p.Sources {
		if s.Supplied() {
			list = append(list, s)
		}
	}
	return list
}

// cover is the wording of the page before supplied pages.
func (p PackVersion) cover() string {
	if s, err := p.Source(standardLanguage, paper.Braille); err == nil {
		return s.Pack.Text
	}
	return paper.CoverWording()
}

// follow sets the English wording behind every translation, for whoever helps
// its reader.
func (p *PackVersion) follow() {
	english, err := p.Source(standardLanguage, standardFormat)
	if err != nil {
		return
	}
	for i := range p.Sources {
		if s := &p.Sources[i]; s.Language != standardLanguage && !s.Supplied() {
			s.Pack.Following = english.Pack.Text
		}
	}
}

// Formats are the formats a version is printed in.
func (p PackVersion) Formats() (list []string) {
	for _, s := range p.Sources {
		if !slices.Contains(list, s.Format) {
			list = append(list, s.Format)
		}
	}
	return list
}

// Source is the wording of a version in one language, set in one format.
type Source struct {
	Language string // en, cy, pl
	Format   string // standard, large_print_20
	Pack     paper.Pack
}

// Name is how lists call a source: pl, large_print_20.
func (s Source) Name() string { return s.Language + ", " + s.Format }

// Translation is how far the wording can be trusted, as its text says.
func (s Source) Translation() paper.Translation { return paper.TranslationOf(s.Pack.Text) }

// Supplied tells whether the pages of a source were composed elsewhere.
func (s Source) Supplied() bool { return s.Pack.SuppliedSHA256 != "" }

// Checked tells whether a source may be printed: it is the English wording, or
// a translation or supplied pages that somebody who reads them has checked.
func (s Source) Checked() bool {
	if s.Supplied() {
		return s.Pack.SuppliedChecked != ""
	}
	return s.Language == standardLanguage || s.Translation().State != paper.TranslationDraft
}

// sourceID is a source as it is chosen from.
type sourceID struct {
	ID               int64
	Language, Format string
	Supplied         bool // its pages were composed elsewhere
}

// fitting chooses the source for a language and a format. What is missing
// falls back on English, and then on ordinary print: whoever needs large print
// and no English still gets what they can read with their eyes.
func fitting(list []sourceID, language, format string) (int, error) {
	format, known := paper.NamedFormat(format)
	if !known {
		format = standardFormat
	}
	best, most := -1, -1
	for i, s := range list {
		rank := 0
		switch s.Format {
		case format:
			rank += 2
		case standardFormat:
		default:
			continue
		}
		switch s.Language {
		case language:
			rank++
		case standardLanguage:
		default:
			continue
		}
		if rank > most {
			best, most = i, rank
		}
	}
	if best < 0 {
		return 0, fault.New(fault.NotFound, "There is no such approved pack as the campaign names.")
	}
	return best, nil
}

// Findings are all that is to be said of a source before it is printed. What
// a campaign decides (who sends it, how people answer) is filled in for it.
func (s Source) Findings(envelope string) []paper.Finding {
	g, err := Envelope(envelope, s.Format)
	if err != nil {
		return []paper.Finding{{Rule: "envelope", Sentence: err.Error(), Blocks: true}}
	}
	return paper.CheckPack(specimenPack(s.Pack), g)
}

// Blocked says what keeps a source from being printed today, or "": its first
// finding, or what turns up when the hardest letters are drawn.
func (s Source) Blocked(envelope string, today calendar.Date) string {
	for _, f := range s.Findings(envelope) {
		if f.Blocks {
			return f.Sentence
		}
	}
	_, err := s.Proof(envelope, today, ProofOf{Person: -1})
	if f := fault.Of(err); f != nil {
		return f.Sentence
	}
	if err != nil {
		return "It cannot be drawn."
	}
	return ""
}

// Problems says what keeps a version from being approved today, a sentence
// each. Only what is printed counts: a draft of a translation may still be wrong.
func (p PackVersion) Problems(today calendar.Date) (list []string) {
	if _, err := p.Source(standardLanguage, standardFormat); err != nil {
		return []string{"A pack needs its English wording in ordinary print."}
	}
	var texts []string
	for _, s := range p.Sources {
		if !s.Checked() {
			continue
		}
		if !s.Supplied() {
			texts = append(texts, s.Pack.Text)
		}
		if wrong := s.Blocked(p.Geometry, today); wrong != "" {
			list = append(list, s.Name()+": "+wrong)
		}
	}
	for _, f := range paper.CheckSet(texts) {
		if f.Blocks {
			list = append(list, f.Sentence)
		}
	}
	return list
}
