package table

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func sample() *Table {
	t := New(Column{Title: "NAME", Flex: true, KeepEnd: true}, Column{Title: "SIZE", Right: true}, Column{Title: "NOTE", Flex: true})
	t.Row("registry.example.org/acme/application", "5", "")
	t.Row("日本語", "1234", "fine")
	t.Row("evil\x1b[2J\r\u202ename\nnext", "1", "\x00")
	return t
}

func TestColumnsAreAlignedByCells(t *testing.T) {
	var b strings.Builder
	if err := sample().Write(&b, 0); err != nil {
		t.Fatal(err)
	}
	want := `NAME                                   SIZE  NOTE
registry.example.org/acme/application     5  -
日本語                                 1234  fine
evil\x1b[2J\r\u202ename\nnext             1  \x00
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestFieldsAreAligned(t *testing.T) {
	var f Fields
	f.Put("name", "evil\x1b[31m")
	f.Put("empty", "")
	f.Put("a longer label", "value")
	var b strings.Builder
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := "name:           evil\\x1b[31m\na longer label: value\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestOneColumnGivesWay(t *testing.T) {
	var b strings.Builder
	if err := sample().Write(&b, 40); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > 40 {
			t.Errorf("%q is %d wide", line, w)
		}
	}
	if !strings.Contains(b.String(), "..ample.org/acme/application") {
		t.Errorf("the long name is not cut:\n%s", b.String())
	}
	optional := New(Column{Title: "A"}, Column{Title: "B", Flex: true, Optional: true}, Column{Title: "C"})
	optional.Row("first", strings.Repeat("much ", 5), "last")
	b.Reset()
	if err := optional.Write(&b, 20); err != nil {
		t.Fatal(err)
	}
	if b.String() != "A      C\nfirst  last\n" {
		t.Errorf("an optional column does not go:\n%s", b.String())
	}
	b.Reset()
	if err := sample().Write(&b, 5); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "..me/application") {
		t.Errorf("on a tiny terminal nothing is left of the name:\n%s", b.String())
	}
}
