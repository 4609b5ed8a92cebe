package house

import (
	"duenotice/campaigns/schema"
	"duenotice/jobs"
	"duenotice/optout"
)

// Codes makes and recognises the codes on letters; see Peppers.
type Codes = optout.CodeMaker

// JobsOptions say how the crew works.
type JobsOptions = jobs.Options

// Schema is the number of the schema that this program knows.
func Schema() int { return schema.Version() }
