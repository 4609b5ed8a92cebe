package intake

import (
	"slices"
	"strings"
)

// The columns of a cohort file, as Template has them. The order in a file
// does not matter. The first seven are required; of the two names and the
// five address lines each row needs what there is. Layout version 1.
//
//	nhs_number         ten digits, in one or as 3-3-4
//	given_names        all given names; may be blank for people of one name
//	family_name        may be blank for people of one name
//	date_of_birth      2026-01-31, 20260131 or 31/01/2026; a year alone is unknown
//	address_line_1     up to address_line_5; a blank line keeps its place
//	postcode           or one of ZZ99…, NFA, ANK, ZZZSECUR
//	practice_code      the practice the person is registered with
//	title              as it is to be written
//	date_of_death      any value, even a year alone, means that the person has died
//	preferred_language two letters, such as pl; blank for English
//	accessible_format  large_print, braille, easy_read, audio, bsl, email or blank
//	sensitive          yes, no or blank (no)
const (
	colNumber = iota
	colGiven
	colFamily
	colBorn
	colAddress1
	colPostcode
	colPractice
	colTitle
	colAddress2
	colAddress3
	colAddress4
	colAddress5
	colDied
	colLanguage
	colFormat
	colSensitive
)

var cohortLayout = &layout{
	kind:  KindCohort,
	title: "a cohort of people",
	columns: []string{
		"nhs_number", "given_names", "family_name", "date_of_birth", "address_line_1", "postcode", "practice_code",
		"title", "address_line_2", "address_line_3", "address_line_4", "address_line_5",
		"date_of_death", "preferred_language", "accessible_format", "sensitive",
	},
	required: colTitle,
	older: map[string][]string{
		"given_names": {"given_name", "forenames", "first_name"},
		"family_name": {"surname", "last_name"},
	},
}

// TemplateColumns lists the columns in the order in which the template, and
// every file that this product writes, has them.
var TemplateColumns = []string{
	"nhs_number", "title", "given_names", "family_name", "date_of_birth", "date_of_death",
	"address_line_1", "address_line_2", "address_line_3", "address_line_4", "address_line_5", "postcode",
	"practice_code", "preferred_language", "accessible_format", "sensitive",
}

// Template returns the cohort template for download: the header and one
// made-up person who shows what a row looks like.
func Template() []byte {
	person := "9990000018,Ms,Siân,O’Neill-Evans,1972-01-31,,Flat 3,12 High Street,,London,,E1 6AN,F84003,cy,large_print,no"
	return []byte(strings.Join(TemplateColumns, ",") + "\r\n" + person + "\r\n")
}

// Formats are the accessible formats a letter may be asked for in.
var Formats = []string{"large_print", "braille", "easy_read", "audio", "bsl", "email"}

// formatNames brings what lists write, and the SNOMED CT concepts of the
// accessible information standard, to one of Formats; "" is the ordinary letter.
var formatNames = map[string]string{
	"standard": "", "print": "", "none": "",
	"large print": "large_print", "largeprint": "large_print", "easy read": "easy_read", "easyread": "easy_read",
	"british sign language": "bsl", "audio cd": "audio", "e-mail": "email", "q1": "braille", "q4": "bsl",
	"957331000000109": "large_print", "957351000000102": "large_print", "957371000000106": "large_print",
	"936661000000109": "braille", "936681000000100": "braille", "796161000000101": "easy_read",
	"936601000000105": "audio", "795731000000104": "audio", "936581000000101": "email",
	"520471000000105": "bsl", "415803005": "bsl",
}

func formatOf(s string) (format string, ok bool) {
	if s == "" {
		return "", true
	}
	s = strings.ToLower(s)
	if slices.Contains(Formats, s) {
		return s, true
	}
	format, ok = formatNames[s]
	return format, ok
}

// languages are the codes of the data dictionary for a preferred language
// (ISO 639-1, with q4 and q5 for British Sign Language and Makaton).
const languages = " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz " +
	"ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv " +
	"ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn " +
	"no nr nv ny oc oj om or os pa pi pl ps pt q1 q2 q3 q4 q5 qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su " +
	"sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "

func languageOf(s string) (language string, ok bool) {
	s = strings.ToLower(s)
	if len(s) != 2 {
		return "", s == ""
	}
	if !strings.Contains(languages, " "+s+" ") {
		return "", false
	}
	return s, true
}

// sensitiveOf reads the sensitive flag: yes and no in the usual spellings,
// and the restriction letters of the demographics service.
func sensitiveOf(s string) (sensitive, ok bool) {
	switch strings.ToLower(s) {
	case "", "no", "n", "false", "0", "u":
		return false, true
	case "yes", "y", "true", "1", "s", "r", "v", "sensitive", "restricted", "redacted":
		return true, true
	}
	return false, false
}
