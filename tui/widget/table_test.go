package widget_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/keymap"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
	"trustdeck/tui/widget"
)

func plain() *theme.Styles {
	s := theme.New(theme.Options{Profile: colorprofile.ASCII})
	return &s
}

// numbers is a table of n rows r000000 … with their index.
func numbers(n int) widget.RowsOf {
	return widget.RowsOf{
		N:     n,
		KeyOf: func(i int) string { return fmt.Sprintf("r%06d", i) },
		CellOf: func(i, column int) widget.Cell {
			if column == 0 {
				return widget.Cell{Text: fmt.Sprintf("r%06d", i)}
			}
			return widget.Cell{Text: fmt.Sprint(i % 7), Tone: theme.OK}
		},
		CompareOf: func(column, i, j int) int {
			if column == 0 {
				return i - j
			}
			return i%7 - j%7
		},
	}
}

func table(n int) *widget.Table {
	t := &widget.Table{Empty: []string{"nothing here"}}
	t.SetColumns([]widget.Column{{ID: 0, Title: "NAME", Width: 8, Grow: true}, {ID: 1, Title: "REST", Width: 6, Right: true, Drop: 1}})
	t.SetSize(40, 10)
	t.SetRows(numbers(n))
	return t
}

func draw(t *testing.T, tb *widget.Table) []string {
	t.Helper()
	view := tb.View(plain())
	tuitest.CheckView(t, view, 40, 10)
	lines := strings.Split(ansi.Strip(view), "\n")
	if len(lines) != 10 {
		t.Fatalf("%d lines, want 10:\n%s", len(lines), view)
	}
	return lines
}

func selected(tb *widget.Table) int {
	i, ok := tb.Selected()
	if !ok {
		return -1
	}
	return i
}

func TestTableMovesWithinItsBounds(t *testing.T) {
	tb := table(1000)
	steps := []struct {
		id   keymap.ID
		want int
	}{
		{keymap.Up, 0},
		{keymap.Down, 1},
		{keymap.PageDown, 9},
		{keymap.PageUp, 1},
		{keymap.Bottom, 999},
		{keymap.Down, 999},
		{keymap.PageDown, 999},
		{keymap.Top, 0},
		{keymap.PageUp, 0},
	}
	for _, step := range steps {
		if !tb.Do(step.id) || selected(tb) != step.want {
			t.Errorf("after %s row %d is selected, want %d", step.id, selected(tb), step.want)
		}
		x, y, ok := tb.Cursor()
		if lines := draw(t, tb); !ok || x != 0 || !strings.HasPrefix(lines[y], "> ") {
			t.Errorf("after %s the cursor is at line %d:\n%s", step.id, y, strings.Join(lines, "\n"))
		}
	}
	if tb.Do(keymap.Open) {
		t.Error("opening is no move")
	}
}

func TestTableSaysWhatIsOutOfSight(t *testing.T) {
	tb := table(1000)
	if lines := draw(t, tb); !strings.Contains(lines[9], "↓ 992 more") || strings.Contains(lines[9], "above") {
		t.Errorf("at the top: %q", lines[9])
	}
	tb.Do(keymap.Bottom)
	if lines := draw(t, tb); !strings.Contains(lines[9], "↑ 992 above") || strings.Contains(lines[9], "more") {
		t.Errorf("at the end: %q", lines[9])
	}
	if lines := draw(t, table(9)); strings.Contains(strings.Join(lines, ""), "more") {
		t.Errorf("nine rows fit:\n%s", strings.Join(lines, "\n"))
	}
}

func TestTableKeepsTheRowNotTheLine(t *testing.T) {
	tb := table(100)
	for range 5 {
		tb.Do(keymap.Down)
	}
	tb.SortBy(0, true)
	if selected(tb) != 5 {
		t.Errorf("after sorting row %d is selected", selected(tb))
	}
	tb.SetFilter("r00000")
	if selected(tb) != 5 {
		t.Errorf("after filtering row %d is selected", selected(tb))
	}
	tb.SetRows(numbers(3))
	tb.SetRows(numbers(100))
	if selected(tb) != 5 {
		t.Errorf("after the row was away row %d is selected", selected(tb))
	}
	if tb.Select("r000999") {
		t.Error("selected a row that is not there")
	}
	tb.SetFilter("")
	tb.SetRows(numbers(1000))
	if selected(tb) != 999 {
		t.Errorf("a row that appears later is not selected: %d", selected(tb))
	}
}

