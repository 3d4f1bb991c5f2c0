package main

import (
	"bytes"
	"strings"
	"testing"

	"trustdeck/tui/nav"
)

// Who gets lines of text instead of a screen, and that this needs no terminal.
func TestWhoIsReadTo(t *testing.T) {
	for _, test := range []struct {
		name  string
		args  []string
		env   map[string]string
		plain bool
	}{
		{"nobody asks", nil, nil, false},
		{"the flag", []string{"--plain"}, nil, true},
		{"a terminal that can do no more", nil, map[string]string{"TERM": "dumb"}, true},
		{"another terminal", nil, map[string]string{"TERM": "xterm"}, false},
		{"a habit", nil, map[string]string{"ACCESSIBLE": "1"}, true},
		{"a habit, any word", nil, map[string]string{"ACCESSIBLE": "yes"}, true},
		{"a habit, switched off", nil, map[string]string{"ACCESSIBLE": "0"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.env = test.env
			if o := r.run(append(test.args, "/keys")...); (o.code == codeDone) != test.plain {
				t.Errorf("without a terminal: %+v", o)
			}
			if started := len(r.started) == 1 && r.started[0] == nav.Place(nav.KindKeys); started != test.plain {
				t.Errorf("the UI began at %v", r.started)
			}
		})
	}
}

// The whole way from the command line to the answers, and the end of the input.
func TestReadLineByLine(t *testing.T) {
	r := newRig(t)
	r.in = "1\nkeys\nb\ngo keys"
	a := r.app()
	a.ui = showUI
	var stdout, stderr bytes.Buffer
	a.out, a.err = &stdout, &stderr
	if code := run([]string{"--plain", "/repos"}, a); code != codeDone || stderr.Len() > 0 {
		t.Errorf("exit code %d, standard error %q", code, stderr.String())
	}
	at := 0
	for _, want := range []string{
		"trustdeck, https://notary.example.org\n", "\nRepositories\n", "\nChoose:\n1. health ", "Roles\n", "Keys\n", "\nRepositories\n", "\nRepositories, Keys\n", "? for help: \n",
	} {
		i := strings.Index(stdout.String()[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %q in\n%s", want, stdout.String()[:at], stdout.String())
		}
		at += i + len(want) - 1
	}
}
