package optout

import "duenotice/campaigns"

// wrongFile is the reason of whoever came in a file that was withdrawn.
const wrongFile = "file withdrawn"

// takenBack says what becomes of somebody whom the wrong file brought: whoever
// has a letter is held, because nobody can take it back; everybody else is not
// written to.
func (s situation) takenBack() outcome {
	for _, n := range s.letters() {
		if !n.PostedOn.IsZero() {
			return outcome{state: campaigns.Held, reason: wrongFile}
		}
	}
	return outcome{state: campaigns.Excluded, reason: wrongFile}
}
