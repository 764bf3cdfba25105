package peinit

import (
	"context"
	"errors"

	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// Query is a connection to the event daemon. Parts of an answer that nobody takes make the connection
// wait, so whoever reads slowly asks for other things on another one. ReadLogs and ReadEvents go on
// where a connection has ended.
type Query struct {
	wire.QueryClient
	connection *link.Connection
}

// DialQuery connects to the event daemon.
func DialQuery(ctx context.Context, options Options) (*Query, error) {
	full := options.link()
	full.IsTurnedAway = func(err error) bool { return errors.Is(err, wire.QueryErrorBusy) }
	connection, err := link.Connect(ctx, wire.QueryEndpoint, full)
	if err != nil {
		return nil, err
	}
	return &Query{wire.NewQueryClient(connection), connection}, nil
}

// Close ends the connection; what waits for an answer fails.
func (q *Query) Close() error { return q.connection.Close() }

// Err is why the connection is over; nil while it stands, as far as is known: where nobody waits for
// anything it is looked at with the next request.
func (q *Query) Err() error { return q.connection.Err() }

// SendQuery sends a request without waiting for its answer. Requests go out in the order of these
// calls; their answers may overtake each other.
func SendQuery[A any](ctx context.Context, q *Query, request wire.QueryCall[A]) *Call[A] {
	return wire.SendQuery(ctx, q.QueryClient, request)
}
