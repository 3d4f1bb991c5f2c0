package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
)

func TestCompletePath(t *testing.T) {
	home, work := t.TempDir(), t.TempDir()
	for _, path := range []string{home + "/certs/ca.pem", work + "/alice.pub", work + "/alina.pub", work + "/bob.pub", work + "/.hidden", work + "/odd\nname", work + "/keys/x"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("keys", work+"/zlink"); err != nil {
		t.Fatal(err)
	}
	complete := completePath(settings.World{Home: home, WorkDir: work})
	for _, test := range []struct {
		typed, text string
		paths       []string
	}{
		{"b", "bob.pub", nil},
		{"al", "ali", []string{"alice.pub", "alina.pub"}},
		{"ali", "ali", []string{"alice.pub", "alina.pub"}},
		{"", "", []string{"alice.pub", "alina.pub", "bob.pub", "keys/", "zlink/"}},
		{"k", "keys/", nil},
		{"z", "zlink/", nil},
		{"keys/", "keys/x", nil},
		{".", ".hidden", nil},
		{"o", "o", nil},
		{"~", "~/", nil},
		{"~/c", "~/certs/", nil},
		{"~/certs/c", "~/certs/ca.pem", nil},
		{work + "/bo", work + "/bob.pub", nil},
		{"nowhere/x", "nowhere/x", nil},
		{"nothing", "nothing", nil},
	} {
		got, err := complete(t.Context(), test.typed)
		if err != nil || got.Text != test.text || got.Typed != test.typed || !slices.Equal(got.Paths, test.paths) {
			t.Errorf("%q: %+v, %v", test.typed, got, err)
		}
	}
}
