package peinit

import (
	"context"
	"errors"
	"iter"

	"github.com/peios/peinit/clients/go/wire"
)

// Watch reports changes of a key. Beyond 4096 events that nobody has taken it forgets them and tells
// an overflow: read everything again then.
type Watch struct {
	// Number that its events carry.
	Number int32

	registry *Registry
	events   *Stream[wire.WatchEvent]
	growing  []wire.WatchEvent
}

// Watch reports changes of a key from now on.
func (r *Registry) Watch(ctx context.Context, request wire.WatchRequest) (*Watch, error) {
	answer, events, err := r.RegistryClient.Watch(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Watch{Number: answer.Watch, registry: r, events: events}, nil
}

// Changes are the events, those of one commit together. They end with the connection, which is an
// error, or when the watch is closed. Leaving the loop stops nothing: Close does.
func (w *Watch) Changes(ctx context.Context) iter.Seq2[[]wire.WatchEvent, error] {
	return func(yield func([]wire.WatchEvent, error) bool) {
		for event, err := range w.events.Lines(ctx) {
			if errors.Is(err, ErrOverflow) {
				w.growing = nil
				event, err = wire.WatchEvent{Watch: w.Number, Type: wire.WatchTypeOverflow}, nil
			}
			if err != nil {
				yield(nil, err)
				return
			}
			w.growing = append(w.growing, event)
			if event.More {
				continue
			}
			batch := w.growing
			w.growing = nil
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// Close ends the watch, without waiting for the registry to say so.
func (w *Watch) Close() error {
	w.registry.connection.Unfollow(int64(w.Number))
	SendRegistry(context.Background(), w.registry, wire.UnwatchRequest{Watch: w.Number})
	return w.events.Close()
}
