package settings

import (
	"reflect"
	"testing"

	"trustdeck/model"
)

func TestPinsOfAllPlacesAreJoined(t *testing.T) {
	s, err := Resolve(
		Flags{Pins: []string{"a/b=" + idB, "a/b=" + idA}},
		world(nil, map[string]string{
			ownAt:  "[pins]\n'a/b'=['" + idA + "']\n'c/*'=['" + idA + "']",
			theirs: `{"trust_pinning": {"certs": {"c/*": ["` + idB + `"], "D": ["` + idB + `"]}, "CA": {"E": "ca.pem"}, "disable_tofu": "true"}}`,
			// Notary looks for pinned authorities where it is started.
			cwd + "/ca.pem": caPEM,
		}))
	if err != nil {
		t.Fatal(err)
	}
	// The name on the command line is also what docker would read.
	want := map[string][]model.KeyID{"a/b": {idB, idA}, "docker.io/a/b": {idB, idA}, "c/*": {idA}, "d": {idB}}
	if !reflect.DeepEqual(s.Pins.Certs, want) {
		t.Errorf("pins %v, want %v", s.Pins.Certs, want)
	}
	if string(s.Pins.CAs["e"]) != caPEM || !s.Pins.NoFirstUse {
		t.Errorf("authorities and first use: %+v", s.Pins)
	}
}

// The name of a --pin is read as those in arguments are, and its case does not matter
// where nothing is pinned for the name as it is spelled.
func TestPinsOfTheCommandLine(t *testing.T) {
	s, err := Resolve(
		Flags{Pins: []string{"alpine=" + idA, "Acme/App=" + idA, "acme/pinned=" + idA, "acme/tools/*=" + idA, "Registry.example.org/x=" + idA}},
		world(nil, map[string]string{ownAt: "[pins]\n'docker.io/acme/pinned'=['" + idB + "']\n'docker.io/acme/app'=['" + idB + "']"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	for gun, want := range map[model.GUN]string{
		"alpine": idA, "docker.io/library/alpine": idA, "docker.io/library/alpine2": "",
		"acme/app": idA, "Acme/App": idA, "ACME/APP": idA, "docker.io/acme/app": idB,
		"acme/pinned": idA, "Acme/pinned": "", "docker.io/acme/pinned": idB,
		"acme/tools/a": idA, "docker.io/acme/tools/a": idA,
		"registry.example.org/x": idA, "Registry.example.org/x": idA,
	} {
		if got := joined(s.Pins.For(gun).Certs); got != want {
			t.Errorf("%s is pinned to %q, want %q", gun, got, want)
		}
	}
}

// A pin counts however TOML lets its key be written.
func TestPinsInEachForm(t *testing.T) {
	for _, text := range []string{"[pins]\n'a/b'=['" + idA + "']", "pins.'a/b'=['" + idA + "']", "pins={'a/b'=['" + idA + "']}", "[pins]\n'c/d'=['" + idB + "']\n'a/b'=['" + idA + "']"} {
		s, err := Resolve(Flags{}, world(nil, map[string]string{ownAt: text}))
		if got := joined(s.Pins.For("a/b").Certs); err != nil || got != idA {
			t.Errorf("%q: a/b is pinned to %q, %v", text, got, err)
		}
	}
}
