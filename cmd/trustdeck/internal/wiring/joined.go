package wiring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/forecast"
	"trustdeck/model/health"
	"trustdeck/model/history"
	"trustdeck/model/port"
)

// contextMark ends the name of a context in the name of a repository beside others: the GUN
// of docker.io/acme/app is then prod:docker.io/acme/app.
const contextMark = ":"

// Join shows the repositories of several contexts beside each other, each by the name of
// its context and its own. Each is read as in its context alone: with its server, pins,
// memory, cache and trust folder. Nothing can be changed there. Closing it closes all.
func Join(sessions []*Session) *Session {
	j := joined{}
	var names, places []string
	for _, s := range sessions {
		names = append(names, s.Settings.Context)
		places = append(places, s.Source.Name)
		j = append(j, part{s.Settings.Context, s})
	}
	first := sessions[0]
	out := &Session{
		Settings: first.Settings, Service: j, Clock: first.Clock, Events: first.Events,
		Source:    model.Source{Kind: first.Source.Kind, Name: strings.Join(places, " + ")},
		DialectOf: j.dialectOf, Known: j.known, Contexts: names,
		Close: func() error {
			var errs []error
			for _, s := range sessions {
				if s.Close != nil {
					errs = append(errs, s.Close())
				}
			}
			return errors.Join(errs...)
		},
	}
	out.Settings.Context = strings.Join(names, ", ")
	return out
}

// Qualified is the name of a repository beside those of other contexts.
func Qualified(context string, gun model.GUN) model.GUN {
	return model.GUN(context + contextMark + string(gun))
}

// Unqualified is the context of a repository, and its name there. Where only one context is
// in use, it has no name here.
func (s *Session) Unqualified(gun model.GUN) (context string, name model.GUN) {
	for _, c := range s.Contexts {
		if rest, ok := strings.CutPrefix(string(gun), c+contextMark); ok {
			return c, model.GUN(rest)
		}
	}
	return "", gun
}

// Names are the locations of the repositories that the user has given a name.
func (s *Session) Names() map[string]string {
	j, several := s.Service.(joined)
	if !several {
		return s.Settings.Repositories
	}
	out := map[string]string{}
	for _, p := range j {
		for name, location := range p.session.Settings.Repositories {
			out[string(p.name(model.GUN(name)))] = location
		}
	}
	return out
}

// Part is the session of one of the contexts; nil where there is none of the name.
func (s *Session) Part(context string) *Session {
	j, _ := s.Service.(joined)
	for _, p := range j {
		if p.context == context {
			return p.session
		}
	}
	return nil
}

// part is one context beside others.
type part struct {
	context string
	session *Session
}

// joined are the services of several contexts as one.
type joined []part

var _ Service = joined{}

// of is the context of a repository, with its name there.
func (j joined) of(gun model.GUN) (part, model.GUN, error) {
	for _, p := range j {
		if rest, ok := strings.CutPrefix(string(gun), p.context+contextMark); ok {
			return p, model.GUN(rest), nil
		}
	}
	return part{}, "", &model.Fault{
		Kind: model.FaultUsage, Subject: string(gun), Text: "several contexts are in use, but the name doesn't say which one",
		Hint: fmt.Sprintf("write, for example, %s", Qualified(j[0].context, gun)),
	}
}

// service is that of the context.
func (p part) service() Service { return p.session.Service }

func (p part) name(gun model.GUN) model.GUN {
	if gun == "" {
		return ""
	}
	return Qualified(p.context, gun)
}

// outside is a look with the name that the repository has beside others.
func (p part) outside(v admin.Look) admin.Look {
	v.GUN = p.name(v.GUN)
	v.Repository = renamed(v.Repository, v.GUN)
	v.Assessment.Findings = p.findings(v.Assessment.Findings)
	return v
}

