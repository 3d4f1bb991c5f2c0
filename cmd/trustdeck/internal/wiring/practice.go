package wiring

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/assets"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/internal/disk"
	token "trustdeck/keystore/practice"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/lesson"
	"trustdeck/model/report"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/sandbox/practice"
)

// The user of a practice server that wants tokens.
const (
	PracticeUser     = "practice"
	PracticePassword = "practice"
)

// PracticeVariable is set in a shell of the practice world: to the folder of its TUF 1.0
// repositories.
const PracticeVariable = "PRACTICE_TUF"

// PracticePassphrase opens every private key of the lessons.
const PracticePassphrase = practice.Passphrase

// PracticePIN opens the keys on the practice token.
const PracticePIN = practice.TokenPIN

// PracticeOptions choose the kind of practice world.
type PracticeOptions struct {
	// Addr is where it listens; empty is any free port of this machine.
	Addr string
	// Dir keeps the world; empty is a temporary folder, which goes with it.
	Dir string
	// Lessons fills it, Auth asks for tokens.
	Lessons, Auth bool
}

// A PracticeWorld is a sandbox with what its clients need, in a folder:
//
//	server/       the sandbox's own, where the world lasts
//	ca.crt        the authority of its certificate
//	docker/       for DOCKER_CONFIG, with the trust folder
//	notary.json   for notary -c
//	tuf/          the lessons that are repositories of TUF 1.0
//	keys/         trustdeck's own key folder, with their keys
//	files/        for files that the user of the demo names
//	environment   the variables, for a shell
//	lessons       when the lessons were put in
type PracticeWorld struct {
	PracticeOptions
	world *sandbox.World
	// own is true where dir is ours to remove.
	own bool
	// taught are the lessons that are there.
	taught []lesson.Lesson
	// Token is the practice token; nil outside the demo.
	Token *token.Token
	// Filled waits until they are, and says what filling the world came to.
	Filled func() error
}

// Lessons are those of every practice world that is taught in.
func Lessons() ([]lesson.Lesson, error) { return practice.ReadLessons(assets.Lessons) }

// StartPractice serves a practice world. Lessons are put into it in the background: see
// PracticeWorld.Filled.
func StartPractice(ctx context.Context, o PracticeOptions) (*PracticeWorld, error) {
	p := &PracticeWorld{PracticeOptions: o, own: o.Dir == "", Filled: func() error { return nil }}
	cfg := sandbox.Config{Addr: o.Addr}
	if o.Auth {
		cfg.Users = map[string]string{PracticeUser: PracticePassword}
	}
	fresh := true
	var err error
	if p.own {
		if p.Dir, err = os.MkdirTemp("", "trustdeck-practice-"); err != nil {
			return nil, fmt.Errorf("make a folder for the practice world: %w", err)
		}
	} else {
		cfg.Dir = filepath.Join(p.Dir, "server")
		if fresh, err = empty(cfg.Dir); err != nil {
			return nil, err
		}
	}
	if p.world, err = sandbox.Start(cfg); err == nil {
		err = p.furnish(fresh)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// empty reports whether a folder holds nothing, or is not there.
func empty(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("open the practice world: %w", err)
	}
	return len(entries) == 0, nil
}

// furnish fills the folder, and a fresh world.
func (p *PracticeWorld) furnish(fresh bool) error {
	_, err := os.Lstat(p.path("lessons"))
	there := err == nil
	if p.Lessons && !there && !fresh {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: p.Dir, Text: "the folder contains a practice world without lessons",
			Hint: "Start another with --lessons, in a new folder.",
		}
	}
	if p.Lessons || there {
		if p.taught, err = Lessons(); err != nil {
			return err
		}
	}
	if err := p.introduce(); err != nil {
		return err
	}
	if p.Lessons && !there {
		filled := make(chan error, 1)
		go func() { filled <- p.fill(time.Now()) }()
		p.Filled = sync.OnceValue(func() error { return <-filled })
	}
	return nil
}

