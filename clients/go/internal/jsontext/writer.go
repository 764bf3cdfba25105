package jsontext

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Writer puts a JSON text together. The first thing that cannot be written is kept.
type Writer struct {
	text []byte
	err  error
}

// Bytes is the text, or why there is none.
func (w *Writer) Bytes() ([]byte, error) { return w.text, w.err }

// Fail says that something cannot be written.
func (w *Writer) Fail(why string) {
	if w.err == nil {
		w.err = fmt.Errorf("peinit: %s", why)
	}
}

// Begin and End stand around members.
func (w *Writer) Begin() { w.text = append(w.text, '{') }

// End stands behind members.
func (w *Writer) End() { w.text = append(w.text, '}') }

// BeginList stands before elements.
func (w *Writer) BeginList() { w.text = append(w.text, '[') }

// EndList stands behind elements.
func (w *Writer) EndList() { w.text = append(w.text, ']') }

// Member begins a member.
func (w *Writer) Member(name string) {
	if w.text[len(w.text)-1] != '{' {
		w.text = append(w.text, ',')
	}
	w.String(name)
	w.text = append(w.text, ':')
}

// Element begins an element of a list.
func (w *Writer) Element() {
	if w.text[len(w.text)-1] != '[' {
		w.text = append(w.text, ',')
	}
}

// Null writes a null.
func (w *Writer) Null() { w.text = append(w.text, "null"...) }

// Bool writes true or false.
func (w *Writer) Bool(is bool) { w.text = strconv.AppendBool(w.text, is) }

// Uint writes an integer.
func (w *Writer) Uint(number uint64) { w.text = strconv.AppendUint(w.text, number, 10) }

// Int writes an integer.
func (w *Writer) Int(number int64) { w.text = strconv.AppendInt(w.text, number, 10) }

// Decimal writes a number in quotes.
func (w *Writer) Decimal(number uint64) {
	w.text = append(strconv.AppendUint(append(w.text, '"'), number, 10), '"')
}

const hex = "0123456789abcdef"

// String writes a text, which must be UTF-8: nothing is replaced in secret.
func (w *Writer) String(text string) {
	if !utf8.ValidString(text) {
		w.Fail(fmt.Sprintf("%q is no UTF-8 and has no place in JSON", text))
		return
	}
	w.text = append(w.text, '"')
	from := 0
	for at := 0; at < len(text); at++ {
		one := text[at]
		if one >= ' ' && one != '"' && one != '\\' {
			continue
		}
		w.text = append(w.text, text[from:at]...)
		from = at + 1
		switch one {
		case '"', '\\':
			w.text = append(w.text, '\\', one)
		case '\n':
			w.text = append(w.text, `\n`...)
		default:
			w.text = append(w.text, '\\', 'u', '0', '0', hex[one>>4], hex[one&15])
		}
	}
	w.text = append(append(w.text, text[from:]...), '"')
}

// Object writes an object of whatever members.
func (w *Writer) Object(members map[string]any) {
	w.Begin()
	w.Members(members)
	w.End()
}

// Members writes them into the present object.
func (w *Writer) Members(members map[string]any) {
	for name, value := range members {
		w.Member(name)
		w.Value(value)
	}
}

// Value writes whatever encoding/json can write, its texts as String does.
func (w *Writer) Value(value any) {
	switch value := value.(type) {
	case string:
		w.String(value)
	case map[string]any:
		w.Object(value)
	case []string:
		writeList(w, value, w.String)
	case []any:
		writeList(w, value, w.Value)
	default:
		text, err := json.Marshal(value)
		if err != nil {
			w.Fail(err.Error())
			return
		}
		w.text = append(w.text, text...)
	}
}

func writeList[T any](w *Writer, list []T, write func(T)) {
	w.BeginList()
	for _, element := range list {
		w.Element()
		write(element)
	}
	w.EndList()
}

// Marshal writes one object.
func Marshal(members func(*Writer)) ([]byte, error) {
	w := Writer{}
	w.Begin()
	members(&w)
	w.End()
	return w.Bytes()
}