// inside is a look with the name that the repository has in its context.
func inside(v admin.Look, name model.GUN) admin.Look {
	v.GUN, v.Repository = name, renamed(v.Repository, name)
	v.Assessment.Findings = slices.Clone(v.Assessment.Findings)
	for i := range v.Assessment.Findings {
		v.Assessment.Findings[i].GUN = name
	}
	return v
}

// renamed is a repository by another name; what is told of it is shared.
func renamed(r *model.Repository, name model.GUN) *model.Repository {
	if r == nil {
		return nil
	}
	out := *r
	out.GUN = name
	return &out
}

func (p part) findings(all []health.Finding) []health.Finding {
	out := slices.Clone(all)
	for i := range out {
		out[i].GUN = p.name(out[i].GUN)
	}
	return out
}

// views are those of this context, by the names that they have there.
func (j joined) views(p part, all []admin.Look) []admin.Look {
	var out []admin.Look
	for _, v := range all {
		if at, name, err := j.of(v.GUN); err == nil && at.context == p.context {
			out = append(out, inside(v, name))
		}
	}
	return out
}

func (j joined) dialectOf(gun model.GUN) dialect.Dialect {
	p, name, err := j.of(gun)
	if err != nil {
		return j[0].session.DialectOf(gun)
	}
	return p.session.DialectOf(name)
}

func (j joined) known(ctx context.Context) []port.Listed {
	var out []port.Listed
	for _, p := range j {
		out = append(out, p.listed(p.session.Known(ctx))...)
	}
	return out
}

func (p part) listed(found []port.Listed) []port.Listed {
	out := slices.Clone(found)
	for i := range out {
		out[i].GUN = p.name(out[i].GUN)
	}
	return out
}

