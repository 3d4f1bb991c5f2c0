package repo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	tagName = iota
	tagDigest
	tagSize
	tagSigners
	tagPulled
)

// tagsTab lists the signed tags. They are joined from all roles in the
// background, for there may be a hundred thousand of them.
type tagsTab struct {
	base
	lane *task.Lane
	tags []model.Tag
	done bool
	err  error
}

func newTags(s *Screen) *tagsTab {
	t := &tagsTab{base: base{s: s}, lane: s.env.Tasks.Lane("gathering the tags of " + string(s.gun)).About(string(s.gun))}
	t.split.ListTitle = "Tags"
	t.detail = t.about
	t.setColumns(
		widget.Column{ID: tagName, Title: "TAG", Width: 12, Grow: true},
		widget.Column{ID: tagDigest, Title: "DIGEST", Width: 12, Drop: 1},
		widget.Column{ID: tagSize, Title: "SIZE", Width: 8, Right: true, Drop: 2},
		widget.Column{ID: tagSigners, Title: "ROLES", Width: 5, Right: true, Drop: 3},
		widget.Column{ID: tagPulled, Title: "PULLED", Width: 8},
	)
	return t
}

func (t *tagsTab) load() {
	t.split.Table.Empty = t.empty()
	t.split.Table.SetRows(widget.RowsOf{
		N:         len(t.tags),
		KeyOf:     func(i int) string { return t.tags[i].Name + "\x00" + string(t.tags[i].Hashes.SHA256) },
		CellOf:    func(i, column int) widget.Cell { return t.cell(&t.tags[i], column) },
		CompareOf: func(column, i, j int) int { return compareTags(column, &t.tags[i], &t.tags[j]) },
		MatchOf:   func(i int) string { return t.tags[i].Name },
	})
}

func (t *tagsTab) empty() []string {
	what, _ := text.Error(t.err)
	switch {
	case t.err != nil:
		return []string{"", text.Sentence(what)}
	case !t.done:
		return []string{"", "Gathering the tags.."}
	default:
		return []string{"", "No tag is signed.", "Sign one with: docker trust sign " + text.Clean(t.s.gun.String()) + ":TAG"}
	}
}

func (t *tagsTab) cell(tag *model.Tag, column int) widget.Cell {
	switch column {
	case tagName:
		return widget.Cell{Text: text.Clean(tag.Name)}
	case tagDigest:
		sum := hex.EncodeToString(tag.Hashes.SHA256)
		return widget.Cell{Text: sum[:min(12, len(sum))], Tone: theme.Dim}
	case tagSize:
		return widget.Cell{Text: text.Bytes(tag.Length)}
	case tagSigners:
		return widget.Cell{Text: text.Number(len(tag.Roles))}
	default:
		return t.pulled(tag)
	}
}

// pulled says whether docker pull gets this content.
func (t *tagsTab) pulled(tag *model.Tag) widget.Cell {
	g := &t.s.env.Styles.Glyphs
	switch {
	case tag.Pulled:
		return widget.Cell{Text: g.OK + " yes", Tone: theme.OK}
	case len(tag.Roles) == 0:
		return widget.Cell{Text: g.Broken + " refused", Tone: theme.Bad}
	default:
		return widget.Cell{Text: g.None + " no", Tone: theme.Dim}
	}
}

func compareTags(column int, a, b *model.Tag) int {
	order := 0
	switch column {
	case tagDigest:
		order = bytes.Compare(a.Hashes.SHA256, b.Hashes.SHA256)
	case tagSize:
		order = cmp.Compare(a.Length, b.Length)
	case tagSigners:
		order = len(a.Roles) - len(b.Roles)
	case tagPulled:
		order = rank(b) - rank(a)
	}
	return cmp.Or(order, strings.Compare(a.Name, b.Name))
}

func rank(tag *model.Tag) int {
	switch {
	case tag.Pulled:
		return 2
	case len(tag.Roles) > 0:
		return 1
	default:
		return 0
	}
}

// enter gathers the tags. The number in the title of the tab is known after.
func (t *tagsTab) enter() tea.Cmd {
	if t.done || t.lane.Active() {
		return nil
	}
	repo, gather := t.s.repo(), t.s.env.Dialect.Tags
	return task.Run(t.lane, func(context.Context) ([]model.Tag, error) { return gather(repo), nil })
}

func (t *tagsTab) expire() {
	t.lane.Stop()
	t.done = false
}

func (t *tagsTab) close() { t.lane.Stop() }

func (t *tagsTab) update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(task.DoneMsg[[]model.Tag]); ok && t.lane.Finish(msg.ID) {
		t.tags, t.err, t.done = msg.Value, msg.Err, true
		t.load()
		t.lay()
	}
	return nil
}

func (t *tagsTab) about(i int) (string, widget.Text) {
	tag := &t.tags[i]
	doc := t.doc()
	doc.Fact("Tag", text.Clean(tag.Name))
	doc.Fact("Size", text.Bytes(tag.Length)+" (manifest)")
	cell := t.pulled(tag)
	doc.TonedFact("Pulled", cell.Text, cell.Tone)
	doc.Head("DIGEST")
	if tag.Hashes.SHA256 != nil {
		doc.Para("sha256:"+hex.EncodeToString(tag.Hashes.SHA256), theme.Plain)
	}
	if tag.Hashes.SHA512 != nil {
		doc.Para("sha512:"+hex.EncodeToString(tag.Hashes.SHA512), theme.Dim)
	}
	st := t.s.env.Styles
	if len(tag.Roles) > 0 {
		doc.Head("STATED BY")
	}
	for _, r := range tag.Roles {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, text.Clean(r.String()))
	}
	if len(tag.Unusable) > 0 {
		doc.Head("ALSO IN, AND NOT RELIED ON")
	}
	for _, r := range tag.Unusable {
		doc.Marked(st.ForSeverity(model.Failure), text.Clean(r.String()))
	}
	return text.Clean(tag.Name), doc.Lines()
}

func (t *tagsTab) count() (int, bool) { return len(t.tags), t.done && t.err == nil }

func (t *tagsTab) open() tea.Cmd {
	i, ok := t.split.Table.Selected()
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Tag(t.s.gun, t.tags[i].Name)})
}

func (t *tagsTab) copies(i int) []screen.CopyItem {
	tag := &t.tags[i]
	items := []screen.CopyItem{{Label: "tag", Text: tag.Name}}
	if tag.Hashes.SHA256 != nil {
		digest := "sha256:" + hex.EncodeToString(tag.Hashes.SHA256)
		items = append(items,
			screen.CopyItem{Label: "digest", Text: digest},
			screen.CopyItem{Label: "image by digest", Text: t.s.gun.String() + "@" + digest})
	}
	return append(items, screen.CopyItem{Label: "image by tag", Text: t.s.gun.String() + ":" + tag.Name})
}
