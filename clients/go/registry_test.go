package peinit_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/wire"
)

func dialRegistry(t *testing.T, path string) *peinit.Registry {
	t.Helper()
	registry, err := peinit.DialRegistry(patiently(t), peinit.Options{Path: path, Patience: patient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = registry.Close() })
	return registry
}

func TestAnswersMayOvertakeEachOther(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"enum","path":"A"}`)
		v.reads(`{"id":2,"op":"enum","path":"B"}`)
		v.says(`{"id":2,"status":"ok","names":["b"]}`, `{"id":1,"error":"ENOENT","message":"no such key"}`)
	}))
	first := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "A"})
	second := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "B"})
	if answer, err := second.Answer(); err != nil || len(answer.Names) != 1 || answer.Names[0] != "b" {
		t.Errorf("the second answer is %#v (%v)", answer, err)
	}
	var refused *peinit.RegistryCallError
	if _, err := first.Answer(); !errors.As(err, &refused) || !errors.Is(err, wire.RegistryErrorENOENT) || refused.Message != "no such key" {
		t.Errorf("the first call failed with %v", err)
	}
}

func TestNumbersOf64BitsAreExact(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"set","path":"A","name":"n","type":"QWORD","data":"18446744073709551615"}`)
		v.says(`{"id":1,"status":"ok","sequence":9007199254740991}`)
		v.reads(`{"id":2,"op":"query","path":"A","name":"n"}`)
		v.says(`{"id":2,"status":"ok","type":"QWORD","data":"18446744073709551615","sequence":1}`)
	}))
	if err := registry.SetValue(patiently(t), "A", "n", peinit.QWORD(math.MaxUint64)); err != nil {
		t.Fatal(err)
	}
	value, err := registry.Value(patiently(t), "A", "n")
	if err != nil {
		t.Fatal(err)
	}
	if number, err := value.Number(); err != nil || number != math.MaxUint64 {
		t.Errorf("the number is %d (%v)", number, err)
	}
}

func TestPartsOfATreeAreJoined(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"read-tree","path":"A"}`)
		v.says(`{"id":1,"status":"ok","nodes":[{"path":"","values":[{"name":"a","type":"SZ","data":"1"}]}],"more":true}`)
		v.says(`{"id":1,"status":"ok","nodes":[{"path":"","values":[{"name":"b","type":"DWORD","data":2}]},{"path":"B","values":[]}],"more":false}`)
	}))
	tree, err := registry.ReadTree(patiently(t), wire.ReadTreeRequest{Path: "A"})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Nodes) != 2 || len(tree.Nodes[0].Values) != 2 || tree.Nodes[0].Values[1].Name != "b" || tree.Nodes[1].Path != "B" {
		t.Errorf("the tree is %#v", tree)
	}
}

func TestAPlaceThatIsNotThereIsAskedForAgain(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.says(`{"id":0,"error":"EBUSY","message":"no place"}`)
	}, func(v *visit) {
		v.reads(`{"id":1,"op":"enum","path":"A"}`)
		v.says(`{"id":1,"status":"ok","names":[]}`)
	}))
	if _, err := registry.Enum(patiently(t), wire.EnumRequest{Path: "A"}); err != nil {
		t.Error(err)
	}
}

func event(watch int, name string, more bool) string {
	return fmt.Sprintf(`{"watch":%d,"type":"value_set","path":"A","name":%q,"more":%t}`, watch, name, more)
}

func TestTheChangesOfOneCommitComeTogether(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"watch","path":"A"}`)
		v.says(`{"id":1,"status":"ok","watch":5}`, event(5, "a", true), event(6, "other", false), event(5, "b", false))
		v.reads(`{"id":2,"op":"unwatch","watch":5}`)
		v.says(event(5, "late", false), `{"id":2,"status":"ok"}`)
		v.reads(`{"id":3,"op":"enum","path":"A"}`)
		v.says(`{"id":3,"status":"ok","names":[]}`)
	}))
	watch, err := registry.Watch(patiently(t), wire.WatchRequest{Path: "A"})
	if err != nil {
		t.Fatal(err)
	}
	for batch, err := range watch.Changes(patiently(t)) {
		if err != nil || len(batch) != 2 || batch[0].Name != "a" || batch[1].Name != "b" {
			t.Errorf("the changes are %#v (%v)", batch, err)
		}
		break
	}
	if err := watch.Close(); err != nil {
		t.Error(err)
	}
	if _, err := registry.Enum(patiently(t), wire.EnumRequest{Path: "A"}); err != nil {
		t.Error(err)
	}
}

func TestAWatchThatNobodyReadsTellsThatItLostSomething(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"watch","path":"A"}`)
		v.says(`{"id":1,"status":"ok","watch":5}`, strings.Repeat(event(5, "a", false)+"\n", 5000)+event(5, "last", false))
		v.reads(`{"id":2,"op":"enum","path":"A"}`)
		v.says(`{"id":2,"status":"ok","names":[]}`)
	}))
	watch, err := registry.Watch(patiently(t), wire.WatchRequest{Path: "A"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Enum(patiently(t), wire.EnumRequest{Path: "A"}); err != nil {
		t.Fatal(err)
	}
	first := true
	for batch, err := range watch.Changes(patiently(t)) {
		if err != nil || len(batch) != 1 || first != (batch[0].Type == wire.WatchTypeOverflow) {
			t.Fatalf("the changes are %#v (%v)", batch, err)
		}
		if first = false; batch[0].Name == "last" {
			break
		}
	}
}

func TestAnAnswerThatComesTwiceIsNobodyElses(t *testing.T) {
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"enum","path":"A"}`)
		v.reads(`{"id":2,"op":"enum","path":"B"}`)
		v.says(`{"id":1,"status":"ok","names":["a"]}`, `{"id":1,"status":"ok","names":["again"]}`, `{"id":2,"status":"ok","names":["b"]}`)
	}))
	first := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "A"})
	second := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "B"})
	for expected, call := range map[string]*peinit.Call[wire.EnumResponse]{"a": first, "b": second} {
		if answer, err := call.Answer(); err != nil || len(answer.Names) != 1 || answer.Names[0] != expected {
			t.Errorf("the answer is %#v (%v), not %s", answer, err, expected)
		}
	}
}

func TestWhatABusyRegistryRefusesIsAskedAgain(t *testing.T) {
	busy := `"error":"EBUSY","message":"a transaction of somebody else holds the store"}`
	registry := dialRegistry(t, daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"enum","path":"A"}`)
		v.says(`{"id":1,` + busy)
		v.reads(`{"id":2,"op":"enum","path":"A"}`)
		v.says(`{"id":2,"status":"ok","names":["a"]}`)
		v.reads(`{"id":3,"op":"enum","path":"A"}`)
		v.reads(`{"id":4,"op":"enum","path":"B"}`)
		v.says(`{"id":3,`+busy, `{"id":4,"status":"ok","names":["b"]}`)
	}))
	if answer, err := registry.Enum(patiently(t), wire.EnumRequest{Path: "A"}); err != nil || answer.Names[0] != "a" {
		t.Errorf("the answer is %#v (%v)", answer, err)
	}
	first := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "A"})
	second := peinit.SendRegistry(patiently(t), registry, wire.EnumRequest{Path: "B"})
	if _, err := first.Answer(); !errors.Is(err, wire.RegistryErrorEBUSY) {
		t.Errorf("with something behind it the call failed with %v", err)
	}
	if _, err := second.Answer(); err != nil {
		t.Error(err)
	}
}
