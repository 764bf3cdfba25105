package peinit

import (
	"context"
	"fmt"
	"iter"

	"github.com/peios/peinit/clients/go/internal/link"
	"github.com/peios/peinit/clients/go/wire"
)

// Job is an ad-hoc job of ours.
type Job struct {
	// ID is its UUID, the same in all its events.
	ID string

	path  string
	lines *Stream[wire.JobLine]
	over  bool
}

// Submit has a program run as whoever calls; it returns once peinit has made the job, before its
// program runs. Where there is none the error is a *SubmitRefused.
func Submit(ctx context.Context, request wire.SubmitRequest, options Options) (*Job, error) {
	connection, err := link.Connect(ctx, wire.JobsEndpoint, options.link())
	if err != nil {
		return nil, err
	}
	answer, lines, err := wire.NewJobsClient(connection).Submit(ctx, request)
	if err != nil {
		_ = connection.Close()
		return nil, err
	}
	path := options.Path
	if path == "" {
		path = wire.JobsPath
	}
	return &Job{ID: answer.JobID, path: path, lines: lines}, nil
}

// Lines are what the job says as it comes, the last one of kind ended. A connection that ends before
// it is an error. Leaving the loop stops nothing: what has not been taken can be taken later.
func (j *Job) Lines(ctx context.Context) iter.Seq2[wire.JobLine, error] {
	return func(yield func(wire.JobLine, error) bool) {
		if j.over {
			return
		}
		for line, err := range j.lines.Lines(ctx) {
			if err != nil {
				yield(line, err)
				return
			}
			j.over = line.Kind == wire.JobLineKindEnded
			if j.over {
				_ = j.lines.Close()
			}
			if !yield(line, nil) || j.over {
				return
			}
		}
		yield(wire.JobLine{}, &ConnectionError{Path: j.path, Message: fmt.Sprintf("the connection to %s was closed before the job had ended", j.path)})
	}
}

// Leave hangs up: the job goes on, and what it says is lost to us.
func (j *Job) Leave() error {
	j.over = true
	return j.lines.Close()
}
