package peinit_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/wire"
)

const explained = `"service":"a","state":"active","cause":null,"detail":null,"outcome":"nothing","steps":[],"warnings":[]`

func dialControl(t *testing.T, path string) *peinit.Control {
	t.Helper()
	control, err := peinit.DialControl(patiently(t), peinit.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = control.Close() })
	return control
}

func TestAnswersBelongToTheirCalls(t *testing.T) {
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.reads(`{"command":"explain","service":"gone"}`)
		v.reads(`{"command":"start","service":"a","wait":false}`)
		v.says(`{"status":"ok",`+explained+`}`, `{"status":"error","code":"UNKNOWN_SERVICE","message":"no such"}`)
		v.says(`{"status":"ok","operation_id":"7","service":"a","state":"starting","cause":"explicit_start","warnings":[]}`)
	}))
	ctx := patiently(t)
	first := peinit.SendControl(ctx, control, wire.ExplainRequest{Service: "a"})
	second := peinit.SendControl(ctx, control, wire.ExplainRequest{Service: "gone"})
	third := peinit.SendControl(ctx, control, wire.StartRequest{Service: "a", Wait: peinit.Ptr(false)})
	if _, err := second.Answer(); !errors.Is(err, wire.ErrorCodeUnknownService) {
		t.Errorf("the second call failed with %v", err)
	} else if refused := (*peinit.ControlError)(nil); !errors.As(err, &refused) || refused.Message != "no such" {
		t.Errorf("the refusal is %#v", refused)
	}
	answer, err := first.Answer()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(answer); err != nil || string(text) != "{"+explained+"}" {
		t.Errorf("the first answer is %s (%v)", text, err)
	}
	if started, err := third.Answer(); err != nil {
		t.Error(err)
	} else if started, ok := started.(wire.StartResponse); !ok || started.OperationID != "7" {
		t.Errorf("the third answer is %#v", started)
	}
}

