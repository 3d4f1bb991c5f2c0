package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/assets"
	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/sandbox/practice"
	"trustdeck/tui/text"
)

// The user of a practice server that wants tokens.
const (
	practiceUser     = "practice"
	practicePassword = "practice"
)

// practiceOptions say what kind of practice world it shall be.
type practiceOptions struct {
	// addr is where it listens; empty is any free port of this machine.
	addr string
	// dir keeps the world; empty is a temporary folder, which goes with it.
	dir string
	// lessons fills it, auth asks for tokens.
	lessons, auth bool
}

// A practiceWorld is a sandbox with what its clients need, in a folder:
//
//	server/       the sandbox's own, where the world lasts
//	ca.crt        the authority of its certificate
//	docker/       for DOCKER_CONFIG, with the trust folder
//	notary.json   for notary -c
//	environment   the variables, for a shell
//	lessons       when the lessons were put in
type practiceWorld struct {
	practiceOptions
	world *sandbox.World
	// own is true where dir is ours to remove.
	own bool
	// taught are the lessons that are there.
	taught []practice.Lesson
	// filled waits until they are, and says what filling the world came to.
	filled func() error
}

// startPractice serves a practice world. Lessons are put into it in the background: see
// practiceWorld.filled.
func startPractice(ctx context.Context, o practiceOptions) (*practiceWorld, error) {
	p := &practiceWorld{practiceOptions: o, own: o.dir == "", filled: func() error { return nil }}
	cfg := sandbox.Config{Addr: o.addr}
	if o.auth {
		cfg.Users = map[string]string{practiceUser: practicePassword}
	}
	fresh := true
	var err error
	if p.own {
		if p.dir, err = os.MkdirTemp("", "trustdeck-practice-"); err != nil {
			return nil, fmt.Errorf("make a folder for the practice world: %w", err)
		}
	} else {
		cfg.Dir = filepath.Join(p.dir, "server")
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
		return nil, errors.Join(err, p.close())
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
func (p *practiceWorld) furnish(fresh bool) error {
	_, err := os.Lstat(p.path("lessons"))
	there := err == nil
	if p.lessons && !there && !fresh {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: p.dir, Text: "the folder holds a practice world without lessons",
			Hint: "Begin another one with --lessons, in a new folder.",
		}
	}
	if p.lessons || there {
		if p.taught, err = practice.ReadLessons(assets.Lessons); err != nil {
			return err
		}
	}
	if err := p.introduce(); err != nil {
		return err
	}
	if p.lessons && !there {
		filled := make(chan error, 1)
		go func() { filled <- p.fill(time.Now()) }()
		p.filled = sync.OnceValue(func() error { return <-filled })
	}
	return nil
}

// fill puts the lessons into the world, and their keys and files into the trust
// folder.
func (p *practiceWorld) fill(at time.Time) error {
	scenario := practice.Build(at)
	var group errgroup.Group
	group.Go(func() error { return scenario.Fill(p.world.Door()) })
	group.Go(func() error { return p.fillTrust(scenario.Files) })
	if err := group.Wait(); err != nil {
		return err
	}
	return writeOwn(p.path("lessons"), []byte(at.UTC().Format(time.RFC3339)+"\n"))
}

// fillTrust writes the practice keys, and more files, into the trust folder.
func (p *practiceWorld) fillTrust(files map[string][]byte) error {
	files = maps.Clone(files)
	err := fs.WalkDir(assets.PracticeKeys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files["private/"+entry.Name()], err = assets.PracticeKeys.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the practice keys: %w", err)
	}
	for path, content := range files {
		if err := writeOwn(filepath.Join(p.trust(), filepath.FromSlash(path)), content); err != nil {
			return err
		}
	}
	return nil
}

// introduce writes what lets clients find and trust the server.
func (p *practiceWorld) introduce() error {
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
	if p.auth {
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
	if err := os.MkdirAll(p.trust(), 0o700); err != nil {
		return fmt.Errorf("make a folder for the practice world: %w", err)
	}
	lines := append([]string{"# The practice world, for a shell: . " + text.ShellQuote(p.environment())}, p.exports()...)
	lines = append(lines, "alias notary="+text.ShellQuote("notary -c "+text.ShellQuote(p.notaryConfig())), "")
	return writeOwn(p.environment(), []byte(strings.Join(lines, "\n")))
}

// writeOwn writes a file that nobody else may read, and that is for practice only.
func writeOwn(path string, content []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = disk.File{Name: path, Disposable: true}.Write(content)
	}
	if err != nil {
		return fmt.Errorf("furnish the practice world: %w", err)
	}
	return nil
}

func (p *practiceWorld) path(name string) string { return filepath.Join(p.dir, name) }
func (p *practiceWorld) authority() string       { return p.path("ca.crt") }
func (p *practiceWorld) docker() string          { return p.path("docker") }
func (p *practiceWorld) trust() string           { return filepath.Join(p.docker(), "trust") }
func (p *practiceWorld) notaryConfig() string    { return p.path("notary.json") }
func (p *practiceWorld) environment() string     { return p.path("environment") }

// hosts are the names under which clients may look for certificates and
// credentials of the server.
func (p *practiceWorld) hosts() []string {
	return []string{strings.TrimPrefix(p.world.URL(), "https://"), p.world.Host()}
}

func practiceAuth() string {
	return base64.StdEncoding.EncodeToString([]byte(practiceUser + ":" + practicePassword))
}

// variables are the environment of other clients.
func (p *practiceWorld) variables() []report.Variable {
	all := []report.Variable{
		{Name: "DOCKER_CONTENT_TRUST", Value: "1"},
		{Name: "DOCKER_CONTENT_TRUST_SERVER", Value: p.world.URL()},
		{Name: "DOCKER_CONFIG", Value: p.docker()},
	}
	if p.auth {
		all = append(all, report.Variable{Name: "NOTARY_AUTH", Value: practiceAuth()})
	}
	if p.taught == nil {
		return all
	}
	for _, name := range []string{
		"DOCKER_CONTENT_TRUST_ROOT", "DOCKER_CONTENT_TRUST_REPOSITORY",
		"NOTARY_ROOT", "NOTARY_TARGETS", "NOTARY_SNAPSHOT", "NOTARY_DELEGATION",
	} {
		all = append(all, report.Variable{Name: name + "_PASSPHRASE", Value: practice.Passphrase})
	}
	return all
}

// exports are the same as lines of a shell.
func (p *practiceWorld) exports() []string {
	var lines []string
	for _, v := range p.variables() {
		lines = append(lines, "export "+v.Name+"="+text.ShellQuote(v.Value))
	}
	return lines
}

// try are command lines to begin with.
func (p *practiceWorld) try() []string {
	notary := "notary -c " + text.ShellQuote(p.notaryConfig())
	if len(p.taught) > 0 {
		first := p.taught[0].GUN.String()
		return []string{"docker trust inspect --pretty " + first, notary + " list " + first, "trustdeck repos"}
	}
	first := p.world.Host() + "/acme/app"
	return []string{notary + " init --publish " + first, "docker trust inspect --pretty " + first, "trustdeck inspect " + first}
}

// close ends the server and removes what was made for it, also where the context is
// over already.
//
//nolint:contextcheck,nolintlint // the first linter looks for this at the callee, and the second one does not know that
func (p *practiceWorld) close() error {
	err := p.filled()
	if p.world != nil {
		err = errors.Join(err, p.world.Close())
	}
	if p.own {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}
