package wiring

import (
	"context"
	"slices"
	"time"

	"trustdeck/cmd/trustdeck/internal/backuprecord"
	"trustdeck/cmd/trustdeck/internal/journal"
	"trustdeck/cmd/trustdeck/internal/memories"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/backup"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	archiving "trustdeck/model/admin/archive"
	backups "trustdeck/model/admin/backup"
	"trustdeck/model/admin/change"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/memory"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/remote/archive"
	"trustdeck/remote/notaryserver"
	"trustdeck/tui/screen"
)

// Session is what is open during a run.
type Session struct {
	Settings settings.Settings
	// Contexts are the names of several contexts that are shown beside each other; none
	// where there is one: see Join.
	Contexts []string
	Service  Service
	// Clock tells the moment that is judged: now, that of --at, or else the
	// date of the archive that is read.
	Clock port.Clock
	// Source says where repositories are read from.
	Source model.Source
	Events *admin.Log
	// DialectOf says in which dialect a repository is.
	DialectOf dialect.Of
	// Known lists repositories without asking a server.
	Known func(context.Context) []port.Listed
	// Fresh reports whether Known lists nothing, without reading all of it; nil where that
	// cannot be.
	Fresh func(context.Context) bool
	// Has asks the server whether it has a repository of this name; nil where
	// there is no server, or no one server, to ask.
	Has func(context.Context, model.GUN) bool
	// server is where repositories are read from that have no place of their own.
	server port.Remote
	// publishing changes what is read; nil where nothing can be changed.
	publishing *change.Service
	// Close releases what is open; nil where nothing is.
	Close func() error
	// Demo is the practice world that is shown; nil where it is none.
	Demo *PracticeWorld
	// Ready waits until there is something to read; nil where there is at once.
	Ready func() error
}

// Service is what the commands need of the use cases.
type Service interface {
	screen.Source
	// Refresh looks at repositories as they are now, without the cache first.
	Refresh(ctx context.Context, listed []port.Listed, each func(admin.Look)) error
	// StagedFor tells what waits in the trust folder for one repository.
	StagedFor(ctx context.Context, view admin.Look) admin.Staged
}

// Open joins the parts that the settings name: an archive, the one
// server that is set, or for each repository the server of its registry. It
// makes no request. agent is what servers are told of who asks.
func Open(s settings.Settings, events *admin.Log, agent string) (*Session, error) {
	trust := trustdir.Open(s.TrustDir)
	if s.Archive != "" {
		reader, err := archive.Open(s.Archive)
		if err != nil {
			return nil, err
		}
		return archiveSession(s, events, reader, trust), nil
	}
	servers, err := newServers(s, events, agent)
	if err != nil {
		return nil, err
	}
	d := newService(s, events)
	d.Trust, d.Stores = trust, keyStores(s, trust)
	if d.Registry, err = OpenRegistry(s, events, agent, ""); err != nil {
		return nil, err
	}
	out := &Session{Settings: s, Events: events, Service: d, Clock: d.Clock}
	place := s.Server
	var publisher port.Publisher // nil where there is no server
	switch {
	case s.FoldersOnly:
		none := noServer{s.Context}
		place, d.Remote, d.Trust, publisher = nowhere, none, unlisted{trust}, publishers(none.publisher)
	case s.Server != "":
		if d.Remote, err = servers.at(s.Server); err != nil {
			return nil, err
		}
		publisher, _ = d.Remote.(port.Publisher)
		out.Has = func(ctx context.Context, gun model.GUN) bool {
			v := d.Open(ctx, gun)
			return v.Repository != nil && v.Fault == nil
		}
	default:
		place = registries
		each := &byRegistry{serverFor: s.ServerFor, open: servers.at}
		d.Remote, publisher = each, publishers(each.publisher)
	}
	var cache *notaryserver.Cache
	if s.CacheDir != "" {
		cache = notaryserver.NewCache(s.CacheDir, place, events.Add)
		d.Cache = cache
	}
	d.Memories = memories.New(s.MemoryDir, place)
	d.Backups = backuprecord.New(s.BackupRecord)
	out.server = d.Remote
	at := &places{servers: servers, names: s.Repositories, cached: s.CacheDir != ""}
	at.route(d)
	if publisher != nil {
		out.publishing = &change.Service{Service: d, Publisher: at.publishers(publisher), Journal: journal.New(s.JournalDir), TrustData: trust}
	}
	if !s.At.IsZero() {
		d.Memories = readOnly{d.Memories}
	}
	out.Source, out.DialectOf = d.Remote.Source(), d.DialectOf
	out.Known = func(ctx context.Context) []port.Listed { return knownHere(ctx, d) }
	out.Fresh = func(ctx context.Context) bool {
		return (cache == nil || cache.Empty(ctx)) && len(knownWithoutCache(ctx, d)) == 0
	}
	return out, nil
}

