// Package typed is between JSON and the typed methods of the client: what a request type cannot
// express exactly is unsupported, and never sent as something else.
package typed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"

	peinit "github.com/peios/peinit/clients/go"
)

// ErrUnsupported stands in the chain of what the client cannot express.
var ErrUnsupported = errors.New("unsupported")

// Unknown says that the client has no such command.
func Unknown(command string) error {
	return fmt.Errorf("%w: the client has no command %q that is answered so", ErrUnsupported, command)
}

// Answer waits for an answer.
type Answer func() (any, error)

// Send makes a request of members and sends it.
func Send[R, A any](members []byte, send func(R) *peinit.Call[A]) (Answer, error) {
	request, err := Exactly[R](members)
	if err != nil {
		return nil, err
	}
	call := send(request)
	return func() (any, error) { return call.Answer() }, nil
}

// Stream makes a request of members and begins its stream.
func Stream[R, T any](ctx context.Context, members []byte, begin func(context.Context, R) (*peinit.Stream[T], error)) (any, *Lines, error) {
	request, err := Exactly[R](members)
	if err != nil {
		return nil, nil, err
	}
	stream, err := begin(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	return struct{}{}, Of(stream.Lines, stream.Close), nil
}

// Elements makes a request of members and begins its stream, whose parts are told element by element:
// those of the list of that name, as the client writes them.
func Elements[R, T any](ctx context.Context, members []byte, begin func(context.Context, R) (*peinit.Stream[T], error), list string) (any, *Lines, error) {
	request, err := Exactly[R](members)
	if err != nil {
		return nil, nil, err
	}
	stream, err := begin(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	// Of a part that was taken in the middle.
	var waiting []json.RawMessage
	elements := func(ctx context.Context) iter.Seq2[json.RawMessage, error] {
		return func(yield func(json.RawMessage, error) bool) {
			given := func() bool {
				for len(waiting) > 0 {
					next := waiting[0]
					waiting = waiting[1:]
					if !yield(next, nil) {
						return false
					}
				}
				return true
			}
			if !given() {
				return
			}
			for part, err := range stream.Lines(ctx) {
				if err == nil {
					waiting, err = elementsOf(part, list)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !given() {
					return
				}
			}
		}
	}
	return struct{}{}, Of(elements, stream.Close), nil
}

// elementsOf is a list of a part as it is written again.
func elementsOf(part any, list string) ([]json.RawMessage, error) {
	text, err := json.Marshal(part)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	var elements []json.RawMessage
	err = json.Unmarshal(members[list], &elements)
	return elements, err
}

// Follow makes a request of members, whose answer others follow.
func Follow[R, A, T any](ctx context.Context, members []byte, begin func(context.Context, R) (A, *peinit.Stream[T], error)) (any, *Lines, error) {
	request, err := Exactly[R](members)
	if err != nil {
		return nil, nil, err
	}
	answer, stream, err := begin(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	return answer, Of(stream.Lines, stream.Close), nil
}

// Exactly is a request with these members and no others.
func Exactly[R any](members []byte) (R, error) {
	var request R
	if err := json.Unmarshal(members, &request); err != nil {
		return request, fmt.Errorf("%w: %T cannot be made of it: %w", ErrUnsupported, request, err)
	}
	again, err := json.Marshal(request)
	if err != nil {
		return request, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if !reflect.DeepEqual(plain(members), plain(again)) {
		return request, fmt.Errorf("%w: %T has no place for all of it, only for %s", ErrUnsupported, request, again)
	}
	return request, nil
}

// plain is JSON for comparing. A member that is null is one that is left out.
func plain(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	if members, ok := value.(map[string]any); ok {
		for name, member := range members {
			if member == nil {
				delete(members, name)
			}
		}
	}
	return value
}

// Lines are those of a stream, whatever their type.
type Lines struct {
	from  func(context.Context) iter.Seq2[any, error]
	close func() error
}

// Of is the lines of a stream of a type.
func Of[T any](lines func(context.Context) iter.Seq2[T, error], closing func() error) *Lines {
	return &Lines{close: closing, from: func(ctx context.Context) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) {
			for line, err := range lines(ctx) {
				if !yield(line, err) {
					return
				}
			}
		}
	}}
}

// Take is so many lines at most, and whether the stream has ended behind them. An error comes alone.
func (l *Lines) Take(ctx context.Context, count int) ([]any, bool, error) {
	taken := []any{}
	if count == 0 {
		return taken, false, nil
	}
	for line, err := range l.from(ctx) {
		if err != nil {
			if len(taken) > 0 || errors.Is(err, context.DeadlineExceeded) {
				return taken, false, nil
			}
			return taken, false, err
		}
		if taken = append(taken, line); len(taken) == count {
			return taken, false, nil
		}
	}
	return taken, true, nil
}

// Leave ends the stream.
func (l *Lines) Leave() error { return l.close() }
