package link

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// Reading takes turns. Whoever waits for an answer reads until its own has come, and gives what comes
// before it to its calls; that spares handing each answer from one goroutine to another. Where
// something may come that no call waits for, in a stream or a watch, one goroutine reads for good.

// after is what becomes of whoever has read a line.
type after int

const (
	goOn after = iota
	// There is nothing more to read here.
	over
	// The turn belongs to what opens the next connection.
	handedOver
)

// wait reads, or waits for its turn, until done is closed or ctx has ended.
func (c *Connection) wait(ctx context.Context, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-c.turn:
			if c.lead(ctx, done) != handedOver {
				c.turn <- struct{}{}
			}
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// lead reads until done is closed. Whoever has been answered already takes no lock: look waits for the
// turn with it.
func (c *Connection) lead(ctx context.Context, done <-chan struct{}) after {
	select {
	case <-done:
		return over
	default:
	}
	c.mu.Lock()
	conn, lines := c.conn, c.lines
	c.mu.Unlock()
	if conn == nil {
		return over
	}
	if ctx.Done() != nil {
		left := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			_ = conn.SetReadDeadline(time.Unix(1, 0))
			close(left)
		})
		defer func() {
			if !stop() {
				<-left
				_ = conn.SetReadDeadline(time.Time{})
			}
		}()
	}
	for {
		line, err := lines.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return over
		}
		what := over
		if err != nil {
			what = c.ended(conn, err, true)
		} else {
			what = c.received(conn, line, true)
		}
		if what != goOn {
			return what
		}
		select {
		case <-done:
			return over
		default:
		}
	}
}

// background has one goroutine read for good from now on.
func (c *Connection) background() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inBackground {
		return
	}
	c.inBackground = true
	go func() {
		select {
		case <-c.turn:
			c.read()
		case <-c.ctx.Done():
		}
	}()
}

// read takes lines until the connection ends.
func (c *Connection) read() {
	c.mu.Lock()
	conn, lines := c.conn, c.lines
	c.mu.Unlock()
	if conn == nil {
		return
	}
	for {
		line, err := lines.next()
		if err != nil {
			c.ended(conn, err, false)
			return
		}
		if c.received(conn, line, false) != goOn {
			return
		}
	}
}

// look is for who asks while nobody waits, and so nobody reads. It sees whether something has come that nothing asked for, before it would be taken for an answer
// to what is asked now, or whether the connection has ended.
func (c *Connection) look() error {
	if c.lines.from.Buffered() > 0 {
		return c.unasked()
	}
	first := make([]byte, 1)
	n, problem := 0, error(nil)
	err := c.raw.Read(func(fd uintptr) bool {
		for problem = error(syscall.EINTR); errors.Is(problem, syscall.EINTR); {
			n, _, problem = syscall.Recvfrom(int(fd), first, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		}
		return true
	})
	switch {
	case err != nil || errors.Is(problem, syscall.EAGAIN):
		return nil
	case n > 0 && (c.isHeard || c.endpoint.Correlation == ""):
		return c.unasked()
	case n > 0:
		// A refusal of the connection, which whoever waits for the answer reads.
		return nil
	}
	if problem == nil {
		problem = io.EOF
	}
	if !c.isTurnedAway(problem) {
		return c.endError(problem)
	}
	// Nobody waits, so the turn is free, unless whoever had it is about to give it back.
	<-c.turn
	_ = c.conn.Close()
	c.conn = nil
	return nil
}

func (c *Connection) unasked() error {
	return &jsontext.ProtocolError{Expected: "an answer to something that was asked", Received: "a line that nothing asked for"}
}
