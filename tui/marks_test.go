package tui_test

import (
	"testing"

	"trustdeck/tui/flows"
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