// fill puts the lessons into the world, and their keys and files into the trust
// folder.
func (p *PracticeWorld) fill(at time.Time) error {
	scenario := practice.Build(at)
	var group errgroup.Group
	group.Go(func() error { return scenario.Fill(p.world.Admin()) })
	group.Go(func() error { return p.fillTrust(scenario.Files) })
	group.Go(func() error { return copyKeys(assets.PracticeOwnKeys, filepath.Join(p.keys(), "private")) })
	group.Go(func() error { return p.fillDirectories(scenario.Directories) })
	if err := group.Wait(); err != nil {
		return err
	}
	return writeOwn(p.path("lessons"), []byte(at.UTC().Format(time.RFC3339)+"\n"))
}

// fillDirectories writes the repositories of TUF 1.0, each into a folder of its name.
func (p *PracticeWorld) fillDirectories(all map[model.GUN]map[string][]byte) error {
	for gun, files := range all {
		for name, content := range files {
			if err := writeOwn(filepath.Join(p.directories(), string(gun), name), content); err != nil {
				return err
			}
		}
	}
	return nil
}

// repositories are the places of those that the lessons are about.
func (p *PracticeWorld) repositories() map[string]string {
	out := map[string]string{}
	for _, l := range p.taught {
		if path, ok := LessonFolder(l, p.directories()); ok {
			out[string(l.GUN)] = path
		}
	}
	return out
}

// LessonFolder is the folder of a lesson that is about a repository of TUF 1.0, below that of
// all of them; ok is false for other lessons.
func LessonFolder(l lesson.Lesson, all string) (path string, ok bool) {
	return filepath.Join(all, string(l.GUN)), settings.CheckRepositoryName(string(l.GUN)) == nil
}

// fillTrust writes the practice keys, and more files, into the trust folder.
func (p *PracticeWorld) fillTrust(files map[string][]byte) error {
	if err := copyKeys(assets.PracticeKeys, filepath.Join(p.trust(), "private")); err != nil {
		return err
	}
	for path, content := range files {
		if err := writeOwn(filepath.Join(p.trust(), filepath.FromSlash(path)), content); err != nil {
			return err
		}
	}
	return nil
}

// copyKeys writes embedded key files into a folder.
func copyKeys(from fs.FS, dir string) error {
	return fs.WalkDir(from, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(from, path)
		if err != nil {
			return fmt.Errorf("read the practice keys: %w", err)
		}
		return writeOwn(filepath.Join(dir, entry.Name()), content)
	})
}

// introduce writes what lets clients find and trust the server.
func (p *PracticeWorld) introduce() error {
	authorities := []string{p.authority()}
	if runtime.GOOS != "windows" { // which has no folders of this name
		for _, host := range p.hosts() {
			authorities = append(authorities, filepath.Join(p.docker(), "tls", host, "ca.crt"))
		}
	}
	for _, path := range authorities {
		if err := writeOwn(path, p.world.CA()); err != nil {
			return err
		}
	}
	auths := map[string]map[string]string{}
	if p.Auth {
		for _, host := range append(p.hosts(), practice.Host) {
			auths[host] = map[string]string{"auth": practiceAuth()}
		}
	}
	for path, content := range map[string]any{
		filepath.Join(p.docker(), "config.json"): map[string]any{"auths": auths},
		p.notaryConfig(): map[string]any{
			"trust_dir":     p.trust(),
			"remote_server": map[string]string{"url": p.world.URL(), "root_ca": p.authority()},
		},
	} {
		raw, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		if err := writeOwn(path, append(raw, '\n')); err != nil {
			return err
		}
	}
	for _, dir := range []string{p.trust(), p.Desk()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make a folder for the practice world: %w", err)
		}
	}
	lines := append([]string{"# The practice world, for a shell: . " + display.ShellWord(p.Environment())}, p.Exports()...)
	lines = append(lines, "alias notary="+display.ShellWord("notary -c "+display.ShellWord(p.notaryConfig())), "")
	return writeOwn(p.Environment(), []byte(strings.Join(lines, "\n")))
}

// writeOwn writes a file that nobody else may read, and that is for practice only.
func writeOwn(path string, content []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = disk.File{Name: path, Disposable: true}.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write the files of the practice world: %w", err)
	}
	return nil
}