func TestTableSortsStablyBothWays(t *testing.T) {
	tb := table(20)
	tb.SortBy(1, false)
	tb.Do(keymap.Top)
	if selected(tb) != 0 {
		t.Errorf("first is %d", selected(tb))
	}
	tb.SortBy(1, true)
	tb.Do(keymap.Top)
	if selected(tb) != 6 {
		t.Errorf("descending, first is %d", selected(tb))
	}
	if by, descending, ok := tb.Sorted(); by != 1 || !descending || !ok {
		t.Errorf("sorted by %d, %v, %v", by, descending, ok)
	}
	if lines := draw(t, tb); !strings.Contains(lines[0], "REST↓") {
		t.Errorf("no arrow in %q", lines[0])
	}
}

func TestTableClicks(t *testing.T) {
	tb := table(50)
	tests := []struct {
		x, y int
		want widget.Hit
		row  int
	}{
		{5, 3, widget.HitRow, 2},
		{5, 3, widget.HitSelected, 2},
		{5, 9, widget.HitNothing, 2},
		{5, 42, widget.HitNothing, 2},
		{12, 0, widget.HitHeader, 2},
		{5, -1, widget.HitNothing, 2},
	}
	for _, test := range tests {
		if hit := tb.Click(test.x, test.y); hit != test.want || selected(tb) != test.row {
			t.Errorf("click at %d,%d: %v, row %d; want %v, row %d", test.x, test.y, hit, selected(tb), test.want, test.row)
		}
	}
	if by, _, _ := tb.Sorted(); by != 1 {
		t.Errorf("the header click sorted by %d", by)
	}
	tb.Wheel(3)
	tb.Wheel(-100)
	if selected(tb) != 0 {
		t.Errorf("the wheel left row %d", selected(tb))
	}
}

func TestTableDropsColumnsInTheirOrder(t *testing.T) {
	tb := &widget.Table{}
	tb.SetRows(widget.RowsOf{
		N: 1, KeyOf: func(int) string { return "key" },
		CellOf: func(_, column int) widget.Cell { return widget.Cell{Text: fmt.Sprint(column)} },
	})
	tb.SetColumns([]widget.Column{{ID: 0, Width: 10}, {ID: 1, Width: 5, Drop: 2}, {ID: 2, Width: 5, Drop: 1}, {ID: 3, Width: 5}})
	for width, want := range map[int]string{33: "0123", 32: "013", 26: "013", 25: "03", 20: "03"} {
		tb.SetSize(width, 3)
		if got := strings.Join(strings.Fields(ansi.Strip(strings.Split(tb.View(plain()), "\n")[1]))[1:], ""); got != want {
			t.Errorf("in %d cells columns %s, want %s", width, got, want)
		}
	}
}

// shelf is a table of items with a name and a state, in columns of which the name can be
// cut and the note may go.
func shelf(names, states []string) *widget.Table {
	tb := &widget.Table{}
	tb.SetColumns([]widget.Column{
		{ID: 0, Title: "NAME", Width: 8, Grow: true, KeepEnd: true},
		{ID: 1, Title: "STATE"},
		{ID: 2, Title: "NOTE", Drop: 1},
	})
	tb.SetRows(widget.RowsOf{
		N: len(names), KeyOf: func(i int) string { return fmt.Sprint(i) },
		CellOf: func(i, column int) widget.Cell {
			return widget.Cell{Text: [...]string{names[i], states[i%len(states)], "note"}[column]}
		},
	})
	return tb
}

