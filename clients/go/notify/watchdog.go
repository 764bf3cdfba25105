package notify

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/peios/peinit/clients/go/notify/lines"
)

// WatchdogInterval is how often the manager wants to hear lines.Watchdog at least; false: it does
// not watch this process. Say it about twice as often.
func WatchdogInterval() (time.Duration, bool) {
	usec, err := strconv.ParseInt(os.Getenv(lines.VariableWatchdogUsec), 10, 64)
	if err != nil || usec <= 0 {
		return 0, false
	}
	if pid := os.Getenv(lines.VariableWatchdogPID); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, false
	}
	return time.Duration(usec) * time.Microsecond, true
}

// SetWatchdog asks for another interval.
func SetWatchdog(ctx context.Context, interval time.Duration) error {
	return Send(ctx, lines.WatchdogUsec(microseconds(interval)))
}
