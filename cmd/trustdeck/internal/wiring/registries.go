package wiring

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"trustdeck/model"
	"trustdeck/model/port"
)

// registries is what stands for the server where none is set.
const registries = "the server of each registry"

// byRegistry is a remote that asks, for each repository, the server of its
// registry, as docker does. There is one service on it and not one for each server,
// for a key may be used, and a finding be made, across servers.
type byRegistry struct {
	serverFor func(model.GUN) string
	open      func(server string) (port.Remote, error)

	mu      sync.Mutex
	remotes map[string]port.Remote
}

var (
	_ port.Remote      = (*byRegistry)(nil)
	_ port.ManySources = (*byRegistry)(nil)
	_ port.Feed        = (*byRegistry)(nil)
)

// Source names no server: there are many.
func (*byRegistry) Source() model.Source {
	return model.Source{Kind: model.SourceServer, Name: registries}
}

// SourceOf names the server of a repository's registry.
func (b *byRegistry) SourceOf(gun model.GUN) model.Source {
	return model.Source{Kind: model.SourceServer, Name: b.serverFor(gun)}
}

// remote returns the client for a repository, and makes it where it is the
// first one of its server.
func (b *byRegistry) remote(gun model.GUN) (port.Remote, error) {
	server := b.serverFor(gun)
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, ok := b.remotes[server]; ok {
		return r, nil
	}
	r, err := b.open(server)
	if err != nil {
		return nil, err
	}
	if b.remotes == nil {
		b.remotes = map[string]port.Remote{}
	}
	b.remotes[server] = r
	return r, nil
}

// Read asks the server of the repository's registry.
func (b *byRegistry) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	r, err := b.remote(gun)
	if err != nil {
		return port.File{}, err
	}
	return r.Read(ctx, gun, ref)
}

// Changes asks the server of the repository's registry.
func (b *byRegistry) Changes(ctx context.Context, gun model.GUN) ([]port.Change, error) {
	r, err := b.remote(gun)
	if err != nil {
		return nil, err
	}
	return r.Changes(ctx, gun)
}

// Since asks the server of the repository's registry.
func (b *byRegistry) Since(ctx context.Context, gun model.GUN, after port.Change) (port.News, error) {
	if gun == "" {
		return port.News{}, &model.Fault{Kind: model.FaultNotFound, Subject: registries, Text: "no single server lists what has changed"}
	}
	r, err := b.remote(gun)
	if err != nil {
		return port.News{}, err
	}
	return since(ctx, r, gun, after)
}

// since asks a place for what has changed, where it can tell.
func since(ctx context.Context, r port.Remote, gun model.GUN, after port.Change) (port.News, error) {
	feed, ok := r.(port.Feed)
	if !ok {
		return port.News{}, &model.Fault{Kind: model.FaultNotFound, Subject: r.Source().Name, Text: "it doesn't list what has changed"}
	}
	return feed.Since(ctx, gun, after)
}

// Repositories fails: there is no one server to ask for what it has.
func (*byRegistry) Repositories(context.Context) ([]port.Listed, error) {
	return nil, &model.Fault{
		Kind: model.FaultNotFound, Text: "no server is set, so trustdeck lists only repositories known here",
		Hint: "Set one with --server or DOCKER_CONTENT_TRUST_SERVER, or name repositories.",
	}
}

// Ping asks every server that was needed so far.
func (b *byRegistry) Ping(ctx context.Context) error {
	b.mu.Lock()
	remotes := maps.Clone(b.remotes)
	b.mu.Unlock()
	var errs []error
	for _, server := range slices.Sorted(maps.Keys(remotes)) {
		errs = append(errs, remotes[server].Ping(ctx))
	}
	return errors.Join(errs...)
}

// publisher is the server of the repository's registry.
func (b *byRegistry) publisher(gun model.GUN) (port.Publisher, error) {
	r, err := b.remote(gun)
	if err != nil {
		return nil, err
	}
	p, ok := r.(port.Publisher)
	if !ok {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: r.Source().Name, Text: "it is read-only"}
	}
	return p, nil
}
