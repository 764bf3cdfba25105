package peinit

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// ReadingOptions is how ReadLogs and ReadEvents go on over restarts of the event daemon; the zero
// value is what is usual.
type ReadingOptions struct {
	// Path of the socket; empty: where it is inside a machine.
	Path string

	// Patience is for how long it is tried again when a connection is lost: 10 s where it is 0. A
	// reader that follows tries until its context ends.
	Patience time.Duration

	// OnLost is called for each loss, OnBack when it goes on.
	OnLost func(why error)
	OnBack func()

	// OnReplaced is called where another database is stored than before: what had not come by then
	// never will.
	OnReplaced func()
}

const usualReadingPatience = 10 * time.Second

// ReadLogs is lines of output, in parts as they come. Where a connection ends, the next one goes on
// behind the last part that came, so that no record is missing and none comes twice. An error is the
// last thing that comes.
func ReadLogs(ctx context.Context, request wire.LogsRequest, options ReadingOptions) iter.Seq2[wire.LogsResponse, error] {
	rest := &asking{most: &request.Most, after: &request.After, since: &request.Since, order: &request.Order, follow: request.Follow}
	return func(yield func(wire.LogsResponse, error) bool) {
		read(ctx, options, rest, func(query *Query) (*Stream[wire.LogsResponse], error) {
			return query.Logs(ctx, request)
		}, func(part wire.LogsResponse) (wire.LogsResponse, bool) {
			part.Entries = fresh(rest, part.Entries, func(entry wire.LogEntry) record {
				switch entry := entry.(type) {
				case wire.StoredLine:
					return record{boot: entry.BootID, id: entry.ID, at: entry.Timestamp}
				case wire.Gap:
					return record{boot: entry.BootID, id: entry.To, isGap: true}
				}
				return record{}
			})
			rest.took(part.Cursor)
			return part, part.More
		}, yield)
	}
}

// ReadEvents is events, likewise.
func ReadEvents(ctx context.Context, request wire.EventsRequest, options ReadingOptions) iter.Seq2[wire.EventsResponse, error] {
	rest := &asking{most: &request.Most, after: &request.After, since: &request.Since, order: &request.Order, follow: request.Follow}
	return func(yield func(wire.EventsResponse, error) bool) {
		read(ctx, options, rest, func(query *Query) (*Stream[wire.EventsResponse], error) {
			return query.Events(ctx, request)
		}, func(part wire.EventsResponse) (wire.EventsResponse, bool) {
			part.Entries = fresh(rest, part.Entries, func(entry wire.EventEntry) record {
				switch entry := entry.(type) {
				case wire.StoredEvent:
					return record{boot: entry.BootID, id: entry.ID, at: entry.Timestamp}
				case wire.Gap:
					return record{boot: entry.BootID, id: entry.To, isGap: true}
				}
				return record{}
			})
			rest.took(part.Cursor)
			return part, part.More
		}, yield)
	}
}

// read asks again for the rest until the last part has come.
func read[P any](
	ctx context.Context,
	options ReadingOptions,
	rest *asking,
	ask func(*Query) (*Stream[P], error),
	take func(P) (P, bool),
	yield func(P, error) bool,
) {
	connecting := Options{Path: options.Path, Patience: options.Patience}
	if options.Patience == 0 {
		connecting.Patience = usualReadingPatience
	}
	lost, begun := time.Time{}, false
	for {
		connected := func() { begun = true }
		err := once(ctx, connecting, connected, ask, func(part P, err error) error {
			if err != nil {
				return err
			}
			if !lost.IsZero() && options.OnBack != nil {
				options.OnBack()
			}
			lost = time.Time{}
			part, more := take(part)
			if !yield(part, nil) || !more {
				return errDone
			}
			return nil
		})
		switch {
		case errors.Is(err, errDone):
			return
		case rest.isReplaced(err):
			if options.OnReplaced != nil {
				options.OnReplaced()
			}
			continue
		case ctx.Err() == nil && begun && isPassing(err) && (rest.follows() || lost.IsZero() || time.Since(lost) < connecting.Patience):
			if lost.IsZero() {
				lost = time.Now()
				if options.OnLost != nil {
					options.OnLost(err)
				}
			}
			if link.Pause(ctx, lost) {
				continue
			}
		}
		var none P
		yield(none, err)
		return
	}
}

// errDone ends a reading as it should.
var errDone = errors.New("done")

// once reads over one connection.
func once[P any](
	ctx context.Context,
	options Options,
	connected func(),
	ask func(*Query) (*Stream[P], error),
	take func(P, error) error,
) error {
	query, err := DialQuery(ctx, options)
	if err != nil {
		return err
	}
	defer query.Close()
	connected()
	stream, err := ask(query)
	if err != nil {
		return err
	}
	for part, err := range stream.Lines(ctx) {
		if err := take(part, err); err != nil {
			return err
		}
	}
	return errDone
}

// isPassing says that it may be otherwise a moment later.
func isPassing(err error) bool {
	var connection *ConnectionError
	return errors.As(err, &connection) || errors.Is(err, wire.QueryErrorBusy) ||
		errors.Is(err, wire.QueryErrorTooSlow) || errors.Is(err, wire.QueryErrorStoreFailed)
}
