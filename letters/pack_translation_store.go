package letters

import (
	"context"
	"regexp"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// whoChecked is the name and office of whoever has checked a translation.
func whoChecked(who string) (string, error) {
	who = strings.Join(strings.Fields(who), " ")
	if who == "" || len([]rune(who)) > 120 {
		return "", fault.In("who", fault.Invalid, "Say who has checked it: a name and an office, in at most 120 characters.")
	}
	return who, nil
}

// CheckTranslation notes in the wording that somebody who reads the language
// has checked it: who is their name and office, as approval shows it. Whoever
// notes it has written in the version.
func (m *Mailroom) CheckTranslation(ctx context.Context, by campaigns.Viewer, code string, version int, language, who string) error {
	who, err := whoChecked(who)
	if err != nil {
		return err
	}
	v, err := m.Pack(ctx, code, version)
	if err != nil {
		return err
	}
	s, err := v.Source(language, standardFormat)
	if err != nil {
		return err
	}
	if language == standardLanguage {
		return fault.New(fault.Invalid, "The English wording is no translation.")
	}
	checked := "checked by " + who + ", " + calendar.DateOf(m.Clock()).Plain()
	_, err = m.SaveWording(ctx, by, v.Code, v.Version, language, withTranslation(s.Pack.Text, checked), s.Pack.Text)
	return err
}

var translationLine = regexp.MustCompile(`(?m)^translation:.*$`)

// withTranslation says in a wording how far its translation has come.
func withTranslation(text, state string) string {
	head, body, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
	if !ok || !strings.HasPrefix(text, "---\n") {
		return text // no wording at all; whoever saves it is told
	}
	line := "translation: " + state
	if translationLine.MatchString(head) {
		head = translationLine.ReplaceAllLiteralString(head, line)
	} else {
		head += "\n" + line
	}
	return "---\n" + head + "\n---\n" + body
}

// unchecked are the translations and supplied pages that were checked against
// an English that has changed.
func (p PackVersion) unchecked() (list []Source) {
	for _, s := range p.Sources {
		switch {
		case s.Supplied():
			s.Pack.SuppliedChecked = ""
		case s.Language != standardLanguage && s.Translation().State == paper.TranslationChecked:
			s.Pack.Text = withTranslation(s.Pack.Text, paper.TranslationDraft)
		default:
			continue
		}
		list = append(list, s)
	}
	return list
}
