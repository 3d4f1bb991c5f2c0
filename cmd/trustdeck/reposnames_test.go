package main

import (
	"strings"
	"testing"

	"trustdeck/model/port"
)

// A name does not take the place of an image that is known here.
func TestUnshadowed(t *testing.T) {
	known := []port.Listed{{GUN: "docker.io/library/alpine"}, {GUN: "docker.io/acme/app"}, {GUN: "plain"}}
	for name, want := range map[string]string{
		"vendor": "", "acme": "", "app": "", "Alpine": "",
		"alpine": "alpine already stands for docker.io/library/alpine, which has trust data here",
		"plain":  "plain already stands for plain, which has trust data here",
	} {
		err := unshadowed(name, known)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// The names are completed for who takes one away, and folders for who gives one.
func TestCompleteNames(t *testing.T) {
	r := newRig(t)
	r.files = map[string]string{"/home/ann/.config/trustdeck/config.toml": "[repositories]\nvendor = 'https://tuf.example.org'\nacme = '/srv'"}
	for args, want := range map[string]string{
		"repos remove ":     "acme\nvendor\n:4\n",
		"repos remove acme": "acme\nvendor\n:4\n",
		"repos add ":        ":4\n",
		"repos add x ":      ":16\n",
	} {
		if o := r.run(append([]string{"__complete"}, strings.Split(args, " ")...)...); o.stdout != want {
			t.Errorf("%q completes to %q, want %q", args, o.stdout, want)
		}
	}
	if n := r.asked.Load(); n != 0 {
		t.Errorf("completing made %d requests", n)
	}
}