// Publishing is what changes something; nil where nothing can be changed.
func (s *Session) Publishing() *change.Service { return s.publishing }

// Archives saves what the session reads in a vault.
func (s *Session) Archives(vault archiving.Vault) *archiving.Service {
	service, _ := s.Service.(*admin.Service)
	return &archiving.Service{Admin: service, Vault: vault}
}

// archiveSession reads an archive as it was on its date, unless another moment
// is asked for: what it holds has expired by design.
func archiveSession(s settings.Settings, events *admin.Log, reader *archive.Reader, trust *trustdir.Store) *Session {
	d := newService(s, events)
	d.Remote, d.Trust, d.Backups = reader, trust, backuprecord.New(s.BackupRecord)
	d.Stores = keyStores(s, trust)
	if s.At.IsZero() {
		d.Clock = reader.Date
	}
	return &Session{
		Settings: s, Events: events, Service: d, DialectOf: d.DialectOf, Clock: d.Clock, Source: reader.Source(), Close: reader.Close,
		Known: func(ctx context.Context) []port.Listed {
			listed, _ := d.List(ctx) // what cannot be listed is not offered
			return listed
		},
	}
}

// readOnly is a memory that does not grow: what verifies at another time than now must
// not be remembered.
type readOnly struct{ port.Memories }

// Update keeps nothing.
func (readOnly) Update(context.Context, model.GUN, func(memory.Record, bool, error) (memory.Record, error)) error {
	return nil
}

// newService makes a service that lacks a remote.
func newService(s settings.Settings, events *admin.Log) *admin.Service {
	limits := health.DefaultOptions()
	if s.Soon > 0 {
		limits.Soon = s.Soon
	}
	clock := port.Clock(time.Now)
	if !s.At.IsZero() {
		clock = func() time.Time { return s.At }
	}
	// All looks and plans of the service share the large files that were parsed for one of them.
	others := docker.Dialect{Format: notary.Format{Parsed: &notary.ParsedFiles{}}}
	return &admin.Service{DialectOf: func(gun model.GUN) dialect.Dialect { return dialectOf(gun, s.Repositories, others) }, Pins: s.Pins, Clock: clock, Health: limits, Parallel: s.Parallel, Log: events, Plugged: pluggedTokens()}
}

// knownHere lists what trust folder and cache have, each repository once.
func knownHere(ctx context.Context, d *admin.Service) []port.Listed {
	listed := knownWithoutCache(ctx, d)
	if d.Cache != nil {
		cached, _ := d.Cache.Repositories(ctx)
		listed = append(listed, cached...)
	}
	seen := map[model.GUN]bool{}
	return slices.DeleteFunc(listed, func(l port.Listed) bool {
		again := seen[l.GUN]
		seen[l.GUN] = true
		return again
	})
}

// knownWithoutCache lists what the trust folder has, and what has a name in the settings.
func knownWithoutCache(ctx context.Context, d *admin.Service) []port.Listed {
	listed, _ := d.Trust.Repositories(ctx) // what cannot be listed is not offered
	for _, gun := range d.Named {
		listed = append(listed, port.Listed{GUN: gun})
	}
	return listed
}

// Backups joins the trust folder with the files of backups, which name the version of the
// program that makes them.
func (s *Session) Backups(clock port.Clock, version string) *backups.Service {
	keys := bothFolders(s.Settings)
	return &backups.Service{
		Dialect: docker.Dialect{}, Others: otherProvers(), Folder: keys, Store: keys, Archives: backup.New(s.Settings.TrustDir),
		Record: backuprecord.New(s.Settings.BackupRecord), Clock: clock, Version: version, Pins: s.Settings.Pins,
	}
}

// KeyFiles are the use cases of private key files in the trust folder.
func (s *Session) KeyFiles() *keyfile.Service {
	keys := bothFolders(s.Settings)
	return &keyfile.Service{Dialect: docker.Dialect{}, Others: otherProvers(), Store: keys, Files: keys}
}

// OwnKeyFiles are those use cases where trustdeck's own folder takes the keys that are made and
// imported; nil where there is no such folder.
func (s *Session) OwnKeyFiles() *keyfile.Service {
	if s.Settings.KeyDir == "" {
		return nil
	}
	keys := intoOwn(s.Settings)
	return &keyfile.Service{Dialect: tuf.Dialect{}, Others: admin.Provers{docker.Dialect{}}, Store: keys, Files: keys}
}

// CreateArchive opens a folder for writing as archive.Create does.
func CreateArchive(dir string, clock port.Clock) (*archive.Writer, error) {
	return archive.Create(dir, clock)
}
