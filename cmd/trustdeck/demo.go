package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model/admin"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox/practice"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// openDemo opens a practice world, and nothing else. It is complete when the session is
// ready.
func openDemo(ctx context.Context, look settings.Settings, events *admin.Log) (*session, error) {
	p, err := startPractice(ctx, practiceOptions{lessons: true})
	if err != nil {
		return nil, err
	}
	s, err := openSession(p.settings(look), events)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	s.demo, s.ready, s.close = p, p.filled, p.close
	if d, ok := s.desk.(*admin.Desk); ok {
		for _, l := range p.taught {
			d.Named = append(d.Named, l.GUN) // the server does not know all of them
		}
		images, err := openRegistry(s.settings, events, p.world.URL())
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		d.Registry = images
		if client, ok := d.Remote.(*notaryserver.Client); ok {
			// The server waits for connections that were opened and not used.
			s.close = func() error {
				client.Close()
				images.Close()
				return p.close()
			}
		}
	}
	return s, nil
}

// settings are those of somebody who knows nothing but this world; how it looks
// is up to the user.
func (p *practiceWorld) settings(look settings.Settings) settings.Settings {
	return settings.Settings{
		Server: p.world.URL(), ServerFrom: "the practice world", TLS: settings.TLS{CACert: p.authority()},
		DockerConfig: p.docker(), TrustDir: p.trust(), CacheDir: filepath.Join(p.dir, "cache"), JournalDir: filepath.Join(p.dir, "journal"),
		BackupRecord: filepath.Join(p.dir, "backups.json"), MemoryDir: filepath.Join(p.dir, "memory"),
		Timeout: look.Timeout, Parallel: look.Parallel, Soon: look.Soon,
		Theme: look.Theme, ASCII: look.ASCII, Mouse: look.Mouse, LogFile: look.LogFile,
	}
}

// lessons are those of the demo, for the screen; none anywhere else.
func (s *session) lessons() []screen.Lesson {
	if s.demo == nil {
		return nil
	}
	var out []screen.Lesson
	for _, l := range s.demo.taught {
		out = append(out, screen.Lesson(l))
	}
	return out
}

// passphrase is that of the keys of the demo, which is no secret; empty anywhere else.
func (s *session) passphrase() string {
	if s.demo == nil {
		return ""
	}
	return practice.Passphrase
}

// introduction shows other clients the way to the practice world; nil where there
// is none.
func (s *session) introduction() []string {
	if s.demo == nil {
		return nil
	}
	return []string{". " + text.ShellQuote(s.demo.environment())}
}

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo [ROUTE]",
		Short: "Open the UI on a practice world",
		Long: `Opens the full-screen UI on a practice world, at ROUTE if one is given: a Notary
server and a registry in this very process, with repositories that each teach
something. P lists the lessons. Everything is in a temporary folder, which is
removed at the end; nothing else is touched.

docker and notary can use the same world from another terminal: each lesson says
how. The passphrase of every private key is "` + practice.Passphrase + `".`,
		Example: `  trustdeck demo
  trustdeck demo lessons`,
		Args: arguments("one route at most", 0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			start, err := routeOf(args)
			if err != nil {
				return err
			}
			if err := a.needTerminal(); err != nil {
				return err
			}
			s, err := a.demo(cmd.Context())
			if err != nil {
				return err
			}
			return a.ui(cmd.Context(), a, s, start)
		},
	}
}
