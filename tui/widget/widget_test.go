package widget_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
	"trustdeck/tui/widget"
)

func TestTree(t *testing.T) {
	var tree widget.Tree
	nodes := []widget.Node{{"root", 0}, {"targets", 1}, {"alice", 2}, {"team", 2}, {"ci", 3}, {"snapshot", 1}, {"last", 1}}
	tree.SetNodes(nodes)
	s := plain()
	want := []string{"", "├ ", "│ ├ ", "│ └ ", "│   └ ", "├ ", "└ "}
	if got := tree.Prefixes(&s.Glyphs); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("lines %q, want %q", got, want)
	}
	ascii := theme.New(theme.Options{ASCII: true})
	if got := tree.Prefixes(&ascii.Glyphs)[4]; got != "|   `-" {
		t.Errorf("in ASCII %q", got)
	}
	if !tree.Parent(1) || tree.Parent(2) || tree.Up(4) != 3 || tree.Up(5) != 0 || tree.Up(0) != 0 {
		t.Error("parents are wrong")
	}
	if !tree.Fold(3, true) || tree.Fold(3, true) || tree.Fold(2, true) {
		t.Error("only an open branch can be folded")
	}
	if got := fmt.Sprint(tree.Shown()); got != "[0 1 2 3 5 6]" {
		t.Errorf("shown %s", got)
	}
	tree.Fold(1, true)
	if got := fmt.Sprint(tree.Shown()); got != "[0 1 5 6]" {
		t.Errorf("shown %s", got)
	}
	tree.SetNodes(nodes[:3])
	if got := fmt.Sprint(tree.Shown()); got != "[0 1]" {
		t.Errorf("a folded branch does not stay folded: %s", got)
	}
	tree.Fold(1, false)
	if got := fmt.Sprint(tree.Shown()); got != "[0 1 2]" {
		t.Errorf("shown %s", got)
	}
}

func press(in *widget.Input, keys ...tea.KeyPressMsg) {
	for _, k := range keys {
		in.Update(k)
	}
}

func TestInputEditsLikeAShell(t *testing.T) {
	ctrl := func(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Mod: tea.ModCtrl} }
	code := func(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r} }
	letter := func(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }
	tests := []struct {
		keys []tea.KeyPressMsg
		want string
	}{
		{[]tea.KeyPressMsg{letter('!')}, "one two!"},
		{[]tea.KeyPressMsg{code(tea.KeyBackspace)}, "one tw"},
		{[]tea.KeyPressMsg{ctrl('w')}, "one "},
		{[]tea.KeyPressMsg{ctrl('u')}, ""},
		{[]tea.KeyPressMsg{ctrl('a'), letter('>')}, ">one two"},
		{[]tea.KeyPressMsg{code(tea.KeyHome), code(tea.KeyDelete)}, "ne two"},
		{[]tea.KeyPressMsg{code(tea.KeyLeft), code(tea.KeyLeft), ctrl('k')}, "one t"},
		{[]tea.KeyPressMsg{ctrl('a'), code(tea.KeyBackspace), code(tea.KeyLeft)}, "one two"},
		{[]tea.KeyPressMsg{code(tea.KeyEnd), code(tea.KeyRight), code(tea.KeyDelete)}, "one two"},
		{[]tea.KeyPressMsg{{Code: tea.KeySpace, Text: " "}, letter('é'), letter('日')}, "one two é日"},
		{[]tea.KeyPressMsg{code(tea.KeyF1), code(tea.KeyTab), ctrl('x')}, "one two"},
	}
	for _, test := range tests {
		in := widget.NewInput("", "one two")
		press(&in, test.keys...)
		if in.Value() != test.want {
			t.Errorf("after %v: %q, want %q", test.keys, in.Value(), test.want)
		}
	}
}

func TestInputTakesOnlyWhatCanBeSeen(t *testing.T) {
	in := widget.NewInput("", "")
	for _, lines := range []string{"one\ntwo", "one\r\ntwo\n", "\none\rtwo"} {
		if in.Update(tea.PasteMsg{Content: lines}) || in.Value() != "" {
			t.Errorf("%q is joined to %q", lines, in.Value())
		}
	}
	in.Update(tea.PasteMsg{Content: "a\x1b[31mb\u202e\x00c\xff\r\n"})
	if in.Value() != "a[31mbc" {
		t.Errorf("pasted %q", in.Value())
	}
	in.Update(tea.PasteMsg{Content: strings.Repeat("x", 1<<20)})
	if n := len(in.Value()); n != 1024 {
		t.Errorf("%d characters", n)
	}
	for width := 1; width < 30; width++ {
		line, cursor := in.View(plain(), width)
		tuitest.CheckView(t, line, width, 1)
		if cursor < 0 || cursor >= width {
			t.Errorf("cursor at %d in %d cells", cursor, width)
		}
	}
}

