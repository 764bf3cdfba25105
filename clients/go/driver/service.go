package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/peios/peinit/clients/go/notify"
	"github.com/peios/peinit/clients/go/notify/lines"
)

// tell says something about the service that this is the main process of.
func tell(what *request) error {
	ctx, stop := limited(what)
	defer stop()
	var err error
	switch what.Notify {
	case "ready":
		err = notify.Send(ctx, lines.Ready)
	case "reloading":
		err = notify.Reloading(ctx)
	case "stopping":
		err = notify.Send(ctx, lines.Stopping)
	case "status":
		err = notify.Send(ctx, lines.Status(what.Text))
	case "watchdog":
		err = notify.Send(ctx, lines.Watchdog)
	case "watchdog_usec":
		err = notify.Send(ctx, lines.WatchdogUsec(what.Usec))
	case "extend_timeout":
		err = notify.Send(ctx, lines.ExtendTimeoutUsec(what.Usec))
	case "errno":
		err = notify.Send(ctx, lines.Errno(what.Number))
	case "exit_status":
		err = notify.Send(ctx, lines.ExitStatus(what.Number))
	case "store":
		err = store(ctx, what)
	case "remove":
		err = notify.Remove(ctx, what.Name)
	case "barrier":
		err = notify.Barrier(ctx)
	default:
		return unsupported("the client has nothing to say " + what.Notify + " with")
	}
	if errors.Is(err, notify.ErrNoManager) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return &connectionError{err}
	}
	return err
}

// connectionError is a failure of kind connection that the notify socket gave.
type connectionError struct{ error }

// store has a file kept that is in no directory.
func store(ctx context.Context, what *request) error {
	file, err := os.CreateTemp("", "stored")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil {
		return err
	}
	if _, err := file.WriteString(what.Text); err != nil {
		return err
	}
	return notify.Store(ctx, what.Name, file)
}

func stored() (replied, error) {
	files, err := notify.Stored()
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for _, file := range files {
		text, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<20))
		if err != nil {
			return nil, err
		}
		kept = append(kept, replied{"name": file.Name(), "text": string(text)})
	}
	return answered(kept), nil
}

func environment(names []string) map[string]any {
	values := map[string]any{}
	for _, name := range names {
		values[name] = nil
		if value, ok := os.LookupEnv(name); ok {
			values[name] = value
		}
	}
	return values
}

var signalNames = map[os.Signal]string{syscall.SIGHUP: "HUP", syscall.SIGUSR1: "USR1", syscall.SIGUSR2: "USR2", syscall.SIGTERM: "TERM"}

// caught is the signals that have come, and the names of those that were looked at.
type caught struct {
	signals chan os.Signal
	names   []string
}

const mostSignals = 1024

// signals tells all that have come since it was asked first, once there are so many or the time is over.
func (d *driver) signals(what *request) (replied, error) {
	if d.caught == nil {
		d.caught = &caught{signals: make(chan os.Signal, mostSignals), names: []string{}}
		for one := range signalNames {
			signal.Notify(d.caught.signals, one)
		}
	}
	ctx, stop := limited(what)
	defer stop()
	for len(d.caught.names) < what.Count {
		select {
		case one := <-d.caught.signals:
			d.caught.names = append(d.caught.names, signalNames[one])
			continue
		case <-ctx.Done():
		}
		break
	}
	for range len(d.caught.signals) {
		d.caught.names = append(d.caught.names, signalNames[<-d.caught.signals])
	}
	return answered(d.caught.names), nil
}
