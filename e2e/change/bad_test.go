package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/transport"
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

// The repositories of a scene: one that has trust data, whose keys are in the trust
// folder, and one that has none.
const (
	initialised = "docker.io/acme/app"
	fresh       = "docker.io/acme/new"
)

// A scene is a server with a repository, and an administrator who has its keys.
type scene struct {
	t      *testing.T
	world  *sandbox.World
	server *peer.Server
	// home is the home of the administrator, files what is lying about there.
	home, files, trust string
	program            *peer.Client
	// url and authority are what the command is told of the server.
	url, authority string
	// keys are the IDs of the keys in the trust folder, by the words that stand
	// for them in rows.
	keys map[string]string
	// flags are added to every command.
	flags []string

	mu sync.Mutex
	// writes are the requests that write, with the status that they met.
	writes []string
	// seen is told of each request; nil is nobody.
	seen func(text string)
	// undo takes what was made wrong away again.
	undo []func()
}

func newScene(t *testing.T, files string, guarded bool) *scene {
	t.Helper()
	s := &scene{t: t, files: files, home: t.TempDir()}
	cfg := sandbox.Config{Log: s.log}
	if guarded {
		cfg.Users = map[string]string{peer.Administrator.Name: peer.Administrator.Password}
	}
	s.server, s.world = peer.Sandbox(t, cfg)
	s.url, s.authority = s.server.URL, s.server.PKI.CAFile()
	s.trust = filepath.Join(s.home, "trust")
	temp := filepath.Join(s.home, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	s.program = peer.Trustdeck(t).With("HOME="+s.home, "XDG_CONFIG_HOME="+s.home, "XDG_STATE_HOME="+s.home, "XDG_CACHE_HOME="+t.TempDir(), "TMPDIR="+temp,
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase)
	if guarded {
		s.program = s.program.As(peer.Administrator)
	}
	if r := s.run("init", "--yes", initialised); r.Code != 0 {
		t.Fatalf("the scene cannot be set: %s", r.Stderr)
	}
	s.keys = s.ownKeys()
	return s
}

// ownKeys finds the keys of the repository in the trust folder.
func (s *scene) ownKeys() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(s.trust, "private", "*.key"))
	if err != nil || len(files) != 2 {
		s.t.Fatalf("%d keys, %v", len(files), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		out[strings.ToUpper(block.Headers["role"])+"-KEY"] = strings.TrimSuffix(filepath.Base(path), ".key")
	}
	return out
}

// log notes the requests that write: uploads, deletions, and those that may have the
// server make a key.
func (s *scene) log(e model.Event) {
	method, rest, _ := strings.Cut(e.Text, " ")
	path, status, _ := strings.Cut(rest, " ")
	s.mu.Lock()
	if method != http.MethodGet {
		s.writes = append(s.writes, method+" "+status)
	} else if strings.HasSuffix(path, ".key") {
		s.writes = append(s.writes, filepath.Base(path)+" "+status)
	}
	tell := s.seen
	s.mu.Unlock()
	if tell != nil {
		tell(e.Text)
	}
}

// run runs a command of trustdeck in the folder of the files.
func (s *scene) run(args ...string) peer.Result {
	s.t.Helper()
	whole := []string{"--server", s.url, "--trust-dir", s.trust}
	if s.authority != "" {
		whole = append(whole, "--tlscacert", s.authority)
	}
	whole = append(append(whole, s.flags...), args...)
	for i, arg := range whole {
		if id, ok := s.keys[arg]; ok {
			whole[i] = id
		}
		if name, ok := strings.CutPrefix(arg, "./"); ok {
			whole[i] = filepath.Join(s.files, name)
		}
	}
	return s.program.Try(whole...)
}

// fault has requests fail until the row is over.
func (s *scene) fault(f sandbox.Fault) { s.undo = append(s.undo, s.world.Door().Fault(f)) }

// after does something once, when a request that has this text in it was answered
// and its answer not sent yet.
func (s *scene) after(request string, do func()) {
	var once sync.Once
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = func(text string) {
		if strings.Contains(text, request) {
			once.Do(do)
		}
	}
}

