package screen_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
	"trustdeck/tui/widget"
)

// ship is a row that no screen of the program has.
type ship struct {
	name, port string
	masts      int
}

func fleet() []ship {
	return []ship{{"Zephyr", "Oslo", 3}, {"Argo", "Volos", 1}, {"Kruzenshtern", "Kaliningrad", 4}, {"Gorch", "Kiel", 3}}
}

// harbour is a screen on a list: what a screen has to say for itself.
type harbour struct {
	*screen.List[ship]
	ships  []ship
	opened []string
	news   int
}

func (h *harbour) Init() tea.Cmd { return h.Fetch() }
func (h *harbour) Title() string { return "Harbour" }

var _ screen.Screen = (*harbour)(nil)

// listing is the data of the list; change may change it.
func (h *harbour) listing(change func(*screen.Listing[ship])) screen.Listing[ship] {
	of := screen.Listing[ship]{
		Title: "Ships",
		Columns: []screen.Column[ship]{
			screen.MarkColumn(func(*ship) theme.Mark { return theme.Mark{Glyph: "*"} }),
			screen.WordColumn(widget.Column{Title: "NAME", Width: 12, Grow: true}, func(s *ship) string { return s.name }),
			{
				Column: widget.Column{Title: "PORT", Width: 12, Unsorted: true},
				Cell:   func(s *ship) widget.Cell { return screen.WordCell(s.port) },
			},
			{
				Name:    "MASTS",
				Column:  widget.Column{Title: "M", Width: 2},
				Cell:    func(s *ship) widget.Cell { return widget.Cell{Text: strings.Repeat("|", s.masts)} },
				Compare: screen.By(func(s *ship) int { return s.masts }),
			},
		},
		Load: func() []ship { return h.ships },
		News: func(screen.BoardMsg) tea.Cmd { h.news++; h.Reload(); return nil },
		Key:  func(s *ship) string { return s.name },
		Detail: func(doc *widget.Doc, s *ship) (string, widget.Text) {
			doc.Para("at home in "+s.port, theme.Plain)
			return s.name, doc.Lines()
		},
		Unmatched: "No ship is called",
		Empty:     func(doc *widget.Doc) { doc.Para("The harbour is empty.", theme.Plain) },
		Actions: []screen.Action[ship]{screen.OpenAction("no ship is selected", func(s *ship) tea.Cmd {
			h.opened = append(h.opened, s.name)
			return nil
		})},
		Copies: func(s *ship) []screen.CopyItem { return []screen.CopyItem{{Label: "port", Text: s.port}} },
	}
	if change != nil {
		change(&of)
	}
	return of
}

func dock(t *testing.T, ships []ship, change func(*screen.Listing[ship])) (*harbour, *tuitest.Stage) {
	t.Helper()
	h := &harbour{ships: ships}
	stage := tuitest.NewStage(t, tuitest.NewSource(), func(env *screen.Env) screen.Screen {
		h.List = screen.NewList(env, h.listing(change))
		return h
	}, 100, 20)
	return h, stage
}

// selected is the name of the selected ship, "" where none is.
func (h *harbour) selected() string {
	if s, ok := h.Selected(); ok {
		return s.name
	}
	return ""
}

// order is the names as they are drawn.
func order(stage *tuitest.Stage) []string {
	var out []string
	list := stage.Screen.Read().List
	shown, _ := list.Count()
	for i := range shown {
		out = append(out, list.KeyAt(i))
	}
	return out
}

// The selection is on a row, not on a line: it stays there when rows come, go, are sorted
// and filtered.
func TestTheSelectionStaysOnItsRow(t *testing.T) {
	h, stage := dock(t, fleet(), nil)
	stage.Do(keymap.Down, keymap.Down)
	if h.selected() != "Kruzenshtern" {
		t.Fatalf("%q is selected", h.selected())
	}
	h.ships = append([]ship{{"Fram", "Oslo", 3}, {"Gjøa", "Oslo", 1}}, h.ships[1:]...)
	stage.Send(screen.BoardMsg{})
	if h.selected() != "Kruzenshtern" || h.news != 1 {
		t.Errorf("%q is selected after %d news", h.selected(), h.news)
	}
	h.SortBy(0, true)
	h.SetFilter("kru")
	h.SetFilter("")
	if h.selected() != "Kruzenshtern" || !strings.Contains(stage.View(), "at home in Kaliningrad") {
		t.Errorf("%q is selected:\n%s", h.selected(), stage.View())
	}
}

