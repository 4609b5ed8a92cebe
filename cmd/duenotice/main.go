// Command duenotice runs a mail-out by the rules of notice: its pages, its night work, and every command around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes, as scripts may rely on them.
const (
	done     = 0
	failed   = 1 // it could not be done, or an invariant is violated
	wrongUse = 2
)

func main() {
	// Work is done in chunks, so that memory stays flat: a little more of it buys a tenth of the time.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program, so that tests can call it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		switch left := recover().(type) {
		case nil:
		case exit: // kong has shown help
			code = int(left)
		default:
			panic(left)
		}
	}()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("duenotice"), kong.Description(about), kong.Writers(out, errs), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, NoExpandSubcommands: false}),
		kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		fmt.Fprintln(errs, err)
		return failed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return misused(errs, "", err)
	}
	c := &call{ctx: ctx, in: in, out: out, errs: errs, flags: cli.flags, env: environment(os.Getenv)}
	defer c.end()
	err = parsed.Run(c)
	var wrong usage
	if errors.As(err, &wrong) {
		return misused(errs, parsed.Command(), wrong)
	}
	if err != nil {
		return c.tell(err)
	}
	return done
}

type exit int

// usage is wrong use that only the command itself could notice.
type usage string

func (u usage) Error() string { return string(u) }

// misused says what is wrong with a call, and which help tells it right.
func misused(errs io.Writer, command string, err error) int {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		command = parse.Context.Command()
	}
	if command != "" {
		command = " " + firstWords(command)
	}
	said := err.Error()
	var trouble *os.PathError
	if errors.As(err, &trouble) {
		said = fmt.Sprintf("the file %s cannot be read: %v", trouble.Path, trouble.Err)
	}
	fmt.Fprintf(errs, "duenotice: %s\nTry: duenotice%s --help\n", said, command)
	return wrongUse
}
