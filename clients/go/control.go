package peinit

import (
	"context"

	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// Control is a connection to the control socket. A stream (Subscribe, Follow) has its connection for
// itself: open another one for it.
type Control struct {
	wire.ControlClient
	connection *link.Connection
}

// DialControl connects to the control socket.
func DialControl(ctx context.Context, options Options) (*Control, error) {
	connection, err := link.Connect(ctx, wire.ControlEndpoint, options.link())
	if err != nil {
		return nil, err
	}
	return &Control{wire.NewControlClient(connection), connection}, nil
}

// Close ends the connection; what waits for an answer fails.
func (c *Control) Close() error { return c.connection.Close() }

// Err is why the connection is over; nil while it stands, as far as is known: where nobody waits for
// anything it is looked at with the next request.
func (c *Control) Err() error { return c.connection.Err() }

// SendControl sends a request without waiting for its answer. Requests go out in the order of these
// calls, and are answered in that order.
func SendControl[A any](ctx context.Context, c *Control, request wire.ControlCall[A]) *Call[A] {
	return wire.SendControl(ctx, c.ControlClient, request)
}
