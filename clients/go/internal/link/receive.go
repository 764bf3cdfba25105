package link

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// errEnded stands in the chain where the other side has closed the connection.
var errEnded = errors.New("the other side has closed the connection")

// ended tells a connection that was turned away from one that is over.
func (c *Connection) ended(conn *net.UnixConn, err error, led bool) after {
	c.mu.Lock()
	if c.conn != conn || c.failure != nil {
		c.mu.Unlock()
		return over
	}
	if c.isTurnedAway(err) {
		defer c.mu.Unlock()
		return c.drop(conn, led)
	}
	c.mu.Unlock()
	c.fail(c.endError(err))
	return over
}

// isTurnedAway says that the connection has ended before anything was read: where the other side leaves
// something unread the kernel says so.
func (c *Connection) isTurnedAway(err error) bool {
	isUnread := !c.hasWritten || errors.Is(err, syscall.ECONNRESET)
	return isEnd(err) && isUnread && !c.isHeard && !c.lines.isWithin() && time.Since(c.openedAt) < turnedAwayWithin
}

func (c *Connection) endError(err error) error {
	var protocol *jsontext.ProtocolError
	switch {
	case errors.As(err, &protocol):
		return err
	case isEnd(err):
		message := fmt.Sprintf("the connection to %s was closed by its daemon", c.options.Path)
		return &ConnectionError{Path: c.options.Path, Message: message, Err: errEnded}
	}
	return &ConnectionError{Path: c.options.Path, Message: fmt.Sprintf("the connection to %s failed: %v", c.options.Path, err), Err: err}
}

// drop gives up a connection that there was no place for. Whoever was reading hands its turn over to
// what opens the next one.
func (c *Connection) drop(conn *net.UnixConn, led bool) after {
	c.conn = nil
	_ = conn.Close()
	if len(c.waiting) == 0 || c.reopening {
		return over
	}
	c.reopening = true
	go c.reopen(led)
	return handedOver
}

// reopen asks on a new connection, everything. `led`: it has the turn, and gives it on.
func (c *Connection) reopen(led bool) {
	if led {
		defer func() { c.turn <- struct{}{} }()
	}
	refusal := error(&ConnectionError{
		Path:    c.options.Path,
		Message: fmt.Sprintf("each connection to %s was closed at once: there is no place for one more; try again when others have ended", c.options.Path),
	})
	if !c.patience.pause(c.ctx, refusal) {
		c.fail(refusal)
		return
	}
	conn, err := open(c.ctx, c.endpoint.Name, c.options.Path, &c.patience)
	if err != nil {
		c.fail(err)
		return
	}
	c.mu.Lock()
	c.reopening = false
	if c.failure != nil {
		c.mu.Unlock()
		_ = conn.Close()
		return
	}
	err = c.use(conn)
	c.mu.Unlock()
	if err != nil {
		c.fail(err)
	} else if !led {
		go c.read()
	}
}

// foreign says that a line is none of the protocol: whatever comes behind it cannot be trusted.
func (c *Connection) foreign(line []byte, expected string) after {
	probe := jsontext.NewReader(line)
	probe.Skip()
	err := probe.End()
	if err == nil {
		err = jsontext.Wrong(line, expected)
	}
	c.fail(err)
	return over
}

