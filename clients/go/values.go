package peinit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/peios/peinit/clients/go/wire"
)

// Value is the value of a registry key: its type, and data in the form that the type has on the wire.
type Value struct {
	Type wire.RegistryType
	Data any
}

// SZ is a text.
func SZ(text string) Value { return Value{wire.RegistryTypeSZ, text} }

// MultiSZ is a list of texts.
func MultiSZ(texts ...string) Value {
	return Value{wire.RegistryTypeMultiSZ, append([]string{}, texts...)}
}

// DWORD is a number with 32 bits.
func DWORD(number uint32) Value { return Value{wire.RegistryTypeDWORD, number} }

// QWORD is a number with 64 bits, which stands on the wire as a decimal text.
func QWORD(number uint64) Value {
	return Value{wire.RegistryTypeQWORD, strconv.FormatUint(number, 10)}
}

// Binary is bytes.
func Binary(bytes []byte) Value {
	return Value{wire.RegistryTypeBinary, base64.StdEncoding.EncodeToString(bytes)}
}

func (v Value) not(what string) error {
	return fmt.Errorf("peinit: a value of type %s is not %s", v.Type, what)
}

// Text is the text of a value that is one.
func (v Value) Text() (string, error) {
	text, ok := v.Data.(string)
	if !ok || (v.Type != wire.RegistryTypeSZ && v.Type != wire.RegistryTypeExpandSZ) {
		return "", v.not("a text")
	}
	return text, nil
}

// Texts is the list of a value that is one.
func (v Value) Texts() ([]string, error) {
	switch data := v.Data.(type) {
	case []string:
		return data, nil
	case []any:
		texts := make([]string, 0, len(data))
		for _, one := range data {
			text, ok := one.(string)
			if !ok {
				return nil, v.not("a list of texts")
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	return nil, v.not("a list of texts")
}

// Number is the number of a value that is one, of 32 or 64 bits, exactly.
func (v Value) Number() (uint64, error) {
	switch data := v.Data.(type) {
	case uint32:
		return uint64(data), nil
	case json.Number:
		if v.Type == wire.RegistryTypeDWORD {
			return strconv.ParseUint(data.String(), 10, 32)
		}
	case string:
		if v.Type == wire.RegistryTypeQWORD {
			return strconv.ParseUint(data, 10, 64)
		}
	}
	return 0, v.not("a number")
}

// Bytes is the bytes of a value that is none of the above.
func (v Value) Bytes() ([]byte, error) {
	text, ok := v.Data.(string)
	if !ok || v.Type == wire.RegistryTypeSZ || v.Type == wire.RegistryTypeExpandSZ || v.Type == wire.RegistryTypeQWORD {
		return nil, v.not("bytes")
	}
	return base64.StdEncoding.DecodeString(text)
}

// Value reads a value of a key.
func (r *Registry) Value(ctx context.Context, path, name string) (Value, error) {
	answer, err := r.Query(ctx, wire.QueryRequest{Path: path, Name: name})
	return Value{answer.Type, answer.Data}, err
}

// SetValue sets a value of a key that is there.
func (r *Registry) SetValue(ctx context.Context, path, name string, value Value) error {
	_, err := r.Set(ctx, wire.SetRequest{Path: path, Name: name, Type: value.Type, Data: value.Data})
	return err
}
