package display_test

import (
	"testing"

	"trustdeck/model/display"
)

func TestShellFile(t *testing.T) {
	for path, want := range map[string]string{
		"/home/a/.docker/trust/x.key": "/home/a/.docker/trust/x.key",
		"":                            "''",
		"/a b/x.key":                  "'/a b/x.key'",
		"/it's/x.key":                 `'/it'\''s/x.key'`,
		"/$(reboot)/x":                "'/$(reboot)/x'",
		"/ä/x":                        "'/ä/x'",
		"/a\x1b[2J/x":                 `"/a\x1b[2J/x"`,
		"/a\nb":                       `"/a\nb"`,
		"-f":                          "./-f",
		"--all files":                 "'./--all files'",
	} {
		if got := display.ShellFile(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}
