// Command driver does what the conformance suite says, and tells what the client saw: one line of
// JSON in on standard input, one line out, in order. With --connect PATH it speaks on that socket
// instead, as the main process of a service does.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	path := flag.String("connect", "", "Unix socket to speak on instead of standard input and output")
	flag.Parse()
	if err := run(*path); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	if path == "" {
		return serve(os.Stdin, os.Stdout)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer conn.Close()
	return serve(conn, conn)
}

// serve ends with its input.
func serve(from io.Reader, to io.Writer) error {
	driver := newDriver()
	input := bufio.NewReader(from)
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			text, err := reply(driver, line)
			if err != nil {
				return err
			}
			if _, err := to.Write(append(text, '\n')); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func reply(driver *driver, line []byte) ([]byte, error) {
	var what request
	if err := json.Unmarshal(line, &what); err != nil {
		return nil, fmt.Errorf("a line that is no request: %w", err)
	}
	return json.Marshal(told(driver.do(&what)))
}
