// Package peinit is the client of peinit, a service manager and process 1: its control socket, the
// registry, what the event daemon stores, and ad-hoc jobs. Package notify is for services.
//
// Messages, codes and events are in package wire, printed from the schema of the protocol. A call
// takes a context and a request, and gives an answer:
//
//	control, err := peinit.DialControl(ctx, peinit.Options{})
//	status, err := control.Status(ctx, wire.StatusRequest{Service: "web"})
//
// # Presence
//
// A member that may be missing or null is a pointer, a slice or a map that is nil; Ptr makes a
// pointer of a value. Everything else must be there, and is checked: what came and is not what the
// protocol has is a *ProtocolError. Members, enum values, event names and kinds that are newer than
// this package are passed over or kept as they are, never an error.
//
// # Errors
//
// A refusal is a *ControlError, *RegistryCallError, *QueryCallError or *SubmitRefused, with its code
// in the chain: errors.Is(err, wire.ErrorCodeUnknownService). A connection that cannot be made or
// ended is a *ConnectionError. The end of a context is context.DeadlineExceeded or context.Canceled.
//
// # Connections
//
// A connection may be used by several goroutines, and calls need not wait for each other: SendControl
// and its like send now and give the answer later, in the order in which they were called. A request
// that may have been read is never sent twice. When a connection has ended, everything on it fails;
// connecting again is the caller's.
//
// Whoever waits for an answer reads the connection, for all others too; streams and watches have a
// goroutine that does. So what was sent must be waited for.
package peinit
