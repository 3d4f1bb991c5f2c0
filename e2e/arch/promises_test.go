package arch

import "testing"

// Every promise of SECURITY.md names the tests that hold it, and they exist.
func TestPromises(t *testing.T) { checkHere(t, CheckPromises) }

func TestCheckPromises(t *testing.T) {
	const head = "# Security\n\n## What it promises\n\n"
	const here = "`model.TestHeld`"
	for name, c := range map[string]struct {
		text string
		// want is what is wrong, and at which line; "" where nothing is.
		want string
		line int
	}{
		"a test in its folder":         {text: head + "- A promise.\n  Tests: " + here + ".\n"},
		"a fuzz target":                {text: head + "- A promise: `model.FuzzHeld`.\n"},
		"a test of the module e2e":     {text: head + "- A promise: `e2e/x.TestPeer`.\n"},
		"a test and a benchmark":       {text: head + "- A promise: " + here + ",\n  `model.BenchmarkHeld`.\n"},
		"no test":                      {text: head + "- A promise.\n", want: "the promise names no test", line: 5},
		"the second has none":          {text: head + "- One: " + here + ".\n- Two.\n  More of it.\n", want: "the promise names no test", line: 6},
		"a test after the item":        {text: head + "- One.\n\nTests: " + here + ".\n", want: "the promise names no test", line: 5},
		"a test that does not exist":   {text: head + "- A promise: `model.TestAway`.\n", want: "there is no test model.TestAway; tests are named as folder.Test", line: 5},
		"one of two does not exist":    {text: head + "- A promise: " + here + ", `e2e/x.TestHeld`.\n", want: "there is no test e2e/x.TestHeld; tests are named as folder.Test", line: 5},
		"a test without its folder":    {text: head + "- A promise: `TestHeld`.\n", want: "there is no test TestHeld; tests are named as folder.Test", line: 5},
		"a function that is no test":   {text: head + "- A promise: `model.TestMain`.\n", want: "there is no test model.TestMain; tests are named as folder.Test", line: 5},
		"a test in a file that is not": {text: head + "- A promise: `model.TestNot`.\n", want: "there is no test model.TestNot; tests are named as folder.Test", line: 5},
		"an item of another section":   {text: head + "- A promise: " + here + ".\n\n## Else\n\n- No promise.\n"},
		"promises in parts":            {text: head + "### Keys\n\n- A promise.\n", want: "the promise names no test", line: 7},
		"no promises":                  {text: "# Security\n\n- A promise: " + here + ".\n", want: "has no promise below \"## What it promises\""},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := CheckPromises(tree(map[string]string{
				"SECURITY.md":        c.text,
				"model/held_test.go": "package model_test; func TestHeld(t *T) {}; func FuzzHeld(f *F) {}; func BenchmarkHeld(b *B) {}; func TestMain(m *M) {}",
				"model/not.go":       "package model; func TestNot() {}",
				"e2e/x/x_test.go":    "package x; func TestPeer(t *T) {}",
			}))
			expect(t, found, err, c.want, c.line)
		})
	}
}
