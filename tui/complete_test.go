package tui_test

import (
	"context"
	"testing"

	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// Tab completes the path in a question; where nothing does, it goes to the next button.
func TestTabCompletesAPath(t *testing.T) {
	known := map[string]screen.Completion{
		"/m":      {Typed: "/m", Text: "/media/", Paths: []string{"/media/a/", "/media/b/"}},
		"/media/": {Typed: "/media/", Text: "/media/"},
	}
	source := tuitest.NewSource()
	o := options(source)
	o.Complete = func(_ context.Context, typed string) (screen.Completion, error) { return known[typed], nil }
	a := startWith(t, o, source)
	a.send(screen.PromptMsg{ID: "archive", Title: "Open an archive", Text: "Folder:", Value: "/m", Button: "Go", Path: true})
	a.press("tab").sees("/media/", "a/  b/")
	a.press("tab", "enter").misses("Open an archive")
}
