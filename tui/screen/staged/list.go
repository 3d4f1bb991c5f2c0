package staged

import (
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

func (s *Screen) columns() []screen.Column[entry] {
	return []screen.Column[entry]{
		{
			Column:  widget.Column{Title: "REPOSITORY", Width: 20, Grow: true, KeepEnd: true},
			Cell:    func(e *entry) widget.Cell { return widget.Cell{Text: text.Repo(e.staged.GUN)} },
			Compare: screen.By(func(e *entry) model.GUN { return e.staged.GUN }),
		},
		{
			Column:  widget.Column{Title: "#", Width: 3, Right: true},
			Cell:    (*entry).number,
			Compare: screen.By((*entry).index),
		},
		{
			Column:  widget.Column{Title: "CHANGE", Width: 28, Grow: true},
			Cell:    (*entry).what,
			Compare: screen.By((*entry).words),
		},
		{
			Column:  widget.Column{Title: "STAGED", Width: 7, Drop: 1},
			Cell:    func(e *entry) widget.Cell { return widget.Cell{Text: text.Age(e.at(), s.env.Now())} },
			Compare: func(a, b *entry) int { return a.at().Compare(b.at()) },
		},
		screen.MarkColumn(func(e *entry) theme.Mark { return e.mark(s.env.Styles) }),
	}
}

// entry is one thing that waits: a change, a file that is ahead, or, where both
// are nil, the first publish of a repository.
type entry struct {
	staged *admin.Staged
	change *admin.StagedChange
	ahead  *admin.Ahead
}

// entriesOf lists what waits in the order in which it would be published.
func entriesOf(all []admin.Staged) []entry {
	var out []entry
	for i := range all {
		s := &all[i]
		if s.Unpublished {
			out = append(out, entry{staged: s})
		}
		for k := range s.Ahead {
			out = append(out, entry{staged: s, ahead: &s.Ahead[k]})
		}
		for k := range s.Changes {
			out = append(out, entry{staged: s, change: &s.Changes[k]})
		}
	}
	return out
}

// words says what the entry is, clean, in one line.
func (e *entry) words() string {
	switch {
	case e.change != nil:
		return text.Clean(e.change.Words())
	case e.ahead != nil:
		return text.Clean(e.ahead.Words())
	default:
		return "initialised here, never published"
	}
}

// role is the role that is changed; empty where there is no single one.
func (e *entry) role() model.RoleName {
	switch {
	case e.change != nil:
		return e.change.Change.Role
	case e.ahead != nil:
		return e.ahead.Role
	default:
		return ""
	}
}

// at is when it came to be here.
func (e *entry) at() time.Time {
	switch {
	case e.change != nil:
		return e.change.At
	case e.ahead != nil:
		return e.ahead.Modified
	default:
		return e.staged.Initialised
	}
}

// index is the place among the changes, -1 for what is none.
func (e *entry) index() int {
	if e.change == nil {
		return -1
	}
	return e.change.Index
}

func (e *entry) mark(s *theme.Styles) theme.Mark {
	if e.ahead != nil || e.change != nil && e.change.Fault != nil {
		return s.ForSeverity(model.Warning)
	}
	if e.change != nil && e.change.RefusedHere != nil {
		return s.ForSeverity(model.Notice)
	}
	return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}
}

func (e *entry) number() widget.Cell {
	if e.change == nil {
		return screen.WordCell("")
	}
	return widget.Cell{Text: strconv.Itoa(e.change.Index)}
}

func (e *entry) what() widget.Cell {
	tone := theme.Plain
	if e.change != nil && e.change.Fault != nil {
		tone = theme.Warn
	}
	return widget.Cell{Text: e.words(), Tone: tone}
}

// key tells entries apart, also when others have come or gone.
func (e *entry) key() string {
	what := "first publish"
	if e.change != nil {
		what = e.change.File
	} else if e.ahead != nil {
		what = string(e.ahead.Role)
	}
	return string(e.staged.GUN) + "\x00" + what
}

func (e *entry) match() string {
	words := []string{e.staged.GUN.String(), e.words(), e.role().String()}
	if e.change != nil {
		words = append(words, e.change.File, e.change.Change.Action, e.change.Change.Type, e.change.Change.Path)
		for _, k := range e.change.Change.AddKeys {
			words = append(words, k.ID.String())
		}
		for _, id := range e.change.Change.RemoveKeys {
			words = append(words, id.String())
		}
	}
	return strings.Join(words, " ")
}

// digest is that of the added target as docker writes it; empty where none is.
func (e *entry) digest() string {
	if e.change == nil || e.change.Change.Target == nil {
		return ""
	}
	return e.change.Change.Target.Hashes.Digest()
}

// copies are the names in the entry, and what publishes or drops what waits.
// Names that a file chose are quoted in commands.
func (s *Screen) copies(e *entry) []screen.CopyItem {
	var items []screen.CopyItem
	add := func(label, words string) {
		if words != "" {
			items = append(items, screen.CopyItem{Label: label, Text: words})
		}
	}
	if e.change != nil {
		c := &e.change.Change
		if c.Type == model.StagedTarget {
			add("tag", c.Path)
		}
		add("digest", e.digest())
		for _, k := range c.AddKeys {
			add("ID of the added key", k.ID.String())
		}
		for _, id := range c.RemoveKeys {
			add("ID of the removed key", id.String())
		}
		add("file", e.change.File)
	}
	add("repository", e.staged.GUN.String())
	for _, c := range e.commands(s.env.DialectOf(e.staged.GUN).Words().Staging) {
		add(c.label, c.line)
	}
	return items
}

// command is a way out: what it is for, and the line to type.
type command struct{ label, purpose, line string }

// commands are those that publish or drop. What is merely newer here is no
// change, and nothing is proposed for it.
func (e *entry) commands(words dialect.Staging) []command {
	gun := display.ShellWord(e.staged.GUN.String())
	var out []command
	offer := func(label, purpose, line string) { out = append(out, command{label, purpose, line}) }
	switch {
	case e.ahead != nil || e.staged.Unusable() > 0:
	case len(e.refusedHere()) == len(e.staged.Changes) && !e.staged.Unpublished:
	case len(e.refusedHere()) > 0:
		offer("publish command", "To publish the others", "trustdeck publish --drop "+strings.Join(e.refusedHere(), " --drop ")+" "+gun)
	case !e.staged.Unpublished:
		offer("publish command", "To publish all staged changes", "trustdeck publish "+gun)
	case words.First != "":
		offer("publish command", "To publish all staged changes", words.First.With("REPOSITORY", gun))
	}
	if e.change != nil {
		offer("reset command", "To drop this change", "trustdeck reset --entry "+strconv.Itoa(e.change.Index)+" "+gun)
		offer("reset all command", "To drop all changes", "trustdeck reset --entry all "+gun)
	}
	return out
}

// refusedHere are the numbers of the changes that trustdeck doesn't publish.
func (e *entry) refusedHere() []string {
	var out []string
	for i := range e.staged.Changes {
		if c := &e.staged.Changes[i]; c.RefusedHere != nil {
			out = append(out, strconv.Itoa(c.Index))
		}
	}
	return out
}
