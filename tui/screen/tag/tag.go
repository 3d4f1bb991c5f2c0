package tag

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is one tag of a repository.
type Screen struct {
	env  *screen.Env
	gun  model.GUN
	name string
	view admin.Look
	// words are those of the repository's dialect.
	words dialect.Words

	lane *task.Slot
	// found is the answer about the repository found.in; nil before the first.
	found *found
	err   error
	// inquiry is about the registry.
	inquiry inquiry

	// list is that of the roles that have the tag, beside all about it.
	list *screen.List[entry]

	width, height int
}

// found is everything that a repository says of a tag.
type found struct {
	in         *model.Repository
	resolution model.Resolution
	// contents are what the name stands for, the one that is pulled first.
	contents []model.Tag
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the screen of a tag. Its name may hold any bytes.
func New(env *screen.Env, gun model.GUN, name string) *Screen {
	s := &Screen{env: env, gun: gun, name: name, words: env.DialectOf(gun).Words()}
	s.lane = env.Tasks.Slot("looking up the " + s.words.Target + " " + s.Title() + " of " + text.Clean(gun.String())).About(gun.String())
	s.inquiry.dialect = env.DialectOf(gun)
	s.inquiry.lane = env.Tasks.Slot("asking the registry for " + text.Clean(gun.String()) + ":" + s.Title()).About(gun.String())
	s.view, _ = env.Board.View(gun)
	s.list = screen.NewList(env, screen.Listing[entry]{
		Title: "Listed by", Text: s.facts, Columns: columns(), Load: s.entries,
		Key:   func(e *entry) string { return e.role.String() + "\x00" + e.content },
		Empty: func(doc *widget.Doc) { doc.Uncut("no role") },
		Actions: []screen.Action[entry]{
			screen.OpenAction("no role lists this "+s.words.Target, s.open),
			{
				ID: keymap.TagRegistry, Do: func(*entry) tea.Cmd { return s.ask() },
				Only: func(*entry) bool { return s.words.Images() },
			},
			{ID: keymap.TagExplain, Do: func(*entry) tea.Cmd { return screen.Send(nav.PushMsg{Route: nav.Explain(gun, name)}) }},
		},
	})
	return s
}

// Init reads the repository, unless it has just been read, and looks the tag up
// in what is known meanwhile.
func (s *Screen) Init() tea.Cmd {
	var read tea.Cmd
	if s.view.Repository == nil || s.view.Stale {
		read = s.env.Board.Open(s.gun)
	}
	return tea.Batch(read, s.look())
}

// look looks the tag up in the background: a repository may have a hundred
// thousand of them.
func (s *Screen) look() tea.Cmd {
	repo, name, format := s.view.Repository, s.name, s.env.DialectOf(s.gun)
	if repo == nil {
		return nil
	}
	return task.Run(s.lane, func(context.Context) (*found, error) {
		f := &found{in: repo, resolution: format.Resolve(repo, name)}
		for _, tag := range format.Tags(repo) {
			if tag.Name == name {
				f.contents = append(f.contents, tag)
			}
		}
		return f, nil
	})
}

// Title is the name of the tag.
func (s *Screen) Title() string { return text.Clean(s.name) }

// Update takes news, the answer, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.news(msg)
	case task.DoneMsg[*found]:
		if s.lane.Finish(msg.ID) {
			return s.handleResult(msg.Value, msg.Err)
		}
	case task.DoneMsg[model.Served]:
		s.hear(msg)
	case screen.ActionMsg:
		if cmd := s.env.Begin(msg.ID, s.subject("")); cmd != nil {
			return cmd
		}
		if s.found != nil {
			return s.list.Update(msg)
		}
	case screen.ClickMsg, screen.WheelMsg:
		if s.found != nil {
			return s.list.Update(msg)
		}
	}
	return nil
}

// news looks the tag up again where the repository has been read again. The
// answer about the old one stays on screen until then.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if !slices.Contains(msg.Changed, s.gun) {
		return nil
	}
	before := s.view.Repository
	s.view, _ = s.env.Board.View(s.gun)
	if s.view.Repository == before {
		return nil
	}
	return s.look()
}

// handleResult keeps the answer, and asks the registry about it.
func (s *Screen) handleResult(f *found, err error) tea.Cmd {
	s.err = err
	if err != nil {
		return nil
	}
	s.found = f
	s.list.Reload()
	return s.askOnce()
}

