package link

import (
	"context"
	"sync"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// Request is what is asked: the command, its members, and how the answer is read.
type Request[A any] struct {
	Command string
	Write   func(*jsontext.Writer)
	Read    func(*jsontext.Reader) A

	// Join adds a further part of an answer and says whether another one follows; nil: it has one.
	Join func(whole *A, part A) bool
}

// Call is a request that is under way.
type Call[A any] struct {
	connection *Connection
	ctx        context.Context
	stop       context.CancelFunc
	asked      *asked
	once       sync.Once
	done       chan struct{}
	answer     A
	err        error
	// One of those who ask for the answer asks again.
	asking sync.Mutex
	trying patience
}

// Send sends a request without waiting for its answer. Once ctx has ended the answer is dropped when
// it comes; the calls behind it get theirs.
func Send[A any](ctx context.Context, c *Connection, request Request[A]) *Call[A] {
	call := newCall(ctx, c, request)
	c.send(call.asked)
	return call
}

func newCall[A any](ctx context.Context, c *Connection, request Request[A]) *Call[A] {
	call := &Call[A]{connection: c, ctx: ctx, stop: func() {}, done: make(chan struct{})}
	call.trying.options = &Options{Patience: c.options.Patience}
	if c.options.Timeout > 0 {
		call.ctx, call.stop = context.WithTimeout(ctx, c.options.Timeout)
	}
	var none, whole A
	call.asked = &asked{
		ctx:     call.ctx,
		command: request.Command,
		write:   request.Write,
		fail:    func(err error) { call.finish(none, err) },
		receive: func(r *jsontext.Reader) bool {
			part := request.Read(r)
			if err := r.End(); err != nil {
				call.finish(none, err)
				return true
			}
			if request.Join == nil {
				whole = part
			} else if request.Join(&whole, part) {
				return false
			}
			call.finish(whole, nil)
			return true
		},
	}
	return call
}

// finish counts once: an answer and the end of the connection may come together.
func (c *Call[A]) finish(answer A, err error) {
	c.once.Do(func() {
		c.answer, c.err = answer, err
		close(c.done)
	})
}

// Answer waits for the answer, or for the end of the context that the call was made with. It may be
// asked more than once.
func (c *Call[A]) Answer() (A, error) {
	c.asking.Lock()
	defer c.asking.Unlock()
	defer c.stop()
	for {
		c.connection.wait(c.ctx, c.done)
		select {
		case <-c.done:
			if !c.askAgain() {
				return c.answer, c.err
			}
		default:
			var none A
			return none, left(c.ctx, "the answer to "+c.asked.command)
		}
	}
}

// askAgain asks once more, after a pause, what was refused with nothing done, unless something was asked
// behind it.
func (c *Call[A]) askAgain() bool {
	isBusy := c.connection.options.IsBusy
	if c.err == nil || isBusy == nil || !isBusy(c.err) || !c.connection.isLast(c.asked) || !c.trying.pause(c.ctx, c.err) {
		return false
	}
	var none A
	refusal := c.err
	c.once, c.done = sync.Once{}, make(chan struct{})
	if c.connection.again(c.asked) {
		return true
	}
	c.finish(none, refusal)
	return false
}
