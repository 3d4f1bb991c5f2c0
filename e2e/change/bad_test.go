package change

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

var update = flag.Bool("update", false, "write the golden files")

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
	// set completes the scene of the rows; nil leaves it as it is.
	set func(*scene)
}

// What differs from run to run: addresses, folders, key IDs, moments, days.
var differing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`\b\d{20}_[0-9a-f-]+\.change\b`), "STAGED.change"},
	{regexp.MustCompile(`\b[0-9a-f]{4} [0-9a-f]{4}\b`), "KEY"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d UTC`), "MOMENT"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`), "DAY"},
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
	// A GET is sent once on each kept connection that turns out to be closed, and how many
	// there are is chance.
	if writes = slices.Compact(writes); len(writes) > 0 {
		fmt.Fprintf(&b, "; server: %s", strings.Join(writes, ", "))
	}
	switch {
	case row.open:
		b.WriteString("; stored, and nobody knows yet")
	case row.stored:
		b.WriteString("; stored")
	}
	b.WriteString("\n")
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
	before, review, ok := strings.Cut(text, "REVIEW\n")
	verdict, _, _ := strings.Cut(review, "\n")
	_, rest, hasFacts := strings.Cut(review, "\nBEFORE YOU ACCEPT\n")
	if !ok || !hasFacts || !strings.Contains(verdict, "Ready:") {
		return text
	}
	for strings.HasPrefix(rest, "  ") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return before + "(the plan) " + strings.TrimSpace(verdict) + "\n" + rest
}

// Whatever is wrong, the command says what it is and what to do about it, and
// nothing is half-written. The files below testdata/bad are the specification.
func TestBad(t *testing.T) {
	t.Parallel()
	tryAll(t, chapters, "testdata/bad")
}

// tryAll tries the rows, and compares what was seen of each with its file in a folder.
func tryAll(t *testing.T, all []chapter, folder string) {
	t.Helper()
	files := badFiles(t)
	checkTold(t, all, folder)
	for _, c := range all {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			shared := c.scene(t, files)
			for n, row := range c.rows {
				t.Run(row.name, func(t *testing.T) {
					if c.apart && n > 0 {
						shared = c.scene(t, files)
					}
					shared.t = t
					compareTold(t, filepath.Join(folder, row.file()), shared.try(row))
				})
			}
		})
	}
}

// scene sets the scene of the rows.
func (c *chapter) scene(t *testing.T, files string) *scene {
	t.Helper()
	s := newScene(t, files, c.guarded)
	if c.set != nil {
		c.set(s)
	}
	return s
}

// file is where it is written what a row is told: a folder for its subject.
func (m *misuse) file() string {
	words := func(text string) string {
		return strings.Trim(noWord.ReplaceAllString(strings.ReplaceAll(strings.ToLower(text), "'", ""), "-"), "-")
	}
	subject, mistake, _ := strings.Cut(m.name, ": ")
	return filepath.Join(words(subject), words(mistake)+".golden")
}

var noWord = regexp.MustCompile(`[^a-z0-9]+`)

// checkTold checks that each row has a file of its own, and each file a row.
func checkTold(t *testing.T, all []chapter, folder string) {
	t.Helper()
	rows := map[string]string{}
	for _, c := range all {
		for _, row := range c.rows {
			if other, taken := rows[row.file()]; taken {
				t.Fatalf("%q and %q have the same file", other, row.name)
			}
			rows[row.file()] = row.name
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if name, err := filepath.Rel(folder, path); err != nil || rows[name] == "" {
			t.Errorf("%s has no row", path)
		}
	}
}

// compareTold compares a text with a file, or writes it there.
func compareTold(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("it is now\n%swant\n%s", text, want)
	}
}
