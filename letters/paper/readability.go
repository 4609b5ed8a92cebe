package paper

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// Readability is how hard a wording is to read.
type Readability struct {
	Words            int     `json:"words"`
	Sentences        int     `json:"sentences"`
	WordsPerSentence float64 `json:"words_per_sentence"`
	LongestSentence  int     `json:"longest_sentence"` // words
	LongestLine      int     `json:"longest_line"`     // of the source, on which it begins
	// ReadingAge is the age in years at which most people read the text with
	// ease: the Flesch-Kincaid grade plus five. It is 0 where the text is not
	// English, for which the measure was made.
	ReadingAge float64 `json:"reading_age"`
}

// sentenceMost is the most words that a sentence of a letter should have
// (GOV.UK content design: people stop understanding beyond 25).
const sentenceMost = 25

// Readable measures the sentences of a wording's body; headings, tables and
// lists of languages are not sentences and are left out.
func Readable(source string) Readability { return readability(parse(source)) }

func readability(d *wording) Readability {
	var r Readability
	var syllables int
	for _, b := range proseOf(d.blocks) {
		for _, line := range b.lines {
			var whole strings.Builder
			for _, s := range line {
				whole.WriteString(s.text)
			}
			for _, sentence := range sentences(placeholderShape.ReplaceAllString(whole.String(), "thing")) {
				words := strings.FieldsFunc(sentence, func(c rune) bool { return unicode.IsSpace(c) || c == '/' })
				n := 0
				for _, w := range words {
					if strings.ContainsFunc(w, unicode.IsLetter) {
						n++
						syllables += syllablesOf(w)
					}
				}
				if n == 0 {
					continue
				}
				r.Words += n
				r.Sentences++
				if n > r.LongestSentence {
					r.LongestSentence, r.LongestLine = n, b.line
				}
			}
		}
	}
	if r.Sentences == 0 {
		return r
	}
	tenth := func(v float64) float64 { return math.Round(v*10) / 10 }
	perSentence := float64(r.Words) / float64(r.Sentences)
	r.WordsPerSentence = tenth(perSentence)
	if d.language() == English {
		r.ReadingAge = tenth(0.39*perSentence + 11.8*float64(syllables)/float64(r.Words) - 15.59 + 5)
	}
	return r
}

// proseOf returns the blocks that hold sentences.
func proseOf(blocks []blockText) []blockText {
	var out []blockText
	for _, b := range blocks {
		switch {
		case b.kind == paragraph || b.kind == list || b.kind == part && (b.name == "last-day" || b.name == "web"):
			out = append(out, b)
		case b.kind == part:
			out = append(out, proseOf(b.inner)...)
		}
	}
	return out
}

// sentences cuts a text after a full stop, a question or an exclamation mark,
// a colon or a semicolon that a space follows.
func sentences(text string) []string {
	var out []string
	begin := 0
	runes := []rune(text)
	for i, r := range runes {
		if strings.ContainsRune(".?!:;", r) && (i+1 == len(runes) || unicode.IsSpace(runes[i+1])) {
			out = append(out, string(runes[begin:i+1]))
			begin = i + 1
		}
	}
	return append(out, string(runes[begin:]))
}

// syllablesOf counts the groups of vowels of an English word, a silent e at
// its end not counted.
func syllablesOf(word string) int {
	word = strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }))
	n, vowel := 0, false
	for _, r := range word {
		is := strings.ContainsRune("aeiouy", r)
		if is && !vowel {
			n++
		}
		vowel = is
	}
	if n > 1 && strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") {
		n--
	}
	return max(1, n)
}

// sentenceFindings names the sentence that is too long; it does not block.
func sentenceFindings(d *wording) []Finding {
	r := readability(d)
	if r.LongestSentence <= sentenceMost {
		return nil
	}
	return []Finding{{Rule: "sentence", Line: r.LongestLine, Sentence: fmt.Sprintf("A sentence has %d words; more than %d are hard to follow.", r.LongestSentence, sentenceMost)}}
}
