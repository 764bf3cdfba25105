package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// turnedAwayWithin is how soon whoever is turned away is so; later it is the end of something else.
const turnedAwayWithin = 2 * time.Second

// asked is a request that has not been answered to its end.
type asked struct {
	ctx     context.Context
	command string
	write   func(*jsontext.Writer)
	// receive reads an answer, or a part of one; true: nothing follows.
	receive func(*jsontext.Reader) bool
	fail    func(error)
	// then takes all lines behind the answer.
	then *follower

	id   int64
	line []byte
}

// follower takes what follows an answer.
type follower struct {
	take func(*jsontext.Reader)
	end  func(error)
}

// Connection sends requests and gives each the answer that is its own. It may be used by several
// goroutines. When it has ended every call fails and every stream ends: connecting again is the
// caller's. An end before any byte, with all that was asked unread, says that there was no place for
// one more connection: then it is asked again on a new one, for a while. What may have been read never
// is.
type Connection struct {
	endpoint Endpoint
	options  Options
	patience patience
	ctx      context.Context
	stop     context.CancelFunc

	mu      sync.Mutex
	conn    *net.UnixConn // nil: there is none at the moment
	raw     syscall.RawConn
	out     outgoing
	isHeard bool
	// Something was written, so where the connection just ends that may have been read.
	hasWritten bool
	openedAt   time.Time
	lastID     int64
	waiting    []*asked // in their order
	then       *follower
	followed   string
	followers  map[int64]*follower
	failure    error
	reopening  bool
	lines      *lines
	// One goroutine reads for good: something may come that no call waits for.
	inBackground bool
	// Whoever takes what is in it reads: see turns.go.
	turn chan struct{}
}

// Connect connects, and tries again for as long as patience lasts.
func Connect(ctx context.Context, endpoint Endpoint, options Options) (*Connection, error) {
	if options.Path == "" {
		options.Path = endpoint.Path
	}
	c := &Connection{endpoint: endpoint, options: options, followers: map[int64]*follower{}, turn: make(chan struct{}, 1)}
	c.patience.options = &c.options
	c.ctx, c.stop = context.WithCancel(context.Background())
	conn, err := open(ctx, endpoint.Name, options.Path, &c.patience)
	if err != nil {
		c.stop()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn <- struct{}{}
	return c, c.use(conn)
}

// use takes a new connection and asks what was not heard of.
func (c *Connection) use(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		_ = conn.Close()
		return &ConnectionError{Path: c.options.Path, Message: err.Error(), Err: err}
	}
	c.conn, c.raw, c.openedAt, c.hasWritten, c.out, c.lines = conn, raw, time.Now(), false, outgoing{}, newLines(conn)
	c.waiting = slices.DeleteFunc(c.waiting, func(one *asked) bool { return one.ctx.Err() != nil })
	for _, one := range c.waiting {
		c.write(one.line)
	}
	return nil
}

// Err is why the connection is over; nil while it stands as far as is known.
func (c *Connection) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// Close ends the connection; what waits for an answer fails.
func (c *Connection) Close() error {
	c.fail(&ConnectionError{Path: c.options.Path, Message: fmt.Sprintf("the connection to %s was closed", c.options.Path)})
	return nil
}

// send never waits for the other side.
func (c *Connection) send(one *asked) {
	if err := one.ctx.Err(); err != nil {
		one.fail(left(one.ctx, "sending "+one.command))
		return
	}
	c.mu.Lock()
	err, isBroken := c.failure, false
	if err == nil && c.then != nil {
		err = &ConnectionError{Path: c.options.Path, Message: "the connection is a stream's alone; open another one for requests"}
	}
	if err == nil && !c.inBackground && len(c.waiting) == 0 && c.conn != nil {
		err = c.look()
		isBroken = err != nil
	}
	if err == nil {
		err = c.queue(one)
	}
	c.mu.Unlock()
	if isBroken {
		c.fail(err)
	}
	if err != nil {
		one.fail(err)
	}
}

// isLast says that nothing was asked behind it.
func (c *Connection) isLast(one *asked) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return one.id == c.lastID
}

// again asks for the second time, unless something was asked behind it.
func (c *Connection) again(one *asked) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure == nil && one.id == c.lastID && c.queue(one) == nil
}

func (c *Connection) queue(one *asked) error {
	var w jsontext.Writer
	w.Begin()
	if c.endpoint.Correlation != "" {
		one.id = c.lastID + 1
		w.Member(c.endpoint.Correlation)
		w.Int(one.id)
	}
	if c.endpoint.Discriminator != "" {
		w.Member(c.endpoint.Discriminator)
		w.String(one.command)
	}
	one.write(&w)
	w.End()
	line, err := w.Bytes()
	if err != nil {
		return err
	}
	c.lastID++
	one.line = append(line, '\n')
	c.waiting = append(c.waiting, one)
	switch {
	case c.conn != nil:
		c.write(one.line)
	case !c.reopening:
		// It was turned away before it had asked anything.
		c.reopening = true
		go c.reopen(!c.inBackground)
	}
	if c.isHeard {
		one.line = nil
	}
	return nil
}

// write hands bytes to the socket; what it does not take at once is written by a goroutine. That a
// write fails shows where the answer is read.
func (c *Connection) write(line []byte) {
	if c.out.busy {
		c.out.pending = append(c.out.pending, line...)
		return
	}
	rest := line
	err := c.raw.Write(func(fd uintptr) bool {
		for {
			n, err := syscall.Write(int(fd), rest)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			rest = rest[max(n, 0):]
			c.hasWritten = c.hasWritten || n > 0
			return true
		}
	})
	if err != nil || len(rest) == 0 {
		return
	}
	c.out.pending, c.out.busy = append(c.out.pending, rest...), true
	go c.flush(c.conn)
}

func (c *Connection) flush(conn *net.UnixConn) {
	for {
		c.mu.Lock()
		if c.conn != conn {
			c.mu.Unlock()
			return
		}
		pending := c.out.pending
		c.out.pending = nil
		c.out.busy = len(pending) > 0
		c.mu.Unlock()
		if len(pending) == 0 {
			return
		}
		if _, err := conn.Write(pending); err != nil {
			return
		}
	}
}

// fail ends the connection for good.
func (c *Connection) fail(err error) {
	c.mu.Lock()
	if c.failure != nil {
		c.mu.Unlock()
		return
	}
	c.failure = err
	conn, waiting, then, followers := c.conn, c.waiting, c.then, c.followers
	c.conn, c.waiting, c.then, c.followers = nil, nil, nil, nil
	c.mu.Unlock()
	c.stop()
	if conn != nil {
		_ = conn.Close()
	}
	for _, one := range waiting {
		one.fail(err)
	}
	if then != nil {
		then.end(c.endOf(err))
	}
	for _, one := range followers {
		one.end(err)
	}
}

// endOf is what the end of the connection is for the stream that has it alone: that the other side
// has closed it is how such streams end.
func (c *Connection) endOf(err error) error {
	if errors.Is(err, errEnded) {
		return nil
	}
	return err
}
