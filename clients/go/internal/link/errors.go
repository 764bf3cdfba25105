package link

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// ConnectionError says that the connection could not be made, or ended before the answer came.
type ConnectionError struct {
	// Path of the socket.
	Path string

	// What happened and what to do, for people.
	Message string

	// Err is the cause, where the system told one.
	Err error
}

// Error says what happened and what to do.
func (e *ConnectionError) Error() string { return e.Message }

// Unwrap is what the system told.
func (e *ConnectionError) Unwrap() error { return e.Err }

// isPassing says that it may be otherwise a moment later: too many wait there, or nobody listens yet,
// which whoever waits for the socket takes for that.
func isPassing(err error, awaited bool) bool {
	isAbsent := errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED)
	return errors.Is(err, syscall.EAGAIN) || (awaited && isAbsent)
}

func unreachable(name, path string, err error) error {
	message := fmt.Sprintf("connecting to %s failed: %v", path, err)
	switch {
	case errors.Is(err, syscall.ENOENT):
		message = fmt.Sprintf("there is no %s socket at %s; is this inside a machine that peinit runs?", name, path)
	case errors.Is(err, syscall.ECONNREFUSED):
		message = fmt.Sprintf("nobody listens at %s; its daemon is not running", path)
	case errors.Is(err, syscall.EACCES):
		message = fmt.Sprintf("no permission to open %s", path)
	case errors.Is(err, syscall.EAGAIN):
		message = fmt.Sprintf("too many wait at %s already; try again later", path)
	}
	return &ConnectionError{Path: path, Message: message, Err: err}
}

// left is the end of a context, with what was waited for.
func left(ctx context.Context, what string) error {
	return fmt.Errorf("peinit: waiting for %s: %w", what, context.Cause(ctx))
}
