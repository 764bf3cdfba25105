package peinit

import (
	"context"
	"fmt"

	"github.com/peios/peinit/clients/go/wire"
)

// Protocol is the version of the protocol that this package was made from.
var Protocol = wire.ProtocolVersion{Major: wire.ProtocolMajor, Minor: wire.ProtocolMinor}

// Agreement is how the versions of a daemon and of this package stand to each other.
type Agreement int

const (
	// SameProtocol says that both speak the same.
	SameProtocol Agreement = iota

	// DaemonIsNewer says that the daemon knows more than this package, which passes over it.
	DaemonIsNewer

	// DaemonIsOlder says that commands and members may be unknown to the daemon.
	DaemonIsOlder
)

// IncompatibleError says that the daemon speaks another major version: what this package was made for
// may mean something else there.
type IncompatibleError struct{ Daemon, Client wire.ProtocolVersion }

// Error names both versions.
func (e *IncompatibleError) Error() string {
	return fmt.Sprintf("the daemon speaks version %d.%d of the protocol, this client was made for %d.%d; use one of the same major version",
		e.Daemon.Major, e.Daemon.Minor, e.Client.Major, e.Client.Minor)
}

// CheckProtocol asks the daemon for its version and compares; another major version is an
// *IncompatibleError. Nothing else asks it.
func (c *Control) CheckProtocol(ctx context.Context) (Agreement, wire.ProtocolVersion, error) {
	status, err := c.MachineStatus(ctx, wire.MachineStatusRequest{})
	if err != nil {
		return SameProtocol, wire.ProtocolVersion{}, err
	}
	daemon := status.Protocol
	switch {
	case daemon.Major != Protocol.Major:
		return SameProtocol, daemon, &IncompatibleError{Daemon: daemon, Client: Protocol}
	case daemon.Minor > Protocol.Minor:
		return DaemonIsNewer, daemon, nil
	case daemon.Minor < Protocol.Minor:
		return DaemonIsOlder, daemon, nil
	}
	return SameProtocol, daemon, nil
}
