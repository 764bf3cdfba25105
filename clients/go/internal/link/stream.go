package link

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
)

// ErrOverflow says that messages were lost here: they came faster than they were taken. The stream
// goes on behind it.
var ErrOverflow = errors.New("peinit: messages were lost: they came faster than they were taken")

// How many lines wait for a reader: where the connection is the stream's alone, the daemon waits
// beyond that; where others use it, messages are lost and ErrOverflow says so.
const (
	mostWaiting = 256
	mostHeld    = 4096
)

// Stream is lines that follow each other until they end. One goroutine takes them at a time.
type Stream[T any] struct {
	mu     sync.Mutex
	held   []T
	lossy  bool
	lost   bool
	ended  bool
	err    error
	onStop func()

	// Something has changed, for whoever takes and for whoever puts.
	changed chan struct{}
	room    chan struct{}
}

func newStream[T any](lossy bool, onStop func()) *Stream[T] {
	return &Stream[T]{lossy: lossy, onStop: onStop, changed: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// put adds a line; it waits for room where the stream loses none.
func (s *Stream[T]) put(line T) {
	for {
		s.mu.Lock()
		switch {
		case s.ended:
			s.mu.Unlock()
			return
		case s.lossy && len(s.held) == mostHeld:
			s.held, s.lost = nil, true
		case !s.lossy && len(s.held) == mostWaiting:
			s.mu.Unlock()
			<-s.room
			continue
		}
		s.held = append(s.held, line)
		s.mu.Unlock()
		signal(s.changed)
		return
	}
}

// end says that nothing more comes; nil: as it should be. What came before is still taken.
func (s *Stream[T]) end(err error) {
	s.mu.Lock()
	if !s.ended {
		s.ended, s.err = true, err
	}
	s.mu.Unlock()
	signal(s.changed)
	signal(s.room)
}

// next is the line that comes; io.EOF is the end.
func (s *Stream[T]) next(ctx context.Context) (line T, err error) {
	for {
		s.mu.Lock()
		switch {
		case s.lost:
			s.lost = false
			s.mu.Unlock()
			return line, ErrOverflow
		case len(s.held) > 0:
			line, s.held = s.held[0], s.held[1:]
			s.mu.Unlock()
			signal(s.room)
			return line, nil
		case s.ended && s.err != nil:
			s.mu.Unlock()
			return line, s.err
		case s.ended:
			s.mu.Unlock()
			return line, io.EOF
		}
		s.mu.Unlock()
		select {
		case <-s.changed:
		case <-ctx.Done():
			return line, left(ctx, "the next line")
		}
	}
}

// Lines are those that have not been taken yet; they end with the stream. An error is the last thing
// that comes, but for ErrOverflow: that ctx has ended, after which the stream may be taken from
// again, or why the stream has. Leaving the loop stops nothing: Close does.
func (s *Stream[T]) Lines(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			line, err := s.next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(line, err) || (err != nil && !errors.Is(err, ErrOverflow)) {
				return
			}
		}
	}
}

// Close stops the stream; where the connection is the stream's alone it ends with it. It may be
// called more than once.
func (s *Stream[T]) Close() error {
	s.mu.Lock()
	s.held, s.lost = nil, false
	s.mu.Unlock()
	s.end(nil)
	if s.onStop != nil {
		s.onStop()
	}
	return nil
}
