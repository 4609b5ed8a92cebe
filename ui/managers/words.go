package managers

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"
)

// scope says in words what somebody looks after.
func scope(by campaigns.Viewer) string {
	role := map[campaigns.Role]string{
		campaigns.RoleNational: "national manager", campaigns.RoleRegional: "manager", campaigns.RolePractice: "practice",
		campaigns.RoleHelpdesk: "helpdesk", campaigns.RoleFinance: "finance", campaigns.RoleAuditor: "auditor",
	}[by.Role]
	if by.Region != "" {
		role += " " + by.Region
	}
	return role
}

// sentence ends a reason that people typed as a sentence.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// capital begins a word of the database as a sentence begins.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// channelWords name channels as staff say them.
var channelWords = map[campaigns.Channel]string{
	campaigns.Web: "Web", campaigns.Phone: "Phone", campaigns.Paper: "Paper forms", campaigns.Practice: "Practice",
	campaigns.National: "National system", campaigns.Upload: "Upload",
}

func channelName(ch campaigns.Channel) string {
	if w, ok := channelWords[ch]; ok {
		return w
	}
	return capital(string(ch))
}

// policyWords say a window as a sentence has it.
func policyWords(p campaigns.Policy) string {
	unit := strings.TrimSuffix(p.Unit, "s")
	return fmt.Sprintf("%s after %s for delivery, closing on a working day",
		page.Plural(int64(p.Length), unit, p.Unit), page.Plural(int64(p.Allowance), "working day", "working days"))
}

// share is one line of a breakdown.
type share struct {
	Name  string
	Count int
}

// shares orders a breakdown, largest first.
func shares(counts map[string]int, name func(string) string) []share {
	list := make([]share, 0, len(counts))
	for k, n := range counts {
		list = append(list, share{name(k), n})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Count != list[j].Count {
			return list[i].Count > list[j].Count
		}
		return list[i].Name < list[j].Name
	})
	return list
}

func total(list []share) int {
	n := 0
	for _, s := range list {
		n += s.Count
	}
	return n
}

// languageName and formatName say what a blank means.
func languageName(code string) string {
	if code == "" || code == "en" {
		return "English"
	}
	if n, ok := languageNames[code]; ok {
		return n
	}
	return code
}

var languageNames = map[string]string{
	"cy": "Welsh", "pl": "Polish", "ro": "Romanian", "pa": "Punjabi", "ur": "Urdu", "bn": "Bengali", "gu": "Gujarati", "ar": "Arabic",
	"tr": "Turkish", "so": "Somali", "ta": "Tamil", "pt": "Portuguese", "es": "Spanish", "fr": "French", "it": "Italian", "lt": "Lithuanian",
	"zh": "Chinese", "hi": "Hindi", "fa": "Persian", "ku": "Kurdish", "bg": "Bulgarian", "ru": "Russian", "uk": "Ukrainian", "sq": "Albanian",
	"vi": "Vietnamese", "el": "Greek", "de": "German", "hu": "Hungarian", "q4": "British Sign Language", "yi": "Yiddish", "ps": "Pashto", "he": "Hebrew", "te": "Telugu", "ti": "Tigrinya",
}

func formatName(f string) string {
	switch f {
	case "":
		return "Standard print"
	case "bsl":
		return "British Sign Language"
	case "email":
		return "E-mail"
	}
	return capital(strings.ReplaceAll(f, "_", " "))
}

// reasonName says a reason or a state as staff read it.
func reasonName(r string) string {
	if p := campaigns.State(r).Plain(); p != r {
		return p
	}
	return capital(strings.ReplaceAll(r, "_", " "))
}

// dayOf is the London day of a moment as lists have it.
func dayOf(t time.Time) string { return calendar.DateOf(t).Short() }
