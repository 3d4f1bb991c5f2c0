package plain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/lesson"
	"trustdeck/model/notary/docker"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

func options(source *tuitest.Source, start nav.Route) tui.Options {
	log := &admin.Log{}
	log.Add(model.Event{Time: tuitest.Now, Level: model.Warning, Kind: "request", Text: "GET \x1b[2J/v2/ answered 401"})
	return tui.Options{
		Source: source, DialectOf: dialect.Only(tuitest.Dialect()), Log: log, Clock: func() time.Time { return tuitest.Now }, Soon: tuitest.Soon,
		Start: start, Place: "notary.example.org", Banners: []string{"read-only"}, Settings: tuitest.NewSettings(),
		Found: []screen.Found{{What: "trust folder", Where: "/home/ada/.docker/trust", Note: "2 repositories known"}},
		Choices: []screen.Choice{
			{ID: "connect", Label: "Connect to a server", Help: "Read its repositories.", Prompt: "Address", Value: "https://notary.example.org"},
			{ID: "demo", Label: "Look at the demo", Help: "A practice world."},
		},
		Lessons: []lesson.Lesson{{Slug: "one", Title: "One", GUN: tuitest.Healthy, Story: "A story.", Look: []string{"Look."}, Try: []string{"Try."}, Steps: []lesson.Step{{Do: "Open it.", Goal: lesson.Goal{Kind: lesson.Opened, Place: "/roles"}}}}},
	}
}

// play types lines and returns everything that is said.
func play(t *testing.T, o tui.Options, typed ...string) (said string, result tui.Result) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	in := strings.NewReader(strings.Join(typed, "\n") + "\n")
	p := plain.NewPrompter(in, &out, false)
	p.Secrets = asking{p}
	result, err := plain.Run(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, out.String())
	return out.String(), result
}

// harmless fails where a terminal would take something for a command, or where a
// reader would hear decoration.
func harmless(t *testing.T, said string) {
	t.Helper()
	for i, r := range said {
		if r != '\n' && !unicode.IsPrint(r) && !unicode.Is(unicode.Mn, r) || r == unicode.ReplacementChar {
			t.Fatalf("%q at %d of\n%s", r, i, said)
		}
		if r >= 0x2500 && r <= 0x2bff {
			t.Errorf("the glyph %q at %d of\n%s", r, i, said)
		}
	}
	for line := range strings.Lines(said) {
		if line != "\n" && strings.Trim(line, "-=_+|~.# \n") == "" {
			t.Errorf("a line only draws: %q", line)
		}
		if strings.Contains(line, "esc ") || strings.Contains(line, " tab ") || strings.Contains(line, "ctrl+") {
			t.Errorf("a line speaks of keys that are not there: %q", line)
		}
	}
}

// everyPlace is a route of every kind, every tab, and places that are not there.
func everyPlace(t *testing.T) []nav.Route {
	var routes []nav.Route
	for _, kind := range nav.Kinds() {
		switch kind {
		case nav.KindRepo:
			for _, tab := range nav.Tabs() {
				routes = append(routes, nav.Repo(tuitest.Healthy, tab), nav.Repo(tuitest.Broken, tab))
			}
			routes = append(routes, nav.Repo(tuitest.Nested, nav.TabRoles), nav.Repo("registry.example.org/not/there", nav.TabRoles))
		case nav.KindRole:
			routes = append(routes, nav.Role(tuitest.Broken, "targets/bob"), nav.Role(tuitest.Healthy, "targets/nobody"))
		case nav.KindTag:
			routes = append(routes, nav.Tag(tuitest.Healthy, "v1.0"), nav.Tag(tuitest.Healthy, "none"))
		case nav.KindQuorum:
			routes = append(routes, nav.Quorum(tuitest.Nested), nav.Quorum("registry.example.org/not/there"))
		case nav.KindForecast:
			routes = append(routes, nav.Forecast(tuitest.Expiring))
		case nav.KindRoots:
			routes = append(routes, nav.Roots(tuitest.Healthy))
		case nav.KindExplain:
			routes = append(routes, nav.Explain(tuitest.Healthy, "v1.0"))
		case nav.KindFlow: // a line front end of its own walks through flows
		default:
			routes = append(routes, nav.Place(kind))
		}
	}
	for _, r := range routes {
		if parsed, err := nav.Parse(r.String(), dialect.Only(docker.Dialect{})); err != nil || parsed != r {
			t.Fatalf("a kind of route needs arguments that this test does not know: %v, %v", r, err)
		}
	}
	return routes
}

