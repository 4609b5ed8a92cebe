package campaigns

import (
	"io"

	"duenotice/campaigns/intake"
)

// stagingColumns are those of cohort_rows, and of every table made like it.
var stagingColumns = []string{"cohort_id", "line", "nhs_number", "title", "given_names", "family_name", "born_on", "died_on", "address",
	"postcode", "practice_code", "language", "format", "sensitive", "undeliverable",
	"superseded_by", "left_reason", "left_on", "address_on", "not_traced", "instead", "unsaid"}

// staging turns the reader, which pushes people, into rows that COPY pulls. It
// keeps a few hundred rows in flight, however long the file.
type staging struct {
	people   chan []intake.Person
	spare    chan []intake.Person
	done     chan struct{}
	chunk    []intake.Person
	at       int
	id       CohortID
	findings []intake.Finding
	sum      intake.Summary
	read     error // how the reading ended; the reader's own until people is closed
	err      error // the same, once COPY has come to the end
	died     func(intake.Person) any
}

const stagingChunk = 512

func newStaging(id CohortID, file io.Reader, opts intake.Options) *staging {
	s := &staging{id: id, people: make(chan []intake.Person, 4), spare: make(chan []intake.Person, 8), done: make(chan struct{})}
	s.died = func(p intake.Person) any {
		if p.Dead && p.DiedOn.IsZero() {
			return opts.Today // dead, the day unknown: known from today
		}
		return p.DiedOn
	}
	go func() {
		defer close(s.people)
		full := make([]intake.Person, 0, stagingChunk)
		send := func() error {
			select {
			case s.people <- full:
			case <-s.done:
				return io.ErrClosedPipe
			}
			select {
			case full = <-s.spare:
				full = full[:0]
			default:
				full = make([]intake.Person, 0, stagingChunk)
			}
			return nil
		}
		s.sum, s.read = intake.ReadCohort(file, opts, func(p intake.Person) error {
			full = append(full, p)
			if len(full) == stagingChunk {
				return send()
			}
			return nil
		}, func(f intake.Finding) error {
			s.findings = append(s.findings, f)
			return nil
		})
		if s.read == nil && len(full) > 0 {
			s.read = send()
		}
	}()
	return s
}

// Next implements pgx.CopyFromSource.
func (s *staging) Next() bool {
	s.at++
	if s.at < len(s.chunk) {
		return true
	}
	if s.chunk != nil {
		select {
		case s.spare <- s.chunk:
		default:
		}
	}
	var ok bool
	if s.chunk, ok = <-s.people; !ok {
		s.err = s.read
	}
	s.at = 0
	return ok
}

// Values implements pgx.CopyFromSource.
func (s *staging) Values() ([]any, error) {
	p := &s.chunk[s.at]
	return []any{s.id, p.Line, p.NHSNumber, p.Title, p.Given, p.Family, p.BornOn, s.died(*p), p.Address[:],
		p.Postcode, p.Practice, p.Language, p.Format, p.Sensitive, p.Undeliverable,
		p.SupersededBy, p.Left, p.LeftOn, p.AddressOn, p.NotTraced, p.Instead, int16(p.Unsaid)}, nil
}

// Err implements pgx.CopyFromSource: a file that is refused ends the COPY.
func (s *staging) Err() error { return s.err }

// stop ends the reader when COPY gave up first, and waits for it.
func (s *staging) stop() {
	close(s.done)
	for range s.people { // drained, so that the reader can end
	}
	s.err = s.read
}
