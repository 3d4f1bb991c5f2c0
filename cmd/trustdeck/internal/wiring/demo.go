package wiring

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"trustdeck/cmd/trustdeck/internal/settings"
	token "trustdeck/keystore/practice"
	"trustdeck/model/admin"
	"trustdeck/model/display"
	"trustdeck/model/lesson"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox/practice"
	"trustdeck/tui/secrets"
)

// OpenDemo opens a practice world, and nothing else. It is complete when the session is
// ready.
func OpenDemo(ctx context.Context, look settings.Settings, events *admin.Log, agent string) (*Session, error) {
	p, err := StartPractice(ctx, PracticeOptions{Lessons: true})
	if err != nil {
		return nil, err
	}
	s, err := Open(p.Settings(look), events, agent)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	s.Demo, s.Ready, s.Close = p, p.Filled, p.Close
	if d, ok := s.Service.(*admin.Service); ok {
		if err := p.plugIn(d); err != nil {
			return nil, errors.Join(err, p.Close())
		}
		for _, l := range p.taught {
			d.Named = append(d.Named, l.GUN) // the server does not know all of them
		}
		images, err := OpenRegistry(s.Settings, events, agent, p.world.URL())
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		d.Registry = images
		if client, ok := s.server.(*notaryserver.Client); ok {
			// The server waits for connections that were opened and not used.
			s.Close = func() error {
				client.Close()
				images.Close()
				return p.Close()
			}
		}
	}
	return s, nil
}

// plugIn plugs the practice token in, in place of all others: those are groups of stores.
func (p *PracticeWorld) plugIn(d *admin.Service) error {
	c := token.Config{
		Serial: practice.TokenSerial, PIN: practice.TokenPIN,
		ID: tokenKeyID,
	}
	for _, k := range practice.TokenKeys() {
		c.Keys = append(c.Keys, token.Key{Slot: k.Slot, Label: k.Label, Private: k.Private, Certified: k.Certified})
	}
	var err error
	if p.Token, err = token.New(c); err != nil {
		return err
	}
	d.Plugged = p.Token
	d.Stores = append(slices.DeleteFunc(d.Stores, func(store port.KeyStore) bool {
		_, group := store.(port.KeyStoreGroup)
		return group
	}), p.Token)
	return nil
}

// Settings are those of somebody who knows nothing but this world; how it looks
// is up to the user.
func (p *PracticeWorld) Settings(look settings.Settings) settings.Settings {
	return settings.Settings{
		Server: p.world.URL(), ServerFrom: "the practice world", TLS: settings.TLS{CACert: p.authority()},
		DockerConfig: p.docker(), TrustDir: p.trust(), KeyDir: p.keys(), CacheDir: filepath.Join(p.Dir, "cache"), JournalDir: filepath.Join(p.Dir, "journal"),
		BackupRecord: filepath.Join(p.Dir, "backups.json"), MemoryDir: filepath.Join(p.Dir, "memory"),
		Timeout: look.Timeout, Parallel: look.Parallel, Soon: look.Soon, Refresh: look.Refresh,
		Repositories: p.repositories(),
		Theme:        look.Theme, ASCII: look.ASCII, Mouse: look.Mouse, Notify: look.Notify, LogFile: look.LogFile,
	}
}

// Lessons are those of the demo, for the screen; none anywhere else.
func (s *Session) Lessons() []lesson.Lesson {
	if s.Demo == nil {
		return nil
	}
	return s.Demo.taught
}

// Practice is what opens the keys of the demo, which is no secret; empty anywhere else.
func (s *Session) Practice() secrets.Practice {
	if s.Demo == nil {
		return secrets.Practice{}
	}
	out := secrets.Practice{Passphrase: practice.Passphrase, PIN: practice.TokenPIN}
	if s.Demo.Token != nil {
		out.PIN = s.Demo.Token.PIN()
	}
	return out
}

// Introduction shows other clients the way to the practice world; nil where there
// is none.
func (s *Session) Introduction() []string {
	if s.Demo == nil {
		return nil
	}
	return []string{". " + display.ShellWord(s.Demo.Environment())}
}
