package peinit_test

import (
	"bufio"
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// patient is far beyond what a busy machine needs; nothing waits for it when all is well.
const patient = 60 * time.Second

// visit is a connection to a daemon that a test plays.
type visit struct {
	t    *testing.T
	conn net.Conn
	from *bufio.Reader
}

// reads expects a line.
func (v *visit) reads(expected string) {
	line, err := v.from.ReadString('\n')
	if err != nil || line != expected+"\n" {
		v.t.Errorf("the daemon read %q (%v), not %q", line, err, expected)
	}
}

// says writes lines.
func (v *visit) says(lines ...string) {
	for _, line := range lines {
		if _, err := v.conn.Write([]byte(line + "\n")); err != nil {
			v.t.Logf("the daemon could not write: %v", err)
		}
	}
}

// daemon listens on a socket of its own; each visit is handled by the next function, and closed behind
// it. The test ends when all have been.
func daemon(t *testing.T, visits ...func(*visit)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, handle := range visits {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(&visit{t, conn, bufio.NewReader(conn)})
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return path
}

func patiently(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patient)
	t.Cleanup(stop)
	return ctx
}

// soon is when something that must not happen would have happened, were it to happen.
func soon() <-chan time.Time { return time.After(200 * time.Millisecond) }