// behind puts a server in front of the practice server, and has the command ask that
// one. It is reached over TLS unless plain is true.
func (s *scene) behind(handler http.Handler, plain bool) {
	front := httptest.NewUnstartedServer(handler)
	front.Config.ErrorLog = nil
	if plain {
		front.Start()
	} else {
		front.StartTLS()
	}
	s.t.Cleanup(front.Close)
	s.url, s.authority = front.URL, ""
	if !plain {
		s.authority = filepath.Join(s.t.TempDir(), "ca.crt")
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		if err := os.WriteFile(s.authority, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// reset makes the scene whole again.
func (s *scene) reset() {
	s.mu.Lock()
	s.writes, s.seen = nil, nil
	s.mu.Unlock()
	for _, undo := range s.undo {
		undo()
	}
	s.undo, s.flags = nil, nil
	s.url, s.authority = s.server.URL, s.server.PKI.CAFile()
}

// published is everything that the server has: which repositories, when they were
// published, and their files.
func (s *scene) published() map[string]string {
	s.t.Helper()
	cfg := notaryserver.Config{URL: s.server.URL, TLS: transport.TLSFiles{CA: s.server.PKI.CAFile()}.For}
	if s.server.Guarded {
		cfg.Credentials = transport.StaticCredentials{User: peer.Administrator.Name, Password: peer.Administrator.Password}
	}
	client, err := notaryserver.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	listed, err := client.Repositories(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range listed {
		changes, err := client.Changes(s.t.Context(), l.GUN)
		if err != nil {
			s.t.Fatal(err)
		}
		out[string(l.GUN)] = fmt.Sprint(changes)
		for _, role := range []model.RoleName{"root", "targets", "snapshot", "timestamp", "targets/releases", "targets/alice"} {
			file, err := client.Read(s.t.Context(), l.GUN, admin.Ref{Role: role, Limit: notary.MaxFile})
			// Asked for a delegation that targets does not name, a server fails.
			out[string(l.GUN)+" "+string(role)] = sum(file.Bytes) + string(model.KindOf(err))
		}
	}
	return out
}

func sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// disk is every file of the administrator with its rights and its content. The cache,
// which may know more after every look, is elsewhere.
func (s *scene) disk() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(s.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(s.home, path) // it is below
		info, err := d.Info()
		if err != nil {
			return err
		}
		out[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			out[name] += " " + sum(text)
			return err
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// try makes the mistake, checks that nothing is half-written, and says what was seen.
func (s *scene) try(row misuse) string {
	s.t.Helper()
	s.reset()
	publishedBefore := s.published()
	whole := s.program
	s.program = s.program.With(row.env...)
	if row.wrong != nil {
		row.wrong(s)
	}
	diskBefore := s.disk()
	s.mu.Lock()
	s.writes = nil
	s.mu.Unlock()
	r := s.run(row.args...)
	s.program = whole
	s.mu.Lock()
	writes, server := slices.Clone(s.writes), s.url
	s.mu.Unlock()
	if row.then != nil {
		row.then(s.t, s)
	}
	s.reset()
	if changed := !maps.Equal(publishedBefore, s.published()); changed != row.stored {
		s.t.Errorf("%s: the server has something else than before: %v", row.name, changed)
	}
	if r.Stdout != "" {
		s.t.Errorf("%s: what is for people is on standard output:\n%s", row.name, r.Stdout)
	}
	kept := s.left(row, diskBefore, r.Stderr)
	return s.tell(row, r, kept, writes, server)
}

// left checks what is on the disk: what was there before, and beside it the keys of
// which the report says that they are kept.
func (s *scene) left(row misuse, before map[string]string, report string) (kept int) {
	s.t.Helper()
	after := s.disk()
	for name, was := range before {
		if after[name] != was {
			s.t.Errorf("%s: %s is no longer what it was", row.name, name)
		}
		delete(after, name)
	}
	entries := 0
	for name, is := range after {
		id, isKey := strings.CutSuffix(filepath.Base(name), ".key")
		switch {
		case isKey && filepath.Dir(name) == filepath.Join("trust", "private"):
			kept++
			if !strings.HasPrefix(is, "-rw------- ") {
				s.t.Errorf("%s: %s is %s", row.name, name, is)
			}
			if says := "Key " + model.KeyID(id).Short() + " was made for "; !row.stored && !strings.Contains(report, says) {
				s.t.Errorf("%s: %s was made, and the report does not say so", row.name, name)
			}
		case strings.HasSuffix(name, ".journal"):
			entries++
		default:
			s.t.Errorf("%s: it has left %s (%s)", row.name, name, is)
		}
	}
	if entries > 0 != row.open {
		s.t.Errorf("%s: the journal has %d open entries", row.name, entries)
	}
	return kept
}

// What differs from run to run: addresses, folders, key IDs, moments.
var differing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`\b[0-9a-f]{4} [0-9a-f]{4}\b`), "KEY"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "MOMENT"},
	{regexp.MustCompile(`\b(127\.0\.0\.1|localhost):\d+`), "SERVER"},
}

func (s *scene) mask(text, server string) string {
	text = strings.ReplaceAll(text, server, "https://SERVER")
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
	before, after, ok := strings.Cut(text, "VERDICT\n")
	if !ok {
		return text
	}
	verdict, rest, _ := strings.Cut(after, "\n")
	if !strings.Contains(before, "WHAT OTHERS WILL SEE") && !strings.Contains(verdict, "Nothing:") {
		return text
	}
	return "(the plan) " + strings.TrimSpace(verdict) + "\n" + rest
}

// Whatever is wrong, the command says what it is and what to do about it, and
// nothing is half-written. testdata/bad.golden is the specification.
func TestBad(t *testing.T) {
	files := badFiles(t)
	var got strings.Builder
	sections := readGolden(t)
	for _, c := range chapters {
		fmt.Fprintf(&got, "# %s\n\n", c.title)
		t.Run(c.title, func(t *testing.T) {
			shared := newScene(t, files, c.guarded)
			for _, row := range c.rows {
				t.Run(row.name, func(t *testing.T) {
					if c.apart {
						shared = newScene(t, files, c.guarded)
					}
					shared.t = t
					text := shared.try(row)
					if text != sections[row.name] && !*update {
						t.Errorf("it is now\n%swant\n%s", text, sections[row.name])
					}
					got.WriteString(text)
				})
			}
		})
	}
	if *update {
		if err := os.WriteFile(goldenFile, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const goldenFile = "testdata/bad.golden"

// readGolden returns the texts of the rows by their names.
func readGolden(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(goldenFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	out := map[string]string{}
	for part := range strings.SplitSeq(string(text), "\n## ") {
		name, _, _ := strings.Cut(part, "\n")
		body, _, _ := strings.Cut(part, "\n\n# ")
		out[name] = "## " + strings.TrimRight(body, "\n") + "\n\n"
	}
	return out
}
