package paper

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is goldmark with the blocks a letter has, the blocks that are read
// only to be refused, and our designed parts. A line of --- under a paragraph
// breaks the page; it does not make a heading of the paragraph.
var markdown = parser.NewParser(
	parser.WithBlockParsers(ranked(
		partParser{}, parser.NewThematicBreakParser(), parser.NewListParser(), parser.NewListItemParser(), parser.NewCodeBlockParser(),
		parser.NewATXHeadingParser(), parser.NewFencedCodeBlockParser(), parser.NewBlockquoteParser(), parser.NewHTMLBlockParser(), parser.NewParagraphParser(),
	)...),
	parser.WithInlineParsers(ranked(
		parser.NewCodeSpanParser(), parser.NewLinkParser(), parser.NewAutoLinkParser(), parser.NewRawHTMLParser(), parser.NewEmphasisParser(),
	)...),
)

// ranked lets parsers try a line in their order.
func ranked(parsers ...any) []util.PrioritizedValue {
	out := make([]util.PrioritizedValue, len(parsers))
	for i, p := range parsers {
		out[i] = util.Prioritized(p, 100*(i+1)) //nolint:misspell // goldmark's spelling
	}
	return out
}

// kindPart is goldmark's word for our parts.
var kindPart = ast.NewNodeKind("Part")

// partNode is a designed part between ::: name and :::.
type partNode struct {
	ast.BaseBlock
	name  string
	start int // in the source
	ended bool
}

// Kind implements ast.Node.
func (*partNode) Kind() ast.NodeKind { return kindPart }

// Dump implements ast.Node.
func (n *partNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"name": n.name}, nil)
}

// partParser teaches goldmark our parts.
type partParser struct{}

// Trigger implements parser.BlockParser.
func (partParser) Trigger() []byte { return []byte{':'} }

// Open implements parser.BlockParser.
func (partParser) Open(_ ast.Node, r text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, at := r.PeekLine()
	name, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte(":::"))
	if !ok {
		return nil, parser.NoChildren
	}
	advance(r)
	return &partNode{name: strings.TrimSpace(string(name)), start: at.Start}, parser.HasChildren
}

// Continue implements parser.BlockParser.
func (partParser) Continue(n ast.Node, r text.Reader, _ parser.Context) parser.State {
	if line, _ := r.PeekLine(); string(bytes.TrimSpace(line)) == ":::" {
		n.(*partNode).ended = true
		advance(r)
		return parser.Close
	}
	return parser.Continue | parser.HasChildren
}

// Close implements parser.BlockParser.
func (partParser) Close(ast.Node, text.Reader, parser.Context) {}

// CanInterruptParagraph implements parser.BlockParser.
func (partParser) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements parser.BlockParser.
func (partParser) CanAcceptIndentedLine() bool { return false }

// advance reads to the end of the line, its newline not counted.
func advance(r text.Reader) {
	line, at := r.PeekLine()
	n := at.Len()
	if bytes.HasSuffix(line, []byte("\n")) {
		n--
	}
	r.Advance(n)
}
