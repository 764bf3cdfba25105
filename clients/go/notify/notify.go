// Package notify is for services: it tells the service manager how this process is doing
// (sd_notify), keeps descriptors over restarts, and waits until all that was said is handled.
//
//	err := notify.Send(ctx, lines.Ready, lines.Status("serving"))
//
// What can be said is in package lines, printed from the schema. It must come from the main process
// of a service.
package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/peios/peinit/clients/go/internal/notifytext"
	"github.com/peios/peinit/clients/go/notify/lines"
)

// ErrNoManager says that NOTIFY_SOCKET is not set: nobody wants to be told.
var ErrNoManager = errors.New("notify: " + lines.VariableNotifySocket + " is not set; this process is no service of a manager that listens")

// Send says lines in one datagram, in their order.
func Send(ctx context.Context, said ...lines.Line) error { return SendFiles(ctx, nil, said...) }

// SendFiles says lines, with descriptors for them.
func SendFiles(ctx context.Context, files []*os.File, said ...lines.Line) error {
	path := os.Getenv(lines.VariableNotifySocket)
	if path == "" {
		return ErrNoManager
	}
	datagram := make([]string, 0, len(said))
	for _, line := range said {
		datagram = append(datagram, string(line))
	}
	text := strings.Join(datagram, "\n")
	if len(text) > lines.MaxDatagram {
		return fmt.Errorf("notify: %d bytes are too many for one datagram, which may have %d; say less", len(text), lines.MaxDatagram)
	}
	if err := send(ctx, path, text, files); err != nil {
		return fmt.Errorf("notify: sending to %s: %w", path, err)
	}
	return nil
}

// send blocks while the manager's queue is full, until ctx ends.
func send(ctx context.Context, path, text string, files []*os.File) error {
	conn, err := datagrams()
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	var rights []byte
	if len(files) > 0 {
		fds, err := descriptors(files)
		if err != nil {
			return err
		}
		rights = syscall.UnixRights(fds...)
	}
	_, _, err = conn.WriteMsgUnix([]byte(text), rights, &net.UnixAddr{Name: path, Net: "unixgram"})
	runtime.KeepAlive(files)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// datagrams is a socket without an address; package net sends no descriptors over one that is
// connected.
func datagrams() (*net.UnixConn, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "notify")
	defer file.Close()
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// descriptors are the numbers of files, which stay as they are: Fd would make them blocking.
func descriptors(files []*os.File) ([]int, error) {
	fds := make([]int, 0, len(files))
	for _, file := range files {
		raw, err := file.SyscallConn()
		if err == nil {
			err = raw.Control(func(fd uintptr) { fds = append(fds, int(fd)) })
		}
		if err != nil {
			return nil, err
		}
	}
	return fds, nil
}

// Line is a line that package lines does not have, for managers that know other keys.
func Line(key, value string) lines.Line { return lines.Line(notifytext.Line(key, value)) }

// Reloading says that the service has begun a reload, with the time of the monotonic clock, by which
// some managers tell the ready that follows from one that came before. Say lines.Ready at its end.
func Reloading(ctx context.Context, said ...lines.Line) error {
	now, err := monotonic()
	if err != nil {
		return fmt.Errorf("notify: reading the monotonic clock: %w", err)
	}
	return Send(ctx, append([]lines.Line{lines.Reloading, lines.MonotonicUsec(microseconds(now))}, said...)...)
}

// ExtendTimeout asks for more time: the start, stop or reload under way may last so long from now on.
func ExtendTimeout(ctx context.Context, by time.Duration) error {
	return Send(ctx, lines.ExtendTimeoutUsec(microseconds(by)))
}

func microseconds(length time.Duration) uint64 { return uint64(max(length, 0).Microseconds()) }