// each does something in all contexts at once, and joins what goes wrong in the order of
// the contexts.
func (j joined) each(do func(i int, p part) error) error {
	errs := make([]error, len(j))
	var group errgroup.Group
	for i, p := range j {
		group.Go(func() error {
			errs[i] = do(i, p)
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
	return errors.Join(errs...)
}

// List names the repositories of all contexts.
func (j joined) List(ctx context.Context) ([]port.Listed, error) {
	found := make([][]port.Listed, len(j))
	err := j.each(func(i int, p part) error {
		listed, err := p.service().List(ctx)
		found[i] = p.listed(listed)
		return err
	})
	return slices.Concat(found...), err
}

// serial calls a function from one goroutine at a time.
func serial(each func(admin.Look)) func(admin.Look) {
	var mu sync.Mutex
	return func(v admin.Look) {
		mu.Lock()
		defer mu.Unlock()
		each(v)
	}
}

// Survey looks at every repository of all contexts.
func (j joined) Survey(ctx context.Context, each func(admin.Look)) error {
	tell := serial(each)
	return j.each(func(_ int, p part) error {
		return p.service().Survey(ctx, func(v admin.Look) { tell(p.outside(v)) })
	})
}

// Refresh looks at repositories as they are now.
func (j joined) Refresh(ctx context.Context, listed []port.Listed, each func(admin.Look)) error {
	tell := serial(each)
	return j.each(func(_ int, p part) error {
		var here []port.Listed
		for _, l := range listed {
			if at, name, err := j.of(l.GUN); err == nil && at.context == p.context {
				l.GUN = name
				here = append(here, l)
			}
		}
		return p.service().Refresh(ctx, here, func(v admin.Look) { tell(p.outside(v)) })
	})
}

// Cached returns what is saved of one repository.
func (j joined) Cached(ctx context.Context, gun model.GUN) (admin.Look, bool) {
	p, name, err := j.of(gun)
	if err != nil {
		return admin.Look{}, false
	}
	v, ok := p.service().Cached(ctx, name)
	return p.outside(v), ok
}

// Open reads one repository now.
func (j joined) Open(ctx context.Context, gun model.GUN) admin.Look {
	p, name, err := j.of(gun)
	if err != nil {
		return admin.Look{GUN: gun, Fault: model.FaultOf(err, ""), Assessment: health.Assessment{Level: health.None}}
	}
	return p.outside(p.service().Open(ctx, name))
}

// History reads the past of one repository.
func (j joined) History(ctx context.Context, gun model.GUN, window history.Window) (history.Timeline, error) {
	p, name, err := j.of(gun)
	if err != nil {
		return history.Timeline{}, err
	}
	line, err := p.service().History(ctx, name, window)
	line.GUN = gun
	return line, err
}

// Keys lists the private keys of all trust folders, each file once.
func (j joined) Keys(ctx context.Context, views []admin.Look) ([]admin.KeyUse, error) {
	found := make([][]admin.KeyUse, len(j))
	err := j.each(func(i int, p part) error {
		keys, err := p.service().Keys(ctx, j.views(p, views))
		for n := range keys {
			uses := slices.Clone(keys[n].Uses)
			for u := range uses {
				uses[u].GUN = p.name(uses[u].GUN)
			}
			keys[n].Uses = uses
		}
		found[i] = keys
		return err
	})
	type file struct {
		id          model.KeyID
		store, path string
	}
	var out []admin.KeyUse
	at := map[file]int{}
	for _, k := range slices.Concat(found...) {
		f := file{k.ID, k.Store, k.Path}
		if i, ok := at[f]; ok {
			out[i].Uses = append(out[i].Uses, k.Uses...)
			continue
		}
		at[f] = len(out)
		out = append(out, k)
	}
	return out, err
}

// Staged lists what waits in the trust folders.
func (j joined) Staged(ctx context.Context, views []admin.Look) ([]admin.Staged, error) {
	found := make([][]admin.Staged, len(j))
	err := j.each(func(i int, p part) error {
		staged, err := p.service().Staged(ctx, j.views(p, views))
		for n := range staged {
			staged[n].GUN = p.name(staged[n].GUN)
		}
		found[i] = staged
		return err
	})
	return slices.Concat(found...), err
}

// StagedFor tells what waits for one repository.
func (j joined) StagedFor(ctx context.Context, view admin.Look) admin.Staged {
	p, name, err := j.of(view.GUN)
	if err != nil {
		return admin.Staged{GUN: view.GUN, Fault: model.FaultOf(err, "")}
	}
	out := p.service().StagedFor(ctx, inside(view, name))
	out.GUN = p.name(out.GUN)
	return out
}

// Doctor lists the findings about everything. What is about this machine alone, and the
// same in several contexts, is there once.
func (j joined) Doctor(ctx context.Context, views []admin.Look) []health.Finding {
	found := make([][]health.Finding, len(j))
	_ = j.each(func(i int, p part) error { // the function returns no error
		found[i] = p.findings(p.service().Doctor(ctx, j.views(p, views)))
		return nil
	})
	type words struct{ code, text string }
	seen := map[words]bool{}
	return slices.DeleteFunc(slices.Concat(found...), func(f health.Finding) bool {
		w := words{f.Code, f.Text}
		twice := f.GUN == "" && seen[w]
		seen[w] = seen[w] || f.GUN == ""
		return twice
	})
}

// Forecast says which client of a repository fails when.
func (j joined) Forecast(ctx context.Context, r *model.Repository) (forecast.Forecast, error) {
	p, name, err := j.of(r.GUN)
	if err != nil {
		return forecast.Forecast{}, err
	}
	return p.service().Forecast(ctx, renamed(r, name))
}

// Roots reads the roots of a repository that are kept.
func (j joined) Roots(ctx context.Context, r *model.Repository) (admin.RootChain, error) {
	p, name, err := j.of(r.GUN)
	if err != nil {
		return admin.RootChain{}, err
	}
	return p.service().Roots(ctx, renamed(r, name))
}

// Served asks the registry what it serves under a tag.
func (j joined) Served(ctx context.Context, gun model.GUN, signed model.Resolution) model.Served {
	p, name, err := j.of(gun)
	if err != nil {
		return model.Served{Fault: model.FaultOf(err, "")}
	}
	return p.service().Served(ctx, name, signed)
}
