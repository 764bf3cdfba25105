// A tool that controls: it starts a service, shows what becomes of it, has it reload and stops it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/wire"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatalf("usage: %s SERVICE", os.Args[0])
	}
	// Whatever happens, the tool does not hang.
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	err := drive(ctx, os.Args[1])
	if errors.Is(err, wire.ErrorCodeUnknownService) {
		log.Fatalf("no service is called %s", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// [drive]

func drive(ctx context.Context, service string) error {
	control, err := peinit.DialControl(ctx, peinit.Options{})
	if err != nil {
		return err
	}
	defer control.Close()
	if _, _, err := control.CheckProtocol(ctx); err != nil {
		return err
	}

	// A stream has its connection for itself.
	events, err := peinit.DialControl(ctx, peinit.Options{})
	if err != nil {
		return err
	}
	stream, err := events.Subscribe(ctx, wire.SubscribeRequest{Events: []string{string(wire.EventNameServiceState)}})
	if err != nil {
		return err
	}
	defer stream.Close()

	// The answer comes when the service is up, or has failed; of a service that is up already it is
	// its status.
	answer, err := control.Start(ctx, wire.StartRequest{Service: service})
	if err != nil {
		return err
	}
	switch answer := answer.(type) {
	case wire.StartResponse:
		fmt.Println("start: done as operation", answer.OperationID)
	case wire.StatusResponse:
		fmt.Println("start: it is", answer.State, "already")
	}

	// Both are on their way at once, and are answered in their order.
	reload := peinit.SendControl(ctx, control, wire.ReloadRequest{Service: service, Wait: peinit.Ptr(true)})
	status := peinit.SendControl(ctx, control, wire.StatusRequest{Service: service})
	if _, err := reload.Answer(); err != nil {
		return err
	}
	told, err := status.Answer()
	if err != nil {
		return err
	}
	fmt.Println("status:", told.State)
	if told.StatusText != nil {
		fmt.Println("it says:", *told.StatusText)
	}

	if _, err := control.Stop(ctx, wire.StopRequest{Service: service}); err != nil {
		return err
	}
	for line, err := range stream.Lines(ctx) {
		if err != nil {
			return err
		}
		step, ok := line.Payload.(wire.ServiceState)
		if !ok || step.Service != service {
			continue
		}
		fmt.Println(step.From, "->", step.To, "by", step.Cause)
		if step.To == wire.StateInactive {
			break
		}
	}
	return nil
}

// [/drive]
