package widget_test

import (
	"slices"
	"testing"

	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Read aloud, each fact is one line: whatever its length, with no decoration.
func TestADocumentReadAloud(t *testing.T) {
	styles := theme.New(theme.Options{Mode: theme.Mono, Words: true})
	doc := widget.NewDoc(&styles, 10)
	doc.Head("KEY ID")
	doc.Verbatim(doc.Digits([]string{"7c1f 9a02", "d4e8 77b0"})...)
	doc.Fact("Expires", doc.Row("2026-12-03 09:41 UTC", "", "in 12 d"))
	doc.Fact("", "12% left")
	doc.TonedFact("State", styles.Glyphs.OK+" verified", theme.OK)
	doc.TonedFact("State", styles.Glyphs.Broken+" broken", theme.Bad)
	doc.Marked(theme.Mark{Glyph: styles.Glyphs.Soon, Tone: theme.Warn}, "it expires soon, and this line is longer than the width")
	doc.Indented("a  name  with  spaces\nand a second line", theme.Dim)
	want := widget.StaticText{
		"Key ID:", "7c1f 9a02 d4e8 77b0", "Expires: 2026-12-03 09:41 UTC, in 12 d", "12% left", "State: verified", "State: failing: broken",
		"warning: it expires soon, and this line is longer than the width", "a  name  with  spaces", "and a second line",
	}
	if got := doc.Lines(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A row read aloud has every column, by its full name, and no mark twice.
func TestARowReadAloud(t *testing.T) {
	styles := theme.New(theme.Options{Words: true})
	cells := [][]string{
		{styles.Glyphs.Broken + " broken", "-", "v3", styles.Glyphs.OK},
		{styles.Glyphs.OK + " ok", "x", "", ""},
	}
	var table widget.Table
	table.SetColumns([]widget.Column{{ID: 0, Title: "HEALTH"}, {ID: 1, Title: "KEY ID", Drop: 1}, {ID: 2, Title: "VERS.", Full: "version"}, {ID: 3}})
	table.SetRows(widget.RowsOf{
		N: len(cells), KeyOf: func(i int) string { return cells[i][0] },
		CellOf: func(i, column int) widget.Cell { return widget.Cell{Text: cells[i][column]} },
	})
	table.SetSize(8, 4)
	if got := table.Facts(0); !slices.Equal(got, []widget.Fact{{Title: "health", Text: "broken"}, {Title: "version", Text: "v3"}, {Text: "good"}}) {
		t.Errorf("got %q", got)
	}
	if got := table.Facts(1); !slices.Equal(got, []widget.Fact{{Title: "health", Text: "ok"}, {Title: "key ID", Text: "x"}}) {
		t.Errorf("got %q", got)
	}
	if at, ok := table.Find(table.KeyAt(1)); at != 1 || !ok {
		t.Errorf("found at %d, %v", at, ok)
	}
	if _, ok := table.Find("nobody"); ok {
		t.Error("a row was found that is not there")
	}
}
