package tui_test

import (
	"testing"

	"trustdeck/model/notary/docker"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// marking is the list of repositories, in which changes can begin.
func marking(t *testing.T) *app {
	t.Helper()
	o, source := options(nil), tuitest.NewSource()
	o.Source, o.Flows = source, flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
	return startWith(t, o, source)
}

// Rows are marked one by one, in ranges and as a whole; a change begins with all of them.
// Esc drops a range, then the marks, and only then goes back.
func TestMarks(t *testing.T) {
	a := marking(t)
	a.press("space", "down", "down", "space").sees("2 marked", ">*")
	a.press("v", "down", "down").sees("4 marked").press("esc").sees("2 marked")
	a.press("v", "down", "v").sees("4 marked")
	a.press("R").sees("Rotate a key", "In which repositories?").press("esc")
	a.press("esc").misses("marked").at("repos")
	a.press("*").sees("10 marked").press("*").misses("marked")
}

// What a filter shows is marked as a whole, and stays marked when the filter is gone.
func TestMarksOutliveTheFilter(t *testing.T) {
	a := marking(t)
	a.press("/").write("base").press("enter", "*").sees("2 marked").press("esc").sees("2 marked")
	a.press("w").sees("Witness").sees("base/alpine", "base/debian")
}

// Values of all marked rows are copied together.
func TestCopyOfMarks(t *testing.T) {
	a := marking(t)
	a.press("/").write("base").press("enter", "*", "y").sees("name of 2 rows").press("enter")
	if want := "registry.example.org/base/alpine\nregistry.example.org/base/debian\n"; a.clipboard != want {
		t.Errorf("copied %q", a.clipboard)
	}
}

// Every list marks with space, v and *, and filters with /. Trees fold with space, and pages
// have no rows.
func TestEveryListMarks(t *testing.T) {
	const page, tree = "page", "tree"
	other := map[string]string{
		string(nav.KindWelcome): page, nav.Role(tuitest.Healthy, docker.Releases).String(): page, nav.Tag(tuitest.Healthy, "v1.0").String(): page,
		nav.Repo(tuitest.Healthy, nav.Tabs()[0]).String(): tree, nav.Explain(tuitest.Healthy, "v1.0").String(): tree,
	}
	paths := []string{
		nav.Quorum(tuitest.Healthy).String(), nav.Forecast(tuitest.Healthy).String(), nav.Roots(tuitest.Healthy).String(),
		nav.Role(tuitest.Healthy, docker.Releases).String(), nav.Tag(tuitest.Healthy, "v1.0").String(), nav.Explain(tuitest.Healthy, "v1.0").String(),
	}
	for _, kind := range nav.Kinds() {
		switch kind {
		case nav.KindRepo, nav.KindRole, nav.KindTag, nav.KindQuorum, nav.KindForecast, nav.KindRoots, nav.KindExplain, nav.KindFlow:
		default:
			paths = append(paths, string(kind))
		}
	}
	for _, tab := range nav.Tabs() {
		paths = append(paths, nav.Repo(tuitest.Healthy, tab).String())
	}
	marking := 0
	for _, path := range paths {
		a := start(t, path)
		offered := map[keymap.ID]bool{}
		rows := false
		for _, action := range a.m.Offered() {
			ok, _ := action.Available()
			offered[action.ID] = action.ID != keymap.Find || ok
			rows = rows || action.ID == keymap.MarkAll && ok
		}
		marks := offered[keymap.Mark] && offered[keymap.MarkRange] && offered[keymap.MarkAll]
		if marks != (other[path] == "") || offered[keymap.Find] != (other[path] != page) {
			t.Errorf("%s: marks %t, filters %t", path, marks, offered[keymap.Find])
		}
		if !rows {
			continue
		}
		marking++
		a.press("space").sees("1 marked").press("space").misses("marked")
		a.press("v", "v").sees("1 marked").press("esc").misses("marked")
		a.press("*").sees("marked").press("*").misses("marked")
	}
	if marking < 10 {
		t.Errorf("only %d lists have rows", marking)
	}
}
