package main

import "strings"

const about = "No record without due notice: print-and-post mail-outs that prove, person by person, that notice was given."

type flags struct {
	Data  string `help:"Folder of the private database and archive." placeholder:"DIR" type:"path"`
	JSON  bool   `name:"json" help:"Print exactly one JSON document; everything else goes to stderr."`
	Quiet bool   `short:"q" help:"Print no progress."`
}

// commands is the command line: one field a command, one file a command.
type commands struct {
	flags

	Demo      demoCommand       `cmd:"" help:"Everything in one process: a real region, made-up people, a clock to move."`
	Serve     serveCommand      `cmd:"" help:"Serve the three listeners, and work the queues."`
	Work      workCommand       `cmd:"" help:"Work the queues only; add as many as there are machines."`
	Watch     watchCommand      `cmd:"" help:"Watch from outside whether answers can be taken, and write outages down."`
	Outages   outagesCommand    `cmd:"" help:"List when the public service could not take answers."`
	Migrate   migrateCommand    `cmd:"" help:"Bring the database to this program's schema."`
	Import    importCommands    `cmd:"" help:"Take in files: organisations, people, answers, returned mail."`
	Programme programmeCommands `cmd:"" help:"Add what people say no or yes to."`
	Vendor    vendorCommands    `cmd:"" help:"Add print vendors, and keys for them."`
	Pack      packCommands      `cmd:"" help:"List, show, take in and approve what people receive."`
	Campaign  campaignCommands  `cmd:"" help:"Create, show, approve, pause and extend campaigns."`
	Wave      waveCommands      `cmd:"" help:"Plan, show and approve the waves of a campaign."`
	Region    regionCommands    `cmd:"" help:"Extend every campaign of a region."`
	Answer    answerCommand     `cmd:"" help:"Enter somebody's no or yes; the NHS number is read from stdin."`
	Watermark watermarkCommand  `cmd:"" help:"Declare that everything received up to a day has been entered."`
	Holiday   holidayCommands   `cmd:"" help:"Enter and list bank holidays."`
	Stop      stopCommand       `cmd:"" help:"Stop every letter and every record, at once; or lift the stop."`
	Why       whyCommand        `cmd:"" help:"Say why somebody has a record or not, clause by clause."`
	Synth     synthCommands     `cmd:"" help:"Make up people for practices."`
	Simulate  simulateCommand   `cmd:"" help:"Live through a whole year of campaigns and check every promise."`
	Bench     benchCommands     `cmd:"" help:"Time the main job beside a yardstick."`
	Proof     proofCommand      `cmd:"" help:"Draw letters to look at."`
	Staff     staffCommands     `cmd:"" help:"Add people who work here."`
	Doctor    doctorCommand     `cmd:"" help:"Say what is wrong with this installation."`
}

// firstWords leaves the arguments out of a command as kong tells it.
func firstWords(command string) string {
	words, _, _ := strings.Cut(command, " <")
	return words
}
