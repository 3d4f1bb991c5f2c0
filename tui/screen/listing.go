package screen

import (
	"cmp"
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Listing is what a List consists of: where its rows come from, what is shown of
// each, and what can be done with it. Everything but Columns and Key can be left
// out. A row is never nil unless a field says so.
type Listing[T any] struct {
	// Title stands in the border of the list, where it has one.
	Title string
	// LongRows prefers the detail below the list, for rows that are long.
	LongRows bool
	// Tree says that rows fold, and cannot be marked.
	Tree bool
	// Titled draws the titles of the columns even where there are no rows.
	Titled bool
	// Head draws the line above the list; nil draws a rule.
	Head func() string

	Columns []Column[T]
	// Sort names the column that orders the rows to begin with; empty leaves them
	// in the order of their source.
	Sort       string
	Descending bool
	// Fit adapts the columns to width and rows, in a copy of their own.
	Fit func([]widget.Column) []widget.Column

	// Load returns the rows that are in memory already. It is called when the board
	// or the user wants them again, and when size or look change.
	Load func() []T
	// Stamp counts the changes of what Load reads, for sources that announce none:
	// the rows are loaded again after a message during which it has changed.
	Stamp func() uint64
	// Fetch prepares the work that reads the rows in the background, on Slot. It is
	// for lists without Load.
	Fetch func() func(context.Context) ([]T, error)
	Slot  *task.Slot
	// News takes what the board announces. Nil ignores it.
	News func(BoardMsg) tea.Cmd

	// Key tells rows apart, whichever others come and go: selection and all else
	// that outlives the rows holds on to it.
	Key func(*T) string
	// Begin is the key of the row to begin with: the cursor is there until the user moves
	// it. Nil is the first row.
	Begin func() string
	// Match is what a filter looks at; nil looks at the key.
	Match func(*T) string
	// Tie orders rows that a column finds equal; nil takes the order of the source.
	Tie func(a, b *T) int
	// Hidden leaves rows out of the list; nil shows all.
	Hidden func(*T) bool

	// Detail lays out a row in full: in doc, or as another text.
	Detail func(doc *widget.Doc, row *T) (title string, text widget.Text)
	// Text lays out the thing that the rows have to do with: it has most of the room,
	// and the list stands beside it. There is then no line above and no Detail.
	Text func(doc *widget.Doc) (title string, text widget.Text)
	// Notes are lines below the rows, styled.
	Notes func() widget.StaticText
	// Unmatched begins the sentence that says that no row matches a pattern, which
	// follows: "No key is known by".
	Unmatched string
	// State tells how far the rows are known; nil where they always are.
	State func() State
	// Empty lays out why there are no rows, where State does not say so.
	Empty func(*widget.Doc)

	// Actions are the actions of the list, in the order of the help page.
	Actions []Action[T]
	// Changes are the guided changes that begin here, and Subject what they are
	// about: rows are those that an action is for, none where nothing is selected.
	Changes []keymap.ID
	Subject func(change keymap.ID, rows []*T) Subject
	// Moves are offered last; nil offers those of a list with a detail.
	Moves []keymap.ID
	// Copies lists what can be copied of a row.
	Copies func(*T) []CopyItem
}

// Column is one column of a List.
type Column[T any] struct {
	// Column is its look; its ID is given by the List.
	widget.Column
	// Name is what the column is called, whatever a narrow screen makes of its
	// title; empty where that is Title.
	Name string
	// Cell is what the column shows of a row. It is called for visible rows only.
	Cell func(*T) widget.Cell
	// Compare orders two rows: negative where a comes first. A column without is
	// not offered to sort by.
	Compare func(a, b *T) int
}

// column is the ID of the column with a name. A name that none has is a mistake of the
// program.
func (of *Listing[T]) column(name string) int {
	i := slices.IndexFunc(of.Columns, func(c Column[T]) bool { return c.name() == name })
	if i < 0 {
		panic("screen: no column " + name)
	}
	return i
}

func (c *Column[T]) name() string { return cmp.Or(c.Name, c.Title) }

// Action is an action of a List.
type Action[T any] struct {
	ID keymap.ID
	// Only leaves the action out where it reports false, When switches it off and
	// says why. Both are given the selected row, nil where there is none.
	Only func(row *T) bool
	When func(row *T) (ok bool, why string)
	// Do does it, where it is possible; nil goes to the detail.
	Do func(row *T) tea.Cmd
}

func (a *Action[T]) offered(row *T) bool { return a.Only == nil || a.Only(row) }

// OpenAction is the action that opens the selected row; a nil open goes to its detail.
// Otherwise is why it is off where no row is selected.
func OpenAction[T any](otherwise string, open func(*T) tea.Cmd) Action[T] {
	return Action[T]{ID: keymap.Open, Do: open, When: func(row *T) (bool, string) { return row != nil, otherwise }}
}

// State tells how far the rows of a List are known.
type State struct {
	// Reading says what is being read, in the words of the screen; empty where
	// nothing has to be waited for.
	Reading string
	// Err is why there may be more rows than could be read.
	Err error
}

// WordColumn is a column that shows a word of a row and is ordered by it.
func WordColumn[T any](look widget.Column, word func(*T) string) Column[T] {
	return Column[T]{Column: look, Compare: By(word), Cell: func(row *T) widget.Cell { return WordCell(word(row)) }}
}

// MarkColumn is a column of marks, which nothing can be sorted by.
func MarkColumn[T any](mark func(*T) theme.Mark) Column[T] {
	return Column[T]{Column: widget.Column{Width: 1, Unsorted: true}, Cell: func(row *T) widget.Cell { return MarkCell(mark(row), "") }}
}

// MarkCell is a cell with a mark, and a word after it where there is one.
func MarkCell(mark theme.Mark, word string) widget.Cell {
	if word != "" {
		word = " " + word
	}
	return widget.Cell{Text: mark.Glyph + word, Tone: mark.Tone}
}

// By compares rows by something of theirs that has an order.
func By[T any, K cmp.Ordered](of func(*T) K) func(a, b *T) int {
	return func(a, b *T) int { return cmp.Compare(of(a), of(b)) }
}

// WordCell is a cell with a word, or with a dash where there is none.
func WordCell(word string) widget.Cell {
	if word == "" {
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	return widget.Cell{Text: word}
}

// RowMoves are the moves in a list that has nothing beside it.
func RowMoves() []keymap.ID {
	return []keymap.ID{keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom}
}

// PaneMoves are the moves between panes and in them.
func PaneMoves() []keymap.ID {
	return append([]keymap.ID{keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right}, RowMoves()...)
}
