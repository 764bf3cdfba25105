// A service that notifies: it answers every connection with a greeting, says when it is up and what
// it does, keeps the watchdog quiet, reloads with SIGHUP, ends with SIGTERM, and has its listener kept
// over restarts, so that no connection is refused meanwhile.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/peios/peinit/clients/go/notify"
	"github.com/peios/peinit/clients/go/notify/lines"
)

func main() {
	log.SetFlags(0)
	if err := serve(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	// Before anything is said: SIGHUP ends a process that does not expect it.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM)

	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	go greet(listener)

	if err := notify.Send(ctx, lines.Ready, lines.Status("greeting at @hello-go")); err != nil {
		return err
	}
	// Nil, which nothing ever comes from, where nobody watches.
	var alive <-chan time.Time
	if interval, ok := notify.WatchdogInterval(); ok {
		alive = time.Tick(interval / 2)
	}
	for {
		select {
		case <-alive:
			err = notify.Send(ctx, lines.Watchdog)
		case received := <-signals:
			if received == syscall.SIGTERM {
				return notify.Send(ctx, lines.Stopping, lines.Status("ending"))
			}
			err = reload(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// [listen]

// listen takes back the listener of the run before, or makes one and has it kept.
func listen(ctx context.Context) (net.Listener, error) {
	kept, err := notify.Stored()
	if err != nil {
		return nil, err
	}
	for _, file := range kept {
		if file.Name() == "listener" {
			defer file.Close()
			fmt.Println("goes on with the listener of the run before")
			listener, err := net.FileListener(file)
			if err != nil {
				return nil, err
			}
			return listener, notify.Store(ctx, "listener", file)
		}
	}
	listener, err := net.Listen("unix", "@hello-go")
	if err != nil {
		return nil, err
	}
	file, err := listener.(*net.UnixListener).File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return listener, notify.Store(ctx, "listener", file)
}

// [/listen]

func reload(ctx context.Context) error {
	if err := notify.Reloading(ctx, lines.Status("reading the configuration again")); err != nil {
		return err
	}
	// It would be read here.
	return notify.Send(ctx, lines.Ready, lines.Status("greeting at @hello-go, reloaded"))
}

func greet(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(conn, "hello from Go")
		conn.Close()
	}
}
