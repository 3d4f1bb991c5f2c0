package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// runUI is what happens without a command: the full screen, at a place.
func (a *app) runUI(cmd *cobra.Command, args []string) error {
	var start nav.Route
	if len(args) > 0 {
		route, err := nav.Parse(args[0])
		if err != nil {
			return usageError(err.Error(), "")
		}
		start = route
	}
	if err := a.needTerminal(); err != nil {
		return err
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	return a.ui(cmd.Context(), a, s, start)
}

// needTerminal refuses to draw where nobody can see or answer.
func (a *app) needTerminal() error {
	if a.interactive {
		return nil
	}
	return usageError("the full screen needs a terminal at both ends",
		"Use a command: repos, inspect, tags, keys, verify, doctor or archive, with -o json for programs. See trustdeck --help.")
}

// The choices of the welcome screen.
const (
	chooseServer  = "server"
	chooseArchive = "archive"
	chooseDemo    = "demo"
)

// showUI runs the full screen until the user quits. Choices of the welcome
// screen begin again somewhere else.
func showUI(ctx context.Context, a *app, s *session, start nav.Route) error {
	for {
		options, err := uiOptions(ctx, a, s, start)
		if err != nil {
			return err
		}
		// The UI has its own ways to end on a signal, and restores the
		// terminal; being cut off by the context would come in between.
		result, err := tui.Run(context.WithoutCancel(ctx), os.Stdin, os.Stdout, options)
		switch {
		case err != nil:
			return err
		case result.Signal != nil:
			return signalError{result.Signal}
		case result.Choice == "":
			return nil
		}
		start = nav.Place(nav.KindRepos)
		if s, err = a.choose(result); err != nil {
			return err
		}
	}
}

// choose opens what was chosen on the welcome screen.
func (a *app) choose(result tui.Result) (*session, error) {
	if err := a.closeSession(); err != nil {
		return nil, err
	}
	a.flags.Server, a.flags.Archive = "", ""
	switch result.Choice {
	case chooseServer:
		a.flags.Server = result.Answer
	case chooseArchive:
		a.flags.Archive = result.Answer
	case chooseDemo:
		return a.demo()
	default:
		return nil, fmt.Errorf("the welcome screen offers no %q", result.Choice)
	}
	return a.session()
}

// uiOptions fills the screen with what the session has.
func uiOptions(ctx context.Context, a *app, s *session, start nav.Route) (tui.Options, error) {
	mode, err := theme.ParseMode(s.settings.Theme)
	if err != nil {
		return tui.Options{}, usageError(err.Error(), "")
	}
	o := tui.Options{
		Desk: s.desk, Dialect: screen.Dialect{Tags: notary.Tags, Resolve: notary.Resolve}, Log: s.events,
		Clock: s.clock, Soon: s.settings.Soon,
		Start: start, Place: s.source.Name, Version: build().Version,
		Theme: mode, ASCII: s.settings.ASCII, NoMouse: !s.settings.Mouse, NoColor: a.world.Getenv("NO_COLOR") != "",
		Found: found(ctx, s), Choices: choices(),
	}
	if o.Soon == 0 {
		o.Soon = health.DefaultOptions().Soon
	}
	switch {
	case s.demo:
		o.Banners, o.Offline = []string{"DEMO"}, true
	case s.settings.Archive != "":
		o.Banners, o.Offline = []string{"archive of " + text.Date(s.source.Read)}, true
	case start == nav.Route{} && s.settings.Server == "" && len(s.known(ctx)) == 0:
		// Nothing is set up and nothing is known: an empty list helps nobody.
		o.Start = nav.Place(nav.KindWelcome)
	}
	return o, nil
}

// found lists what is on this machine, for the welcome screen.
func found(ctx context.Context, s *session) []screen.Found {
	var out []screen.Found
	if s.settings.Server != "" {
		out = append(out, screen.Found{What: "server", Where: s.settings.Server, Note: "from " + s.settings.ServerFrom})
	}
	if s.demo || s.settings.Archive != "" {
		return out
	}
	return append(out, screen.Found{
		What: "trust folder", Where: s.settings.TrustDir, Note: text.Count(len(s.known(ctx)), "repository") + " known",
	})
}

func choices() []screen.Choice {
	return []screen.Choice{
		{
			ID: chooseServer, Label: "Connect to a trust server", Help: "A Notary server, by its URL.",
			Prompt: "URL of the server", Value: "https://",
		},
		{
			ID: chooseArchive, Label: "Open an archive", Help: "A folder that the archive command has written. No server is needed.",
			Prompt: "Folder",
		},
		{ID: chooseDemo, Label: "Look at the demo", Help: "A sample; nothing on this machine is touched."},
	}
}

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Open the UI on a sample archive",
		Long: `Opens the full-screen UI on a sample archive that is part of the program: some
repositories in good order, some in trouble. It needs no server, touches no file,
and its clock stands still.`,
		Example: "  trustdeck demo",
		Args:    arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.needTerminal(); err != nil {
				return err
			}
			s, err := a.demo()
			if err != nil {
				return err
			}
			return a.ui(cmd.Context(), a, s, nav.Route{})
		},
	}
}
