package repo

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"

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

// rawTab shows the files as they came, indented. The bytes themselves are
// untouched; characters that a terminal would obey are shown as escapes.
type rawTab struct {
	*screen.List[model.Role]
	s    *Screen
	lane *task.Slot
	// file is the file that is shown.
	file *jsonText
}

func newRaw(s *Screen) *rawTab {
	t := &rawTab{s: s, lane: s.env.Tasks.Slot("indenting a file of " + string(s.gun)).About(string(s.gun))}
	t.List = screen.NewList(s.env, screen.Listing[model.Role]{
		Title: "Files", Titled: true, Head: s.head,
		Columns: []screen.Column[model.Role]{
			{
				Column:  widget.Column{Title: "ROLE", Width: 12, Grow: true},
				Cell:    func(r *model.Role) widget.Cell { return widget.Cell{Text: text.Clean(r.Name.String())} },
				Compare: screen.By(func(r *model.Role) model.RoleName { return r.Name }),
			},
			{
				Column:  widget.Column{Title: "SIZE", Width: 8, Right: true},
				Cell:    func(r *model.Role) widget.Cell { return widget.Cell{Text: text.Bytes(int64(len(r.Raw)))} },
				Compare: screen.By(func(r *model.Role) int { return len(r.Raw) }),
			},
		},
		Load:   s.roles,
		Key:    func(r *model.Role) string { return r.Name.String() },
		Hidden: func(r *model.Role) bool { return len(r.Raw) == 0 },
		// Files of one size stay in the order of the roles, up and down.
		Tie: func(_, _ *model.Role) int { return 0 },

		Detail:  t.about,
		Empty:   func(doc *widget.Doc) { doc.Uncut("No file was read.") },
		Actions: []screen.Action[model.Role]{screen.OpenAction[model.Role](none, nil)},
		Copies: func(r *model.Role) []screen.CopyItem {
			return []screen.CopyItem{
				{Label: "file", Text: string(r.Raw), Lines: true},
				{Label: "file digest", Text: "sha256:" + hex.EncodeToString(r.SHA256[:])},
			}
		},
	})
	t.Split.ListWidth = 36
	return t
}

// shows reports whether the file of a role is the one that is shown.
func (t *rawTab) shows(r *model.Role) bool { return t.file != nil && t.file.of == &r.Raw[0] }

// Fetch indents the selected file in the background.
func (t *rawTab) Fetch() tea.Cmd {
	r, ok := t.Selected()
	if !ok || t.shows(r) {
		return nil
	}
	raw := r.Raw
	return task.Run(t.lane, func(context.Context) (*jsonText, error) { return indent(raw), nil })
}

// Close stops what is being indented.
func (t *rawTab) Close() { t.lane.Stop() }

// Update takes the answer, and indents the file that is selected.
func (t *rawTab) Update(msg tea.Msg) tea.Cmd {
	cmd := t.List.Update(msg)
	switch msg := msg.(type) {
	case task.DoneMsg[*jsonText]:
		if t.lane.Finish(msg.ID) && msg.Err == nil {
			t.file = msg.Value
			t.Split.Detail.Rewind()
			t.Arrange()
		}
	case screen.ActionMsg, screen.ClickMsg:
		return tea.Batch(cmd, t.Fetch())
	}
	return cmd
}

func (t *rawTab) about(_ *widget.Doc, r *model.Role) (title string, lines widget.Text) {
	title = text.Clean(r.Name.String()) + ".json"
	if !t.shows(r) {
		return title, widget.StaticText{"Indenting.."}
	}
	t.file.styles = t.s.env.Styles
	return title, t.file
}

func (t *rawTab) count() (int, bool) { return 0, false }

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
