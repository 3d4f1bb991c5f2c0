package arch

import "testing"

// Every package of e2e with tests has a timeout of its own.
func TestTimeouts(t *testing.T) { checkHere(t, CheckTimeouts) }

func TestCheckTimeouts(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		// want is what is wrong, and at which line; "" where nothing is.
		want string
		line int
	}{
		"all":                     {text: "# why\na    5m\nb/c  1h\n"},
		"one is missing":          {text: "a 5m\n", want: "has no timeout for e2e/b/c"},
		"one without tests":       {text: "a 5m\nb/c 5m\nonlycode 5m\n", want: "e2e/onlycode has no tests, or a line already", line: 3},
		"one that does not exist": {text: "a 5m\nb/c 5m\nz 5m\n", want: "e2e/z has no tests, or a line already", line: 3},
		"one twice":               {text: "a 5m\nb/c 5m\na 6m\n", want: "e2e/a has no tests, or a line already", line: 3},
		"no unit":                 {text: "a 5m\nb/c 5m\na 6\n", want: `"6" is no timeout, such as 10m`, line: 3},
		"none":                    {text: "a 5m\nb/c 5m\na 0s\n", want: `"0s" is no timeout, such as 10m`, line: 3},
		"more words":              {text: "a 5m\nb/c 5m\na 6m slow\n", want: `"a 6m slow" is not PACKAGE TIMEOUT`, line: 3},
		"an empty line":           {text: "a 5m\n\nb/c 5m\n", want: `"" is not PACKAGE TIMEOUT`, line: 2},
	} {
		t.Run(name, func(t *testing.T) {
			extra := map[string]string{
				"e2e/timeouts":        c.text,
				"e2e/a/a_test.go":     "package a",
				"e2e/b/c/c_test.go":   "package c",
				"e2e/onlycode/a.go":   "package onlycode",
				"model/here_test.go":  "package model",
				"e2e/a/testdata/x.go": "package x",
			}
			found, err := CheckTimeouts(tree(extra))
			expect(t, found, err, c.want, c.line)
		})
	}
}