func TestTabsFitAndCanBeHit(t *testing.T) {
	tabs := []widget.Tab{
		{Key: "1", Title: "Roles"},
		{Key: "2", Title: "Keys", Count: "12"},
		{Key: "3", Title: "Signers", Count: "4"},
		{Key: "4", Title: "Tags", Count: "100,000"},
		{Key: "5", Title: "History", Count: "57"},
		{Key: "6", Title: "Raw"},
	}
	for _, width := range []int{45, 60, 70, 80, 200} {
		for active, tab := range tabs {
			bar := widget.Tabs(plain(), tabs, active, width)
			line := ansi.Strip(bar.Text)
			tuitest.CheckView(t, bar.Text, width, 1)
			if !strings.Contains(line, "["+tab.Key+" "+tab.Title) && width >= 60 {
				t.Errorf("at %d the active tab is cut: %q", width, line)
			}
			if strings.Contains(line, "..") && width >= 60 || strings.Contains(line, "(100,000)") != (width >= 80) {
				t.Errorf("at %d the counts do not go before the titles: %q", width, line)
			}
			if i, ok := bar.At(strings.Index(line, "[") + 1); !ok || i != active {
				t.Errorf("at %d a click on the active tab %d hits %d", width, active, i)
			}
		}
	}
}

// The places and the way to all others are there on the smallest terminal.
func TestPlacesKeepTheLastAction(t *testing.T) {
	actions := keymap.Get(keymap.GoDoctor, keymap.GoKeys, keymap.GoSigners, keymap.Commands)
	for width := 38; width < 120; width += 7 {
		bar := widget.Places(plain(), actions, width)
		tuitest.CheckView(t, bar.Text, width, 1)
		line := ansi.Strip(bar.Text)
		if text.Width(line) != width || !strings.HasSuffix(line, " ctrl+p commands ─") {
			t.Errorf("at %d: %q", width, line)
		}
		for i, words := range []string{"D doctor", "K keys", "S signers", "ctrl+p"} {
			before, _, shown := strings.Cut(line, words)
			if hit, ok := bar.At(text.Width(before)); shown && (!ok || hit != i) || !shown && width >= 60 {
				t.Errorf("at %d a click on %s hits %d, %v: %q", width, words, hit, ok, line)
			}
		}
	}
}

func TestCrumbsKeepTheEnd(t *testing.T) {
	titles := []string{"Repositories", "platform/team/service", "targets/releases"}
	bar := widget.Crumbs(plain(), titles, 80)
	if line := ansi.Strip(bar.Text); line != " Repositories > platform/team/service > targets/releases" {
		t.Errorf("got %q", line)
	}
	if i, ok := bar.At(3); !ok || i != 0 {
		t.Errorf("a click on the first crumb hits %d, %v", i, ok)
	}
	for width := 2; width < 60; width++ {
		bar := widget.Crumbs(plain(), titles, width)
		tuitest.CheckView(t, bar.Text, width, 1)
		if line := ansi.Strip(bar.Text); width > 10 && !strings.HasSuffix(line, "releases") {
			t.Errorf("at %d: %q", width, line)
		}
	}
}

func TestFooterKeepsTheLastAction(t *testing.T) {
	actions := append(keymap.Get(keymap.Open, keymap.Find, keymap.Sort, keymap.Copy, keymap.Refresh), keymap.One(keymap.ShowHelp))
	for width := 10; width < 120; width += 7 {
		bar := widget.Footer(plain(), actions, width)
		tuitest.CheckView(t, bar.Text, width, 1)
		line := ansi.Strip(bar.Text)
		if width > 12 && !strings.HasSuffix(line, "? help") {
			t.Errorf("at %d: %q", width, line)
		}
		if i, ok := bar.At(strings.Index(line, "? help")); !ok || i != len(actions)-1 {
			t.Errorf("a click on help hits %d, %v", i, ok)
		}
	}
	if bar := widget.Footer(plain(), nil, 80); bar.Text != "" {
		t.Errorf("no actions: %q", bar.Text)
	}
}

func TestBoxIsAsLargeAsAsked(t *testing.T) {
	for _, width := range []int{0, 3, 4, 10, 40} {
		for _, height := range []int{0, 1, 2, 5} {
			box := widget.Box(plain(), "A title that is rather long", "body\n"+strings.Repeat("wide", 30), width, height, true)
			tuitest.CheckView(t, box, max(width, 0), max(height, 1))
		}
	}
	box := ansi.Strip(widget.Box(plain(), "T", "body", 12, 4, false))
	want := "╭─ T ──────╮\n│ body     │\n│          │\n╰──────────╯"
	if box != want {
		t.Errorf("got\n%s\nwant\n%s", box, want)
	}
}

