package letters

import "time"

// Recall is a piece asked back from the vendor before it is posted.
type Recall struct {
	ID        int64
	Reference string
	Batch     string
	Sequence  int
	Reason    string
	AskedAt   time.Time
}
