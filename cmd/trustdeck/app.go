package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/report"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/text"
)

// app is one run of the program: its console, its settings, and how to get at
// the world. Tests replace the parts that touch anything.
type app struct {
	console
	world settings.World
	now   func() time.Time
	// open joins the use cases to servers and folders.
	open func(settings.Settings, *admin.Log) (*session, error)
	// ui runs the full screen.
	ui func(context.Context, *app, *session, nav.Route) error

	flags  settings.Flags
	output string
	// verbatim takes repository names as GUNs.
	verbatim bool

	opened *session
	log    *logFile
	// prompter reads the input line by line; nil until something does. What it
	// has read ahead belongs to whatever comes next.
	prompter *plain.Prompter
	// details has reviews shown with their details.
	details bool
}

func newApp(
	world settings.World,
	open func(settings.Settings, *admin.Log) (*session, error),
	ui func(context.Context, *app, *session, nav.Route) error,
	c console,
	now func() time.Time,
) *app {
	return &app{console: c, world: world, now: now, open: open, ui: ui}
}

// session is what is open during a run.
type session = wiring.Session

// openSession opens what the settings name.
func openSession(s settings.Settings, events *admin.Log) (*session, error) {
	return wiring.Open(s, events, agent())
}

// agent is what servers are told of who asks.
func agent() string { return "trustdeck/" + build().Version }

// machine is the real world. From now on, no program that is started inherits a
// secret.
func machine(home, workDir string) settings.World {
	return settings.World{Getenv: takeSecrets(), ReadFile: os.ReadFile, ReadDir: namesIn, Home: home, WorkDir: workDir, OS: runtime.GOOS}
}

// namesIn are the names in a folder.
func namesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// session opens what the settings name, in one context; once in a run.
func (a *app) session() (*session, error) {
	s, err := a.looking()
	if err != nil || len(s.Contexts) == 0 {
		return s, err
	}
	return nil, usageError("several contexts are in use, but this command takes one: "+strings.Join(s.Contexts, ", "), "Name one with --context.")
}

// looking opens what the settings name, for commands that only look: several contexts beside
// each other, too.
func (a *app) looking() (*session, error) {
	if a.opened != nil {
		return a.opened, nil
	}
	all, events, err := a.prepareEach()
	if err != nil {
		return nil, err
	}
	var opened []*session
	for _, s := range all {
		one, err := a.open(s, events)
		if err != nil {
			return nil, errors.Join(err, closeAll(opened))
		}
		opened = append(opened, one)
	}
	if a.opened = opened[0]; len(opened) > 1 {
		a.opened = wiring.Join(opened)
	}
	return a.opened, nil
}

// closeAll releases what was opened before something could not be.
func closeAll(opened []*session) error {
	var errs []error
	for _, s := range opened {
		if s.Close != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// words are those of a repository's dialect, once a session is open.
func (a *app) words(repository string) dialect.Words {
	return a.opened.DialectOf(model.GUN(repository)).Words()
}

// demo opens the practice world instead of what the settings name.
func (a *app) demo(ctx context.Context) (*session, error) {
	s, events, err := a.prepare()
	if err != nil {
		return nil, err
	}
	if a.opened, err = wiring.OpenDemo(ctx, s, events, agent()); err == nil {
		a.world.WorkDir = a.opened.Demo.Desk()
	}
	return a.opened, err
}

// prepare resolves the settings of the first context and begins the log.
func (a *app) prepare() (settings.Settings, *admin.Log, error) {
	all, events, err := a.prepareEach()
	if err != nil {
		return settings.Settings{}, nil, err
	}
	return all[0], events, nil
}

// prepareEach resolves the settings of each context and begins the log.
func (a *app) prepareEach() ([]settings.Settings, *admin.Log, error) {
	all, err := settings.ResolveEach(a.flags, a.world)
	if err != nil {
		return nil, nil, err
	}
	s := all[0]
	events := &admin.Log{}
	if s.LogFile != "" && a.log == nil {
		if a.log, err = openLogFile(s.LogFile); err != nil {
			return nil, nil, err
		}
	}
	if a.log != nil {
		events.Sink = a.log.write
	}
	return all, events, nil
}

// closeSession releases what is open.
func (a *app) closeSession() error {
	opened := a.opened
	a.opened = nil
	if opened == nil || opened.Close == nil {
		return nil
	}
	return opened.Close()
}

// Close ends the run.
func (a *app) close() error {
	err := a.closeSession()
	if a.log != nil {
		err = errors.Join(err, a.log.close())
	}
	return err
}

// answer writes a JSON answer, or lets text write the same for people.
func (a *app) answer(v any, text func() error) error {
	switch a.output {
	case "json":
		return report.Encode(a.out, v)
	default:
		return text()
	}
}

// views looks at repositories: all that can be known, or those named. They come
// in the order of the names, or sorted.
func (a *app) views(ctx context.Context, s *session, named []model.GUN) ([]admin.Look, error) {
	if len(named) > 0 {
		views := make([]admin.Look, len(named))
		var group errgroup.Group
		group.SetLimit(admin.DefaultParallel)
		for i, gun := range named {
			group.Go(func() error {
				views[i] = s.Service.Open(ctx, gun)
				return nil
			})
		}
		_ = group.Wait() // the functions return no error
		return views, context.Cause(ctx)
	}
	var views []admin.Look
	err := a.everything(ctx, s, func(v admin.Look) { views = append(views, v) })
	slices.SortFunc(views, func(x, y admin.Look) int { return compareNames(x.GUN, y.GUN) })
	return views, err
}

// look looks at the one repository that an argument names.
func (a *app) look(ctx context.Context, arg string) (*session, admin.Look, error) {
	s, err := a.looking()
	if err != nil {
		return nil, admin.Look{}, err
	}
	guns, err := a.repositories(ctx, s, []string{arg})
	if err != nil {
		return nil, admin.Look{}, err
	}
	views, err := a.views(ctx, s, guns)
	if err != nil {
		return nil, admin.Look{}, err
	}
	return s, views[0], nil
}

// refused is the error of a command that has answered about a repository: that it could
// not be read, or that its trust is broken.
func (a *app) refused(view admin.Look) error {
	views := []admin.Look{view}
	return errors.Join(a.broken(views, true), faults(views, true))
}

// everything looks at every repository that is known. Nothing is shown before
// all are there, so what is cached is not looked at first.
func (a *app) everything(ctx context.Context, s *session, each func(admin.Look)) error {
	listed, err := s.Service.List(ctx)
	return errors.Join(err, s.Service.Refresh(ctx, listed, each))
}

// unread are the repositories that could not be read, never nil. One that has no trust
// data is none of them: it lists no key.
func unread(views []admin.Look) []model.GUN {
	out := []model.GUN{}
	for _, v := range views {
		if v.Repository == nil && v.Fault != nil && v.Fault.Kind != model.FaultNotFound {
			out = append(out, v.GUN)
		}
	}
	return out
}

// unreadUses is unread, with a warning: what uses keys there is not known.
func (a *app) unreadUses(views []admin.Look) []model.GUN {
	out := unread(views)
	if len(out) > 0 {
		a.warn(text.Count(len(out), "repository")+" could not be read, so their uses of keys are not listed", "See trustdeck repos.")
	}
	return out
}

// faults joins why views could not be read now. That a repository has no trust
// data is not among them unless missing is true.
func faults(views []admin.Look, missing bool) error {
	var all []error
	for _, v := range views {
		if v.Fault != nil && (missing || v.Fault.Kind != model.FaultNotFound) {
			all = append(all, v.Fault)
		}
	}
	return errors.Join(all...)
}
