package optout

import (
	"time"

	"duenotice/campaigns/calendar"
)

// The targets that are told of an answer besides the own ledger.
const (
	TargetPractice = "practice"
	TargetNational = "national"
)

// Applied says whether a target has confirmed the answer that stands.
type Applied struct {
	Target string
	On     calendar.Date // when it confirmed; none: it has been told, or is to be
}

// Task is a no, or one taken back, that a practice has to enter.
type Task struct {
	ID          int64
	Practice    string
	Programme   string
	Says        string // "no", "yes" or "none": the answer was somebody else's
	NHSNumber   string
	Name        string
	BornOn      calendar.Date
	Hidden      bool
	ReceivedOn  calendar.Date
	MadeAt      time.Time
	DueOn       calendar.Date
	ConfirmedAt time.Time
}

// TaskDays is within how many working days a practice confirms a task, and
// RegisterDays within how many a national register does. After that their
// silence is an alarm.
const (
	TaskDays     = 10
	RegisterDays = 2
)

// Telling is a line of the feed to a national register.
type Telling struct {
	Cursor     int64
	NHSNumber  string
	Programme  string
	Says       string
	ReceivedOn calendar.Date
}

// Acknowledgement is what a register says of one line.
type Acknowledgement struct {
	Cursor  int64
	Applied bool
	Receipt string // what the register calls it, or why it refuses
}

// RegisterID is the id of a national register.
type RegisterID int

// Register is a keeper of a national register, and how it has been heard.
type Register struct {
	ID        RegisterID
	Name      string
	MadeAt    time.Time
	UsedAt    time.Time
	RevokedAt time.Time
}

// TargetLine is how far a target has come: one line for the national register
// and one for each practice that has something to confirm.
type TargetLine struct {
	Target    string
	Practice  string
	Name      string
	Open      int
	OldestAt  time.Time
	Refused   int
	Confirmed int
}

// Registered is one answer as a national register tells it.
type Registered struct {
	ID         string // the register's own: the same again is the same answer
	NHSNumber  string
	Programme  string // its code
	Says       string
	ReceivedOn calendar.Date
}

// RegisteredVerdict is what became of it.
type RegisteredVerdict struct {
	ID        string
	Verdict   string // "taken", "already", "held" or "refused"
	Reference string
	Why       string
}