func TestScroll(t *testing.T) {
	var lines widget.StaticText
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	var p widget.Scroll
	p.SetSize(20, 5)
	p.SetText(lines)
	view := func() string { return ansi.Strip(p.View(plain())) }
	if v := view(); !strings.HasPrefix(v, "line 0\n") || !strings.HasSuffix(v, "↓ 46 more lines") {
		t.Errorf("at first:\n%s", v)
	}
	for _, step := range []struct {
		id    keymap.ID
		first string
	}{{keymap.Down, "line 1\n"}, {keymap.PageDown, "line 5\n"}, {keymap.Bottom, "line 45\n"}, {keymap.Down, "line 45\n"}, {keymap.PageUp, "line 41\n"}, {keymap.Up, "line 40\n"}, {keymap.Top, "line 0\n"}} {
		if !p.Do(step.id) || !strings.HasPrefix(view(), step.first) {
			t.Errorf("after %s:\n%s", step.id, view())
		}
	}
	p.Do(keymap.Bottom)
	p.SetText(lines[:3])
	if v := view(); !strings.HasPrefix(v, "line 0\n") || strings.Contains(v, "more lines") {
		t.Errorf("after shrinking:\n%s", v)
	}
	if p.Do(keymap.Open) {
		t.Error("opening is no move")
	}
}

func TestDocWrapsAndNeverCuts(t *testing.T) {
	for _, width := range []int{1, 8, 15, 22, 40, 100} {
		doc := widget.NewDoc(plain(), width)
		doc.Head("HEAD")
		doc.Fact("Label", "a value of several words")
		doc.Marked(theme.Mark{Glyph: "✗", Tone: theme.Bad}, "something is wrong here")
		doc.Indented("and this helps", theme.Accent)
		doc.Para("日本語のテキスト", theme.Dim)
		lines := doc.Lines()
		joined := ""
		for _, line := range lines {
			tuitest.CheckView(t, line, width, 1)
			joined += strings.ReplaceAll(ansi.Strip(line), " ", "")
		}
		if width >= 8 {
			for _, want := range []string{"avalueofseveralwords", "somethingiswronghere", "andthishelps", "日本語のテキスト"} {
				if !strings.Contains(joined, want) {
					t.Errorf("at %d %q is missing: %q", width, want, joined)
				}
			}
		}
	}
}

// A strip stands below the list at any width, and is neither clicked nor moved in. Where
// there is no room for it the list has all of it, and its titles still.
func TestStrip(t *testing.T) {
	s := plain()
	p := widget.Split{DetailTitle: "about", Strip: func(height int) int {
		if height < 10 {
			return 0
		}
		return 4
	}}
	p.Table.SetColumns([]widget.Column{{Title: "NAME", Width: 10}})
	p.Table.SetRows(widget.RowsOf{
		N: 5, KeyOf: func(i int) string { return fmt.Sprint(i) }, CellOf: func(i, _ int) widget.Cell { return widget.Cell{Text: fmt.Sprint("row ", i)} },
	})
	p.Detail.SetText(widget.StaticText{"one", "two", "three"})
	for _, width := range []int{40, 90, 160} {
		p.SetSize(width, 12)
		view := p.View(s)
		tuitest.CheckView(t, view, width, 12)
		lines := strings.Split(ansi.Strip(view), "\n")
		if len(lines) != 12 || !strings.Contains(lines[0], "NAME") || !strings.Contains(lines[8], "about") || strings.TrimSpace(lines[11]) != "three" {
			t.Errorf("got:\n%s", view)
		}
		if hit := p.Click(3, 10); hit != widget.HitNothing || p.InDetail() {
			t.Errorf("a click on the strip is %v", hit)
		}
		p.SetSize(width, 9)
		if lines = strings.Split(ansi.Strip(p.View(s)), "\n"); len(lines) != 9 || !strings.Contains(lines[0], "NAME") || !strings.Contains(lines[1], "row 0") || strings.Contains(strings.Join(lines, ""), "about") {
			t.Errorf("got:\n%s", strings.Join(lines, "\n"))
		}
	}
}

