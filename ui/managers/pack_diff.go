package managers

import "strings"

// change is a run of words in a line of a wording: kept, taken out or put in.
type change struct {
	Text string
	Kind byte // '=', '-', '+'
}

// changedLine is one line that differs, with its number in the new wording (or
// where it stood, if it was taken out).
type changedLine struct {
	Line  int
	Words []change
}

// differences lists the lines in which two wordings differ, word by word.
func differences(old, fresh string) []changedLine {
	a, b := strings.Split(old, "\n"), strings.Split(fresh, "\n")
	var list []changedLine
	var out, in []string
	line := 0
	flush := func() {
		for i := range max(len(out), len(in)) {
			var was, is string
			if i < len(out) {
				was = out[i]
			}
			if i < len(in) {
				is = in[i]
			}
			if strings.TrimSpace(was) == "" && strings.TrimSpace(is) == "" {
				continue
			}
			list = append(list, changedLine{line - len(in) + i + 1, joinWords(steps(words(was), words(is)))})
		}
		out, in = nil, nil
	}
	for _, s := range steps(a, b) {
		switch s.Kind {
		case '-':
			out = append(out, s.Text)
		case '+':
			in, line = append(in, s.Text), line+1
		default:
			flush()
			line++
		}
	}
	flush()
	return list
}

// words cuts a line behind each space, so that joined they are the line again.
func words(line string) []string { return strings.SplitAfter(line, " ") }

// joinWords puts neighbours of one kind together.
func joinWords(list []change) []change {
	var joined []change
	for _, c := range list {
		if last := len(joined) - 1; last >= 0 && joined[last].Kind == c.Kind {
			joined[last].Text += c.Text
		} else if c.Text != "" {
			joined = append(joined, c)
		}
	}
	return joined
}

// steps is the shortest way from one list to another, by their longest common
// subsequence. Wordings have some hundred lines, lines some hundred words.
func steps(a, b []string) []change {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var list []change
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			list = append(list, change{a[i], '='})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			list = append(list, change{a[i], '-'})
			i++
		default:
			list = append(list, change{b[j], '+'})
			j++
		}
	}
	return list
}
