package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bent is SQL that the house does without: columns are named, and the moment
// comes from the transaction's one clock as a parameter.
var bent = regexp.MustCompile(`(?i)\bselect\s+\*|\bnow\s*\(\s*\)|\bcurrent_(date|time|timestamp)\b|\bclock_timestamp\b`)

var sqlComment = regexp.MustCompile(`--[^\n]*`)

func TestSQLNamesItsColumnsAndNeverAsksTheTime(t *testing.T) {
	root, files := tracked(t)
	for _, f := range files {
		path := filepath.Join(root, f)
		var statements []string
		switch {
		case strings.HasSuffix(f, "_test.go"):
			continue
		case strings.HasSuffix(f, ".go"):
			statements = literals(t, path)
		case strings.HasSuffix(f, ".sql"):
			if body, err := os.ReadFile(path); err == nil {
				statements = []string{string(body)}
			}
		}
		for _, s := range statements {
			if found := bent.FindString(sqlComment.ReplaceAllString(s, "")); found != "" {
				t.Errorf("%s says %q in its SQL", f, found)
			}
		}
	}
}

// literals returns the strings in a Go file's code.
func literals(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if os.IsNotExist(err) {
		return nil // deleted, and not yet committed
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			list = append(list, lit.Value)
		}
		return true
	})
	return list
}
