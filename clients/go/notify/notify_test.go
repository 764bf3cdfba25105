package notify_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/peios/peinit/clients/go/notify"
	"github.com/peios/peinit/clients/go/notify/lines"
)

// manager listens where services tell; what it gives is one datagram with the descriptors of it.
func manager(t *testing.T) func() (string, []int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() (string, []int) {
		text, rights := make([]byte, lines.MaxDatagram), make([]byte, 1024)
		n, m, _, _, err := conn.ReadMsgUnix(text, rights)
		if err != nil {
			t.Error(err)
			return "", nil
		}
		messages, err := syscall.ParseSocketControlMessage(rights[:m])
		if err != nil {
			t.Error(err)
		}
		var fds []int
		for _, message := range messages {
			more, err := syscall.ParseUnixRights(&message)
			if err != nil {
				t.Error(err)
			}
			fds = append(fds, more...)
		}
		return string(text[:n]), fds
	}
}

func TestLinesAreSaidInTheirOrder(t *testing.T) {
	read := manager(t)
	ctx := context.Background()
	if err := notify.Send(ctx, lines.Ready, lines.Status("two\nlines"), lines.Errno(-2), lines.WatchdogUsec(18446744073709551615)); err != nil {
		t.Fatal(err)
	}
	if text, _ := read(); text != "READY=1\nSTATUS=two lines\nERRNO=-2\nWATCHDOG_USEC=18446744073709551615" {
		t.Errorf("it said %q", text)
	}
	if err := notify.ExtendTimeout(ctx, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if text, _ := read(); text != "EXTEND_TIMEOUT_USEC=1500000" {
		t.Errorf("it said %q", text)
	}
	if err := notify.Reloading(ctx); err != nil {
		t.Fatal(err)
	}
	text, _ := read()
	usec, err := strconv.ParseUint(strings.TrimPrefix(text, "RELOADING=1\nMONOTONIC_USEC="), 10, 64)
	if err != nil || usec == 0 {
		t.Errorf("it said %q", text)
	}
}

func TestNobodyToTellIsAnErrorOfItsOwn(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := notify.Send(context.Background(), lines.Ready); !errors.Is(err, notify.ErrNoManager) {
		t.Errorf("sending failed with %v", err)
	}
}

func TestDescriptorsAreKeptByTheirName(t *testing.T) {
	read := manager(t)
	file, err := os.CreateTemp(t.TempDir(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := notify.Store(context.Background(), "kept", file, file); err != nil {
		t.Fatal(err)
	}
	text, fds := read()
	if text != "FDSTORE=1\nFDNAME=kept" || len(fds) != 2 {
		t.Errorf("it said %q with %d descriptors", text, len(fds))
	}
	for _, fd := range fds {
		_ = syscall.Close(fd)
	}
	if err := notify.Remove(context.Background(), "kept"); err != nil {
		t.Fatal(err)
	}
	if text, _ := read(); text != "FDSTOREREMOVE=1\nFDNAME=kept" {
		t.Errorf("it said %q", text)
	}
}

func TestABarrierWaitsForTheHangUp(t *testing.T) {
	read := manager(t)
	handled := make(chan struct{})
	go func() {
		text, fds := read()
		if text != "BARRIER=1" || len(fds) != 1 {
			t.Errorf("it said %q with %d descriptors", text, len(fds))
		}
		close(handled)
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
	}()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if err := notify.Barrier(ctx); err != nil {
		t.Error(err)
	}
	select {
	case <-handled:
	default:
		t.Error("it did not wait")
	}
	short, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	if err := notify.Barrier(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a barrier that nobody handles ended with %v", err)
	}
}

func TestTheWatchdogIsForTheProcessThatItNames(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "2500000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	if interval, ok := notify.WatchdogInterval(); !ok || interval != 2500*time.Millisecond {
		t.Errorf("the interval is %v, %v", interval, ok)
	}
	t.Setenv("WATCHDOG_PID", "1")
	if _, ok := notify.WatchdogInterval(); ok {
		t.Error("it is for another process")
	}
}
