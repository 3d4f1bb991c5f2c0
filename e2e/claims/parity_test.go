package claims

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

const (
	parityFile = "../../docs/parity.md"
	// open marks what trustdeck cannot do yet.
	open = "open"
)

// uncompared are the commands whose trustdeck command no test compares with them.
var uncompared = []string{"notary lookup", "notary version"}

// The table of what the other clients can do has all of their commands, and names commands of
// trustdeck and tests that exist.
func TestParity(t *testing.T) {
	text, err := os.ReadFile(parityFile)
	if err != nil {
		t.Fatal(err)
	}
	peer.Need(t, "notary", peer.DockerTrust)
	deck := peer.Trustdeck(t)
	var listed []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		command, ours, test := strings.Trim(cells[1], " `"), cells[2], strings.TrimSpace(cells[3])
		listed = append(listed, command)
		for _, own := range regexp.MustCompile("`trustdeck ([^`]+)`").FindAllStringSubmatch(ours, -1) {
			if r := deck.Try(append(strings.Fields(own[1]), "--help")...); r.Code != 0 || strings.Contains(r.Stderr, "unknown") {
				t.Errorf("%s: trustdeck %s: exit code %d: %s", command, own[1], r.Code, r.Stderr)
			}
		}
		if strings.HasPrefix(strings.TrimSpace(ours), open) || slices.Contains(uncompared, command) {
			continue
		}
		folder, name, _ := strings.Cut(test, " ")
		if !defined(t, filepath.Join("../..", strings.Trim(folder, "`")), name) {
			t.Errorf("%s: there is no test %q", command, test)
		}
	}
	want := slices.Concat(commandsOf(t, "notary"), commandsOf(t, "docker", "trust"))
	slices.Sort(want)
	slices.Sort(listed)
	if !slices.Equal(want, listed) {
		t.Errorf("%s lists\n%s\nthe clients have\n%s", parityFile, strings.Join(listed, "\n"), strings.Join(want, "\n"))
	}
}

// defined reports whether a test of a name is in a folder.
func defined(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || name == "" {
		return false
	}
	return slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(source), "\nfunc "+name+"(")
	})
}

// commandsOf walks the help of a client, and returns its commands, without those for help and
// for the shell.
func commandsOf(t *testing.T, words ...string) []string {
	t.Helper()
	var out []string
	help := helpOf(t, words)
	for _, section := range regexp.MustCompile(`(?m)^(?:Available |Management )?Commands:\n((?:  .*\n)+)`).FindAllStringSubmatch(help, -1) {
		for line := range strings.Lines(section[1]) {
			name := strings.Fields(line)[0]
			if name == "help" || name == "completion" {
				continue
			}
			command := append(slices.Clone(words), name)
			if below := commandsOf(t, command...); len(below) > 0 {
				out = append(out, below...)
			} else {
				out = append(out, strings.Join(command, " "))
			}
		}
	}
	return out
}

// helpOf is what a client says with --help.
func helpOf(t *testing.T, words []string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), words[0], append(slices.Clone(words[1:]), "--help")...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%q: %v\n%s", words, err, &out)
	}
	return out.String()
}
