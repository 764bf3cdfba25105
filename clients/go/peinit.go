package peinit

import (
	"time"

	"github.com/peios/peinit/clients/go/internal/jsontext"
	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// Options of a connection; the zero value is what is usual.
type Options struct {
	// Path of the socket; empty: where it is inside a machine.
	Path string

	// Timeout of each call, beside what its context says; 0: none.
	Timeout time.Duration

	// Patience is for how long it is tried again where there is no place for one more connection: 5 s
	// where it is 0, not at all where it is below 0.
	Patience time.Duration

	// Awaited says that a socket that is not there yet, or where nobody listens yet, is waited for as
	// well.
	Awaited bool

	// OnTurnedAway is called once, when it is tried again.
	OnTurnedAway func(err error)
}

func (o Options) link() link.Options {
	return link.Options{Path: o.Path, Timeout: o.Timeout, Patience: o.Patience, Awaited: o.Awaited, OnTurnedAway: o.OnTurnedAway}
}

// Errors, for errors.As. Each refusal has its code in the chain, for errors.Is.
type (
	// ControlError says that peinit refused a request: Code is stable, Message is for people.
	ControlError = wire.ErrorResponse

	// RegistryCallError says that the registry refused a call; Code is the name of an errno.
	RegistryCallError = wire.RegistryErrorResponse

	// QueryCallError says that the event daemon refused a request, or could not serve it to its end.
	QueryCallError = wire.QueryErrorResponse

	// SubmitRefused says that no job was made.
	SubmitRefused = wire.SubmitFailure

	// ConnectionError says that a connection could not be made, or ended before the answer came. Path
	// is that of the socket, Message says what to do.
	ConnectionError = link.ConnectionError

	// ProtocolError says that what came is not what the protocol has: Member, Expected and Received
	// tell what.
	ProtocolError = jsontext.ProtocolError
)

// ErrOverflow comes in a stream where messages were lost: they came faster than they were taken. The
// stream goes on behind it.
var ErrOverflow = link.ErrOverflow

// Call is a request that is under way: Answer waits for its answer, or for the end of the context that
// it was made with.
type Call[A any] = link.Call[A]

// Stream is lines that follow each other. Lines(ctx) is those that have not been taken yet, for one
// goroutine at a time; leaving the loop stops nothing, Close does. At most 256 lines wait for a
// reader; then the daemon waits, and says in its own way what it could not keep.
type Stream[T any] = link.Stream[T]

// Ptr is a pointer to a value, for members that may be left out.
func Ptr[T any](value T) *T { return &value }
