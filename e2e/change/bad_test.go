package change

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

var update = flag.Bool("update", false, "write the golden file")

// misuse is a command in which one thing is wrong, in a scene in which all else is
// in order.
type misuse struct {
	name string
	// args are those of trustdeck. Files are named as they are in the folder of the
	// scene: "./alice.pub".
	args []string
	// env is added to the environment, in which all passphrases are right.
	env []string
	// wrong makes the server wrong; nil leaves it as it is. It may have the command
	// talk to another one.
	wrong func(*scene)
	// stored is true where the server has the change all the same.
	stored bool
	// others is true where the server has what somebody else has published
	// meanwhile, and nothing more.
	others bool
	// open is true where nobody can know yet whether it has, and the journal keeps
	// the change.
	open bool
	// then looks at what has come of it; nil does not.
	then func(*testing.T, *scene)
}

// A chapter are rows with one subject.
type chapter struct {
	title string
	rows  []misuse
	// apart gives every row a server and a trust folder of its own: those that do
	// not leave everything as it was.
	apart bool
	// guarded has the server ask who is there.
	guarded bool
}

// What differs from run to run: addresses, folders, key IDs, moments.
var differing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`\b[0-9a-f]{4} [0-9a-f]{4}\b`), "KEY"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "MOMENT"},
	{regexp.MustCompile(`upload of \d+ bytes`), "upload of SO-MANY bytes"},
	{regexp.MustCompile(`\b\d{8}T\d{6}Z-[0-9a-f]{12}\b`), "ENTRY"},
	{regexp.MustCompile(`\b(127\.0\.0\.1|localhost):\d+`), "SERVER"},
}

func (s *scene) mask(text, server string) string {
	if _, host, ok := strings.Cut(server, "://"); ok {
		text = strings.ReplaceAll(text, host, "SERVER")
	}
	text = strings.NewReplacer(s.files+"/", "", s.home, "~").Replace(text)
	for _, d := range differing {
		text = d.pattern.ReplaceAllString(text, d.word)
	}
	return text
}

// tell says of a row what a user and a server have seen of it.
func (s *scene) tell(row misuse, r peer.Result, kept int, writes []string, server string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n", row.name)
	b.WriteString("$")
	for _, env := range row.env {
		name, value, _ := strings.Cut(env, "=")
		fmt.Fprintf(&b, " %s=%s", name, quoted(value))
	}
	b.WriteString(" trustdeck")
	for _, arg := range row.args {
		b.WriteString(" " + quoted(strings.TrimPrefix(arg, "./")))
	}
	fmt.Fprintf(&b, "\n%s\n", s.mask(strings.TrimRight(withoutReview(r.Stderr), "\n"), server))
	fmt.Fprintf(&b, "-> exit code %d", r.Code)
	if kept > 0 {
		fmt.Fprintf(&b, "; here: %d new keys", kept)
	}
	if len(writes) > 0 {
		fmt.Fprintf(&b, "; server: %s", strings.Join(writes, ", "))
	}
	switch {
	case row.open:
		b.WriteString("; stored, and nobody knows yet")
	case row.stored:
		b.WriteString("; stored")
	}
	b.WriteString("\n\n")
	return b.String()
}

// quoted is an argument as a shell would show it, or its length where it is long.
func quoted(arg string) string {
	if len(arg) > 100 {
		return fmt.Sprintf("%.10s...(%d bytes)", arg, len(arg))
	}
	if arg == "" || strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:@") != "" {
		return fmt.Sprintf("%q", arg)
	}
	return arg
}

// withoutReview leaves out the plan, which has a golden text elsewhere.
func withoutReview(text string) string {
	before, review, ok := strings.Cut(text, "VERDICT\n")
	verdict, _, _ := strings.Cut(review, "\n")
	_, rest, hasActions := strings.Cut(review, "\nACTIONS\n")
	if !ok || !hasActions {
		return text
	}
	for strings.HasPrefix(rest, "  ") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return before + "(the plan) " + strings.TrimSpace(verdict) + "\n" + rest
}

// Whatever is wrong, the command says what it is and what to do about it, and
// nothing is half-written. testdata/bad.golden is the specification.
func TestBad(t *testing.T) {
	t.Parallel()
	tryAll(t, chapters, "testdata/bad.golden")
}

// tryAll tries the rows, and compares what was seen with a golden file.
func tryAll(t *testing.T, all []chapter, golden string) {
	t.Helper()
	files := badFiles(t)
	want := readGolden(t, golden)
	texts := make([]strings.Builder, len(all))
	rows := 0
	t.Run("chapter", func(t *testing.T) {
		for i, c := range all {
			rows += len(c.rows)
			fmt.Fprintf(&texts[i], "# %s\n\n", c.title)
			t.Run(c.title, func(t *testing.T) {
				t.Parallel()
				shared := newScene(t, files, c.guarded)
				for n, row := range c.rows {
					t.Run(row.name, func(t *testing.T) {
						if c.apart && n > 0 {
							shared = newScene(t, files, c.guarded)
						}
						shared.t = t
						text := shared.try(row)
						if text != want[row.name] && !*update {
							t.Errorf("it is now\n%swant\n%s", text, want[row.name])
						}
						texts[i].WriteString(text)
					})
				}
			})
		}
	})
	if !*update {
		if len(want) != rows {
			t.Errorf("%s has %d rows, and there are %d", golden, len(want), rows)
		}
		return
	}
	var got []byte
	for i := range texts {
		got = append(got, texts[i].String()...)
	}
	if err := os.WriteFile(golden, got, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readGolden returns the texts of the rows by their names.
func readGolden(t *testing.T, golden string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	out := map[string]string{}
	_, text, _ = bytes.Cut(text, []byte("\n## "))
	for part := range strings.SplitSeq(string(text), "\n## ") {
		name, _, _ := strings.Cut(part, "\n")
		body, _, _ := strings.Cut(part, "\n\n# ")
		out[name] = "## " + strings.TrimRight(body, "\n") + "\n\n"
	}
	return out
}