// received handles a line.
func (c *Connection) received(conn *net.UnixConn, line []byte, led bool) after {
	c.mu.Lock()
	if c.conn != conn {
		c.mu.Unlock()
		return over
	}
	if then := c.then; then != nil {
		c.mu.Unlock()
		then.take(jsontext.NewReader(line))
		return goOn
	}
	c.mu.Unlock()
	told := c.tell(line)
	if told.kind == foreignLine {
		return c.foreign(line, told.expected)
	}
	if told.kind == failed && c.endpoint.Correlation != "" && told.id == 0 {
		return c.refused(conn, line, led)
	}
	if told.kind == pushed {
		c.mu.Lock()
		follower := c.followers[told.id]
		c.mu.Unlock()
		if follower != nil {
			follower.take(jsontext.NewReader(line))
		}
		return goOn
	}
	one, ok := c.answered(told)
	if !ok {
		return c.foreign(line, "an answer to something that was asked")
	}
	if one == nil {
		return goOn
	}
	r := jsontext.NewReader(line)
	if told.kind == failed {
		c.settle(one, nil)
		err := c.endpoint.Failure(r)
		if wrong := r.End(); wrong != nil {
			err = wrong
		}
		one.fail(err)
		return goOn
	}
	if one.then != nil {
		c.settle(one, one.then)
		one.receive(r)
		return goOn
	}
	if one.receive(r) {
		c.settle(one, nil)
	}
	return goOn
}

// refused is a failure of the connection as a whole.
func (c *Connection) refused(conn *net.UnixConn, line []byte, led bool) after {
	r := jsontext.NewReader(line)
	err := c.endpoint.Failure(r)
	if wrong := r.End(); wrong != nil {
		err = wrong
	}
	c.mu.Lock()
	if !c.isHeard && c.conn == conn && c.options.IsTurnedAway != nil && c.options.IsTurnedAway(err) {
		defer c.mu.Unlock()
		return c.drop(conn, led)
	}
	c.mu.Unlock()
	c.fail(err)
	return over
}

// answered finds what a line answers; nil: somebody who waits no more. False: nothing was asked.
func (c *Connection) answered(told told) (*asked, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isHeard {
		c.isHeard = true
		for _, one := range c.waiting {
			one.line = nil
		}
	}
	if c.endpoint.Correlation == "" {
		if len(c.waiting) == 0 {
			return nil, false
		}
		return c.waiting[0], true
	}
	for _, one := range c.waiting {
		if one.id == told.id {
			return one, true
		}
	}
	return nil, told.id > 0 && told.id <= c.lastID
}

// settle takes a call off the connection; `then` has the connection from here on.
func (c *Connection) settle(one *asked, then *follower) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if index := slices.Index(c.waiting, one); index == 0 {
		// Usually, and then nothing is moved.
		c.waiting[0], c.waiting = nil, c.waiting[1:]
	} else if index > 0 {
		c.waiting = slices.Delete(c.waiting, index, index+1)
	}
	if then != nil && c.failure == nil {
		c.then = then
	}
}

// follow gives what carries this number to a follower.
func (c *Connection) follow(member string, key int64, to *follower) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.followers != nil {
		c.followed = member
		c.followers[key] = to
	}
}

// Unfollow forgets a follower; what comes for it is dropped.
func (c *Connection) Unfollow(key int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.followers, key)
}

type lineKind int

const (
	foreignLine lineKind = iota
	served
	failed
	pushed
)

// told is what the framing says of a line.
type told struct {
	kind     lineKind
	id       int64
	expected string
}

// tell looks at what the framing puts into a line, and at nothing else.
func (c *Connection) tell(line []byte) told {
	r := jsontext.NewReader(line)
	outcome, ok := r.PeekText(c.endpoint.Outcome)
	is := told{expected: fmt.Sprintf("an answer that begins with %s", c.endpoint.Outcome)}
	if c.endpoint.Correlation != "" {
		id, found := r.PeekInt(c.endpoint.Correlation)
		if !found {
			c.mu.Lock()
			followed := c.followed
			c.mu.Unlock()
			if followed != "" {
				if is.id, found = r.PeekInt(followed); found {
					is.kind = pushed
				}
			}
			is.expected = fmt.Sprintf("an answer with its %s", c.endpoint.Correlation)
			return is
		}
		is.id = id
	}
	switch {
	case ok && outcome == c.endpoint.OK:
		is.kind = served
	case outcome == c.endpoint.Error && (ok || c.endpoint.Error == ""):
		is.kind = failed
	}
	return is
}