func TestSplitArrangements(t *testing.T) {
	s := plain()
	for _, size := range []tuitest.Size{{Width: 60, Height: 11}, {Width: 80, Height: 18}, {Width: 95, Height: 12}, {Width: 96, Height: 10}, {Width: 200, Height: 55}} {
		var p widget.Split
		p.ListTitle, p.DetailTitle = "List", "Detail"
		p.Table.SetColumns([]widget.Column{{ID: 0, Title: "NAME", Width: 8, Grow: true}})
		p.SetSize(size.Width, size.Height)
		p.Table.SetRows(numbers(30))
		p.SetNotes(widget.StaticText{"a note"})
		p.Detail.SetText(widget.StaticText{"the detail"})
		check := func() string {
			view := p.View(s)
			tuitest.CheckView(t, view, size.Width, size.Height)
			if n := strings.Count(view, "\n") + 1; n != size.Height {
				t.Errorf("%s: %d lines", size, n)
			}
			return ansi.Strip(view)
		}
		if !strings.Contains(check(), "r000000") {
			t.Errorf("%s: the list is not shown", size)
		}
		x, y, ok := p.Cursor()
		if line := strings.Split(check(), "\n")[y]; !ok || !strings.Contains(line[x:], "> r000000") {
			t.Errorf("%s: the cursor is on %q", size, line)
		}
		p.Do(keymap.NextPane)
		if !p.InDetail() || !strings.Contains(check(), "the detail") {
			t.Errorf("%s: the detail is not shown", size)
		}
		p.Do(keymap.Left)
		if p.InDetail() {
			t.Errorf("%s: left does not lead to the list", size)
		}
		if hit := p.Click(5, 4); hit != widget.HitRow {
			t.Errorf("%s: a click on the list is %v", size, hit)
		}
	}
}

func TestPickerSearchesAndKeepsItsSize(t *testing.T) {
	items := []widget.Item{{Label: "alpha", Note: "a"}, {Label: "beta: not now", Off: "not now"}, {Label: strings.Repeat("long ", 30), Note: strings.Repeat("note", 30)}}
	for _, search := range []bool{false, true} {
		p := widget.NewPicker("Pick", items, search)
		for _, width := range []int{20, 60, 76} {
			box, x, y := p.View(plain(), width, 12)
			tuitest.CheckView(t, box, width, 12)
			if x >= width || y >= 12 {
				t.Errorf("cursor at %d,%d", x, y)
			}
		}
	}
	p := widget.NewPicker("Pick", items, true)
	p.Update(tea.KeyPressMsg{Code: 'b', Text: "b"})
	p.Update(tea.KeyPressMsg{Code: 'e', Text: "e"})
	if i, ok := p.Selected(); !ok || i != 1 {
		t.Errorf("selected %d, %v", i, ok)
	}
}

// A list above its detail shows all of its rows where that leaves enough to the detail.
func TestHighSplitShowsAllRows(t *testing.T) {
	for _, row := range []struct{ rows, height, shown int }{
		{10, 20, 8}, // in half of them, with one line that counts the others
		{10, 40, 10},
		{30, 50, 30},
		{90, 50, 32},
	} {
		p := widget.Split{Rows: true}
		p.Table.SetColumns([]widget.Column{{ID: 0, Title: "NAME", Width: 8, Grow: true}})
		p.Table.SetRows(numbers(row.rows))
		p.SetSize(200, row.height)
		p.Detail.SetText(widget.StaticText{"the detail"})
		view := ansi.Strip(p.View(plain()))
		if n := strings.Count(view, " r0000"); n != row.shown || !strings.Contains(view, "the detail") {
			t.Errorf("%d of %d rows in %d lines, want %d:\n%s", n, row.rows, row.height, row.shown, view)
		}
	}
}

// A picker that is as wide as it needs cuts nothing.
func TestPickerNeeds(t *testing.T) {
	label, note := strings.Repeat("label ", 8)+"end", strings.Repeat("note ", 9)+"end"
	p := widget.NewPicker("Pick", []widget.Item{{Label: label, Note: "short"}, {Label: "short", Note: note}}, true)
	box, _, _ := p.View(plain(), p.Need(), 12)
	if view := ansi.Strip(box); !strings.Contains(view, label) || !strings.Contains(view, note) {
		t.Errorf("cut at %d:\n%s", p.Need(), view)
	}
}

func TestGlyphsAreOneCellWide(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		g := theme.New(theme.Options{ASCII: ascii, Profile: colorprofile.ASCII}).Glyphs
		for _, glyph := range []string{g.Broken, g.Soon, g.Stale, g.OK, g.None, g.Loading, g.Cursor, g.Up, g.Down, g.Less, g.More, g.Rule, g.Crumb, g.Closed, g.Bar, g.BarEmpty, g.Bullet} {
			if ansi.StringWidth(glyph) != 1 || ascii && glyph[0] > 0x7e {
				t.Errorf("%q does not suit (ASCII: %v)", glyph, ascii)
			}
		}
		for _, line := range []string{g.Branch, g.LastBranch, g.Through} {
			if ansi.StringWidth(line) != 2 {
				t.Errorf("%q is not two cells wide", line)
			}
		}
	}
}
