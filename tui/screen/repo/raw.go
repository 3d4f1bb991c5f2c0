package repo

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// longestLine is how many bytes of a line are looked at to draw it. A file may
// be one line of many megabytes.
const longestLine = 2048

const (
	rawRole = iota
	rawSize
)

// rawTab shows the files as they came, indented. The bytes themselves are
// untouched; characters that a terminal would obey are shown as escapes.
type rawTab struct {
	base
	lane  *task.Lane
	roles []*model.Role
	// file is the file that is shown, of the role whose bytes it was made of.
	file  *jsonText
	shown *byte
}

func newRaw(s *Screen) *rawTab {
	t := &rawTab{base: base{s: s}, lane: s.env.Tasks.Lane("indenting a file of " + string(s.gun)).About(string(s.gun))}
	t.split.ListTitle, t.split.ListWidth = "Files", 36
	t.split.Table.Empty = []string{"", "No file was read."}
	t.detail = t.about
	t.setColumns(
		widget.Column{ID: rawRole, Title: "ROLE", Width: 12, Grow: true},
		widget.Column{ID: rawSize, Title: "SIZE", Width: 8, Right: true},
	)
	return t
}

func (t *rawTab) load() {
	t.roles = nil
	for i := range t.s.repo().Roles {
		if r := &t.s.repo().Roles[i]; len(r.Raw) > 0 {
			t.roles = append(t.roles, r)
		}
	}
	t.split.Table.SetRows(widget.RowsOf{
		N:     len(t.roles),
		KeyOf: func(i int) string { return t.roles[i].Name.String() },
		CellOf: func(i, column int) widget.Cell {
			if column == rawRole {
				return widget.Cell{Text: text.Clean(t.roles[i].Name.String())}
			}
			return widget.Cell{Text: text.Bytes(int64(len(t.roles[i].Raw)))}
		},
		CompareOf: func(column, i, j int) int {
			if column == rawSize {
				return len(t.roles[i].Raw) - len(t.roles[j].Raw)
			}
			return strings.Compare(string(t.roles[i].Name), string(t.roles[j].Name))
		},
	})
}

func (t *rawTab) selected() *model.Role {
	i, ok := t.split.Table.Selected()
	if !ok {
		return nil
	}
	return t.roles[i]
}

// enter indents the selected file in the background.
func (t *rawTab) enter() tea.Cmd {
	role := t.selected()
	if role == nil || t.shown == &role.Raw[0] {
		return nil
	}
	raw := role.Raw
	return task.Run(t.lane, func(context.Context) (*jsonText, error) { return indent(raw), nil })
}

func (t *rawTab) moved() tea.Cmd { return t.enter() }
func (t *rawTab) expire()        {}
func (t *rawTab) close()         { t.lane.Stop() }

func (t *rawTab) update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(task.DoneMsg[*jsonText]); ok && t.lane.Finish(msg.ID) && msg.Err == nil {
		t.file, t.shown = msg.Value, msg.Value.of
		t.split.Detail.Rewind()
		t.lay()
	}
	return nil
}

func (t *rawTab) about(i int) (string, widget.Text) {
	role := t.roles[i]
	name := text.Clean(role.Name.String()) + ".json"
	if t.shown != &role.Raw[0] {
		return name, widget.StaticText{"Indenting.."}
	}
	t.file.styles = t.s.env.Styles
	return name, t.file
}

func (t *rawTab) copies(i int) []screen.CopyItem {
	r := t.roles[i]
	return []screen.CopyItem{
		{Label: "file", Text: string(r.Raw), Lines: true},
		{Label: "file digest", Text: "sha256:" + hex.EncodeToString(r.SHA256[:])},
	}
}

// jsonText is an indented file, drawn line by line.
type jsonText struct {
	styles *theme.Styles
	body   []byte
	// starts are the offsets of the lines.
	starts []int
	// of tells which bytes it was made of.
	of *byte
}

// indent lays a file out for reading. What is no JSON is shown as it is.
func indent(raw []byte) *jsonText {
	t := &jsonText{of: &raw[0], body: raw, starts: []int{0}}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") == nil {
		t.body = b.Bytes()
	}
	for i, c := range t.body {
		if c == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// Len returns the number of lines.
func (t *jsonText) Len() int { return len(t.starts) }

// Line draws a line: names of members stand out, values are plain.
func (t *jsonText) Line(i int) string {
	end := len(t.body)
	if i+1 < len(t.starts) {
		end = t.starts[i+1] - 1
	}
	line := t.body[t.starts[i]:end]
	line = line[:min(len(line), longestLine)]
	rest := bytes.TrimLeft(line, " ")
	margin := text.Spaces(len(line) - len(rest))
	if key, value, ok := bytes.Cut(rest, []byte(`": `)); ok && bytes.HasPrefix(key, []byte(`"`)) && !bytes.Contains(key, []byte(`\`)) {
		return margin + t.styles.Tone(theme.Accent).Render(text.Clean(string(key))+`"`) + ": " + text.Clean(string(value))
	}
	return margin + text.Clean(string(rest))
}
