package peinit_test

import (
	"errors"
	"strings"
	"testing"

	peinit "github.com/peios/peinit/clients/go"
	"github.com/peios/peinit/clients/go/wire"
)

func stored(id string) string {
	return `{"kind":"line","boot_id":"b","id":` + id + `,"service":"a","origin":"a","job_id":"j","is_error":false,"timestamp":"t` + id + `","text":"` + id + `"}`
}

func texts(entries []wire.LogEntry) string {
	var all []string
	for _, entry := range entries {
		switch entry := entry.(type) {
		case wire.StoredLine:
			all = append(all, entry.Text)
		case wire.Gap:
			all = append(all, "gap")
		case wire.UnknownLogEntry:
			all = append(all, entry.Kind)
		}
	}
	return strings.Join(all, " ")
}

func TestAReadingGoesOnWhereAConnectionEnded(t *testing.T) {
	path := daemon(t, func(v *visit) {
		v.reads(`{"id":1,"op":"logs","follow":true}`)
		v.says(`{"id":1,"status":"ok","entries":[` + stored("1") + `,{"kind":"new","x":1}],"more":true,"caught_up":false,"cursor":"c1"}`)
	}, func(v *visit) {
		v.reads(`{"id":1,"op":"logs","after":"c1","follow":true}`)
		v.says(`{"id":1,"status":"error","code":"INVALID_CURSOR","message":"gone"}`)
		_, _ = v.from.ReadByte()
	}, func(v *visit) {
		v.reads(`{"id":1,"op":"logs","since":"t1","follow":true}`)
		v.says(`{"id":1,"status":"ok","entries":[` + stored("1") + `,` + stored("2") + `],"more":false,"caught_up":true,"cursor":"c2"}`)
	})
	var told []string
	options := peinit.ReadingOptions{
		Path:       path,
		OnLost:     func(error) { told = append(told, "lost") },
		OnBack:     func() { told = append(told, "back") },
		OnReplaced: func() { told = append(told, "replaced") },
	}
	var parts []string
	for part, err := range peinit.ReadLogs(patiently(t), wire.LogsRequest{Follow: peinit.Ptr(true)}, options) {
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, texts(part.Entries))
	}
	if got := strings.Join(parts, "|"); got != "1 new|2" {
		t.Errorf("it read %q", got)
	}
	if got := strings.Join(told, " "); got != "lost replaced back" {
		t.Errorf("it told %q", got)
	}
}

func TestAPlaceAtTheEventDaemonIsWaitedFor(t *testing.T) {
	path := daemon(t, func(v *visit) {
		v.says(`{"id":0,"status":"error","code":"BUSY","message":"no place"}`)
	}, func(v *visit) {
		v.reads(`{"id":1,"op":"boots"}`)
		v.says(`{"id":1,"status":"ok","boots":[]}`)
	})
	query, err := peinit.DialQuery(patiently(t), peinit.Options{Path: path, Patience: patient})
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	if _, err := query.Boots(patiently(t), wire.BootsRequest{}); err != nil {
		t.Error(err)
	}
}

func TestAJobEndsWithItsLastLine(t *testing.T) {
	path := daemon(t, func(v *visit) {
		v.reads(`{"image_path":"/bin/true","arguments":["a\"b"],"environment":{"A":"b"}}`)
		v.says(`{"status":"ok","job_id":"j"}`, `{"kind":"started","pid":7,"at":"t"}`, `{"kind":"ended","at":"t","lost":0,"final_state":"completed","exit_code":0}`)
	}, func(v *visit) {
		v.reads(`{"image_path":"/bin/true"}`)
		v.says(`{"status":"error","code":"LIMIT_REACHED","message":"too many"}`)
	}, func(v *visit) {
		v.reads(`{"image_path":"/bin/true"}`)
		v.says(`{"status":"ok","job_id":"j"}`)
	})
	request := wire.SubmitRequest{ImagePath: "/bin/true", Arguments: []string{`a"b`}, Environment: map[string]any{"A": "b"}}
	job, err := peinit.Submit(patiently(t), request, peinit.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line, err := range job.Lines(patiently(t)) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, string(line.Kind))
	}
	if got := strings.Join(kinds, " "); job.ID != "j" || got != "started ended" {
		t.Errorf("job %s told %s", job.ID, got)
	}
	_, err = peinit.Submit(patiently(t), wire.SubmitRequest{ImagePath: "/bin/true"}, peinit.Options{Path: path})
	var refused *peinit.SubmitRefused
	if !errors.As(err, &refused) || !errors.Is(err, wire.SubmitErrorLimitReached) {
		t.Errorf("the second job failed with %v", err)
	}
	job, err = peinit.Submit(patiently(t), wire.SubmitRequest{ImagePath: "/bin/true"}, peinit.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var ended *peinit.ConnectionError
	for _, err := range job.Lines(patiently(t)) {
		if !errors.As(err, &ended) {
			t.Errorf("the third job told %v", err)
		}
	}
	if ended == nil {
		t.Error("the third job ended well")
	}
}
