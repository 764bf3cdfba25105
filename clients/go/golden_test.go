package peinit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/driver/dispatch"
	"github.com/peios/peinit/clients/go/driver/typed"
	"github.com/peios/peinit/clients/go/wire"
)

// The golden lines of the schema, which stand beside the module in the project's repository.
const golden = "../../gen/golden"

type members map[string]any

func parse(t *testing.T, text []byte) members {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value members
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// without is a copy without what the framing adds.
func (m members) without(names ...string) members {
	rest := members{}
	for name, value := range m {
		rest[name] = value
	}
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

func (m members) text(t *testing.T) []byte {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// lines are those of a golden file; none where there is no such file.
func goldenLines(t *testing.T, path ...string) []members {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{golden}, path...)...))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []members
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		all = append(all, parse(t, []byte(line)))
	}
	return all
}

func same(t *testing.T, what string, value any, expected members) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if got := parse(t, text); !reflect.DeepEqual(got, expected) {
		t.Errorf("%s is read as %s, not as %s", what, text, expected.text(t))
	}
}

// socket is one whose golden lines are tried.
type socket struct {
	discriminator string
	framing       []string
	dial          func(path string) (send, stream, func() error)
}

type (
	send   func(command string, members []byte) (typed.Answer, error)
	stream func(command string, members []byte) (any, *typed.Lines, error)
)

func sockets(ctx context.Context, t *testing.T) map[string]socket {
	fatal := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]socket{
		"control": {wire.ControlEndpoint.Discriminator, []string{"status"}, func(path string) (send, stream, func() error) {
			c, err := peinit.DialControl(ctx, peinit.Options{Path: path})
			fatal(err)
			return func(command string, members []byte) (typed.Answer, error) {
					return dispatch.SendControl(ctx, c, command, members)
				}, func(command string, members []byte) (any, *typed.Lines, error) {
					return dispatch.StreamControl(ctx, c, command, members)
				}, c.Close
		}},
		"registry": {wire.RegistryEndpoint.Discriminator, []string{"status", "id"}, func(path string) (send, stream, func() error) {
			c, err := peinit.DialRegistry(ctx, peinit.Options{Path: path})
			fatal(err)
			return func(command string, members []byte) (typed.Answer, error) {
					return dispatch.SendRegistry(ctx, c, command, members)
				}, func(command string, members []byte) (any, *typed.Lines, error) {
					return dispatch.StreamRegistry(ctx, c, command, members)
				}, c.Close
		}},
		"output": {wire.QueryEndpoint.Discriminator, []string{"status", "id"}, func(path string) (send, stream, func() error) {
			c, err := peinit.DialQuery(ctx, peinit.Options{Path: path})
			fatal(err)
			return func(command string, members []byte) (typed.Answer, error) {
					return dispatch.SendQuery(ctx, c, command, members)
				}, func(command string, members []byte) (any, *typed.Lines, error) {
					return dispatch.StreamQuery(ctx, c, command, members)
				}, c.Close
		}},
	}
}

// once plays a daemon that reads one request and says lines.
func once(t *testing.T, request members, said ...members) string {
	return daemon(t, func(v *visit) {
		line, err := v.from.ReadBytes('\n')
		if err != nil {
			t.Errorf("no request came: %v", err)
			return
		}
		if got := parse(t, line); !reflect.DeepEqual(got, request) {
			t.Errorf("the request is written as %s, not as %s", line, request.text(t))
		}
		for _, one := range said {
			v.says(string(one.text(t)))
		}
		_, _ = v.from.ReadByte()
	})
}

func TestEveryLineOfTheSchemaIsReadAndWrittenExactly(t *testing.T) {
	if _, err := os.Stat(golden); err != nil {
		t.Skip("the golden lines of the schema are not beside this module")
	}
	ctx := patiently(t)
	count := 0
	for folder, socket := range sockets(ctx, t) {
		files, err := filepath.Glob(filepath.Join(golden, folder, "*.request.jsonl"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no requests in %s (%v)", folder, err)
		}
		for _, file := range files {
			command := strings.TrimSuffix(filepath.Base(file), ".request.jsonl")
			requests := goldenLines(t, folder, command+".request.jsonl")
			answers := goldenLines(t, folder, command+".answer.jsonl")
			lines := goldenLines(t, folder, command+".line.jsonl")
			for index := range max(len(requests), len(answers), len(lines)) {
				request := requests[min(index, len(requests)-1)]
				answer := answers[min(index, len(answers)-1)]
				var line members
				if len(lines) > 0 {
					line = lines[min(index, len(lines)-1)]
				}
				try(ctx, t, socket, command, request, answer, line)
				count++
			}
		}
	}
	t.Logf("%d exchanges", count)
}

// try sends one request, and is answered by one answer, perhaps in two parts, and perhaps one line.
func try(ctx context.Context, t *testing.T, socket socket, command string, request, answer, line members) {
	t.Helper()
	expected := answer.without(socket.framing...)
	said := []members{answer}
	if expected["more"] == true {
		said = append(said, answer.without("more", "nodes", "entries"))
		said[1]["more"] = false
		for _, list := range []string{"nodes", "entries"} {
			if _, ok := answer[list]; ok {
				said[1][list] = []any{}
			}
		}
	}
	if line != nil {
		// What is pushed belongs to the answer with its number.
		if number, ok := line["watch"]; ok {
			answer = answer.without()
			answer["watch"] = number
			expected = answer.without(socket.framing...)
		}
		said = []members{answer, line}
	}
	send, stream, closing := socket.dial(once(t, request, said...))
	defer func() { _ = closing() }()
	asked := request.without(append([]string{socket.discriminator}, socket.framing...)...).text(t)
	call, err := send(command, asked)
	if err == nil {
		value, err := call()
		if err != nil {
			t.Errorf("%s: %v", command, err)
			return
		}
		if len(said) == 2 {
			expected["more"] = false
		}
		same(t, command, value, expected)
		return
	}
	if !errors.Is(err, typed.ErrUnsupported) {
		t.Errorf("%s: %v", command, err)
		return
	}
	value, taken, err := stream(command, asked)
	if err != nil {
		t.Errorf("%s: %v", command, err)
		return
	}
	all := []members{line}
	if line == nil {
		// Of an answer in parts each element is a line.
		all = nil
		for _, entry := range expected["entries"].([]any) {
			all = append(all, entry.(map[string]any))
		}
	} else {
		same(t, command, value, expected)
	}
	got, _, err := taken.Take(ctx, len(all))
	if err != nil || len(got) != len(all) {
		t.Errorf("%s has %d lines, not %d (%v)", command, len(got), len(all), err)
		return
	}
	for index, one := range all {
		same(t, command, got[index], one)
	}
}

func TestEveryEventOfTheSchemaIsReadAndWrittenExactly(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden, "events", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Skip("the golden lines of the schema are not beside this module")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		for _, payload := range goldenLines(t, "events", name+".jsonl") {
			line := members{"kind": "event", "id": json.Number("9007199254740991"), "event": name, "timestamp": "t", "payload": map[string]any(payload)}
			var told wire.SubscribeResponse
			if err := json.Unmarshal(line.text(t), &told); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if _, ok := told.Payload.(wire.UnknownEvent); ok || told.Payload == nil || string(told.Payload.EventName()) != name {
				t.Errorf("%s is read as %T", name, told.Payload)
			}
			same(t, name, told, line)
		}
	}
}
