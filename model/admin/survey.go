package admin

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/port"
)

// List gathers the repositories that are known: from the remote itself, the
// trust folder, the cache and what the user named; sorted by name. Where one of
// the places fails, the others are listed all the same, and the error says
// which failed.
func (d *Service) List(ctx context.Context) ([]port.Listed, error) {
	out, remote, local := d.Listing(ctx)
	return out, errors.Join(remote, local)
}

// Listing is List, with what failed at the remote and what failed here.
func (d *Service) Listing(ctx context.Context) (out []port.Listed, remote, local error) {
	byName := map[model.GUN]port.Listed{}
	put := func(found []port.Listed) {
		for _, l := range found {
			have, ok := byName[l.GUN]
			if !ok {
				byName[l.GUN] = l
			} else if have.Changed.IsZero() {
				have.Changed = l.Changed
				byName[l.GUN] = have
			}
		}
	}
	for _, gun := range d.Named {
		put([]port.Listed{{GUN: gun}})
	}
	found, remote := d.Remote.Repositories(ctx)
	put(found)
	var errs []error
	if d.Remote.Source().Kind != model.SourceArchive {
		if d.Trust != nil {
			found, err := d.Trust.Repositories(ctx)
			put(found)
			if err == nil {
				found, err = d.Trust.StagedRepositories(ctx)
				put(found)
			}
			errs = append(errs, err)
		}
		if d.Cache != nil {
			found, err := d.Cache.Repositories(ctx)
			put(found)
			errs = append(errs, err)
		}
	}
	out = slices.SortedFunc(maps.Values(byName), func(a, b port.Listed) int { return strings.Compare(string(a.GUN), string(b.GUN)) })
	return out, remote, errors.Join(errs...)
}

// Survey looks at every repository that is known: first at what is cached, so
// that there is something to show at once, then at what the server has now.
// Those that are not cached come as loading as soon as their names are known.
// each is called for every View, from one goroutine at a time. The error is
// that of List; what fails for one repository is in its View.
func (d *Service) Survey(ctx context.Context, each func(Look)) error {
	var mu sync.Mutex
	serial := func(v Look) {
		mu.Lock()
		defer mu.Unlock()
		each(v)
	}
	shown := map[model.GUN]bool{}
	if d.Cache != nil {
		d.surveyCache(ctx, func(v Look) {
			serial(v)
			mu.Lock()
			defer mu.Unlock()
			shown[v.GUN] = true
		})
	}
	listed, err := d.List(ctx)
	for _, l := range listed {
		if !shown[l.GUN] && ctx.Err() == nil {
			each(Look{GUN: l.GUN, Assessment: health.Assessment{Level: health.Loading}, Changed: l.Changed})
		}
	}
	d.refresh(ctx, listed, serial)
	return errors.Join(err, context.Cause(ctx))
}

// Refresh looks at the repositories as they are now. each is called for every
// View, from one goroutine at a time.
func (d *Service) Refresh(ctx context.Context, listed []port.Listed, each func(Look)) error {
	var mu sync.Mutex
	d.refresh(ctx, listed, func(v Look) {
		mu.Lock()
		defer mu.Unlock()
		each(v)
	})
	return context.Cause(ctx)
}

func (d *Service) surveyCache(ctx context.Context, each func(Look)) {
	cached, err := d.Cache.Repositories(ctx)
	if err != nil {
		d.warn("cache", "the cache could not be listed: "+err.Error())
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, l := range cached {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if view, ok := d.Cached(ctx, l.GUN); ok {
				each(view)
			}
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
}

func (d *Service) refresh(ctx context.Context, listed []port.Listed, each func(Look)) {
	var group errgroup.Group
	group.SetLimit(d.Requests())
	for _, l := range listed {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			view := d.Open(ctx, l.GUN)
			if !l.Changed.IsZero() {
				view.Changed = l.Changed
			}
			if ctx.Err() == nil {
				each(view)
			}
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
}