// What stands in a column decides how wide it is: nothing is cut beside empty space.
func TestColumnsAreAsWideAsWhatStandsInThem(t *testing.T) {
	names := []string{"pay/api", "team/with/a/rather/long/name"}
	states := []string{"ok", "refused by clients"}
	for width, want := range map[int][]string{
		100: {"  NAME                          STATE               NOTE", "> pay/api                       ok                  note", "  team/with/a/rather/long/name  refused by clients  note"},
		// The name shrinks before a column goes.
		50: {"  NAME             STATE               NOTE", "> pay/api          ok                  note", "  ..h/a/rather/long/name  refused by clients  note"},
		// The state is never cut.
		34: {"  NAME        STATE", "> pay/api     ok", "  ../long/name  refused by clients"},
	} {
		tb := shelf(names, states)
		tb.SetSize(width, 4)
		lines := strings.Split(ansi.Strip(tb.View(plain())), "\n")
		for i, line := range want {
			if got := strings.Join(strings.Fields(lines[i]), " "); got != strings.Join(strings.Fields(line), " ") {
				t.Errorf("in %d cells line %d is %q, want %q", width, i, lines[i], line)
			}
		}
	}
}

// The title of the sorted column keeps all its letters, in no more room than before.
func TestArrowStandsBehindTheWholeTitle(t *testing.T) {
	tb := shelf([]string{"a"}, []string{"b"})
	tb.SetSize(60, 3)
	for column, want := range []string{"  NAME↑ STATE  NOTE", "  NAME  STATE↑ NOTE", "  NAME  STATE  NOTE↑"} {
		tb.SortBy(column, false)
		if line := strings.TrimRight(strings.Split(ansi.Strip(tb.View(plain())), "\n")[0], " "); line != want {
			t.Errorf("sorted by %d the titles are %q, want %q", column, line, want)
		}
	}
	tb.SetSize(21, 3)
	if line := strings.Split(ansi.Strip(tb.View(plain())), "\n")[0]; strings.TrimRight(line, " ") != "  NAME  STATE  NOTE↑" {
		t.Errorf("the titles are %q", line)
	}
}

// Of a long list not all rows are measured, and yet none that is seen is cut. Moving never
// makes a column narrower.
func TestColumnsOfLongLists(t *testing.T) {
	names := make([]string, 100_000)
	for i := range names {
		names[i] = "short"
	}
	names[1], names[99_998] = "seen-at-once-and-longer", "seen-at-the-end-and-longer-still"
	tb := shelf(names, []string{"ok"})
	tb.SetSize(100, 6)
	state := func() int { return strings.Index(strings.Split(ansi.Strip(tb.View(plain())), "\n")[0], "STATE") }
	if view := ansi.Strip(tb.View(plain())); !strings.Contains(view, names[1]) {
		t.Errorf("the second row is cut:\n%s", view)
	}
	before := state()
	tb.Do(keymap.Bottom)
	if view := ansi.Strip(tb.View(plain())); !strings.Contains(view, names[99_998]) {
		t.Errorf("a row at the end is cut:\n%s", view)
	}
	after := state()
	tb.Do(keymap.Top)
	if state() != after || before >= after {
		t.Errorf("the second column begins at %d, at the end at %d, and at %d again at the top", before, after, state())
	}
}

// What another program wrote may be of any length: it takes no more than its part.
func TestNoColumnCrowdsOutTheOthers(t *testing.T) {
	tb := shelf([]string{"name"}, []string{strings.Repeat("x", 4000)})
	tb.SetSize(60, 3)
	if line := strings.Split(ansi.Strip(tb.View(plain())), "\n")[1]; !strings.HasPrefix(line, "> name  "+strings.Repeat("x", 30)+"..  note") {
		t.Errorf("the row is %q", line)
	}
}

// A row to begin with is selected until the user selects another.
func TestTableBeginsOnARow(t *testing.T) {
	tb := table(100)
	tb.Begin("r000040")
	if selected(tb) != 40 {
		t.Errorf("row %d is selected", selected(tb))
	}
	tb.Begin("r000007")
	if selected(tb) != 7 {
		t.Errorf("row %d is selected", selected(tb))
	}
	tb.Do(keymap.Down)
	tb.Begin("r000040")
	if selected(tb) != 8 {
		t.Errorf("after a move row %d is selected", selected(tb))
	}
}

