package peinit

import (
	"errors"

	"github.com/peios/peinit/clients/go/wire"
)

// asking is what of a request for records changes while its answer comes: what is to be asked for the
// rest.
type asking struct {
	most   **uint64
	after  **string
	since  **string
	order  **wire.RecordOrder
	follow *bool

	begun bool
	// Id of the latest record that came, of each boot, and when it was.
	latest   map[string]uint64
	latestAt string
	count    uint64
}

// record is what a reading has to know of an entry.
type record struct {
	boot  string
	id    uint64
	at    string
	isGap bool
}

func (a *asking) follows() bool { return a.follow != nil && *a.follow }

// fresh is those that have not come before.
func fresh[E any](a *asking, entries []E, of func(E) record) []E {
	a.begun = true
	a.count = 0
	if a.latest == nil {
		a.latest = map[string]uint64{}
	}
	kept := entries[:0:0]
	for _, entry := range entries {
		one := of(entry)
		if a.follows() && one.boot != "" {
			if one.id <= a.latest[one.boot] {
				continue
			}
			a.latest[one.boot] = one.id
			if !one.isGap {
				a.latestAt = one.at
			}
		}
		if !one.isGap {
			a.count++
		}
		kept = append(kept, entry)
	}
	return kept
}

// took notes how far a part came. What stands behind the first part of a reader that follows is all
// wanted: the latest ones were counted from its beginning.
func (a *asking) took(cursor *string) {
	if cursor != nil {
		*a.after = cursor
	}
	if *a.most == nil {
		return
	}
	if a.follows() && cursor != nil {
		*a.most, *a.order = nil, nil
		return
	}
	left := **a.most - min(a.count, **a.most)
	*a.most = &left
}

// isReplaced says that the database has gone since the last part: from then on, in the new one.
func (a *asking) isReplaced(err error) bool {
	if !errors.Is(err, wire.QueryErrorInvalidCursor) || !a.begun || !a.follows() || *a.after == nil {
		return false
	}
	*a.after = nil
	if a.latestAt != "" {
		since := a.latestAt
		*a.since = &since
	}
	return true
}
