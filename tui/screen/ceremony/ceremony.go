package ceremony

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the page of one ceremony, or of none.
type Screen struct {
	*screen.List[row]
	env  *screen.Env
	path string
	slot *task.Slot
	// found is what was read last, and err why nothing was; read tells that one of them is.
	found found
	err   error
	read  bool
	// seconds counts those since the file was read, and stale tells that keys are to be looked for
	// again once what is being read has been.
	seconds int
	stale   bool
}

// found is a ceremony, and the keys of this machine that it asks to sign.
type found struct {
	file *ceremony.File
	keys []ceremony.Key
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Ticker    = (*Screen)(nil)
	_ screen.Active    = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the page of a file; of none where path is empty.
func New(env *screen.Env, path string) *Screen {
	s := &Screen{env: env, path: path, slot: env.Tasks.Slot("reading a ceremony").Unlisted()}
	s.List = screen.NewList(env, screen.Listing[row]{
		Title: s.Title(), LongRows: true, Titled: true, Head: s.head,
		Columns: []screen.Column[row]{
			{Column: widget.Column{Title: "STATE", Width: 14, Unsorted: true}, Cell: s.stateCell},
			screen.WordColumn(widget.Column{Title: "WHO", Width: 12, Grow: true, Max: 24}, func(r *row) string { return text.Clean(r.who) }),
			screen.WordColumn(widget.Column{Title: "SIGNS", Width: 18, Grow: true}, func(r *row) string { return text.Clean(r.signs()) }),
			screen.WordColumn(widget.Column{Title: "TOKEN", Width: 10, Drop: 2}, func(r *row) string { return text.Clean(r.serial) }),
			screen.WordColumn(widget.Column{Title: "KEY", Width: 9, Drop: 1}, func(r *row) string { return r.id.Short() }),
		},
		Load: s.rows, Key: func(r *row) string { return string(r.id) },
		Match:     func(r *row) string { return strings.Join([]string{r.who, r.signs(), r.serial, string(r.id)}, " ") },
		Begin:     s.acting,
		Unmatched: "No one matches", State: s.state, Empty: s.none,
		Detail: s.about, Copies: copies,
		Actions: []screen.Action[row]{
			{ID: keymap.CeremonyNext, When: s.canGoOn, Do: func(*row) tea.Cmd { return s.goOn() }},
			{ID: keymap.CeremonyOpen, Do: func(*row) tea.Cmd { return s.ask() }},
		},
		Changes: []keymap.ID{keymap.BeginCeremonySign, keymap.BeginCeremonyMerge, keymap.BeginCeremonyPublish, keymap.BeginCeremonyStart, keymap.BeginCeremonyAsk},
		Subject: func(keymap.ID, []*row) screen.Subject { return screen.Subject{File: s.path} },
	})
	return s
}

// Init reads the file, and looks for keys.
func (s *Screen) Init() tea.Cmd { return s.Refresh() }

// Title names the screen.
func (s *Screen) Title() string { return "Ceremony" }

// Refresh reads the file again, and looks for keys.
func (s *Screen) Refresh() tea.Cmd {
	files := s.env.Ceremonies
	s.stale = s.slot.Active()
	return s.open(func(ctx context.Context, file *ceremony.File) []ceremony.Key {
		keys, _ := files.SigningKeys(ctx, file) // a key that can't be read is missed where it is needed
		return keys
	})
}

// reread reads the file again. No token is asked for its keys: that is done when one comes or leaves.
func (s *Screen) reread() tea.Cmd {
	known := slices.Clone(s.found.keys)
	return s.open(func(_ context.Context, file *ceremony.File) []ceremony.Key {
		for i := range known {
			known[i].Tasks = file.Tasks(known[i].IDs...)
		}
		return known
	})
}

// open reads the file in the background, and finds the keys of this machine that it asks to sign.
func (s *Screen) open(keys func(context.Context, *ceremony.File) []ceremony.Key) tea.Cmd {
	files, path := s.env.Ceremonies, s.path
	if files == nil || path == "" || s.slot.Active() {
		return nil
	}
	s.seconds = 0
	return task.Run(s.slot, func(ctx context.Context) (found, error) {
		file, err := files.Open(path)
		if err != nil {
			return found{}, err
		}
		return found{file, keys(ctx, file)}, nil
	})
}

// Close stops reading.
func (s *Screen) Close() { s.slot.Stop() }

// again is after how many seconds the file is read again.
const again = 3

// Ticks reports whether a file is open.
func (s *Screen) Ticks() bool { return s.path != "" && s.env.Ceremonies != nil }

// openID marks the answer to the question for a file.
const openID = "ceremony.file"

// Update takes answers, seconds, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case task.DoneMsg[found]:
		if s.slot.Finish(msg.ID) {
			s.read = true
			if s.err = msg.Err; s.err == nil {
				s.found = msg.Value
			}
			s.Reload()
			if s.stale {
				return tea.Batch(s.Refresh(), s.List.Update(msg))
			}
		}
	case screen.BoardMsg:
		if msg.Keys || msg.Tokens { // a step is over, or a token has come or left
			return tea.Batch(s.Refresh(), s.List.Update(msg))
		}
	case screen.TickMsg:
		if s.seconds++; s.seconds >= again {
			return s.reread()
		}
	case screen.AnswerMsg:
		if msg.ID == openID && msg.Text != "" {
			return screen.Send(nav.SwapMsg{Route: nav.Ceremony(msg.Text)})
		}
	}
	return s.List.Update(msg)
}

