package page

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/gofiber/fiber/v2"
)

// loss is how a request lost the database.
type loss int

const (
	answered  loss = iota // it did not: the error is another one
	unreached             // it was never reached, or said itself that it goes: nothing was saved
	brokenOff             // the line broke while it worked: what became of the last word is not known
)

func (l loss) String() string { return [...]string{"answered", "unreached", "broken off"}[l] }

// sentences are honest about what was saved: where the line broke while
// something was being changed, nobody can say.
func (l loss) sentences(method string) []string {
	reading := method == fiber.MethodGet || method == fiber.MethodHead
	switch {
	case reading:
		return []string{"Our database does not answer at the moment. Try again in a minute."}
	case l == unreached:
		return []string{"Our database does not answer at the moment. Nothing was saved.", "Try again in a minute; what you sent has to be sent again."}
	}
	return []string{"Our database stopped answering while it worked on what you sent. It is not certain that it was saved.", "Wait a minute, then look whether it is there before you send it again."}
}

// LostDatabase tells whether an error came from a database that could not be
// reached or stopped answering.
func LostDatabase(err error) bool { return err != nil && lossOf(err) != answered }

// BrokenOff tells whether the line broke while the database worked, so that
// nobody can say whether the last thing was saved.
func BrokenOff(err error) bool { return lossOf(err) == brokenOff }

// lossOf reads it from the error, without knowing the driver: a server that
// speaks does so with an SQLSTATE, and a line that breaks is a network error.
func lossOf(err error) loss {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		code := state.SQLState()
		if strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || code == "53300" || code == "25006" {
			return unreached
		}
		return answered
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" || errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "closed pool") {
		return unreached
	}
	if operation != nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "conn closed") {
		return brokenOff
	}
	return answered
}
