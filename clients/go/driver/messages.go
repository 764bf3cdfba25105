package main

import (
	"context"
	"encoding/json"
	"errors"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/driver/typed"
)

// request is one line in; Do says which of the members count.
type request struct {
	Do         string          `json:"do"`
	Connection string          `json:"connection"`
	Socket     string          `json:"socket"`
	Path       string          `json:"path"`
	Call       string          `json:"call"`
	Stream     string          `json:"stream"`
	Command    string          `json:"command"`
	Members    json.RawMessage `json:"members"`
	Count      int             `json:"count"`
	TimeoutMs  *int            `json:"timeout_ms"`
	Notify     string          `json:"notify"`
	Text       string          `json:"text"`
	Name       string          `json:"name"`
	Usec       uint64          `json:"usec"`
	Number     int32           `json:"number"`
	Names      []string        `json:"names"`
	Status     int             `json:"status"`
}

// replied is one line out.
type replied map[string]any

var done = replied{"done": true}

func answered(answer any) replied { return replied{"answer": answer} }

func unsupported(why string) error { return &unsupportedError{why} }

type unsupportedError struct{ why string }

func (e *unsupportedError) Error() string { return e.why }
func (e *unsupportedError) Unwrap() error { return typed.ErrUnsupported }

// told is a reply, or what an error is in the words of the driver protocol.
func told(reply replied, err error) replied {
	if err == nil {
		return reply
	}
	if code, message, ok := refusal(err); ok {
		return replied{"error": replied{"code": code, "message": message}}
	}
	var connection *peinit.ConnectionError
	var notified *connectionError
	var protocol *peinit.ProtocolError
	kind := ""
	switch {
	case errors.Is(err, typed.ErrUnsupported):
		return replied{"unsupported": err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		kind = "timeout"
	case errors.Is(err, context.Canceled):
		kind = "cancelled"
	case errors.As(err, &connection) || errors.As(err, &notified):
		kind = "connection"
	case errors.As(err, &protocol):
		kind = "protocol"
	default:
		return replied{"unsupported": err.Error()}
	}
	return replied{"failed": replied{"kind": kind, "message": err.Error()}}
}

func refusal(err error) (code, message string, ok bool) {
	var control *peinit.ControlError
	var registry *peinit.RegistryCallError
	var query *peinit.QueryCallError
	var submit *peinit.SubmitRefused
	switch {
	case errors.As(err, &control):
		return string(control.Code), control.Message, true
	case errors.As(err, &registry):
		return string(registry.Code), registry.Message, true
	case errors.As(err, &query):
		return string(query.Code), query.Message, true
	case errors.As(err, &submit):
		return string(submit.Code), submit.Message, true
	}
	return "", "", false
}