// ask asks for the file of a ceremony.
func (s *Screen) ask() tea.Cmd {
	return screen.Send(screen.PromptMsg{
		ID: openID, Title: "Open ceremony", Text: "Which file has the ceremony?", Value: s.path, Button: "Open", Path: true,
	})
}

// progress is where the ceremony stands.
func (s *Screen) progress() ceremony.Progress {
	return ceremony.ProgressOf(s.found.file.Opened, s.env.Now())
}

// mine is the first key of this machine that is still asked to sign; nil where none is.
func (s *Screen) mine() *ceremony.Key {
	i := slices.IndexFunc(s.found.keys, func(k ceremony.Key) bool { return !k.Signed() })
	if i < 0 {
		return nil
	}
	return &s.found.keys[i]
}

// head is the line of what to do now, who is next, and what is left.
func (s *Screen) head() string {
	if s.found.file == nil {
		return widget.Rule(s.env.Styles, "", s.Width())
	}
	line := text.Truncate(strings.Join(s.guidance(), "  "), s.Width()-1)
	return " " + s.env.Styles.Tone(theme.Strong).Render(line)
}

// Read says what to do now before the list.
func (s *Screen) Read() screen.Reading {
	out := s.List.Read()
	if s.found.file != nil {
		out.Text = widget.StaticText(s.guidance())
	}
	return out
}

// guidance says what to do now, who is next, and what is left.
func (s *Screen) guidance() []string {
	p := s.progress()
	words := []string{"Now: " + text.Clean(p.Now)}
	if len(p.Next) > 1 {
		var names []string
		for _, w := range p.Next[1:] {
			names = append(names, text.Clean(w.Who))
		}
		words = append(words, "Next: "+strings.Join(names, ", ")+".")
	}
	if p.Stage != ceremony.Complete {
		words = append(words, "Left: "+text.Count(p.Missing, "signature")+".")
	}
	return words
}

// Status says what is wrong with the dates, or until when there is time, and the title.
func (s *Screen) Status() (left, right string) {
	if s.found.file == nil {
		return "", ""
	}
	st, b := s.env.Styles, s.found.file.Bundle()
	if b.Rehearsal {
		mark := st.ForSeverity(model.Warning)
		right = st.Tone(mark.Tone).Render(mark.Glyph + " REHEARSAL  ")
	}
	right += st.Tone(theme.Dim).Render(text.Clean(b.Title))
	if late := s.progress().Late; late != "" {
		mark := st.ForSeverity(model.Warning)
		return st.Tone(mark.Tone).Render(mark.Glyph + " " + late), right
	}
	return "Last safe day " + text.Date(b.Dates.LastSafe), right
}

// Activity calls those who must act here: a key of this machine is asked to sign, or all have signed.
func (s *Screen) Activity() screen.Activity {
	switch {
	case s.found.file == nil:
		return screen.Activity{}
	case s.mine() != nil && s.progress().Stage == ceremony.Collecting:
		return screen.Activity{State: screen.Asking, Title: "Your signature is asked for"}
	case s.progress().Stage == ceremony.Complete:
		return screen.Activity{State: screen.Finished, Title: "Everything is signed"}
	default:
		return screen.Activity{}
	}
}

// canGoOn reports whether the next step is one of this machine.
func (s *Screen) canGoOn(*row) (ok bool, why string) {
	switch {
	case s.found.file == nil:
		return s.env.Ceremonies != nil, "no ceremony can be opened here"
	case s.progress().Stage == ceremony.Early:
		return false, "the ceremony has not opened"
	default:
		return true, ""
	}
}

// goOn begins what is to be done now: it signs where a key is here, publishes where all have signed, and
// merges where others are awaited.
func (s *Screen) goOn() tea.Cmd {
	if s.found.file == nil {
		return s.ask()
	}
	id := keymap.BeginCeremonyMerge
	switch {
	case s.progress().Stage == ceremony.Complete && s.found.file.Bundle().Rehearsal:
		s.Split.Focus(true)
		return nil
	case s.progress().Stage == ceremony.Complete:
		id = keymap.BeginCeremonyPublish
	case s.mine() != nil:
		id = keymap.BeginCeremonySign
	}
	return s.env.Begin(id, screen.Subject{File: s.path})
}

func (s *Screen) state() screen.State {
	if s.path != "" && s.env.Ceremonies != nil && !s.read {
		return screen.State{Reading: "Verifying the ceremony.."}
	}
	return screen.State{Err: s.err}
}

func (s *Screen) none(doc *widget.Doc) {
	doc.Para("No ceremony is open.", theme.Plain)
	doc.Space()
	doc.Para("In a ceremony, several people sign, each on their own machine. A file goes from one to the other.", theme.Plain)
	doc.Indented("Press "+s.env.Press(keymap.CeremonyOpen)+" to open the file that was handed to you.", theme.Accent)
	doc.Indented("To ask for a place for your key: trustdeck ceremony request", theme.Accent)
	doc.Indented("To prepare a ceremony: trustdeck ceremony start", theme.Accent)
}
