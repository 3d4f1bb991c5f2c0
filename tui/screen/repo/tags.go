package repo

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// tagsTab lists the signed targets: tags. They are joined from all roles in the
// background, for there may be a hundred thousand of them.
type tagsTab struct {
	*screen.List[model.Tag]
	s     *Screen
	words dialect.Words
}

func newTags(s *Screen) *tagsTab {
	words := s.env.DialectOf(s.gun).Words()
	t := &tagsTab{s: s, words: words}
	byName := screen.By(func(tag *model.Tag) string { return tag.Name })
	t.List = screen.NewList(s.env, screen.Listing[model.Tag]{
		Title: text.Capital(words.Targets()), Titled: true, Head: s.head,
		Columns: []screen.Column[model.Tag]{
			{
				Column:  widget.Column{Title: strings.ToUpper(words.Target), Width: 12, Grow: true},
				Cell:    func(tag *model.Tag) widget.Cell { return widget.Cell{Text: text.Clean(tag.Name)} },
				Compare: byName,
			},
			{
				Column:  widget.Column{Title: "DIGEST", Width: 12, Drop: 1},
				Cell:    digest,
				Compare: func(a, b *model.Tag) int { return bytes.Compare(a.Hashes.SHA256, b.Hashes.SHA256) },
			},
			{
				Column:  widget.Column{Title: "SIZE", Width: 8, Right: true, Drop: 2},
				Cell:    func(tag *model.Tag) widget.Cell { return widget.Cell{Text: text.Bytes(tag.Length)} },
				Compare: screen.By(func(tag *model.Tag) int64 { return tag.Length }),
			},
			{
				Column:  widget.Column{Title: "ROLES", Width: 5, Right: true, Drop: 3},
				Cell:    func(tag *model.Tag) widget.Cell { return widget.Cell{Text: text.Number(len(tag.Roles))} },
				Compare: screen.By(func(tag *model.Tag) int { return len(tag.Roles) }),
			},
			{
				Column:  widget.Column{Title: strings.ToUpper(words.Found), Width: 8},
				Cell:    t.pulled,
				Compare: func(a, b *model.Tag) int { return rank(b) - rank(a) },
			},
		},
		Slot:  s.env.Tasks.Slot("collecting the " + words.Targets() + " of " + string(s.gun)).About(string(s.gun)),
		Fetch: t.gather,
		Key:   func(tag *model.Tag) string { return tag.Name + "\x00" + string(tag.Hashes.SHA256) },
		Match: func(tag *model.Tag) string { return tag.Name },
		Tie:   byName,

		Detail: t.about, Empty: t.none,
		Actions: []screen.Action[model.Tag]{screen.OpenAction(none, func(tag *model.Tag) tea.Cmd {
			return screen.Send(nav.PushMsg{Route: nav.Tag(s.gun, tag.Name)})
		})},
		Changes: tagChanges(),
		Subject: func(keymap.ID, []*model.Tag) screen.Subject { return t.subject() },
		Copies:  t.copies,
	})
	return t
}

// tagChanges are the guided changes of tags.
func tagChanges() []keymap.ID {
	return []keymap.ID{keymap.BeginSign, keymap.BeginRevoke, keymap.BeginCopyTag, keymap.BeginTargetAdd}
}

// subject is what a change that begins here is about: the tags that are marked, or the one
// that is selected.
func (t *tagsTab) subject() screen.Subject {
	s := t.s.env.About(t.s.gun, "")
	s.Marked = t.Marked() > 0
	for _, tag := range t.Chosen() {
		if !slices.Contains(s.Tags, tag.Name) {
			s.Tags = append(s.Tags, tag.Name)
		}
	}
	return s
}

// gather joins the tags. The number in the title of the tab is known after.
func (t *tagsTab) gather() func(context.Context) ([]model.Tag, error) {
	repo, gather := t.s.repo(), t.s.env.DialectOf(t.s.gun).Tags
	return func(context.Context) ([]model.Tag, error) { return gather(repo), nil }
}

func (t *tagsTab) none(doc *widget.Doc) {
	switch done, err := t.Fetched(); {
	case err != nil:
		screen.Explain(t.s.env.Styles, doc, err)
	case !done:
		doc.Uncut("Collecting the " + t.words.Targets() + "..")
	default:
		doc.Uncut("No " + t.words.Target + " is signed.")
		if sign := t.words.Commands.Sign; sign != "" {
			doc.Uncut("Sign one with: " + sign.With("REPOSITORY", text.Clean(t.s.gun.String())))
		}
	}
}

func digest(tag *model.Tag) widget.Cell {
	sum := hex.EncodeToString(tag.Hashes.SHA256)
	return widget.Cell{Text: sum[:min(12, len(sum))], Tone: theme.Dim}
}

// pulled says whether clients get this content.
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

func (t *tagsTab) about(doc *widget.Doc, tag *model.Tag) (title string, lines widget.Text) {
	doc.Fact(text.Capital(t.words.Target), text.Clean(tag.Name))
	doc.Fact("Size", text.Bytes(tag.Length)+dialect.Around(" (", t.words.Measured, ")"))
	cell := t.pulled(tag)
	doc.TonedFact(text.Capital(t.words.Found), cell.Text, cell.Tone)
	st := t.s.env.Styles
	if len(tag.Roles) > 0 {
		doc.Head("STATED BY")
	}
	for _, r := range tag.Roles {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, text.Clean(r.String()))
	}
	if len(tag.Unusable) > 0 {
		doc.Head("ALSO IN, BUT NOT ACCEPTED")
	}
	for _, r := range tag.Unusable {
		doc.Marked(st.ForSeverity(model.Failure), text.Clean(r.String()))
	}
	doc.Head("DIGEST")
	if tag.Hashes.SHA256 != nil {
		doc.Para("sha256:"+hex.EncodeToString(tag.Hashes.SHA256), theme.Plain)
	}
	if tag.Hashes.SHA512 != nil {
		doc.Para("sha512:"+hex.EncodeToString(tag.Hashes.SHA512), theme.Dim)
	}
	return text.Clean(tag.Name), doc.Lines()
}

func (t *tagsTab) count() (int, bool) {
	done, err := t.Fetched()
	return len(t.All()), done && err == nil
}

func (t *tagsTab) copies(tag *model.Tag) []screen.CopyItem {
	items := []screen.CopyItem{{Label: t.words.Target, Text: tag.Name}}
	image := t.words.Images()
	if tag.Hashes.SHA256 != nil {
		digest := "sha256:" + hex.EncodeToString(tag.Hashes.SHA256)
		items = append(items, screen.CopyItem{Label: "digest", Text: digest})
		if image {
			items = append(items, screen.CopyItem{Label: "image by digest", Text: t.s.gun.String() + "@" + digest})
		}
	}
	if !image {
		return items
	}
	return append(items, screen.CopyItem{Label: "image by tag", Text: t.s.gun.String() + ":" + tag.Name})
}
