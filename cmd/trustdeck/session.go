package main

import (
	"context"
	"crypto/tls"
	"net/url"
	"time"

	"trustdeck/cmd/trustdeck/internal/backuprecord"
	"trustdeck/cmd/trustdeck/internal/journal"
	"trustdeck/cmd/trustdeck/internal/memories"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/memory"
	"trustdeck/model/notary/docker"
	"trustdeck/remote/archive"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// session is what is open during a run.
type session struct {
	settings settings.Settings
	desk     desk
	// clock tells the moment that is judged: now, that of --at, or else the
	// date of the archive that is read.
	clock admin.Clock
	// source says where repositories are read from.
	source model.Source
	events *admin.Log
	// known lists repositories without asking a server.
	known func(context.Context) []admin.Listed
	// has asks the server whether it has a repository of this name; nil where
	// there is no server, or no one server, to ask.
	has func(context.Context, model.GUN) bool
	// close releases what is open; nil where nothing is.
	close func() error
	// ready waits until there is something to read; nil where there is at once.
	ready func() error
	// demo is the practice world that is shown; nil where it is none.
	demo *practiceWorld
}

// openSession joins the parts that the settings name: an archive, the one
// server that is set, or for each repository the server of its registry. It
// makes no request.
func openSession(s settings.Settings, events *admin.Log) (*session, error) {
	trust := trustdir.Open(s.TrustDir)
	if s.Archive != "" {
		reader, err := archive.Open(s.Archive)
		if err != nil {
			return nil, err
		}
		return archiveSession(s, events, reader, trust), nil
	}
	servers, err := newServers(s, events)
	if err != nil {
		return nil, err
	}
	d := newDesk(s, events)
	d.Trust = trust
	if d.Registry, err = openRegistry(s, events, ""); err != nil {
		return nil, err
	}
	out := &session{settings: s, events: events, desk: d, clock: d.Clock}
	place := s.Server
	if s.Server != "" {
		if d.Remote, err = servers.at(s.Server); err != nil {
			return nil, err
		}
		out.has = func(ctx context.Context, gun model.GUN) bool {
			v := d.Open(ctx, gun)
			return v.Repository != nil && v.Fault == nil
		}
	} else {
		place = registries
		d.Remote = &byRegistry{serverFor: s.ServerFor, open: servers.at}
		out.desk = namedSources{Desk: d, serverFor: s.ServerFor}
	}
	if s.CacheDir != "" {
		d.Cache = notaryserver.NewCache(s.CacheDir, place, events.Add)
	}
	if d.Memories = memories.New(s.MemoryDir, place); !s.At.IsZero() {
		d.Memories = readOnly{d.Memories}
	}
	d.Publisher, _ = d.Remote.(admin.Publisher)
	d.Store, d.Journal = trustdir.NewKeeper(trust), journal.New(s.JournalDir)
	d.Backups = backuprecord.New(s.BackupRecord)
	out.source = d.Remote.Source()
	out.known = func(ctx context.Context) []admin.Listed { return knownHere(ctx, d) }
	return out, nil
}

// archiveSession reads an archive as it was on its date, unless another moment
// is asked for: what it holds has expired by design.
func archiveSession(s settings.Settings, events *admin.Log, reader *archive.Reader, trust admin.TrustDir) *session {
	d := newDesk(s, events)
	d.Remote, d.Trust, d.Backups = reader, trust, backuprecord.New(s.BackupRecord)
	if s.At.IsZero() {
		d.Clock = reader.Date
	}
	return &session{
		settings: s, events: events, desk: d, clock: d.Clock, source: reader.Source(), close: reader.Close,
		known: func(ctx context.Context) []admin.Listed {
			listed, _ := d.List(ctx) // what cannot be listed is not offered
			return listed
		},
	}
}

// readOnly is a memory that does not grow: what verifies at another time than now must
// not be remembered.
type readOnly struct{ admin.Memories }

// Update keeps nothing.
func (readOnly) Update(context.Context, model.GUN, func(memory.Record, bool, error) (memory.Record, error)) error {
	return nil
}

// newDesk makes a desk that lacks a remote.
func newDesk(s settings.Settings, events *admin.Log) *admin.Desk {
	limits := health.DefaultOptions()
	if s.Soon > 0 {
		limits.Soon = s.Soon
	}
	clock := admin.Clock(time.Now)
	if !s.At.IsZero() {
		clock = func() time.Time { return s.At }
	}
	return &admin.Desk{Dialect: docker.Dialect{}, Pins: s.Pins, Clock: clock, Health: limits, Parallel: s.Parallel, Log: events}
}

// knownHere lists what trust folder and cache have.
func knownHere(ctx context.Context, d *admin.Desk) []admin.Listed {
	listed, _ := d.Trust.Repositories(ctx) // what cannot be listed is not offered
	if d.Cache == nil {
		return listed
	}
	cached, _ := d.Cache.Repositories(ctx)
	seen := map[model.GUN]bool{}
	for _, l := range listed {
		seen[l.GUN] = true
	}
	for _, l := range cached {
		if !seen[l.GUN] {
			listed = append(listed, l)
		}
	}
	return listed
}

// servers makes clients that share settings.
type servers struct {
	settings    settings.Settings
	credentials transport.Credentials
	events      *admin.Log
}

// newServers finds the credentials. Those of NOTARY_AUTH are for one server:
// where each registry has its own, they would be handed to strangers.
func newServers(s settings.Settings, events *admin.Log) (*servers, error) {
	out := &servers{settings: s, events: events}
	var err error
	if s.NotaryAuth != "" && s.Server != "" {
		out.credentials, err = transport.ParseNotaryAuth(string(s.NotaryAuth))
	} else {
		out.credentials, err = transport.NewDockerCredentials(s.DockerConfig)
	}
	return out, err
}

// at makes the client of one server.
func (s *servers) at(server string) (admin.Remote, error) {
	own := ""
	if u, err := url.Parse(server); err == nil {
		own = transport.HostPort(u)
	}
	return notaryserver.New(notaryserver.Config{
		URL: server, TLS: func(hostport string) (*tls.Config, error) { return s.tls(hostport, own) }, Credentials: s.credentials,
		Timeout: s.settings.Timeout, Parallel: s.settings.Parallel,
		UserAgent: "trustdeck/" + build().Version, Log: s.events.Add,
	})
}

// tls returns what was given for one host. For the server that is what the user named,
// and beside it what is in Docker's folder; for any other host, such as one that gives
// out tokens, what is in the folder of that host. Authorities that the user named take
// the place of all others everywhere.
func (s *servers) tls(hostport, server string) (*tls.Config, error) {
	docker, err := transport.DockerTLS(s.settings.DockerConfig, hostport)
	if err != nil || s.settings.TLS == (settings.TLS{}) || docker == nil && hostport != server {
		return docker, err
	}
	named := transport.TLSFiles{CA: s.settings.TLS.CACert}
	if hostport == server {
		named = transport.TLSFiles{CA: s.settings.TLS.CACert, Cert: s.settings.TLS.Cert, Key: s.settings.TLS.Key, SkipVerify: s.settings.TLS.SkipVerify}
	}
	own, err := named.Config()
	if err != nil || docker == nil {
		return own, err
	}
	if own.RootCAs == nil {
		own.RootCAs = docker.RootCAs
	}
	if len(own.Certificates) == 0 {
		own.Certificates = docker.Certificates
	}
	return own, nil
}