// A column is sorted by under its name, whichever columns cannot be sorted by; rows that it
// finds equal are in the order of their source, turned round with the rest.
func TestColumnsAreSortedByUnderTheirNames(t *testing.T) {
	h, stage := dock(t, fleet(), func(of *screen.Listing[ship]) { of.Sort = "MASTS" })
	if got := h.SortColumns(); !slices.Equal(got, []string{"NAME", "MASTS"}) {
		t.Fatalf("columns %q", got)
	}
	if by, descending := h.SortedBy(); by != 1 || descending {
		t.Errorf("by %d, descending %v", by, descending)
	}
	if got := order(stage); !slices.Equal(got, []string{"Argo", "Zephyr", "Gorch", "Kruzenshtern"}) {
		t.Errorf("by masts: %q", got)
	}
	h.SortBy(1, true)
	if got := order(stage); !slices.Equal(got, []string{"Kruzenshtern", "Gorch", "Zephyr", "Argo"}) {
		t.Errorf("by masts, the most first: %q", got)
	}
	h.SortBy(0, false)
	if got := order(stage); !slices.Equal(got, []string{"Argo", "Gorch", "Kruzenshtern", "Zephyr"}) {
		t.Errorf("by name: %q", got)
	}
	if other, _ := dock(t, fleet(), nil); other != nil {
		if by, _ := other.SortedBy(); by != -1 {
			t.Errorf("nothing orders the rows, and it says column %d", by)
		}
	}
}

// Tie orders what a column finds equal, the same way up and down.
func TestTiesAreOrdered(t *testing.T) {
	h, stage := dock(t, fleet(), func(of *screen.Listing[ship]) {
		of.Sort, of.Tie = "MASTS", screen.By(func(s *ship) string { return s.name })
	})
	if got := order(stage); !slices.Equal(got, []string{"Argo", "Gorch", "Zephyr", "Kruzenshtern"}) {
		t.Errorf("%q", got)
	}
	h.SortBy(1, true)
	if got := order(stage); !slices.Equal(got, []string{"Kruzenshtern", "Zephyr", "Gorch", "Argo"}) {
		t.Errorf("descending: %q", got)
	}
}

// Hidden rows are neither shown nor counted, and come back.
func TestHiddenRows(t *testing.T) {
	small := false
	h, stage := dock(t, fleet(), func(of *screen.Listing[ship]) {
		of.Hidden = func(s *ship) bool { return small && s.masts > 1 }
	})
	stage.Do(keymap.Down)
	small = true
	h.Arrange()
	if shown, total := h.FilterCount(); shown != 1 || total != 1 || h.Len() != 1 || h.At(0).name != "Argo" || len(h.All()) != 4 {
		t.Errorf("%d of %d shown, %d left, %d in all", shown, total, h.Len(), len(h.All()))
	}
	if h.selected() != "Argo" {
		t.Errorf("%q is selected", h.selected())
	}
	small = false
	h.Arrange()
	if got := order(stage); len(got) != 4 || h.selected() != "Argo" {
		t.Errorf("%q, %q is selected", got, h.selected())
	}
}

// Where there are no rows a page says why; it has no list to click on and none to move to.
func TestAListWithoutRows(t *testing.T) {
	state := screen.State{Reading: "Looking out.."}
	h, stage := dock(t, nil, func(of *screen.Listing[ship]) { of.State = func() screen.State { return state } })
	says := func(words string) {
		t.Helper()
		stage.Send(screen.BoardMsg{})
		if view := ansi.Strip(stage.View()); !strings.Contains(view, words) || strings.Contains(view, "NAME") {
			t.Errorf("want %q, got:\n%s", words, view)
		}
	}
	says("Looking out..")
	state = screen.State{Err: errors.New("fog")}
	says("✗ Fog.")
	says("r tries again.")
	state = screen.State{}
	says("The harbour is empty.")
	stage.Send(screen.ClickMsg{X: 3, Y: 2})
	stage.Send(screen.ActionMsg{ID: keymap.NextPane})
	if stage.Screen.Read().Away || h.Cursor() != nil || h.CopyItems() != nil {
		t.Error("there is something to move to where there are no rows")
	}
	for _, a := range h.Actions() {
		if ok, why := a.Available(); a.ID == keymap.Open && (ok || why != "no ship is selected") {
			t.Errorf("open: %v, %q", ok, why)
		}
	}
	h.ships = fleet()
	stage.Send(screen.BoardMsg{})
	h.SetFilter("\x1b[31mVasa")
	if view := ansi.Strip(stage.View()); !strings.Contains(view, `No ship is called \x1b[31mVasa.`) || !strings.Contains(view, "esc clears the filter.") {
		t.Errorf("got:\n%s", view)
	}
}

// A second click does what the enter key does, and only what is possible.
func TestASecondClickIsTheEnterKey(t *testing.T) {
	h, stage := dock(t, fleet(), nil)
	at := screen.ClickMsg{X: 4, Y: 4}
	stage.Send(at)
	if h.opened != nil {
		t.Fatalf("one click opens %q", h.opened)
	}
	stage.Send(at)
	stage.Do(keymap.Open)
	if len(h.opened) != 2 || h.opened[0] != h.opened[1] || h.opened[0] != h.selected() {
		t.Errorf("opened %q, %q is selected", h.opened, h.selected())
	}

	h, stage = dock(t, fleet(), func(of *screen.Listing[ship]) {
		do := of.Actions[0].Do
		of.Actions = []screen.Action[ship]{
			{ID: keymap.DoctorRepair, Only: func(s *ship) bool { return s.masts > 3 }, Do: do},
			{ID: keymap.Open, When: func(*ship) (bool, string) { return false, "it is at sea" }, Do: do},
		}
	})
	for range 2 {
		stage.Send(screen.ClickMsg{X: 4, Y: 4})
	}
	stage.Send(screen.ActionMsg{ID: keymap.Open})
	if h.selected() != "Argo" || h.opened != nil {
		t.Errorf("opened %q; %q is selected, and at sea", h.opened, h.selected())
	}
	for range 2 {
		stage.Send(screen.ClickMsg{X: 4, Y: 5})
	}
	if !slices.Equal(h.opened, []string{"Kruzenshtern"}) {
		t.Errorf("opened %q", h.opened)
	}
}