// entries are the roles that list the tag.
func (s *Screen) entries() []entry {
	if s.found == nil {
		return nil
	}
	return s.found.entries(s.env.Styles)
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	if s.found == nil {
		return nil
	}
	return append(s.env.Changes(s.subject, keymap.BeginSign, keymap.BeginRevoke, keymap.BeginCopyTag), s.list.Actions()...)
}

// subject is what a change that begins here is about.
func (s *Screen) subject(keymap.ID) screen.Subject {
	subject := s.env.About(s.gun, "")
	subject.Tags, subject.Marked = []string{s.name}, true
	return subject
}

// open goes to a role.
func (s *Screen) open(e *entry) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Role(s.gun, e.role)})
}

// Refresh reads the repository again, and asks the registry again.
func (s *Screen) Refresh() tea.Cmd { return tea.Batch(s.env.Board.Open(s.gun), s.ask()) }

// Close stops looking the tag up.
func (s *Screen) Close() {
	s.lane.Stop()
	s.inquiry.lane.Stop()
}

// CopyItems are the digest, and what a command line needs. Commands are offered
// for names that a shell takes for plain words only; a name is copied as it is
// shown.
func (s *Screen) CopyItems() []screen.CopyItem {
	var items []screen.CopyItem
	if digest := s.digest(); digest != "" {
		items = append(items, screen.CopyItem{Label: "digest", Text: digest})
		pull := s.words.Commands.PullDigest
		if s.words.Images() {
			items = append(items, screen.CopyItem{Label: "image by digest", Text: s.gun.String() + "@" + digest})
		}
		if pull != "" && plain(s.gun.String()) {
			items = append(items, screen.CopyItem{Label: "pull command, by digest", Text: pull.With("REPOSITORY", s.gun.String(), "DIGEST", digest)})
		}
	}
	if served := s.inquiry.served; served != nil && served.Manifest.Digest != "" && served.State != model.ServedSame {
		items = append(items, screen.CopyItem{Label: "digest in the registry", Text: served.Manifest.Digest})
	}
	if command := s.pullCommand(); command != "" {
		items = append(items, screen.CopyItem{Label: "pull command, verifying the " + s.words.Target, Text: command})
	}
	return append(items,
		screen.CopyItem{Label: s.words.Target, Text: s.Title()},
		screen.CopyItem{Label: "repository", Text: s.gun.String()},
		screen.CopyItem{Label: "place", Text: nav.Tag(s.gun, s.name).String()})
}

// Status says on the left whether the tag is pulled, on the right how old that
// is.
func (s *Screen) Status() (left, right string) {
	if s.found == nil {
		return "", ""
	}
	st := s.env.Styles
	mark, words := s.found.verdict(st, s.words)
	if m, w, ok := s.inquiry.trouble(st); ok && s.found.resolution.OK {
		mark, words = m, w
	}
	left = st.Tone(mark.Tone).Render(mark.Glyph) + " " + words
	switch {
	case s.err != nil:
		what, _ := text.Error(s.err)
		left = st.Tone(theme.Bad).Render("not looked up again: ") + what
	case s.view.Fault != nil:
		what, _ := text.Error(s.view.Fault)
		left = st.Tone(theme.Warn).Render("not current: ") + what
	}
	if age := s.env.Board.Age(s.view.GUN); age != "" {
		right = st.Tone(theme.Dim).Render(age + ", " + s.env.Press(keymap.Refresh) + " refresh")
	}
	return left, right
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.SetSize(width, height)
}

// View draws the tag, or why there is nothing to show.
func (s *Screen) View() string {
	if s.found != nil {
		return s.list.View()
	}
	lines := []string{widget.Rule(s.env.Styles, s.Title(), s.width), ""}
	what, _ := text.Error(s.err)
	switch {
	case s.view.Repository == nil:
		lines = append(lines, detail.Absent(s.env, s.gun, s.width)...)
	case s.err != nil:
		for _, line := range text.Wrap(text.Sentence(what), s.width-4) {
			lines = append(lines, "  "+line)
		}
	default:
		lines = append(lines, "  "+s.env.Styles.Tone(theme.Dim).Render(s.env.Styles.Glyphs.Loading+" Looking up the "+s.words.Target+".."))
	}
	return widget.Lines(lines, s.height)
}

// Cursor is on the first fact, or on the selected role.
func (s *Screen) Cursor() *tea.Cursor {
	if s.found == nil {
		return nil
	}
	return s.list.Cursor()
}

// Read is all about the tag and the list of the roles that have it, or why there
// is nothing to show.
func (s *Screen) Read() screen.Reading {
	if s.found == nil {
		return screen.ReadView(s)
	}
	return s.list.Read()
}
