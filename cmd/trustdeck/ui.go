package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/tui"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// runUI is what happens without a command: the full screen, at a place.
func (a *app) runUI(cmd *cobra.Command, args []string) error {
	if err := a.needTerminal(); err != nil {
		return err
	}
	s, err := a.looking()
	if err != nil {
		return err
	}
	start, err := routeOf(args, s.DialectOf)
	if err != nil {
		return err
	}
	return a.ui(cmd.Context(), a, s, start)
}

// routeOf is where the UI begins: the zero Route without an argument.
func routeOf(args []string, of dialect.Of) (nav.Route, error) {
	if len(args) == 0 {
		return nav.Route{}, nil
	}
	route, err := nav.Parse(args[0], of)
	if err != nil {
		return nav.Route{}, usageError(err.Error(), "")
	}
	return route, nil
}

// needTerminal refuses to draw where nobody can see or answer.
func (a *app) needTerminal() error {
	if a.interactive || a.plain() {
		return nil
	}
	return usageError("the full screen needs a terminal for input and output",
		"Use a command: repos, inspect, tags, keys, signers, status, verify, doctor or archive, with -o json for programs. See trustdeck --help.")
}

// plain reports whether the screens are read line by line: where the user asks for
// it, or has a terminal that can do no more.
func (a *app) plain() bool {
	accessible := a.world.Getenv("ACCESSIBLE")
	return a.flags.Plain || a.world.Getenv("TERM") == "dumb" || accessible != "" && accessible != "0"
}

// show plays the UI on the terminal, or line by line.
func (a *app) show(ctx context.Context, options tui.Options) (tui.Result, error) {
	if a.plain() {
		if options.Ready != nil {
			if err := options.Ready(); err != nil {
				return tui.Result{}, err
			}
		}
		if a.prompter == nil {
			a.prompter = a.newLines(a.out)
		}
		return plain.Run(ctx, a.prompter, options)
	}
	// The UI has its own ways to end on a signal, and restores the terminal;
	// being cut off by the context would come in between.
	return tui.Run(context.WithoutCancel(ctx), os.Stdin, os.Stdout, options)
}

// The choices of the welcome screen.
const (
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
		result, err := a.show(ctx, options)
		switch {
		case err != nil:
			return err
		case result.Signal != nil:
			return signalError{result.Signal}
		case result.Choice == "":
			return nil
		}
		start = nav.Place(nav.KindRepos)
		if s, err = a.choose(ctx, result); err != nil {
			return err
		}
	}
}

// choose opens what was chosen on the welcome screen.
func (a *app) choose(ctx context.Context, result tui.Result) (*session, error) {
	if err := a.closeSession(); err != nil {
		return nil, err
	}
	a.flags.Server, a.flags.Archive = "", ""
	switch result.Choice {
	case screen.ChoiceContext:
		a.flags.Context = result.Answer
	case chooseArchive:
		a.flags.Archive = result.Answer
	case chooseDemo:
		return a.demo(ctx)
	default:
		return nil, fmt.Errorf("the welcome screen offers no %q", result.Choice)
	}
	return a.looking()
}

// uiOptions fills the screen with what the session has.
func uiOptions(ctx context.Context, a *app, s *session, start nav.Route) (tui.Options, error) {
	mode, err := theme.ParseMode(s.Settings.Theme)
	if err != nil {
		return tui.Options{}, usageError(err.Error(), "")
	}
	o := tui.Options{
		Source: s.Service, Ready: s.Ready, DialectOf: s.DialectOf, Log: s.Events,
		Clock: s.Clock, Soon: s.Settings.Soon, Watch: s.Settings.Every(),
		Start: start, Place: s.Source.Name, Version: build().Version,
		Theme: mode, ASCII: s.Settings.ASCII, NoMouse: !s.Settings.Mouse, Quiet: !s.Settings.Notify, NoColor: a.world.Getenv("NO_COLOR") != "",
		Found: found(s), Choices: choices(),
		Holders:      holders(s),
		Complete:     completePath(a.world),
		Browse:       browseFolder(a.world),
		Surroundings: environment{a, s},
		Settings:     settings.NewEditor(s.Settings, a.oneContext(s), a.world, saving(s)),
	}
	ports := flows.Ports{}
	if service, err := a.flows(s); err != nil {
		o.Fixed = err.Error()
	} else {
		ports.Backend = service
	}
	if len(s.Contexts) == 0 {
		if ports.Backups, err = a.backupFlows(s); err != nil {
			return tui.Options{}, err
		}
		ports.Keys, ports.Tokens, ports.Ceremonies = a.keyFlows(s), a.tokenFlows(s), a.ceremonyFlows(s)
		o.Ceremonies = ports.Ceremonies
	}
	if s.Demo == nil {
		o.Contexts = contextList{a, s}
		ports.Connections = &connections{a, s}
	}
	o.Flows = flows.All(ports)
	if o.Soon == 0 {
		o.Soon = health.DefaultOptions().Soon
	}
	switch {
	case s.Demo != nil:
		// The port is another one each time, and of no interest.
		o.Place = "practice world"
		o.Banners, o.Lessons, o.Practice, o.Hand = []string{"DEMO"}, s.Lessons(), s.Introduction(), s.Demo.Token
		if a.plain() {
			s.Demo.Token.TouchItself()
		}
	case s.Settings.Archive != "":
		o.Banners, o.Offline = []string{"archive of " + text.Date(s.Source.Read)}, true
	case start == nav.Route{} && s.Settings.Server == "" && s.Fresh != nil && s.Fresh(ctx):
		// Nothing is set up and nothing is known: an empty list helps nobody.
		o.Start = nav.Place(nav.KindWelcome)
	}
	return o, nil
}

// saving says why settings cannot be saved; empty where they can.
func saving(s *session) string {
	if s.Demo != nil {
		return "the demo touches nothing outside its own folder"
	}
	return ""
}

// found lists what is on this machine, for the welcome screen.
func found(s *session) []screen.Found {
	var out []screen.Found
	if s.Settings.Server != "" {
		out = append(out, screen.Found{What: screen.FoundServer, Where: s.Settings.Server, Note: "from " + s.Settings.ServerFrom})
	}
	if s.Demo != nil || s.Settings.Archive != "" {
		return out
	}
	return append(out, screen.Found{What: "trust folder", Where: s.Settings.TrustDir})
}

func choices() []screen.Choice {
	return []screen.Choice{
		{
			ID: "connect", Label: "Connect to a trust server", Help: "Give its URL. trustdeck tries it before saving it.",
			Flow: "connect",
		},
		{
			ID: chooseArchive, Label: "Open an archive", Help: "A folder of the archive command. It needs no server.",
			Prompt: "Folder", Path: true,
		},
		{ID: chooseDemo, Label: "Look at the demo", Help: "A practice world that changes nothing else here."},
	}
}
