// Command bench asks for the status of a service, one request at a time: with a bare socket that reads
// to the newline, or through the client, whose answers are typed. It prints one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/wire"
)

func main() {
	log.SetFlags(0)
	path := flag.String("socket", wire.ControlPath, "control socket")
	service := flag.String("service", "", "service to ask about")
	requests := flag.Int("requests", 10_000, "how many requests")
	mode := flag.String("mode", "client", "bare or client")
	flag.Parse()
	ask := client
	if *mode == "bare" {
		ask = bare
	}
	seconds, err := ask(*path, *service, *requests)
	if err != nil {
		log.Fatal(err)
	}
	told := map[string]any{"mode": *mode, "requests": *requests, "seconds": seconds}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

func bare(path, service string, requests int) (float64, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 64<<10)
	line, err := json.Marshal(map[string]string{wire.ControlEndpoint.Discriminator: "status", "service": service})
	if err != nil {
		return 0, err
	}
	line = append(line, '\n')
	began := time.Now()
	for range requests {
		if _, err := conn.Write(line); err != nil {
			return 0, err
		}
		if answer, err := answers.ReadSlice('\n'); err != nil {
			return 0, fmt.Errorf("after %q: %w", answer, err)
		}
	}
	return time.Since(began).Seconds(), nil
}

func client(path, service string, requests int) (float64, error) {
	ctx := context.Background()
	control, err := peinit.DialControl(ctx, peinit.Options{Path: path})
	if err != nil {
		return 0, err
	}
	defer control.Close()
	began := time.Now()
	for range requests {
		if _, err := control.Status(ctx, wire.StatusRequest{Service: service}); err != nil {
			return 0, err
		}
	}
	return time.Since(began).Seconds(), nil
}