// Rows that are read in the background come with the number of their request: an answer
// to an older one is dropped, and the rows stay until new ones are there.
func TestFetchedRows(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	h := &harbour{}
	answer, fail := fleet(), error(nil)
	of := h.listing(func(of *screen.Listing[ship]) {
		of.Load, of.News, of.Slot = nil, nil, env.Tasks.Slot("counting ships")
		of.Fetch = func() func(context.Context) ([]ship, error) {
			ships, err := answer, fail
			return func(context.Context) ([]ship, error) { return ships, err }
		}
	})
	h.List = screen.NewList(env, of)
	h.SetSize(100, 20)
	late := h.Fetch()
	if late == nil || h.Fetch() != nil {
		t.Fatal("it is not read once")
	}
	h.Expire()
	answer = answer[:2]
	h.Update(h.Fetch()())
	h.Update(late())
	if done, err := h.Fetched(); !done || err != nil || len(h.All()) != 2 || h.Fetch() != nil {
		t.Errorf("done %v, %v, %d rows", done, err, len(h.All()))
	}
	h.Expire()
	if done, _ := h.Fetched(); done || len(h.All()) != 2 {
		t.Errorf("done %v, %d rows: those that are there are to stay", done, len(h.All()))
	}
	answer, fail = nil, errors.New("fog")
	h.Update(h.Fetch()())
	if done, err := h.Fetched(); !done || err == nil || len(h.All()) != 0 {
		t.Errorf("done %v, %v, %d rows", done, err, len(h.All()))
	}
	h.Expire()
	h.Update(h.Fetch()())
	h.Close()
	if of.Slot.Active() {
		t.Error("it is still being read")
	}
}

// A list beside a text has no line above, is no page where it has no rows, and is moved in
// after the text.
func TestAListBesideAText(t *testing.T) {
	h, stage := dock(t, fleet(), func(of *screen.Listing[ship]) {
		of.Text = func(doc *widget.Doc) (string, widget.Text) {
			doc.Para("All about the harbour.", theme.Plain)
			return "Harbour", doc.Lines()
		}
	})
	r := stage.Screen.Read()
	if !r.Away || r.Text.Line(0) != "All about the harbour." || r.Detail != nil || h.Cursor().Y != 1 {
		t.Errorf("%+v, cursor %+v", r, h.Cursor())
	}
	lines := strings.Split(ansi.Strip(stage.View()), "\n")
	if !strings.Contains(lines[0], "Harbour") || !strings.Contains(lines[0], "Ships") || strings.Contains(strings.Join(lines, ""), "at home in") {
		t.Errorf("got:\n%s", strings.Join(lines, "\n"))
	}
	stage.Do(keymap.NextPane, keymap.Down, keymap.Open)
	if !slices.Equal(h.opened, []string{"Argo"}) || h.Cursor().Y != 3 {
		t.Errorf("opened %q, cursor %+v", h.opened, h.Cursor())
	}
	h.ships = nil
	stage.Send(screen.BoardMsg{})
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "All about") || !strings.Contains(view, "The harbour is empty.") {
		t.Errorf("got:\n%s", view)
	}
}

// A list that announces nothing is loaded again when its stamp has changed.
func TestStamp(t *testing.T) {
	var stamp uint64
	h, stage := dock(t, fleet()[:1], func(of *screen.Listing[ship]) { of.Stamp = func() uint64 { return stamp } })
	h.ships = fleet()
	stage.Do(keymap.Down)
	if len(order(stage)) != 1 {
		t.Error("loaded again, and nothing has changed")
	}
	stamp++
	stage.Send(task.DoneMsg[string]{})
	if len(order(stage)) != 4 {
		t.Error("not loaded again")
	}
}

// What a screen is told before it has a size, and a look that changes, do no harm.
func TestAListWithoutASize(t *testing.T) {
	h := &harbour{ships: fleet()}
	h.List = screen.NewList(tuitest.NewEnv(t, tuitest.NewSource()), h.listing(nil))
	h.Update(screen.BoardMsg{})
	h.Update(screen.ActionMsg{ID: keymap.Down})
	h.SetFilter("a")
	h.SetSize(0, 0)
	h.SetSize(1, 1)
	_ = h.View()
	if h.selected() == "" {
		t.Error("nothing is selected")
	}
}
