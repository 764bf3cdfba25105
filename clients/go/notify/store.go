package notify

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/peios/peinit/clients/go/notify/lines"
)

// firstStored is the first descriptor behind the standard ones.
const firstStored = 3

// Store has the manager keep descriptors for the next start of the service, under a name. They stay
// open here as well.
func Store(ctx context.Context, name string, files ...*os.File) error {
	return SendFiles(ctx, files, named(name, lines.FDStore)...)
}

// StoreUnwatched is Store for descriptors that a manager is not to watch for their end.
func StoreUnwatched(ctx context.Context, name string, files ...*os.File) error {
	return SendFiles(ctx, files, named(name, lines.FDStore, lines.FDPollOff)...)
}

// named adds the name, where there is one: the manager has a word of its own for what has none.
func named(name string, said ...lines.Line) []lines.Line {
	if name == "" {
		return said
	}
	return append(said, lines.FDName(name))
}

// Remove has the manager drop the descriptors that it keeps under a name.
func Remove(ctx context.Context, name string) error {
	return Send(ctx, lines.FDStoreRemove, lines.FDName(name))
}

// Stored takes back what the manager kept for this process, in order, each with the name that it was
// kept under; nil: nothing. The variables that tell of it are removed, so that no child takes them for
// its own.
func Stored() ([]*os.File, error) {
	pid, number, names := os.Getenv(lines.VariableListenPID), os.Getenv(lines.VariableListenFds), os.Getenv(lines.VariableListenFdnames)
	if number == "" || (pid != "" && pid != strconv.Itoa(os.Getpid())) {
		return nil, nil
	}
	count, err := strconv.Atoi(number)
	if err != nil || count < 0 {
		return nil, fmt.Errorf("notify: LISTEN_FDS is %q, which is no number of descriptors", number)
	}
	for _, variable := range []string{lines.VariableListenPID, lines.VariableListenFds, lines.VariableListenFdnames} {
		if err := os.Unsetenv(variable); err != nil {
			return nil, err
		}
	}
	named := strings.Split(names, ":")
	var files []*os.File
	for index := range count {
		name := "unknown"
		if index < len(named) && named[index] != "" {
			name = named[index]
		}
		syscall.CloseOnExec(firstStored + index)
		files = append(files, os.NewFile(uintptr(firstStored+index), name))
	}
	return files, nil
}
