package jsontext

// What is told by a member that may stand anywhere in its object is found by looking ahead.

// Peek is the text of a member of the object that comes, which stays to be read.
func (r *Reader) Peek(member string) string {
	var text string
	found := false
	r.look(member, func(probe *Reader) {
		text = probe.String()
		found = true
	})
	if !found && r.err == nil {
		r.path = append(r.path, step{name: []byte(member)})
		r.fail("a string", "nothing")
	}
	return text
}

// PeekInt is the number that a member of the object that comes has; false: it is not there, or is no
// integer.
func (r *Reader) PeekInt(member string) (int64, bool) {
	var number int64
	found := false
	r.look(member, func(probe *Reader) {
		quiet := *probe
		number = quiet.Int64()
		found = quiet.err == nil
		probe.Skip()
	})
	return number, found && r.err == nil
}

// PeekText is the text that a member of the object that comes has; false: it is not there, or is no
// text.
func (r *Reader) PeekText(member string) (string, bool) {
	var text string
	found := false
	r.look(member, func(probe *Reader) {
		quiet := *probe
		text = quiet.String()
		found = quiet.err == nil
		probe.Skip()
	})
	return text, found && r.err == nil
}

// Has says whether the object that comes has a member.
func (r *Reader) Has(member string) bool {
	found := false
	r.look(member, func(probe *Reader) {
		found = true
		probe.Skip()
	})
	return found
}

// look goes through the object that comes up to a member; what is wrong before it is kept.
func (r *Reader) look(member string, found func(probe *Reader)) {
	if r.err != nil {
		return
	}
	probe := &Reader{text: r.text, at: r.at, path: append([]step{}, r.path...), prefix: r.prefix}
	for probe.Begin(); probe.Next(); {
		if string(probe.Name()) == member {
			found(probe)
			break
		}
		probe.Skip()
	}
	r.err = probe.err
}

// Later passes over a value, and gives a reader of it.
func (r *Reader) Later() *Reader {
	later := &Reader{prefix: r.where()}
	r.space()
	from := r.at
	r.Skip()
	later.text, later.err = r.text[from:r.at], r.err
	return later
}

// Settle takes over what was wrong in a value that was read later.
func (r *Reader) Settle(later *Reader) {
	if r.err == nil {
		r.err = later.err
	}
}

// Unmarshal reads a whole text into a message.
func Unmarshal[T any](text []byte, into *T, read func(*Reader) T) error {
	r := NewReader(text)
	message := read(r)
	if err := r.End(); err != nil {
		return err
	}
	*into = message
	return nil
}
