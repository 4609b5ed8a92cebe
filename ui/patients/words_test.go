package patients_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"duenotice/ui/page"
)

// elsewhere are sentences that reach the pages as values: faults of the rooms
// below, titles of error pages, settings, lists. Each stands in one of
// elsewhereFiles, so that a sentence that was changed there fails here.
var elsewhere = []string{
	// what goes wrong with a form
	"Check the code: it has 16 letters and numbers, in four groups of four. One of them does not look right.",
	"The code and the date of birth do not fit together in our records. Check both. If you have tried a few times, wait ten minutes or tell us in one of the ways below: they are as good.",
	"Enter the code from your letter", "Enter the date of birth", "The date of birth must be in the past", "Check the year of birth",
	"The day must be a number, for example 31", "The month must be a number, for example 3", "The year must have four digits, for example 1980",
	"This day does not exist, check day and month",
	"This form is incomplete. Go back and answer again.", "This form is incomplete. Load the page again and send it once more.",
	"This took too long and was not saved. Please send your answer again.",
	"The letter with this code may have reached somebody else. We will write again; a yes cannot be taken with it.",
	"Write your message", "Write at most 1,000 characters", "Write at most 100 characters",
	"You have sent many questions today. We answer them first; if it cannot wait, phone us.",
	"There were many requests from your network. Wait an hour, or phone us: that is as good.",
	"Enter your full name", "Enter your postcode, for example CT14 7AA", "Choose a language", "Choose a format",
	"This form was not sent from our page, or the page was too old. Nothing was changed. Load the page again and send it once more.",
	// error pages
	"This could not be read", "You may not do this", "Page not found", "This cannot be done here", "This cannot be done now", "This file is too large",
	"There is a problem", "Too many tries, wait a little", "We cannot answer just now", "This could not be done", "Something went wrong", "Sign in first",
	"It is our mistake, and it has been noted.", "Go back and try again.", "Go back and use the buttons of the page.",
	"If you typed the address, check that it is right. If you followed a link, what it led to may be gone, or may not be yours to see.",
	"Our database does not answer at the moment. Try again in a minute.", "Our database does not answer at the moment. Nothing was saved.",
	"Try again in a minute; what you sent has to be sent again.",
	"Our database stopped answering while it worked on what you sent. It is not certain that it was saved.",
	"Wait a minute, then look whether it is there before you send it again.",
	// the frame
	"Skip to main content", "Back", "Menu", "Account", "Language", "Sign out", "waiting", "Error: ", "Done",
	"Your choice", "Accessibility", "Privacy", "Cookies", "Other languages and formats", "See your own record",
	// lists
	"The person the letter is addressed to", "The parent or guardian of a child under 13", "The parent or guardian of a child of 13 to 15, who has been asked",
	"An attorney for health and welfare", "A deputy of the Court of Protection", "Somebody who helps in another way",
	"The ordinary letter", "Large print", "Easy Read", "Braille", "Audio", "British Sign Language",
	"Other languages and formats", "This letter is not for me", "Accessibility statement", "Privacy and cookies", "You have finished",
	// settings of the shipped letter and of the demonstration
	"It is a short record of your medicines, your allergies and your bad reactions to medicines. Hospitals and urgent care services in England can look at it when they treat you.",
	"Monday to Friday 8am to 8pm, Saturday 9am to 1pm", "Monday to Friday, 8am to 6pm",
	"Due Notice. Demonstration: places are real; people, practices, firms and figures are made up.",
	"Demonstration: practices are real; people and letters are made up.",
}

// elsewhereFiles are where those sentences stand.
var elsewhereFiles = []string{"*.go", "../page/failed.go", "../page/lost.go", "../page/csrf.go", "../page/forms.go", "../page/site.go", "../ui.go", "../../optout/*.go",
	"../../cmd/duenotice/demo.go", "../../cmd/duenotice/seed/story.go"}