func TestAnswersOfTwoFormsAreToldApart(t *testing.T) {
	status := `"service":"a","state":"active","cause":null,"status_text":null,"current_job":null,"current_operation":null,` +
		`"health":null,"uptime_seconds":null,"definition_removed":false,"warnings":[],"since":null,"detail":null,"waiting_for":[],` +
		`"restart":null,"display_name":null,"output":[],"stored_descriptors":[],"health_check":null,"since_seconds":9007199254740991,` +
		`"definition_warnings":[],"forced":null,"token":null,"uid":null,"granted":["NEW_RIGHT"],"timers":[],"mount":null`
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"start","service":"a"}`)
		v.says(`{"newer":[1.5e3,{"x":null}],` + status + `,"status":"ok"}`)
	}))
	answer, err := control.Start(patiently(t), wire.StartRequest{Service: "a"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(answer.(wire.StatusResponse))
	if err != nil || string(text) != "{"+status+"}" {
		t.Errorf("the answer is %s (%v)", text, err)
	}
}

func TestACallThatIsGivenUpShiftsNoOther(t *testing.T) {
	given := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.reads(`{"command":"explain","service":"b"}`)
		<-given
		v.says(`{"status":"ok",`+strings.Replace(explained, `"a"`, `"late"`, 1)+`}`, `{"status":"ok",`+explained+`}`)
	}))
	ctx, cancel := context.WithCancel(patiently(t))
	first := peinit.SendControl(ctx, control, wire.ExplainRequest{Service: "a"})
	second := peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: "b"})
	cancel()
	if _, err := first.Answer(); !errors.Is(err, context.Canceled) {
		t.Errorf("the first call failed with %v", err)
	}
	close(given)
	if answer, err := second.Answer(); err != nil || answer.Service != "a" {
		t.Errorf("the second answer is %#v (%v)", answer, err)
	}
}

func TestWhatIsMissingOrWrongIsNamed(t *testing.T) {
	for _, one := range []struct{ answer, member, expected, received string }{
		{`{"status":"ok","service":"a"}`, "state", "", "nothing"},
		{`{"status":"ok",` + strings.Replace(explained, `"cause":null,`, "", 1) + `}`, "cause", "", "nothing"},
		{`{"status":"ok",` + strings.Replace(explained, `"active"`, `5`, 1) + `}`, "state", "a string", "5"},
		{`{"status":"ok",` + strings.Replace(explained, `"steps":[]`, `"steps":[{"verdict":"holds","subject":[]}]`, 1) + `}`, "steps[0].subject", "a string", "[]"},
		{`{"status":"ok",` + explained + `,"service":"b"}`, "service", "there once", "it twice"},
		{`{"status":"fine",` + explained + `}`, "", "an answer that begins with status", ""},
		{`["status","ok"]`, "", "an answer that begins with status", ""},
		{`{"status":"ok",`, "", "JSON", ""},
	} {
		control := dialControl(t, daemon(t, func(v *visit) {
			v.reads(`{"command":"explain","service":"a"}`)
			v.says(one.answer)
		}))
		_, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"})
		var protocol *peinit.ProtocolError
		if !errors.As(err, &protocol) || protocol.Member != one.member {
			t.Errorf("%s: %v", one.answer, err)
			continue
		}
		if (one.expected != "" && protocol.Expected != one.expected) || (one.received != "" && protocol.Received != one.received) {
			t.Errorf("%s: %v", one.answer, err)
		}
	}
}

func TestAWrongMemberIsOfItsCallAlone(t *testing.T) {
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.reads(`{"command":"explain","service":"b"}`)
		v.says(`{"status":"ok"}`, `{"status":"ok",`+explained+`}`)
	}))
	first := peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: "a"})
	second := peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: "b"})
	if _, err := first.Answer(); err == nil {
		t.Error("the first call has an answer")
	}
	if _, err := second.Answer(); err != nil {
		t.Error(err)
	}
}

func TestALineThatNothingAskedForEndsTheConnection(t *testing.T) {
	said := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.says(`{"status":"ok",`+explained+`}`, `{"status":"ok",`+explained+`}`)
		close(said)
		_, _ = v.from.ReadByte()
	}))
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); err != nil {
		t.Fatal(err)
	}
	<-said
	var protocol *peinit.ProtocolError
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); !errors.As(err, &protocol) {
		t.Errorf("the next call failed with %v", err)
	}
}

func TestALineWithoutEndIsGivenUp(t *testing.T) {
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		block := []byte(strings.Repeat(" ", 1<<20))
		for {
			if _, err := v.conn.Write(block); err != nil {
				return
			}
		}
	}))
	var protocol *peinit.ProtocolError
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); !errors.As(err, &protocol) {
		t.Errorf("the call failed with %v", err)
	}
}

func TestWhoeverIsTurnedAwayAsksAgain(t *testing.T) {
	told := 0
	path := daemon(t, func(*visit) {}, func(*visit) {}, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.reads(`{"command":"explain","service":"b"}`)
		v.says(`{"status":"ok",`+explained+`}`, `{"status":"error","code":"ACCESS_DENIED","message":"no"}`)
	})
	control, err := peinit.DialControl(patiently(t), peinit.Options{Path: path, Patience: patient, OnTurnedAway: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	first := peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: "a"})
	second := peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: "b"})
	if _, err := first.Answer(); err != nil {
		t.Error(err)
	}
	if _, err := second.Answer(); !errors.Is(err, wire.ErrorCodeAccessDenied) {
		t.Error(err)
	}
	if told != 1 {
		t.Errorf("it was told %d times", told)
	}
}

func TestWhatMayHaveBeenReadIsNeverSentTwice(t *testing.T) {
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"explain","service":"a"}`)
		v.says(`{"status":"ok",` + explained + `}`)
		v.reads(`{"command":"explain","service":"b"}`)
	}))
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); err != nil {
		t.Fatal(err)
	}
	var ended *peinit.ConnectionError
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "b"}); !errors.As(err, &ended) {
		t.Errorf("the call failed with %v", err)
	}
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "c"}); !errors.As(err, &ended) {
		t.Errorf("the call after it failed with %v", err)
	}
}

func TestWhatMayHaveBeenReadAtOnceIsNeverSentTwice(t *testing.T) {
	for _, said := range []string{"", `{"status":"ok",`} {
		control := dialControl(t, daemon(t, func(v *visit) {
			v.reads(`{"command":"explain","service":"a"}`)
			_, _ = v.conn.Write([]byte(said))
		}))
		var ended *peinit.ConnectionError
		if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); !errors.As(err, &ended) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %q the call failed with %v", said, err)
		}
	}
}

func TestALineBeforeAnythingWasAskedIsNoAnswer(t *testing.T) {
	said := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		v.says(`{"status":"ok",` + explained + `}`)
		close(said)
		_, _ = v.from.ReadByte()
	}))
	<-said
	var protocol *peinit.ProtocolError
	if _, err := control.Explain(patiently(t), wire.ExplainRequest{Service: "a"}); !errors.As(err, &protocol) {
		t.Errorf("the call failed with %v", err)
	}
}

func TestASocketThatIsNotThereIsAConnectionError(t *testing.T) {
	var missing *peinit.ConnectionError
	_, err := peinit.DialControl(patiently(t), peinit.Options{Path: t.TempDir() + "/none", Patience: time.Hour})
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "there is no control socket at") {
		t.Errorf("dialing failed with %v", err)
	}
}

