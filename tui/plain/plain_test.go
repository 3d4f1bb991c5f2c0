package plain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"trustdeck/model/admin"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/plain"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

func options(desk *tuitest.Desk, start nav.Route) tui.Options {
	return tui.Options{
		Desk: desk, Dialect: tuitest.Dialect(), Log: &admin.Log{}, Clock: func() time.Time { return tuitest.Now }, Soon: tuitest.Soon,
		Start: start, Place: "notary.example.org", Banners: []string{"read-only"},
		Choices: []screen.Choice{{ID: "connect", Label: "Connect to a server", Help: "Read its repositories.", Prompt: "Address", Value: "https://notary.example.org"}},
		Lessons: []screen.Lesson{{Slug: "one", Title: "One", GUN: tuitest.Healthy, Story: "A story.", Look: []string{"Look."}, Try: []string{"Try."}}},
	}
}

// play types lines and returns everything that is said.
func play(t *testing.T, start nav.Route, typed ...string) (said string, result tui.Result) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := plain.Run(ctx, strings.NewReader(strings.Join(typed, "\n")+"\n"), &out, options(tuitest.NewDesk(), start))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range out.String() {
		if r != '\n' && unicode.IsControl(r) || r == unicode.ReplacementChar {
			t.Fatalf("%q at %d of\n%s", r, i, out.String())
		}
	}
	return out.String(), result
}

// Every place of the full screen can be read, and says something.
func TestEveryPlace(t *testing.T) {
	routes := []nav.Route{
		nav.Role(tuitest.Healthy, "targets"), nav.Role(tuitest.Healthy, "targets/nobody"), nav.Tag(tuitest.Healthy, "v1.0"), nav.Tag(tuitest.Healthy, "none"),
		nav.Repo("registry.example.org/not/there", nav.TabRoles),
	}
	for _, tab := range nav.Tabs() {
		routes = append(routes, nav.Repo(tuitest.Healthy, tab), nav.Repo(tuitest.Expiring, tab))
	}
	for _, kind := range nav.Kinds() {
		if kind != nav.KindRepo && kind != nav.KindRole && kind != nav.KindTag {
			routes = append(routes, nav.Place(kind))
		}
	}
	for _, route := range routes {
		name := strings.ReplaceAll(route.String(), "/", "_")
		t.Run(name, func(t *testing.T) {
			said, _ := play(t, route, "h", "d 1", "f nothing-like-it", "f", "q")
			if strings.Count(said, "\n") < 4 {
				t.Errorf("it says only\n%s", said)
			}
			tuitest.Golden(t, name, said, false)
		})
	}
}

// A walk: numbers open, words act, b goes back, a name is said as in the screens.
func TestWalk(t *testing.T) {
	said, _ := play(t, nav.Route{}, "2", "tags", "1", "b", "b", "go keys", "b", "99", "nonsense", "go nowhere", "s", "2", "s", "b", "r", "n", "p", "q")
	tuitest.Golden(t, "walk", said, false)
	for _, want := range []string{"There is no row 99 here.", `There is no command "nonsense" here.`, "There are no more rows.", "Sort by:"} {
		if !strings.Contains(said, want) {
			t.Errorf("it never says %q", want)
		}
	}
}

// A question of a screen is asked on a line, and its answer ends the UI where it
// would end the full screen.
func TestChoice(t *testing.T) {
	said, result := play(t, nav.Place(nav.KindWelcome), "2", "")
	if result.Choice != "connect" || result.Answer != "https://notary.example.org" {
		t.Errorf("%+v after\n%s", result, said)
	}
}

// The end of the input is the end of the conversation, and no error.
func TestEndOfInput(t *testing.T) {
	var out bytes.Buffer
	if _, err := plain.Run(t.Context(), strings.NewReader(""), &out, options(tuitest.NewDesk(), nav.Route{})); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("the last line is not ended: %q", out.String())
	}
}

// A signal ends it, also while nobody types.
func TestInterrupted(t *testing.T) {
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	in, typist := io.Pipe()
	defer typist.Close()
	go func() {
		_, _ = typist.Write([]byte("h\n")) // it is taken before the signal comes
		cancel(cause)
	}()
	if _, err := plain.Run(ctx, in, io.Discard, options(tuitest.NewDesk(), nav.Route{})); !errors.Is(err, cause) {
		t.Errorf("ended with %v", err)
	}
}
