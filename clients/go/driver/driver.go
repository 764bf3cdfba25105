package main

import (
	"context"
	"fmt"
	"os"
	"time"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/driver/dispatch"
	"github.com/peios/peinit/clients/go/driver/typed"
	"github.com/peios/peinit/clients/go/wire"
)

// connection is one of a socket, whichever it is.
type connection struct {
	send   func(ctx context.Context, command string, members []byte) (typed.Answer, error)
	stream func(ctx context.Context, command string, members []byte) (any, *typed.Lines, error)
	close  func() error
}

// call is one that was sent; it counts as answered when its failure was told at once.
type call struct {
	answer typed.Answer
	cancel context.CancelFunc
}

type driver struct {
	connections map[string]connection
	calls       map[string]call
	streams     map[string]*typed.Lines
	caught      *caught
}

func newDriver() *driver {
	return &driver{connections: map[string]connection{}, calls: map[string]call{}, streams: map[string]*typed.Lines{}}
}

func (d *driver) do(what *request) (replied, error) {
	switch what.Do {
	case "open":
		return done, d.open(what)
	case "call":
		return done, d.call(what)
	case "answer":
		return d.answer(what)
	case "cancel":
		if one, ok := d.calls[what.Call]; ok {
			one.cancel()
		}
		return done, nil
	case "stream":
		return d.stream(what)
	case "submit":
		return d.submit(what)
	case "take":
		return d.take(what)
	case "leave":
		if lines, ok := d.streams[what.Stream]; ok {
			return done, lines.Leave()
		}
		return done, nil
	case "close":
		if one, ok := d.connections[what.Connection]; ok {
			return done, one.close()
		}
		return done, nil
	case "notify":
		return done, tell(what)
	case "environment":
		return answered(environment(what.Names)), nil
	case "stored":
		return stored()
	case "signals":
		return d.signals(what)
	case "exit":
		os.Exit(what.Status)
	}
	return nil, unsupported(fmt.Sprintf("the client offers nothing for %q", what.Do))
}

// limited is a context with the time that a request names.
func limited(what *request) (context.Context, context.CancelFunc) {
	if what.TimeoutMs == nil {
		return context.WithCancel(context.Background())
	}
	return context.WithTimeout(context.Background(), time.Duration(*what.TimeoutMs)*time.Millisecond)
}

func (d *driver) open(what *request) error {
	ctx, options := context.Background(), peinit.Options{Path: what.Path}
	switch what.Socket {
	case "control":
		control, err := peinit.DialControl(ctx, options)
		if err != nil {
			return err
		}
		d.connections[what.Connection] = connection{
			send: func(ctx context.Context, command string, members []byte) (typed.Answer, error) {
				return dispatch.SendControl(ctx, control, command, members)
			},
			stream: func(ctx context.Context, command string, members []byte) (any, *typed.Lines, error) {
				return dispatch.StreamControl(ctx, control, command, members)
			},
			close: control.Close,
		}
	case "registry":
		registry, err := peinit.DialRegistry(ctx, options)
		if err != nil {
			return err
		}
		d.connections[what.Connection] = connection{
			send: func(ctx context.Context, command string, members []byte) (typed.Answer, error) {
				return dispatch.SendRegistry(ctx, registry, command, members)
			},
			stream: func(ctx context.Context, command string, members []byte) (any, *typed.Lines, error) {
				return dispatch.StreamRegistry(ctx, registry, command, members)
			},
			close: registry.Close,
		}
	case "query":
		query, err := peinit.DialQuery(ctx, options)
		if err != nil {
			return err
		}
		d.connections[what.Connection] = connection{
			send: func(ctx context.Context, command string, members []byte) (typed.Answer, error) {
				return dispatch.SendQuery(ctx, query, command, members)
			},
			stream: func(ctx context.Context, command string, members []byte) (any, *typed.Lines, error) {
				return dispatch.StreamQuery(ctx, query, command, members)
			},
			close: query.Close,
		}
	default:
		return unsupported(fmt.Sprintf("the client opens no connection to the socket %q by itself", what.Socket))
	}
	return nil
}

func (d *driver) call(what *request) error {
	one, ok := d.connections[what.Connection]
	if !ok {
		return unsupported(fmt.Sprintf("no connection %q is open", what.Connection))
	}
	ctx, cancel := limited(what)
	answer, err := one.send(ctx, what.Command, what.Members)
	if err != nil {
		cancel()
		return err
	}
	d.calls[what.Call] = call{answer, cancel}
	return nil
}

func (d *driver) answer(what *request) (replied, error) {
	one, ok := d.calls[what.Call]
	if !ok {
		return nil, unsupported(fmt.Sprintf("nothing was asked as %q", what.Call))
	}
	defer one.cancel()
	answer, err := one.answer()
	return answered(answer), err
}

func (d *driver) stream(what *request) (replied, error) {
	one, ok := d.connections[what.Connection]
	if !ok {
		return nil, unsupported(fmt.Sprintf("no connection %q is open", what.Connection))
	}
	answer, lines, err := one.stream(context.Background(), what.Command, what.Members)
	if err != nil {
		return nil, err
	}
	d.streams[what.Stream] = lines
	return answered(answer), nil
}

func (d *driver) submit(what *request) (replied, error) {
	request, err := typed.Exactly[wire.SubmitRequest](what.Members)
	if err != nil {
		return nil, err
	}
	job, err := peinit.Submit(context.Background(), request, peinit.Options{Path: what.Path})
	if err != nil {
		return nil, err
	}
	d.streams[what.Stream] = typed.Of(job.Lines, job.Leave)
	return answered(wire.SubmitResponse{JobID: job.ID}), nil
}

func (d *driver) take(what *request) (replied, error) {
	lines, ok := d.streams[what.Stream]
	if !ok {
		return nil, unsupported(fmt.Sprintf("there is no stream %q", what.Stream))
	}
	ctx, stop := limited(what)
	defer stop()
	taken, ended, err := lines.Take(ctx, what.Count)
	return replied{"lines": taken, "ended": ended}, err
}
