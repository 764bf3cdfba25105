package jsontext

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// String reads a text.
func (r *Reader) String() string { return Text[string](r) }

// Text reads a text of a type of its own.
func Text[T ~string](r *Reader) T {
	if r.space(); r.err != nil {
		return ""
	}
	if r.at == len(r.text) || r.text[r.at] != '"' {
		r.wrong("a string")
		return ""
	}
	text, _ := r.raw()
	return T(text)
}

// raw reads what stands in quotes; what it gives is part of the text wherever that is possible.
func (r *Reader) raw() ([]byte, bool) {
	from := r.at + 1
	for at := from; at < len(r.text); at++ {
		switch one := r.text[at]; {
		case one == '"':
			r.at = at + 1
			return r.text[from:at], true
		case one == '\\':
			return r.escaped(from, at)
		case one < ' ':
			r.broken()
			return nil, false
		}
	}
	r.broken()
	return nil, false
}

// escaped reads what has escapes, the first of which is at `at`.
func (r *Reader) escaped(from, at int) ([]byte, bool) {
	for at < len(r.text) && r.text[at] != '"' {
		if r.text[at] == '\\' {
			at++
		}
		at++
	}
	if at >= len(r.text) {
		r.broken()
		return nil, false
	}
	var text string
	if json.Unmarshal(r.text[from-1:at+1], &text) != nil {
		r.broken()
		return nil, false
	}
	r.at = at + 1
	return []byte(text), true
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	switch {
	case r.word("true"):
		return true
	case r.word("false"):
		return false
	}
	r.wrong("true or false")
	return false
}

// Null reads a null, if one comes.
func (r *Reader) Null() bool { return r.word("null") }

func (r *Reader) word(word string) bool {
	if r.space(); r.err != nil || !bytes.HasPrefix(r.text[r.at:], []byte(word)) {
		return false
	}
	r.at += len(word)
	return true
}

// Uint32 reads an integer.
func (r *Reader) Uint32() uint32 { return uint32(r.unsigned(32)) }

// Uint64 reads an integer, exactly.
func (r *Reader) Uint64() uint64 { return r.unsigned(64) }

// Int32 reads an integer.
func (r *Reader) Int32() int32 { return int32(r.signed(32)) }

// Int64 reads an integer, exactly.
func (r *Reader) Int64() int64 { return r.signed(64) }

func (r *Reader) unsigned(bits int) uint64 {
	from := r.at
	number, err := strconv.ParseUint(string(r.number()), 10, bits)
	if err != nil && r.err == nil {
		r.at = from
		r.wrong("an integer from 0 with " + strconv.Itoa(bits) + " bits")
	}
	return number
}

func (r *Reader) signed(bits int) int64 {
	from := r.at
	number, err := strconv.ParseInt(string(r.number()), 10, bits)
	if err != nil && r.err == nil {
		r.at = from
		r.wrong("an integer with " + strconv.Itoa(bits) + " bits")
	}
	return number
}

// Decimal reads a number that stands in quotes.
func (r *Reader) Decimal() uint64 {
	from := r.at
	text := r.String()
	number, err := strconv.ParseUint(text, 10, 64)
	if r.err == nil && (err != nil || text != strconv.FormatUint(number, 10)) {
		r.at = from
		r.wrong("a decimal number with 64 bits as a string")
	}
	return number
}

// number reads the characters of a number; none where something else comes.
func (r *Reader) number() []byte {
	if r.space(); r.err != nil {
		return nil
	}
	from := r.at
	if r.at < len(r.text) && r.text[r.at] == '-' {
		r.at++
	}
	digits := func() bool {
		first := r.at
		for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
			r.at++
		}
		return r.at > first
	}
	first := r.at
	if !digits() || (r.text[first] == '0' && r.at > first+1) {
		r.at = from
		return nil
	}
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		if !digits() {
			r.broken()
		}
	}
	if r.at < len(r.text) && (r.text[r.at]|0x20) == 'e' {
		r.at++
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if !digits() {
			r.broken()
		}
	}
	return r.text[from:r.at]
}

// Value reads whatever comes: nil, bool, string, json.Number, []any or map[string]any.
func (r *Reader) Value() any {
	if r.space(); r.err != nil || r.at == len(r.text) {
		r.broken()
		return nil
	}
	switch one := r.text[r.at]; {
	case one == '{':
		return r.Object()
	case one == '[':
		return List(r, (*Reader).Value)
	case one == '"':
		return r.String()
	case one == '-' || (one >= '0' && one <= '9'):
		if number := r.number(); len(number) > 0 {
			return json.Number(number)
		}
		r.broken()
		return nil
	case r.Null():
		return nil
	case r.word("true"):
		return true
	case r.word("false"):
		return false
	}
	r.broken()
	return nil
}

// Object reads an object of whatever members.
func (r *Reader) Object() map[string]any {
	members := map[string]any{}
	for r.Begin(); r.Next(); {
		name := string(r.Name())
		if _, ok := members[name]; ok {
			r.fail("there once", "it twice")
		}
		members[name] = r.Value()
	}
	return members
}

// List reads a list; it is never nil.
func List[T any](r *Reader, read func(*Reader) T) []T {
	list := []T{}
	for r.BeginList(); r.Next(); {
		list = append(list, read(r))
	}
	return list
}

// OrNull reads a value that may be null.
func OrNull[T any](r *Reader, read func(*Reader) T) *T {
	if r.Null() {
		return nil
	}
	return Some(r, read)
}

// Some reads a value that may have been missing.
func Some[T any](r *Reader, read func(*Reader) T) *T {
	value := read(r)
	return &value
}

// Perhaps makes a reader of elements that may be null.
func Perhaps[T any](read func(*Reader) T) func(*Reader) *T {
	return func(r *Reader) *T { return OrNull(r, read) }
}

// Skip passes over a value.
func (r *Reader) Skip() {
	if r.space(); r.err != nil || r.at == len(r.text) {
		r.broken()
		return
	}
	switch one := r.text[r.at]; {
	case one == '{':
		for r.Begin(); r.Next(); {
			r.Skip()
		}
	case one == '[':
		for r.BeginList(); r.Next(); {
			r.Skip()
		}
	case one == '"':
		_, _ = r.raw()
	case r.word("null") || r.word("true") || r.word("false"):
	default:
		if len(r.number()) == 0 {
			r.broken()
		}
	}
}