// Every place can be read, and says something; every number and word works there.
func TestEveryPlace(t *testing.T) {
	for _, route := range everyPlace(t) {
		name := strings.ReplaceAll(strings.TrimPrefix(route.String(), "repo/registry.example.org/"), "/", "_")
		t.Run(name, func(t *testing.T) {
			typed := []string{"d 1", "y", "?", "f nothing-like-it", "b", "1", "b", "q"}
			said, _ := play(t, options(tuitest.NewSource(), route), typed...)
			if strings.Count(said, "\n") < 8 {
				t.Errorf("it says only\n%s", said)
			}
			tuitest.Golden(t, name, "typed: "+strings.Join(typed, " / ")+"\n"+said, false)
		})
	}
}

// A walk: numbers open, words act, b goes back and never out, what is wrong gets one
// sentence and another chance.
func TestWalk(t *testing.T) {
	typed := []string{
		"2", "tags", "1", "b", "b", "b", "go keys", "b", "99", "nonsense \x1b[31m", "go nowhere", "s", "x", "2", "s", "b", "r", "n", "p", "problems", "",
		"f frontend", "1", "raw", "1", "n", "b", "b", "b", "q", "after the end",
	}
	said, _ := play(t, options(tuitest.NewSource(), nav.Route{}), typed...)
	tuitest.Golden(t, "walk", said, false)
	for _, want := range []string{
		"Choose a number from 1 to 10.", `"nonsense \\x1b[31m" is not a command here`, "There is no more here.", "What do you want to sort by?",
		"Type a number from 1 to 7, or b.", "This is the first place; q quits.",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it never says %q in\n%s", want, said)
		}
	}
}

// Words of other programs are understood: for places, and for changes with their row.
func TestWordsOfOthers(t *testing.T) {
	said, _ := play(t, options(tuitest.NewSource(), nav.Route{}), "pulses", "findings", "home", "logs", "Private keys", "q")
	for _, want := range []string{"Doctor", "Log", "Keys"} {
		if !strings.Contains(said, want) {
			t.Errorf("it never comes to %s:\n%s", want, said)
		}
	}
	if strings.Contains(said, "is no word") {
		t.Errorf("a word is not known:\n%s", said)
	}
}

// A long list is read by pages, and a number beyond the page works too.
func TestLongLists(t *testing.T) {
	said, _ := play(t, options(tuitest.NewSource(), nav.Repo(tuitest.Huge, nav.TabTags)), "n", "n", "p", "23", "b", "4999", "b", "d 5001", "q")
	for _, want := range []string{
		"\n20. tag ", "\n60. tag ", "\nn for more, showing 1 to 20 of 5,0", "\nn for more, showing 41 to 60 of 5,0", "p for the previous ones", "data/kafka, v",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it never says %q", want)
		}
	}
	if n := strings.Count(said, "showing 21 to 40"); n != 3 {
		t.Errorf("the second page is read %d times, not when it is turned to, turned back to and come back to", n)
	}
}

// A long text is read by pages.
func TestLongTexts(t *testing.T) {
	source := tuitest.NewSource()
	for i := range source.Views {
		if source.Views[i].GUN == tuitest.Healthy {
			root := source.Views[i].Repository.Role(model.RoleRoot)
			root.Raw = []byte(`{"lines":[` + strings.Repeat("1,", 100) + `2]}`)
		}
	}
	said, _ := play(t, options(source, nav.Repo(tuitest.Healthy, nav.TabRaw)), "1", "n", "n", "q")
	for _, want := range []string{"\nn for more, showing lines 1 to 60 of 105.", "There is no more here."} {
		if !strings.Contains(said, want) {
			t.Errorf("it never says %q in\n%s", want, said)
		}
	}
	if n := strings.Count(said, "\n1,"); n != 100 {
		t.Errorf("%d of 100 lines are read", n)
	}
}