func (p *PracticeWorld) path(name string) string { return filepath.Join(p.Dir, name) }
func (p *PracticeWorld) authority() string       { return p.path("ca.crt") }
func (p *PracticeWorld) docker() string          { return p.path("docker") }
func (p *PracticeWorld) trust() string           { return filepath.Join(p.docker(), "trust") }
func (p *PracticeWorld) notaryConfig() string    { return p.path("notary.json") }
func (p *PracticeWorld) directories() string     { return p.path("tuf") }
func (p *PracticeWorld) keys() string            { return p.path("keys") }

// Desk is the folder for files that the user of the demo names.
func (p *PracticeWorld) Desk() string { return p.path("files") }

// Environment is a file with the variables of other clients, for a shell.
func (p *PracticeWorld) Environment() string { return p.path("environment") }

// hosts are the names under which clients may look for certificates and
// credentials of the server.
func (p *PracticeWorld) hosts() []string {
	return []string{strings.TrimPrefix(p.world.URL(), "https://"), p.world.Host()}
}

func practiceAuth() string {
	return base64.StdEncoding.EncodeToString([]byte(PracticeUser + ":" + PracticePassword))
}

// variables are the environment of other clients.
func (p *PracticeWorld) variables() []report.Variable {
	all := []report.Variable{
		{Name: "DOCKER_CONTENT_TRUST", Value: "1"},
		{Name: "DOCKER_CONTENT_TRUST_SERVER", Value: p.world.URL()},
		{Name: "DOCKER_CONFIG", Value: p.docker()},
		{Name: settings.KeyDirVariable, Value: p.keys()},
	}
	if p.Auth {
		all = append(all, report.Variable{Name: "NOTARY_AUTH", Value: practiceAuth()})
	}
	if p.taught == nil {
		return all
	}
	all = append(all, report.Variable{Name: PracticeVariable, Value: p.directories()})
	for _, name := range []string{
		"DOCKER_CONTENT_TRUST_ROOT", "DOCKER_CONTENT_TRUST_REPOSITORY",
		"NOTARY_ROOT", "NOTARY_TARGETS", "NOTARY_SNAPSHOT", "NOTARY_DELEGATION",
	} {
		all = append(all, report.Variable{Name: name + "_PASSPHRASE", Value: practice.Passphrase})
	}
	return all
}

// Exports are the same as lines of a shell.
func (p *PracticeWorld) Exports() []string {
	var lines []string
	for _, v := range p.variables() {
		lines = append(lines, "export "+v.Name+"="+display.ShellWord(v.Value))
	}
	return lines
}

// Try are command lines to begin with.
func (p *PracticeWorld) Try() []string {
	notary := "notary -c " + display.ShellWord(p.notaryConfig())
	if len(p.taught) > 0 {
		first := p.taught[0].GUN.String()
		return []string{"docker trust inspect --pretty " + first, notary + " list " + first, "trustdeck repos"}
	}
	first := p.world.Host() + "/acme/app"
	return []string{notary + " init --publish " + first, "docker trust inspect --pretty " + first, "trustdeck inspect " + first}
}

// Close ends the server and removes what was made for it, also where the context is
// over already.
//
//nolint:contextcheck,nolintlint // the first linter looks for this at the callee, and the second one does not know that
func (p *PracticeWorld) Close() error {
	err := p.Filled()
	if p.world != nil {
		err = errors.Join(err, p.world.Close())
	}
	if p.own {
		err = errors.Join(err, os.RemoveAll(p.Dir))
	}
	return err
}

// URL is where the server answers.
func (p *PracticeWorld) URL() string { return p.world.URL() }

// Describe is the answer for programs.
func (p *PracticeWorld) Describe() report.Sandbox {
	out := report.Sandbox{
		Server: p.world.URL(), Registry: p.world.Host(), Authority: p.authority(),
		DockerConfig: p.docker(), TrustDir: p.trust(), NotaryConfig: p.notaryConfig(),
		Environment: p.variables(), EnvironmentFile: p.Environment(), Try: p.Try(),
	}
	if p.Auth {
		out.User, out.Password = PracticeUser, PracticePassword
	}
	if p.taught != nil {
		out.Passphrase = practice.Passphrase
	}
	return report.NewSandbox(out)
}
