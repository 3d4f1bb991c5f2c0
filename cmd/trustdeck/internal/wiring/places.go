package wiring

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"sync"

	"trustdeck/cmd/trustdeck/internal/memories"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/remote/directory"
	"trustdeck/remote/notaryserver"
)

// places are where the repositories of a service are: each one of TUF 1.0 at a place of its
// own, and all others at the server. There is one service on all of them, for a key may be
// used, and a finding be made, in any.
type places struct {
	servers *servers
	// names are the locations that the user has given a name.
	names map[string]string
	// cached says whether what is read from the web is kept.
	cached bool

	mu   sync.Mutex
	open map[model.GUN]*site
}

// site is what belongs to one place.
type site struct {
	remote   port.Remote
	memories port.Memories
	// cache is nil where nothing is kept: a folder is as near as a cache.
	cache port.Cache
	// fault is why the place cannot be read; nil where it can.
	fault error
}

// of is the site of a repository; nil for one at the server.
func (p *places) of(gun model.GUN) *site {
	location, ok := locationOf(gun, p.names)
	if !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.open[gun]; ok {
		return s
	}
	s := p.make(gun, location)
	if p.open == nil {
		p.open = map[model.GUN]*site{}
	}
	p.open[gun] = s
	return s
}

func (p *places) make(gun model.GUN, location string) *site {
	s := p.servers.settings
	out := &site{memories: memories.New(s.MemoryDir, location)}
	place, err := placeAt(location)
	if err != nil {
		out.fault = err
		return out
	}
	if place.Kind == InFolder {
		out.remote = directory.NewFolder(place.Location, gun)
		return out
	}
	remote, err := directory.NewSite(directory.SiteConfig{
		URL: place.Location, GUN: gun, Timeout: s.Timeout, Parallel: s.Parallel,
		TLS:       func(hostport string) (*tls.Config, error) { return p.servers.tls(hostport, hostport) },
		UserAgent: p.servers.agent, Log: p.servers.events.Add,
	})
	if err != nil {
		out.fault = err
		return out
	}
	out.remote = remote
	if p.cached {
		out.cache = notaryserver.NewCache(s.CacheDir, place.Location, p.servers.events.Add)
	}
	return out
}

// named are the repositories that the user has given a name, sorted.
func (p *places) named() []model.GUN {
	var out []model.GUN
	for name := range p.names {
		out = append(out, model.GUN(name))
	}
	slices.SortFunc(out, func(a, b model.GUN) int { return strings.Compare(string(a), string(b)) })
	return out
}

// DialectOf says in which dialect a repository is. names are those of the settings.
func DialectOf(gun model.GUN, names map[string]string) dialect.Dialect {
	return dialectOf(gun, names, docker.Dialect{})
}

func dialectOf(gun model.GUN, names map[string]string, others docker.Dialect) dialect.Dialect {
	location, ok := locationOf(gun, names)
	if !ok {
		return others
	}
	if place, err := placeAt(location); err != nil || place.Kind == OnWeb {
		return lookedAt{tuf.Dialect{}}
	}
	return tuf.Dialect{}
}

// lookedAt is a dialect where nothing can be written: on the web.
type lookedAt struct{ dialect.Dialect }

// route has a service look for each repository where it is.
func (p *places) route(d *admin.Service) {
	d.Remote = placedRemote{d.Remote, p}
	if d.Cache != nil {
		d.Cache = placedCache{d.Cache, p}
	}
	d.Memories = placedMemories{d.Memories, p}
	d.Trust = placedTrust{d.Trust, p}
	d.Named = append(d.Named, p.named()...)
}

// publishers publish each repository where it is: in its folder, or at the server. What is
// on the web can only be read.
func (p *places) publishers(server port.Publisher) publishers {
	return func(gun model.GUN) (port.Publisher, error) {
		s := p.of(gun)
		switch {
		case s == nil:
			return server, nil
		case s.fault != nil:
			return nil, s.fault
		}
		if publisher, ok := s.remote.(port.Publisher); ok {
			return publisher, nil
		}
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: s.remote.Source().Name, Text: "a repository on a web server can only be read",
			Hint: "change a copy of it in a folder, and upload that",
		}
	}
}

// placedRemote reads each repository where it is.
type placedRemote struct {
	port.Remote
	places *places
}

var (
	_ port.ManySources = placedRemote{}
	_ port.Feed        = placedRemote{}
)

func (r placedRemote) at(gun model.GUN) (port.Remote, error) {
	s := r.places.of(gun)
	switch {
	case s == nil:
		return r.Remote, nil
	case s.fault != nil:
		return nil, s.fault
	default:
		return s.remote, nil
	}
}

// Read reads from the place of the repository.
func (r placedRemote) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	at, err := r.at(gun)
	if err != nil {
		return port.File{}, err
	}
	return at.Read(ctx, gun, ref)
}

// Changes asks the place of the repository.
func (r placedRemote) Changes(ctx context.Context, gun model.GUN) ([]port.Change, error) {
	at, err := r.at(gun)
	if err != nil {
		return nil, err
	}
	return at.Changes(ctx, gun)
}

// Since asks the place of the repository, or the server.
func (r placedRemote) Since(ctx context.Context, gun model.GUN, after port.Change) (port.News, error) {
	at, err := r.at(gun)
	if err != nil {
		return port.News{}, err
	}
	return since(ctx, at, gun, after)
}

// SourceOf is the place of the repository.
func (r placedRemote) SourceOf(gun model.GUN) model.Source {
	if at, err := r.at(gun); err == nil && r.places.of(gun) != nil {
		return at.Source()
	}
	if many, ok := r.Remote.(port.ManySources); ok {
		return many.SourceOf(gun)
	}
	return r.Source()
}

// placedCache keeps what was read apart from that of other places.
type placedCache struct {
	port.Cache
	places *places
}

// Load returns what is kept of the place of the repository.
func (c placedCache) Load(ctx context.Context, gun model.GUN) (port.Saved, bool, error) {
	s := c.places.of(gun)
	switch {
	case s == nil:
		return c.Cache.Load(ctx, gun)
	case s.cache == nil:
		return port.Saved{}, false, nil
	default:
		return s.cache.Load(ctx, gun)
	}
}

// Save keeps what was read, unless it is in a folder anyway.
func (c placedCache) Save(ctx context.Context, gun model.GUN, saved port.Saved) error {
	s := c.places.of(gun)
	switch {
	case s == nil:
		return c.Cache.Save(ctx, gun, saved)
	case s.cache == nil:
		return nil
	default:
		return s.cache.Save(ctx, gun, saved)
	}
}

// placedMemories remember what was verified by the place of a repository.
type placedMemories struct {
	port.Memories
	places *places
}

func (m placedMemories) at(gun model.GUN) port.Memories {
	if s := m.places.of(gun); s != nil {
		return s.memories
	}
	return m.Memories
}

// Load returns what is remembered.
func (m placedMemories) Load(ctx context.Context, gun model.GUN) (memory.Record, bool, error) {
	return m.at(gun).Load(ctx, gun)
}

// Update remembers more.
func (m placedMemories) Update(ctx context.Context, gun model.GUN, change func(memory.Record, bool, error) (memory.Record, error)) error {
	return m.at(gun).Update(ctx, gun, change)
}

// placedTrust is a trust folder in which no repository of another place has a root, by
// whatever name.
type placedTrust struct {
	port.TrustDir
	places *places
}

// Root returns the root of a repository at the server.
func (t placedTrust) Root(gun model.GUN) ([]byte, bool, error) {
	if t.places.of(gun) != nil {
		return nil, false, nil
	}
	return t.TrustDir.Root(gun)
}
