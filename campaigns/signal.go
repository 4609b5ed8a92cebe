package campaigns

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
)

// Signal is one shared circumstance that can hold back letters or records: the
// stop, a pause, a suspicion, a watermark, a feed, a practice switched on.
// Its version counts every change, so that those it held back are asked anew.
type Signal struct {
	Key       string
	Version   int64
	Since     time.Time     // stop, pause, suspicion: red since; feed: last complete answer; zero: clear, or never
	Day       calendar.Date // watermark: entered up to; switch: on from
	Reason    string
	Staff     StaffID
	ChangedAt time.Time
}

// Red tells whether a stop, pause or suspicion holds.
func (s Signal) Red() bool { return !s.Since.IsZero() }

// StopSignal is the key of the one signal that stops the whole installation.
const StopSignal = "stop"

// PauseCampaign and its kin are the keys of signals; one row each, made with the thing they belong to.
func PauseCampaign(id CampaignID) string { return fmt.Sprintf("pause:campaign:%d", id) }

// PauseWave is the key of the pause of a wave.
func PauseWave(id WaveID) string { return fmt.Sprintf("pause:wave:%d", id) }

// waveOf is the wave whose pause a key is.
func waveOf(key string) (id WaveID, ok bool) {
	n, err := strconv.ParseInt(strings.TrimPrefix(key, "pause:wave:"), 10, 64)
	return WaveID(n), err == nil && strings.HasPrefix(key, "pause:wave:")
}

// PausePractice is the key of the pause of a practice.
func PausePractice(code string) string { return "pause:practice:" + code }

// PauseBatch is the key of the pause of the records of a batch.
func PauseBatch(id int64) string { return fmt.Sprintf("pause:batch:%d", id) }

// SuspectBatch is the key of the suspicion a batch is under.
func SuspectBatch(id int64) string { return fmt.Sprintf("suspect:batch:%d", id) }

// ApprovalOf is the key of the approval of a campaign by two people: red until it is given.
func ApprovalOf(id CampaignID) string { return fmt.Sprintf("approval:campaign:%d", id) }

// Channel names a way in which answers arrive.
type Channel string

// The channels of answers (rules of notice, "Answer").
const (
	Web      Channel = "web"
	Phone    Channel = "phone"
	Paper    Channel = "paper"
	Practice Channel = "practice"
	National Channel = "national"
	Upload   Channel = "upload"
)

// Declared are the channels whose watermark a person declares for the whole
// installation; practices declare theirs one by one, the web measures its own.
var Declared = []Channel{Phone, Paper, Upload}

// Watermark is the key of a channel's watermark; practice is "" except for the practice channel.
func Watermark(ch Channel, practice string) string {
	if ch == Practice {
		return "watermark:practice:" + practice
	}
	return "watermark:" + string(ch)
}

// FeedRegistrations tells of deaths, moves and sensitive flags; FeedNational of answers given to the national system.
const (
	FeedRegistrations = "feed:registrations"
	FeedNational      = "feed:national"
)

// SwitchOn is the key of a practice's being switched on for a programme.
func SwitchOn(programme ProgrammeID, practice string) string {
	return fmt.Sprintf("switch:%d:%s", programme, practice)
}

// PauseRegistry is the key of the pause of a target where records are made.
func PauseRegistry(name string) string { return "pause:registry:" + name }
