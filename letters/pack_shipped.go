package letters

import "duenotice/letters/paper"

// shippedSources are the wordings that come with the program, each in every
// format that is drawn from wording alone.
func shippedSources() []Source {
	var list []Source
	for _, p := range paper.Shipped() {
		p.Code, p.Version = "", 0 // the row knows them
		list = append(list, Source{Language: p.Language(), Format: p.Format, Pack: p})
	}
	return list
}

// inFormats sets one wording in several formats.
func inFormats(language string, p paper.Pack, formats []string) []Source {
	list := make([]Source, len(formats))
	for i, f := range formats {
		list[i] = Source{Language: language, Format: f, Pack: p}
		list[i].Pack.Format = f
	}
	return list
}
