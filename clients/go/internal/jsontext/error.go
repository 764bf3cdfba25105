// Package jsontext reads and writes the JSON of the wire: strict about types, exact with 64-bit
// numbers, and able to tell a missing member from a null. encoding/json is none of these.
package jsontext

import (
	"fmt"
	"strings"
)

// ProtocolError says that what came is not what the protocol has: a member is missing or of a wrong
// type, or the line is no message at all.
type ProtocolError struct {
	// Member that is wrong, as in current_job.pid or entries[2].id; empty for the line as a whole.
	Member string

	// Expected is what must be there, in words.
	Expected string

	// Received is what is there instead: the beginning of its text, or "nothing".
	Received string
}

// Error names member, expected and received.
func (e *ProtocolError) Error() string {
	subject := e.Member
	if subject == "" {
		subject = "the line"
	}
	return fmt.Sprintf("%s must be %s, received %s", subject, e.Expected, e.Received)
}

const mostQuoted = 80

// excerpt is the beginning of a text, for messages.
func excerpt(text []byte) string {
	if len(text) == 0 {
		return "nothing"
	}
	if len(text) > mostQuoted {
		return strings.ToValidUTF8(string(text[:mostQuoted]), "\uFFFD") + "..."
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// Wrong says that a text as a whole is not what is expected.
func Wrong(text []byte, expected string) error {
	return &ProtocolError{Expected: expected, Received: excerpt(text)}
}
