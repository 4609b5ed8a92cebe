package letters

import "duenotice/letters/paper"

// shippedSources are the wordings that come with the program.
func shippedSources() []Source {
	p := paper.StandardPack()
	p.Version = 0 // the row knows its version
	return []Source{{Language: standardLanguage, Format: standardFormat, Pack: p}}
}
