package jsontext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Reader goes through one JSON text from its beginning to its end. The first thing that is wrong is
// kept; whatever is read after it is zero.
type Reader struct {
	text []byte
	at   int
	err  *ProtocolError
	// Where it is, from the outside in.
	path []step
	// What stands before the path, for a part that is read later.
	prefix string
}

// step is one object or list that the reader is in.
type step struct {
	// Name of the present member; in a list nil.
	name  []byte
	index int
	list  bool
}

// How far objects and lists may nest, and usually do.
const (
	mostDeep    = 512
	usuallyDeep = 4
)

// NewReader reads one text.
func NewReader(text []byte) *Reader {
	r := &Reader{text: text, path: make([]step, 0, usuallyDeep)}
	if !utf8.Valid(text) {
		r.err = &ProtocolError{Expected: "UTF-8", Received: excerpt(text)}
	}
	return r
}

// Err is the first thing that was wrong; nil while all is well.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// End says that nothing may follow.
func (r *Reader) End() error {
	r.space()
	if r.err == nil && r.at < len(r.text) {
		r.fail("one JSON value", excerpt(r.text[r.at:]))
	}
	return r.Err()
}

// Member of a message: its name, and what it must be, in words that follow "must be".
type Member struct{ Name, Expected string }

// Seen has a bit for each member that has come.
type Seen uint64

// Once notes that a member has come, which it may do once.
func (r *Reader) Once(seen *Seen, index int) {
	if *seen&(1<<index) != 0 {
		r.fail("there once", "it twice")
	}
	*seen |= 1 << index
}

// Require complains of the first member that is missing.
func (r *Reader) Require(seen Seen, required uint64, members []Member) {
	missing := required &^ uint64(seen)
	if missing == 0 || r.err != nil {
		return
	}
	for index, member := range members {
		if missing&(1<<index) != 0 {
			r.path = append(r.path, step{name: []byte(member.Name)})
			r.fail(member.Expected, "nothing")
			return
		}
	}
}

// Begin enters an object; Next goes to its next member, and false says that it has ended.
func (r *Reader) Begin() { r.enter('{', "an object", false) }

// BeginList enters a list.
func (r *Reader) BeginList() { r.enter('[', "a list", true) }

func (r *Reader) enter(open byte, expected string, list bool) {
	if r.space(); r.err != nil {
		return
	}
	if r.at == len(r.text) || r.text[r.at] != open {
		r.wrong(expected)
		return
	}
	if len(r.path) == mostDeep {
		r.fail("less deep", "more than 512 levels")
		return
	}
	r.at++
	r.path = append(r.path, step{index: -1, list: list})
}

// Next goes to the next member or element.
func (r *Reader) Next() bool {
	if r.space(); r.err != nil {
		return false
	}
	top := &r.path[len(r.path)-1]
	end := byte('}')
	if top.list {
		end = ']'
	}
	if r.at < len(r.text) && r.text[r.at] == end {
		r.at++
		r.path = r.path[:len(r.path)-1]
		return false
	}
	if top.index >= 0 {
		if r.at == len(r.text) || r.text[r.at] != ',' {
			r.broken()
			return false
		}
		r.at++
		r.space()
	}
	top.index++
	if top.list {
		return true
	}
	if r.at == len(r.text) || r.text[r.at] != '"' {
		r.broken()
		return false
	}
	name, ok := r.raw()
	if !ok {
		return false
	}
	top.name = name
	if r.space(); r.at == len(r.text) || r.text[r.at] != ':' {
		r.broken()
		return false
	}
	r.at++
	return true
}

// Name is that of the present member.
func (r *Reader) Name() []byte { return r.path[len(r.path)-1].name }

func (r *Reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// broken says that the text is no JSON.
func (r *Reader) broken() {
	if r.err == nil {
		r.err = &ProtocolError{Expected: "JSON", Received: excerpt(r.text)}
	}
}

func (r *Reader) fail(expected, received string) {
	if r.err == nil {
		r.err = &ProtocolError{Member: r.where(), Expected: expected, Received: received}
	}
}

// wrong says that the value that comes is of another type.
func (r *Reader) wrong(expected string) {
	if r.err != nil {
		return
	}
	from := r.at
	probe := Reader{text: r.text, at: r.at}
	probe.Skip()
	if probe.err != nil {
		r.broken()
		return
	}
	r.fail(expected, excerpt(r.text[from:probe.at]))
}

// where is the path of the present value.
func (r *Reader) where() string {
	var path strings.Builder
	path.WriteString(r.prefix)
	for _, one := range r.path {
		switch {
		case one.list:
			path.WriteString("[" + strconv.Itoa(one.index) + "]")
		case one.name != nil:
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.Write(one.name)
		}
	}
	return path.String()
}
