package peinit

import (
	"context"
	"iter"

	"github.com/peios/peinit/clients/go/wire"
)

// HeldOutput is the latest lines of services, as far as process 1 holds them: all parts of the answer
// to output, one service after the other. An error is the last thing that comes.
func (c *Control) HeldOutput(ctx context.Context, request wire.OutputRequest) iter.Seq2[wire.ServiceOutput, error] {
	return func(yield func(wire.ServiceOutput, error) bool) {
		for {
			part, err := c.Output(ctx, request)
			if err != nil {
				yield(wire.ServiceOutput{}, err)
				return
			}
			for _, service := range part.Services {
				if !yield(service, nil) {
					return
				}
			}
			if request.After = part.Next; part.Next == nil {
				return
			}
		}
	}
}
