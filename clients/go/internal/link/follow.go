package link

import (
	"context"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// Pushed is what follows an answer unasked.
type Pushed[A, T any] struct {
	// Member that each message repeats from the answer, and Key its value there; without one the
	// connection has this answer only.
	Member string
	Key    func(A) int64
	Read   func(*jsontext.Reader) T
}

// into reads lines into a stream; what is no such line ends it.
func into[T any](stream *Stream[T], read func(*jsontext.Reader) T) func(*jsontext.Reader) (T, bool) {
	return func(r *jsontext.Reader) (T, bool) {
		line := read(r)
		if err := r.End(); err != nil {
			stream.end(err)
			return line, false
		}
		stream.put(line)
		return line, true
	}
}

// Lines asks for lines that the connection is for alone, once they are acknowledged.
func Lines[T any](ctx context.Context, c *Connection, request Request[T]) (*Stream[T], error) {
	c.background()
	stream := newStream[T](false, func() { _ = c.Close() })
	take := into(stream, request.Read)
	acknowledged := newCall(ctx, c, Request[struct{}]{Command: request.Command, Write: request.Write, Read: func(r *jsontext.Reader) struct{} {
		r.Skip()
		return struct{}{}
	}})
	acknowledged.asked.then = &follower{take: func(r *jsontext.Reader) { take(r) }, end: stream.end}
	c.send(acknowledged.asked)
	if _, err := acknowledged.Answer(); err != nil {
		abandon(acknowledged, stream)
		return nil, err
	}
	return stream, nil
}

// Parts asks for an answer that is taken part by part. It returns when the first part has come, so that
// a refusal is its error.
func Parts[T any](ctx context.Context, c *Connection, request Request[T], more func(T) bool) (*Stream[T], error) {
	c.background()
	stream := newStream[T](false, nil)
	take := into(stream, request.Read)
	begun := newCall(ctx, c, Request[struct{}]{Command: request.Command})
	c.send(&asked{
		ctx:     ctx,
		command: request.Command,
		write:   request.Write,
		receive: func(r *jsontext.Reader) bool {
			part, ok := take(r)
			begun.finish(struct{}{}, r.Err())
			if ok && !more(part) {
				stream.end(nil)
				return true
			}
			return !ok
		},
		fail: func(err error) {
			begun.finish(struct{}{}, err)
			stream.end(err)
		},
	})
	if _, err := begun.Answer(); err != nil {
		_ = stream.Close()
		return nil, err
	}
	return stream, nil
}

// Follow asks for an answer and for what follows it.
func Follow[A, T any](ctx context.Context, c *Connection, request Request[A], pushed Pushed[A, T]) (A, *Stream[T], error) {
	c.background()
	alone := pushed.Key == nil
	var stop func()
	if alone {
		stop = func() { _ = c.Close() }
	}
	stream := newStream[T](!alone, stop)
	take := into(stream, pushed.Read)
	following := &follower{take: func(r *jsontext.Reader) { take(r) }, end: stream.end}
	read := request.Read
	var call *Call[A]
	// What follows may stand in the same piece, so it must be known where it belongs before the caller
	// knows of it.
	request.Read = func(r *jsontext.Reader) A {
		answer := read(r)
		if !alone {
			c.follow(pushed.Member, pushed.Key(answer), following)
		}
		return answer
	}
	call = newCall(ctx, c, request)
	if alone {
		call.asked.then = following
	}
	c.send(call.asked)
	answer, err := call.Answer()
	if err != nil {
		abandon(call, stream)
		return answer, nil, err
	}
	return answer, stream, nil
}

// abandon closes a stream that nobody waits for any more, which would come all the same; one that was
// refused has not begun.
func abandon[A, T any](call *Call[A], stream *Stream[T]) {
	select {
	case <-call.done:
	default:
		_ = stream.Close()
	}
}
