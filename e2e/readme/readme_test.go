package readme

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

func TestMain(m *testing.M) { peer.Main(m) }

// root is the folder of the project.
const root = "../.."

// readme returns README.md and the command lines that it shows, in their order.
func readme(t *testing.T) (text string, commands []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if shown, ok := strings.CutPrefix(line, "    "); ok {
			command, _, _ := strings.Cut(shown, " # ")
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return string(raw), commands
}

// A reader is somebody who follows README.md in a shell of the practice world.
type reader struct {
	t      *testing.T
	world  report.Sandbox
	client *peer.Client
	// dir is where the shell is.
	dir string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{t: t, world: peer.Practice(t), dir: t.TempDir()}
	r.client = peer.Trustdeck(t).In(r.world)
	r.client = r.client.With("TRUSTDECK_DIR=" + filepath.Dir(r.client.Program))
	return r
}

// put writes a file that the commands name.
func (r *reader) put(name string, content []byte) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), content, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// onPath puts the program on PATH, in the shell itself: tmux has a PATH of its own.
const onPath = `PATH="$TRUSTDECK_DIR:$PATH"; `

// run runs a command line in the shell and returns its output and exit code.
func (r *reader) run(line string) (output string, code int) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", onPath+line)
	cmd.Dir, cmd.Env = r.dir, r.client.Env
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// publicKey is a new public key in PEM.
func publicKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: raw})
}

// manifest is what the registry of the practice world serves as an image.
func manifest(t *testing.T, world report.Sandbox, path, tag string) []byte {
	t.Helper()
	ca, err := os.ReadFile(world.Authority)
	if err != nil {
		t.Fatal(err)
	}
	settings := &tls.Config{RootCAs: x509.NewCertPool()}
	settings.RootCAs.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(world.Server + "/v2/" + path + "/manifests/" + tag)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	return raw
}

// opened are the commands that open the full screen, and what it then shows.
var opened = map[string]string{
	"trustdeck": "base/alpine",
	"trustdeck repo/registry.example.org/base/alpine/roles": "[1 Roles]",
	"trustdeck demo": "20 repositories",
}

// codes are the exit codes of commands that end with another one than 0.
var codes = map[string]int{"trustdeck doctor": 3}

// changes begins a command that asks to accept a plan.
var changes = regexp.MustCompile(`^trustdeck (init|signer|rotate|renew|witness|off-board|delegation|threshold|revoke|copy|apply|key protect)\b`)

// Every command of README.md runs as shown, in the practice world, one after the other.
// Where a reader accepts a plan, --yes does.
func TestCommandsRun(t *testing.T) {
	r := newReader(t)
	r.put("alice.pub", publicKey(t))
	r.put("manifest.json", manifest(t, r.world, "base/alpine", "1.0"))
	_, commands := readme(t)
	if len(commands) < 20 {
		t.Fatalf("README.md shows %q", commands)
	}
	for _, line := range commands {
		switch {
		case strings.HasPrefix(line, "make ") || line == "trustdeck sandbox --lessons" || opened[line] != "":
			// The other tests run these.
			continue
		case changes.MatchString(line) && !strings.Contains(line, " -f "):
			line += " --yes"
		}
		if output, code := r.run(line); code != codes[line] {
			t.Errorf("%s: exit code %d, want %d\n%s", line, code, codes[line], output)
		}
	}
}

// The commands that open the full screen do.
func TestFullScreen(t *testing.T) {
	peer.Need(t, "tmux")
	r := newReader(t)
	_, commands := readme(t)
	for line, shows := range opened {
		if !slices.Contains(commands, line) {
			t.Errorf("README.md does not show %s", line)
		}
		t.Run(line, func(t *testing.T) {
			term := peer.Tmux(t, 100, 30)
			shell := *r.client.With("TMPDIR=" + t.TempDir())
			shell.Program = "/bin/sh"
			term.Start(&shell, "-c", onPath+line)
			term.WaitFor(shows)
			term.Keys("C-c")
			term.WaitExit()
			term.CheckRestored()
		})
	}
}

// What make does is what README.md says: a program on PATH, with its man pages.
func TestMake(t *testing.T) {
	home := t.TempDir()
	_, commands := readme(t)
	for _, line := range commands {
		if !strings.HasPrefix(line, "make ") {
			continue
		}
		if !strings.Contains(line, "PREFIX=") {
			// Only looked at: it would open a screen, or install for everybody.
			line = strings.Replace(line, "make ", "make --dry-run ", 1)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "HOME="+home)
		for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
			value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	said, err := exec.CommandContext(t.Context(), filepath.Join(home, ".local/bin/trustdeck"), "version").Output()
	if err != nil || !strings.Contains(string(said), "trustdeck") {
		t.Errorf("what was installed says %q, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(home, ".local/share/man/man1/trustdeck.1")); err != nil {
		t.Error(err)
	}
}

// README.md names every command that there is.
func TestEveryCommandIsNamed(t *testing.T) {
	text, _ := readme(t)
	_, list, found := strings.Cut(peer.Trustdeck(t).Run(t, "help"), "Available Commands:\n")
	if !found {
		t.Fatal("the help lists no commands")
	}
	words := strings.Join(strings.Fields(text), " ")
	for lines := bufio.NewScanner(strings.NewReader(list)); lines.Scan() && lines.Text() != ""; {
		name, _, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if !regexp.MustCompile(`trustdeck ` + name + `\b`).MatchString(words) {
			t.Errorf("README.md does not name trustdeck %s", name)
		}
	}
}
