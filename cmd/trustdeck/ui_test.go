package main

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// What the UI is told, by settings.
func TestOptionsOfTheUI(t *testing.T) {
	archived := t.TempDir()
	if o := newRig(t).run("archive", "acme/signers", "--to", archived); o.code != 0 {
		t.Fatal(o.stderr)
	}
	for _, test := range []struct {
		name  string
		setup func(*app)
		start nav.Route
		check func(tui.Options) bool
	}{
		{"nothing is set up", func(*app) {}, nav.Route{}, func(o tui.Options) bool {
			return o.Start == nav.Place(nav.KindWelcome) && len(o.Choices) == 3 && o.Theme == theme.Auto && !o.NoColor && !o.NoMouse && o.Soon > 0
		}},
		{"a place is asked for", func(*app) {}, nav.Place(nav.KindKeys), func(o tui.Options) bool {
			return o.Start == nav.Place(nav.KindKeys)
		}},
		{"a server is set", func(a *app) { a.flags.Server = "https://n.example.org" }, nav.Route{}, func(o tui.Options) bool {
			return o.Start == nav.Route{} && o.Place == "n.example.org" && o.Found[0].Note == "from --server" && !o.Offline
		}},
		{"an archive", func(a *app) { a.flags.Archive = archived }, nav.Route{}, func(o tui.Options) bool {
			return o.Start == nav.Route{} && o.Offline && len(o.Banners) == 1 && o.Clock().Equal(readAt(t))
		}},
		{"looks", func(a *app) { a.flags.Theme, a.flags.ASCII, a.flags.NoMouse = "mono", true, true }, nav.Route{}, func(o tui.Options) bool {
			return o.Theme == theme.Mono && o.ASCII && o.NoMouse
		}},
		{"NO_COLOR", func(a *app) {
			a.world.Getenv = func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }
		}, nav.Route{}, func(o tui.Options) bool {
			return o.NoColor
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newRig(t).app()
			a.open, a.world.Home = openSession, t.TempDir()
			test.setup(a)
			s, err := a.session()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.close() }()
			o, err := uiOptions(t.Context(), a, s, test.start)
			if err != nil || !test.check(o) {
				t.Errorf("options %+v, %v", o, err)
			}
		})
	}
}

// Choices of the welcome screen lead somewhere else.
func TestChoices(t *testing.T) {
	archived := t.TempDir()
	if o := newRig(t).run("archive", "acme/signers", "--to", archived); o.code != 0 {
		t.Fatal(o.stderr)
	}
	a := newRig(t).app()
	a.open, a.world.Home = openSession, t.TempDir()
	for _, test := range []struct {
		result tui.Result
		source string
		kind   model.FaultKind
	}{
		{tui.Result{Choice: screen.ChoiceContext, Answer: "default"}, "the server of each registry", ""},
		{tui.Result{Choice: screen.ChoiceContext, Answer: "nowhere"}, "", model.FaultUsage},
		{tui.Result{Choice: screen.ChoiceContext, Answer: "default"}, "the server of each registry", ""},
		{tui.Result{Choice: chooseArchive, Answer: archived}, archived, ""},
		{tui.Result{Choice: chooseArchive, Answer: archived + "/x"}, "", model.FaultLocal},
		{tui.Result{Choice: chooseDemo}, "127.0.0.1:", ""},
	} {
		s, err := a.choose(t.Context(), test.result)
		if model.KindOf(err) != test.kind || err == nil && !strings.HasPrefix(s.Source.Name, test.source) {
			t.Errorf("%+v: %+v, %v", test.result, s, err)
		}
	}
	for _, c := range choices() {
		if c.Flow != "" {
			continue
		}
		if _, err := a.choose(t.Context(), tui.Result{Choice: c.ID, Answer: archived}); err != nil && model.KindOf(err) == "" {
			t.Errorf("choice %s is offered and leads nowhere: %v", c.ID, err)
		}
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
}

// The first page explains each choice in one line, on the smallest terminal too.
func TestChoicesAreReadInFull(t *testing.T) {
	const room = 60 - 6 // the indent of an explanation
	for _, c := range choices() {
		if w := text.Width(c.Help); w > room {
			t.Errorf("%q takes %d of %d cells", c.Help, w, room)
		}
	}
}
