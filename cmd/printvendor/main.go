// Command printvendor is a print vendor: it pulls batches of letters from Due Notice, verifies them and reports what became of each piece.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
)

// vendor is what every step needs.
type vendor struct {
	URL       string `env:"PRINTVENDOR_URL" required:"" placeholder:"URL" help:"Address of the vendors' listener, such as http://127.0.0.1:8081."`
	Key       string `env:"PRINTVENDOR_KEY" placeholder:"KEY" help:"Your key. Better in the variable, where other users of this machine do not see it."`
	PlainHTTP bool   `name:"plain-http" help:"Allow http to another machine, which shows your key to the network."`
	JSON      bool   `help:"Answer with one JSON document."`
	Quiet     bool   `help:"Say nothing but the result."`
}

type commands struct {
	vendor

	Work      work      `cmd:"" help:"Work one day: pull, verify, accept, answer recalls, post what is due, report what came back."`
	List      list      `cmd:"" help:"List your batches."`
	Pull      pull      `cmd:"" help:"Pull batches into a folder and verify them. A broken pull goes on where it was."`
	Accept    accept    `cmd:"" help:"Accept batches for printing."`
	Reject    reject    `cmd:"" help:"Give a batch back."`
	Dispatch  dispatch  `cmd:"" help:"Report a batch as posted."`
	Return    returned  `cmd:"" help:"Report letters that came back."`
	Spoil     spoil     `cmd:"" help:"Report pieces that were ruined; each is made anew."`
	Suspect   suspect   `cmd:"" help:"Report pieces that may be in wrong envelopes, or printed wrong."`
	Recalls   recalls   `cmd:"" help:"List the pieces that must not be posted, or answer for one."`
	Destroyed destroyed `cmd:"" help:"Say that your copies of batches are destroyed."`
}

const about = `Pulls batches of letters from Due Notice, verifies them and reports what became of each piece.

A first day, with the key that the print desk gave you:

  export PRINTVENDOR_URL=http://127.0.0.1:8081 PRINTVENDOR_KEY=dnv_...
  printvendor list --state sealed
  printvendor pull NEL-0001 --folder letters
  printvendor accept NEL-0001
  printvendor dispatch NEL-0001 --posted-on 2026-11-24 --docket D-1

or all of that for everything that is due: printvendor work --folder letters`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run does one command: 0 done, 1 failed, 2 wrong use.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var cli commands
	done := -1
	parser, err := kong.New(&cli, kong.Name("printvendor"), kong.Description(about), kong.UsageOnError(), kong.Writers(out, errs),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { done = code }))
	if err != nil {
		fmt.Fprintln(errs, "printvendor:", err)
		return 1
	}
	asked, err := parser.Parse(args)
	if done >= 0 { // help was asked for and given
		return done
	}
	if err == nil && cli.Key == "" {
		err = errors.New("your key is missing: set PRINTVENDOR_KEY to it")
	}
	var c *client.Client
	if err == nil {
		c, err = client.New(cli.URL, cli.Key, client.Options{PlainHTTP: cli.PlainHTTP})
	}
	if err != nil {
		fmt.Fprintf(errs, "printvendor: %v\nTry: printvendor --help\n", err)
		return 2
	}
	d := &desk{Client: c, out: out, errs: errs, json: cli.JSON, quiet: cli.Quiet, clock: calendar.Wall}
	asked.BindTo(ctx, (*context.Context)(nil))
	if err := asked.Run(d); err != nil {
		fmt.Fprintln(errs, "printvendor:", err)
		return 1
	}
	return 0
}
