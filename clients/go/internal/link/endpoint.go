// Package link carries messages over the sockets of the machine: one line of JSON each, requests
// without waiting, answers in their order or by their id, and lines that follow an answer.
package link

import (
	"context"
	"net"
	"time"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// Endpoint is how the messages of a socket are told apart. The schema says it.
type Endpoint struct {
	// Name for messages.
	Name string

	// Path where the socket is inside a machine.
	Path string

	// Discriminator is the member that names the command; empty: there is one alone.
	Discriminator string

	// Correlation is the member that relates an answer to its request; empty: answers come in order.
	Correlation string

	// Outcome is the member that says whether a request was served, by OK or Error. Without Error
	// the member is missing where it was not.
	Outcome, OK, Error string

	// Failure reads the answer to a request that could not be served.
	Failure func(*jsontext.Reader) error
}

// Options of a connection; the zero value is what is usual.
type Options struct {
	// Path of the socket; empty: the usual one.
	Path string

	// Timeout of each call and acknowledgement, beside what their contexts say; 0: none.
	Timeout time.Duration

	// Patience is for how long it is tried again where there is no place for one more connection: 5 s
	// where it is 0, not at all where it is below 0.
	Patience time.Duration

	// Awaited says that it is tried again where nobody listens yet as well.
	Awaited bool

	// OnTurnedAway is called once, when it is tried again.
	OnTurnedAway func(err error)

	// IsTurnedAway says that a failure that came first on a connection means that there is no place
	// for it.
	IsTurnedAway func(err error) bool

	// IsBusy says that a call was refused with nothing done, and may be asked again a moment later.
	IsBusy func(err error) bool
}

const (
	usualPatience = 5 * time.Second
	firstPause    = 20 * time.Millisecond
	longestPause  = 500 * time.Millisecond
)

// patience is for how long, and how often, someone who is turned away tries again.
type patience struct {
	options *Options
	until   time.Time
	wait    time.Duration
}

func (p *patience) length() time.Duration {
	if p.options.Patience == 0 {
		return usualPatience
	}
	return max(p.options.Patience, 0)
}

// pause waits a little; false: it has been tried for long enough, or ctx has ended.
func (p *patience) pause(ctx context.Context, why error) bool {
	now := time.Now()
	if p.until.IsZero() {
		p.until = now.Add(p.length())
		p.wait = firstPause
		if p.options.OnTurnedAway != nil && p.length() > 0 {
			p.options.OnTurnedAway(why)
		}
	}
	if !now.Before(p.until) {
		return false
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	p.wait = min(2*p.wait, longestPause)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// open connects, and tries again for as long as patience lasts.
func open(ctx context.Context, name, path string, patience *patience) (*net.UnixConn, error) {
	for {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err == nil {
			return conn.(*net.UnixConn), nil
		}
		if ctx.Err() != nil {
			return nil, left(ctx, "a connection to "+path)
		}
		refusal := unreachable(name, path, err)
		if !isPassing(err, patience.options.Awaited) {
			return nil, refusal
		}
		if !patience.pause(ctx, refusal) {
			if ctx.Err() != nil {
				return nil, left(ctx, "a connection to "+path)
			}
			return nil, refusal
		}
	}
}

// Pause waits as long as is usual between attempts that have gone on since an instant; false: ctx has
// ended.
func Pause(ctx context.Context, since time.Time) bool {
	timer := time.NewTimer(min(max(time.Since(since), firstPause), longestPause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
