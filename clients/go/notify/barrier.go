package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/peios/peinit/clients/go/notify/lines"
)

// Barrier waits until the manager has handled all that was said before, or until ctx ends.
func Barrier(ctx context.Context) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("notify: making the pipe of a barrier: %w", err)
	}
	defer read.Close()
	err = SendFiles(ctx, []*os.File{write}, lines.Barrier)
	// The manager's copy must be the last one.
	_ = write.Close()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = read.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err = read.Read(make([]byte, 1))
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("notify: waiting for a barrier: %w", context.Cause(ctx))
	case err == nil:
		return errors.New("notify: the manager wrote into the pipe of a barrier instead of closing it")
	}
	return fmt.Errorf("notify: waiting for a barrier: %w", err)
}