func TestSendingNeverWaitsForTheDaemon(t *testing.T) {
	const many = 5_000
	sent := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		<-sent
		for range many {
			v.reads(`{"command":"explain","service":"` + strings.Repeat("n", 200) + `"}`)
			v.says(`{"status":"ok",` + explained + `}`)
		}
	}))
	calls := make([]*peinit.Call[wire.ExplainResponse], many)
	for index := range calls {
		calls[index] = peinit.SendControl(patiently(t), control, wire.ExplainRequest{Service: strings.Repeat("n", 200)})
	}
	close(sent)
	for _, call := range calls {
		if _, err := call.Answer(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAConnectionIsForManyGoroutines(t *testing.T) {
	const many, each = 8, 200
	control := dialControl(t, daemon(t, func(v *visit) {
		for {
			line, err := v.from.ReadString('\n')
			if err != nil {
				return
			}
			service := strings.TrimSuffix(strings.TrimPrefix(line, `{"command":"explain","service":"`), "\"}\n")
			v.says(`{"status":"ok",` + strings.Replace(explained, `"a"`, `"`+service+`"`, 1) + `}`)
		}
	}))
	var all sync.WaitGroup
	for caller := range many {
		all.Add(1)
		go func() {
			defer all.Done()
			service := strings.Repeat("x", caller+1)
			for number := range each {
				ctx, stop := context.WithCancel(patiently(t))
				if number%3 == caller%3 {
					// Whoever reads for the others may leave at any time.
					time.AfterFunc(time.Duration(number)*time.Microsecond, stop)
				}
				answer, err := control.Explain(ctx, wire.ExplainRequest{Service: service})
				isGivenUp := errors.Is(err, context.Canceled) && number%3 == caller%3
				if !isGivenUp && (err != nil || answer.Service != service) {
					t.Errorf("%s was answered %q (%v)", service, answer.Service, err)
				}
				stop()
			}
		}()
	}
	all.Wait()
}

func TestAStreamHasItsConnectionForItself(t *testing.T) {
	taken := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"subscribe","events":["x.*"]}`)
		v.says(`{"status":"ok"}`, `{"kind":"event","id":1,"event":"x.new","timestamp":"t","payload":{"deep":[1,2]}}`)
		v.says(`{"kind":"from_the_future"}`, `{"kind":"lagged"}`)
		<-taken
	}))
	stream, err := control.Subscribe(patiently(t), wire.SubscribeRequest{Events: []string{"x.*"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.List(patiently(t), wire.ListRequest{}); err == nil {
		t.Error("a request went out behind it")
	}
	var lines []string
	for line, err := range stream.Lines(patiently(t)) {
		if err != nil {
			t.Error(err)
			break
		}
		text, _ := json.Marshal(line)
		if lines = append(lines, string(text)); len(lines) == 3 {
			close(taken)
		}
	}
	expected := `{"kind":"event","id":1,"event":"x.new","timestamp":"t","payload":{"deep":[1,2]}} {"kind":"from_the_future"} {"kind":"lagged"}`
	if got := strings.Join(lines, " "); got != expected {
		t.Errorf("it told %s", got)
	}
}

func TestAReaderThatDoesNotReadMakesTheDaemonWait(t *testing.T) {
	line := `{"kind":"lagged","text":"` + strings.Repeat("x", 1<<16) + `"}`
	blocked := make(chan struct{})
	control := dialControl(t, daemon(t, func(v *visit) {
		v.reads(`{"command":"subscribe"}`)
		v.says(`{"status":"ok"}`)
		waiting := sync.OnceFunc(func() { close(blocked) })
		for range 2000 {
			v.says(line)
		}
		waiting()
		_, _ = v.from.ReadByte()
	}))
	stream, err := control.Subscribe(patiently(t), wire.SubscribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-blocked:
		t.Error("everything was taken, and nobody reads")
	case <-soon():
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheVersionOfTheProtocolIsCompared(t *testing.T) {
	status := `{"status":"ok","mode":"full","phase":"settled","reason":null,"boot_id":"b","settled_at":null,"failed":[],"waiting_for":[],` +
		`"warnings":[],"times":{"started_at":"t","registry_started_at":null,"registry_ready_at":null,"definitions_read_at":null,` +
		`"definitions_loaded_at":null},"restarting":[],"settled_seconds":null,"identity_mode":"full",` +
		`"containment":{"mode":"cgroup","mark":null,"weaker":[]},"protocol":`
	control := dialControl(t, daemon(t, func(v *visit) {
		for _, version := range []string{`{"major":1,"minor":0}`, `{"major":1,"minor":4294967295}`, `{"major":2,"minor":0}`} {
			v.reads(`{"command":"machine-status"}`)
			v.says(status + version + `}`)
		}
	}))
	if agreement, _, err := control.CheckProtocol(patiently(t)); err != nil || (agreement != peinit.SameProtocol && agreement != peinit.DaemonIsOlder) {
		t.Errorf("the same version is %v (%v)", agreement, err)
	}
	if agreement, daemon, err := control.CheckProtocol(patiently(t)); err != nil || agreement != peinit.DaemonIsNewer || daemon.Minor != 4294967295 {
		t.Errorf("a newer one is %v (%v)", agreement, err)
	}
	var incompatible *peinit.IncompatibleError
	if _, _, err := control.CheckProtocol(patiently(t)); !errors.As(err, &incompatible) || incompatible.Daemon.Major != 2 {
		t.Errorf("another major one is %v", err)
	}
}