func TestTableInNoSpaceAtAll(t *testing.T) {
	for width := range 12 {
		for height := range 6 {
			tb := table(100)
			tb.SetSize(width, height)
			tb.Do(keymap.Bottom)
			tuitest.CheckView(t, tb.View(plain()), width, max(height, 1))
			tb.Cursor()
		}
	}
	empty := table(0)
	if lines := draw(t, empty); !strings.Contains(lines[1], "nothing here") || selected(empty) != -1 {
		t.Errorf("an empty table: %q", lines)
	}
}

func TestMatches(t *testing.T) {
	in := []string{"registry/web/frontend", "registry/web/gateway", "Registry/API"}
	tests := []struct {
		pattern string
		want    string
		ranked  bool
	}{
		{"", "[0 1 2]", false},
		{"web", "[0 1]", false},
		{"gate web", "[1]", false},
		{"api", "[2]", false},
		{"zzz", "[]", true},
		{"  ", "[0 1 2]", false},
		// Abbreviations have beginnings of words, one after the other.
		{"wf", "[0]", true},
		{"WeFr", "[0]", true},
		{"rw g", "[1]", true},
		{"rweb", "[0 1]", true},
		{"r", "[0 1 2]", false},
		{"wfe", "[]", true},
		{"rf", "[]", true},
		{"gw", "[]", true},
		{"explain", "[]", true},
	}
	for _, test := range tests {
		got, ranked := widget.Matches(test.pattern, in)
		if fmt.Sprint(got) != test.want || ranked != test.ranked {
			t.Errorf("%q matches %v, %v; want %s, %v", test.pattern, got, ranked, test.want, test.ranked)
		}
	}
}

// A key press and the repaint after it cost the same whatever the length of the
// list.
func TestKeyToPaintDoesNotDependOnTheLength(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	s := plain()
	cost := func(n int) time.Duration {
		tb := table(n)
		tb.SetSize(100, 30)
		best := time.Hour
		for range 30 {
			begin := time.Now()
			for range 20 {
				tb.Do(keymap.Down)
				_ = tb.View(s)
			}
			best = min(best, time.Since(begin))
		}
		return best
	}
	few, many := cost(100), cost(100_000)
	if many > 3*few {
		t.Errorf("a key takes %v with 100 rows and %v with 100,000", few/20, many/20)
	}
}

func BenchmarkKeyToPaint(b *testing.B) {
	s := plain()
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			tb := table(n)
			tb.SetSize(100, 30)
			for b.Loop() {
				tb.Do(keymap.Down)
				_ = tb.View(s)
			}
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	tb := table(100_000)
	tb.SetFilter("x")
	for i := 0; b.Loop(); i++ {
		tb.SetFilter(fmt.Sprint("r0", i%10))
	}
}

// Marks are known by their keys: they outlive filters and new rows, and those of rows that
// are away do not count.
func TestMarksOfATable(t *testing.T) {
	tb := table(20)
	tb.Mark()
	tb.Do(keymap.Down)
	tb.MarkRange()
	tb.Do(keymap.Down)
	tb.Do(keymap.Down)
	if got := tb.Marked(); !slices.Equal(got, []int{0, 1, 2, 3}) || !tb.Ranging() {
		t.Errorf("an open range marks %v", got)
	}
	if tb.Unmark(); !slices.Equal(tb.Marked(), []int{0}) {
		t.Errorf("without the range %v is marked", tb.Marked())
	}
	tb.MarkRange()
	tb.Do(keymap.Up)
	tb.Mark()
	if got := tb.Marked(); !slices.Equal(got, []int{0, 2, 3}) || tb.Ranging() {
		t.Errorf("a range upwards marks %v", got)
	}
	tb.SetRows(numbers(3))
	if got := tb.Marked(); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("of fewer rows %v is marked", got)
	}
	tb.SetRows(numbers(20))
	tb.MarkAll()
	if len(tb.Marked()) != 20 || !tb.IsMarked(7) {
		t.Errorf("all is %v", tb.Marked())
	}
	tb.MarkAll()
	if len(tb.Marked()) != 0 || tb.Unmark() {
		t.Errorf("none is %v", tb.Marked())
	}
	tb.MarkRange()
	tb.SetRows(numbers(0))
	if tb.Ranging() || tb.Marked() != nil {
		t.Error("a range is open in a table without rows")
	}
	tb.Mark()
	tb.MarkAll()
}