// spokenWords are all sentences that pages say: the first word of each say,
// tell and count in templates and Go files, and those of elsewhere.
func spokenWords(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"*.html", "../page/failed.html", "../page/frame/*.html"} {
		for _, file := range glob(t, pattern) {
			trees := map[string]*parse.Tree{}
			tree := parse.New(file)
			tree.Mode = parse.SkipFuncCheck
			if _, err := tree.Parse(read(t, file), "{{", "}}", trees); err != nil {
				t.Fatal(err)
			}
			for _, one := range trees {
				inTemplate(one.Root, found)
			}
		}
	}
	for _, file := range glob(t, "*.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"say", "Say", "Tell", "Count"}, method.Sel.Name) {
				return true
			}
			for _, arg := range call.Args[:min(3, len(call.Args))] {
				if text, ok := literal(arg); ok && (arg == call.Args[0] || method.Sel.Name == "Count") {
					found[text] = true
					if method.Sel.Name == "Count" {
						break
					}
				}
			}
			return true
		})
	}
	sources := ""
	for _, pattern := range elsewhereFiles {
		for _, file := range glob(t, pattern) {
			if filepath.Base(file) != "words_test.go" {
				sources += read(t, file)
			}
		}
	}
	for _, s := range elsewhere {
		if found[s] = true; !strings.Contains(sources, s) {
			t.Errorf("%q is said nowhere any more", s)
		}
	}
	return found
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func inTemplate(n parse.Node, found map[string]bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, one := range n.Nodes {
				inTemplate(one, found)
			}
		}
	case *parse.ActionNode:
		inTemplate(n.Pipe, found)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			inTemplate(n.Pipe, found)
		}
	case *parse.IfNode:
		inBranch(&n.BranchNode, found)
	case *parse.RangeNode:
		inBranch(&n.BranchNode, found)
	case *parse.WithNode:
		inBranch(&n.BranchNode, found)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			inTemplate(c, found)
		}
	case *parse.CommandNode:
		if name, ok := n.Args[0].(*parse.IdentifierNode); ok && (name.Ident == "say" || name.Ident == "tell") {
			if text, ok := n.Args[1].(*parse.StringNode); ok {
				found[text.Text] = true
			}
		}
		for _, a := range n.Args {
			inTemplate(a, found)
		}
	}
}

func inBranch(n *parse.BranchNode, found map[string]bool) {
	inTemplate(n.Pipe, found)
	inTemplate(n.List, found)
	inTemplate(n.ElseList, found)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return list
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	aBrace = regexp.MustCompile(`\{[A-Za-z_ ]+\}`)
	aTag   = regexp.MustCompile(`<[^>]+>`)
)

// marks are what a translation must take over: names in braces, with an English
// article or without, and tags.
func marks(s string) []string {
	list := aTag.FindAllString(s, -1)
	for _, b := range aBrace.FindAllString(s, -1) {
		if strings.HasSuffix(b, " programme}") {
			b = "{programme}"
		}
		list = append(list, b)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// asItIs are sentences that may be the same in another language.
var asItIs = map[string]bool{"Braille": true, "Audio": true, "Menu": true, "Post": true, "{day}, {time}": true}

func TestEveryLanguageSaysEverySentence(t *testing.T) {
	said := spokenWords(t)
	list, err := page.Catalogues()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 3 {
		t.Fatalf("%d translations", len(list))
	}
	for _, c := range list {
		known := map[string]string{}
		for _, s := range c.Sentences() {
			known[s.English] = s.Translated
		}
		for _, english := range slices.Sorted(maps.Keys(said)) {
			in, ok := known[english]
			delete(known, english)
			switch {
			case !ok || strings.TrimSpace(in) == "":
				t.Errorf("%s lacks %q", c.EnglishName, english)
			case in == english && !asItIs[english]:
				t.Errorf("%s leaves in English: %q", c.EnglishName, english)
			case !slices.Equal(marks(in), marks(english)):
				t.Errorf("%s has %q where English has %q: %q", c.EnglishName, marks(in), marks(english), in)
			}
		}
		for english := range known {
			t.Errorf("%s says what no page says: %q", c.EnglishName, english)
		}
	}
}
