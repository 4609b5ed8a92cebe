package managers

import (
	"duenotice/letters"
	"duenotice/letters/paper"
)

// packColour and packWord say how far a version of a pack has come.
func packColour(s letters.PackState) string {
	switch s {
	case letters.PackDraft, letters.PackProofed:
		return "orange"
	case letters.PackApproved:
		return "blue"
	}
	return "white"
}

func packWord(s letters.PackState) string {
	switch s {
	case letters.PackDraft:
		return "Draft"
	case letters.PackProofed:
		return "Needs approval"
	case letters.PackApproved:
		return "Approved"
	}
	return "Frozen"
}

// translationWord says how far a wording can be trusted.
func translationWord(s letters.Source) (colour, word, by string) {
	switch t := s.Translation(); {
	case s.Language == paper.English:
		return "white", "Original", ""
	case t.State == paper.TranslationChecked:
		return "blue", "Checked", t.CheckedBy
	case t.State == paper.TranslationOriginal:
		return "white", "Original", ""
	}
	return "orange", "Draft", "Nobody has checked it, so it is not printed: its readers get English."
}
