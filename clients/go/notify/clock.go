package notify

import (
	"syscall"
	"time"
	"unsafe"
)

const clockMonotonic = 1

// monotonic is CLOCK_MONOTONIC; package time keeps it to itself.
func monotonic() (time.Duration, error) {
	var now syscall.Timespec
	_, _, failure := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	if failure != 0 {
		return 0, failure
	}
	return time.Duration(now.Nano()), nil
}
