package peinit

import (
	"context"
	"errors"

	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// Registry is a connection to the registry. Handles, transactions and watches belong to it and end
// with it.
type Registry struct {
	wire.RegistryClient
	connection *link.Connection
}

// DialRegistry connects to the registry.
func DialRegistry(ctx context.Context, options Options) (*Registry, error) {
	full := options.link()
	full.IsTurnedAway = func(err error) bool { return errors.Is(err, wire.RegistryErrorEBUSY) }
	full.IsBusy = full.IsTurnedAway
	connection, err := link.Connect(ctx, wire.RegistryEndpoint, full)
	if err != nil {
		return nil, err
	}
	return &Registry{wire.NewRegistryClient(connection), connection}, nil
}

// Close ends the connection; what waits for an answer fails, and watches end.
func (r *Registry) Close() error { return r.connection.Close() }

// Err is why the connection is over; nil while it stands, as far as is known: where nobody waits for
// anything it is looked at with the next request.
func (r *Registry) Err() error { return r.connection.Err() }

// SendRegistry sends a request without waiting for its answer. Requests go out in the order of these
// calls; their answers may overtake each other.
func SendRegistry[A any](ctx context.Context, r *Registry, request wire.RegistryCall[A]) *Call[A] {
	return wire.SendRegistry(ctx, r.RegistryClient, request)
}
