package paper

import "duenotice/campaigns/fault"

// supplied holds pages that were composed elsewhere, ready to be written.
type supplied struct{}

func openSupplied([]byte) (*supplied, error) {
	return nil, fault.New(fault.Invalid, "not yet")
}
func (s *supplied) objects() int                   { return 0 }
func (s *supplied) write(*writer, int)             {}
func (s *supplied) names(out []byte, _ int) []byte { return out }
func (b *Batch) putSupplied()                      {}
