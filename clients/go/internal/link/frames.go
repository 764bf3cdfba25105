package link

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"syscall"

	"github.com/peios/peinit/clients/go/internal/jsontext"
)

// mostInLine is far beyond every answer; a longer line is none of ours.
const mostInLine = 64 << 20

const readAtOnce = 64 << 10

// lines reads newline-framed text.
type lines struct {
	from *bufio.Reader
	long []byte
	// The line in long is not complete: a deadline came before its end.
	open bool
}

func newLines(from io.Reader) *lines { return &lines{from: bufio.NewReaderSize(from, readAtOnce)} }

// next is the line that comes, valid until the next call. Memory grows with what has come, up to
// mostInLine.
func (l *lines) next() ([]byte, error) {
	if !l.open {
		l.long = l.long[:0]
	}
	l.open = false
	for {
		part, err := l.from.ReadSlice('\n')
		if err == nil && len(l.long) == 0 {
			return part[:len(part)-1], nil
		}
		l.long = append(l.long, part...)
		if err == nil {
			return bytes.TrimSuffix(l.long, []byte{'\n'}), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			l.open = true
			return nil, err
		}
		if len(l.long) > mostInLine {
			return nil, &jsontext.ProtocolError{Expected: "a line of at most 64 MiB", Received: "more"}
		}
	}
}

// isWithin says that a line has begun and not ended.
func (l *lines) isWithin() bool { return l.open && len(l.long) > 0 }

// isEnd says that the other side has closed, whatever it left unread.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// outgoing is what has not been written yet. Sending never waits: what the socket does not take at
// once a goroutine writes.
type outgoing struct {
	pending []byte
	busy    bool
}