// What comes from outside is said as the screens say it, and where the locale has
// no UTF-8 nothing else than ASCII is.
func TestHostileNames(t *testing.T) {
	for _, route := range []nav.Route{
		nav.Place(nav.KindRepos), nav.Repo(tuitest.Hostile, nav.TabRoles), nav.Repo(tuitest.Hostile, nav.TabTags), nav.Repo(tuitest.Hostile, nav.TabKeys),
		nav.Repo(tuitest.Hostile, nav.TabHistory), nav.Repo(tuitest.Hostile, nav.TabRaw), nav.Role(tuitest.Hostile, docker.Releases),
		nav.Tag(tuitest.Hostile, "\x1b[2J\x1b[31mowned\x07"), nav.Tag(tuitest.Hostile, "gpj.\u202eexe"), nav.Place(nav.KindLog), nav.Place(nav.KindDoctor),
	} {
		o := options(tuitest.NewSource(), route)
		o.Place = "evil\x1b[31m"
		typed := []string{"1", "2", "d 1", "d 2", "d 3", "y", "f \x1b[7m", "f", "go repo/\x1b[2J", "q"}
		utf8Said, _ := play(t, o, typed...)
		if strings.Contains(utf8Said, "\u202e") || !strings.Contains(utf8Said, `\x1b`) {
			t.Errorf("%q is said as\n%s", route, utf8Said)
		}
		o.ASCII = true
		said, _ := play(t, o, typed...)
		for _, r := range said {
			if r >= utf8.RuneSelf {
				t.Fatalf("%q in\n%s", r, said)
			}
		}
	}
}

// A question of a screen is asked on a line, and its answer ends the UI where it
// would end the full screen. What was typed ahead is for what comes next.
func TestChoice(t *testing.T) {
	var out bytes.Buffer
	p := plain.NewPrompter(strings.NewReader("2\n\nq\n"), &out, false)
	result, err := plain.Run(t.Context(), p, options(tuitest.NewSource(), nav.Place(nav.KindWelcome)))
	if err != nil || result.Choice != "connect" || result.Answer != "https://notary.example.org" {
		t.Errorf("%+v, %v after\n%s", result, err, out.String())
	}
	out.Reset()
	result, err = plain.Run(t.Context(), p, options(tuitest.NewSource(), nav.Route{}))
	if err != nil || result.Choice != "" || strings.Count(out.String(), "Number or command") != 1 {
		t.Errorf("%+v, %v after\n%s", result, err, out.String())
	}
}

// Settings are changed by questions, previewed, and written where that is agreed to
// by a whole word.
func TestSettings(t *testing.T) {
	settings := tuitest.NewSettings()
	o := options(tuitest.NewSource(), nav.Place(nav.KindSettings))
	o.Settings = settings
	said, _ := play(t, o, "f expiry", "1", "bad", "60d", "f", "save", "y", "yes", "q")
	tuitest.Golden(t, "settings-change", said, false)
	if !strings.Contains(settings.File, "expiry_warning = 60d") {
		t.Errorf("the file says %q after\n%s", settings.File, said)
	}
}

// The end of the input is the end of the conversation, and no error.
func TestEndOfInput(t *testing.T) {
	for _, typed := range []string{"", "go settings\n1\n", "go welcome\n2\n", "s\n"} {
		var out bytes.Buffer
		p := plain.NewPrompter(strings.NewReader(typed), &out, true)
		if _, err := plain.Run(t.Context(), p, options(tuitest.NewSource(), nav.Route{})); err != nil {
			t.Error(err)
		}
		if !strings.HasSuffix(out.String(), " \n") {
			t.Errorf("the last line is not ended: %q", out.String())
		}
	}
}

// A signal ends it, also while nobody types.
func TestInterrupted(t *testing.T) {
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	in, typist := io.Pipe()
	defer func() { _ = typist.Close() }()
	go func() {
		_, _ = typist.Write([]byte("?\n")) // it is taken before the signal comes
		cancel(cause)
	}()
	if _, err := plain.Run(ctx, plain.NewPrompter(in, io.Discard, true), options(tuitest.NewSource(), nav.Route{})); !errors.Is(err, cause) {
		t.Errorf("ended with %v", err)
	}
}

// Each golden file belongs to a test.
func TestGoldenFilesAreUsed(t *testing.T) {
	used := map[string]bool{"walk": true, "settings-change": true, "change-init": true}
	for _, route := range everyPlace(t) {
		used[strings.ReplaceAll(strings.TrimPrefix(route.String(), "repo/registry.example.org/"), "/", "_")] = true
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[strings.TrimSuffix(filepath.Base(f), ".golden")] {
			t.Errorf("no test reads %s", f)
		}
	}
}

// Where an empty line keeps what there is, there is a word for nothing.
func TestEmptyAnswers(t *testing.T) {
	settings := tuitest.NewSettings()
	settings.File = "expiry_warning = 90d\n"
	o := options(tuitest.NewSource(), nav.Place(nav.KindSettings))
	o.Settings = settings
	said, _ := play(t, o, "2", "", "2", "none", "save", "yes", "q")
	if strings.Contains(settings.File, "90d") || !strings.Contains(said, "Enter alone for 90d, b to go back, none to leave it empty") {
		t.Errorf("the file says %q after\n%s", settings.File, said)
	}
}
