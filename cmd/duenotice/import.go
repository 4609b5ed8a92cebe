package main

import (
	"errors"
	"os"

	"duenotice/campaigns/fault"
)

type importCommands struct {
	Practices importPractices `cmd:"" help:"Practices, list sizes, regions, ICBs, SHAs: told apart by content."`
	Changes   importChanges   `cmd:"" help:"What files said of practices and waits for a decision; accept or decline it."`
	Cohort    importCohort    `cmd:"" help:"A file of people; it is read and waits to be accepted."`
	Accept    importAccept    `cmd:"" help:"Accept a file of people that was read: they are enrolled."`
	Decline   importDecline   `cmd:"" help:"Decline a file of people: nobody of it is enrolled."`
	Withdraw  importWithdraw  `cmd:"" help:"Take a file of people back that should never have been taken."`
	Show      importShow      `cmd:"" help:"How a file of people stands; one that was cut off is gone on with."`
	Conflicts importConflicts `cmd:"" help:"Rows of a file that say something else than what is held, or than another row."`
	Decide    importDecide    `cmd:"" help:"Decide about such rows: apply, discard, or both."`
	Rejected  importRejected  `cmd:"" help:"Take out the rejected rows with what is wrong and what to do."`
	Limits    importLimits    `cmd:"" help:"What is asked of every file of people; show or change it."`
	Dissents  importDissents  `cmd:"" help:"A practice's opt-out codes."`
	Answers   importAnswers   `cmd:"" help:"Answers sent in bulk."`
	Returns   importReturns   `cmd:"" help:"Returned mail: reference, date, reason."`
	Readiness importReadiness `cmd:"" help:"How far practices are, and who is live."`
	Uptake    importUptake    `cmd:"" help:"What patients use online, by practice and month (POMI)."`

	Watermarks importWatermarks `cmd:"" help:"Up to which day channels and practices have entered everything."`
}

// opened opens a file named on the command line; its name may be told.
func opened(path string) (*os.File, error) {
	f, err := os.Open(path)
	var trouble *os.PathError
	if errors.As(err, &trouble) {
		return nil, fault.New(fault.Invalid, "The file %s cannot be read: %v.", path, trouble.Err)
	}
	return f, err
}
