package settings

import (
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

func (s *Screen) columns() []screen.Column[row] {
	return []screen.Column[row]{
		{Column: widget.Column{Width: 1}, Cell: s.mark},
		{
			Column: widget.Column{Title: "SETTING", Width: 16},
			Cell:   func(r *row) widget.Cell { return widget.Cell{Text: text.Clean(r.now().Name)} },
		},
		{Column: widget.Column{Title: "VALUE", Width: 14, Grow: true}, Cell: valueCell},
		{Column: widget.Column{Title: "FROM", Width: 20, Grow: true}, Cell: fromCell},
		{Column: widget.Column{Title: "CONFIG.TOML", Width: 12, Drop: 1}, Cell: fileCell},
	}
}

// elsewhere is how the settings are changed that are not changed here.
const elsewhere = "change it on the command line, in the environment or in config.toml"

// row is one setting: as this run has it, and as a run would have it with the
// draft in the file.
type row struct {
	run, next screen.Setting
	// change is the one in the draft; nil where there is none.
	change *screen.Change
}

// pending reports whether there is a change that is not saved.
func (r *row) pending() bool { return r.change != nil }

// chosen reports whether what is in use was chosen here and is not saved.
func (r *row) chosen() bool {
	f := r.next.Field
	return r.pending() && f.Live && f.Counts
}

// now is the setting as it is in use: changes of some count at once.
func (r *row) now() *screen.Setting {
	if r.next.Field != nil && r.next.Field.Live {
		return &r.next
	}
	return &r.run
}

// later reports whether the next run will use something else.
func (r *row) later() bool { return r.now().Value != r.next.Value }

// load takes the settings as they are known now.
func (s *Screen) load() []row {
	next := map[string]screen.Setting{}
	for _, n := range s.setup.Next().Settings {
		next[n.Name] = n
	}
	var out []row
	for _, run := range s.setup.Run().Settings {
		r := row{run: run, next: run}
		if n, ok := next[run.Name]; ok {
			r.next = n
		}
		if run.Field != nil {
			if c, ok := s.setup.Changed(run.Field.ID); ok {
				r.change = &c
			}
		}
		out = append(out, r)
	}
	return out
}

func (s *Screen) mark(r *row) widget.Cell {
	g := &s.env.Styles.Glyphs
	switch {
	case r.pending():
		return widget.Cell{Text: g.Changed, Tone: theme.Warn}
	case r.now().Warning != "":
		return widget.Cell{Text: g.Soon, Tone: theme.Warn}
	default:
		return widget.Cell{}
	}
}

func valueCell(r *row) widget.Cell {
	cell := widget.Cell{Text: text.Clean(r.now().Value), Tone: theme.Strong}
	if r.now().From.Kind == screen.OriginDefault {
		cell.Tone = theme.Plain
	}
	return cell
}

func fromCell(r *row) widget.Cell {
	if r.chosen() {
		return widget.Cell{Text: "not saved", Tone: theme.Warn}
	}
	return widget.Cell{Text: origin(r.now().From), Tone: theme.Dim}
}

// fileCell is what config.toml says, with the draft in it.
func fileCell(r *row) widget.Cell {
	switch {
	case r.change != nil && r.change.Unset:
		return widget.Cell{Text: "removed", Tone: theme.Warn}
	case r.change != nil:
		return widget.Cell{Text: text.Clean(r.change.Value), Tone: theme.Warn}
	case r.next.Field == nil:
		return widget.Cell{}
	case r.next.Field.Stated == "":
		return widget.Cell{Text: "-", Tone: theme.Dim}
	default:
		return widget.Cell{Text: text.Clean(r.next.Field.Stated)}
	}
}

// origin is where a setting comes from, in a word or two.
func origin(o screen.Origin) string {
	switch o.Kind {
	case screen.OriginFlag, screen.OriginEnvironment, screen.OriginProgram:
		return text.Clean(o.Name)
	case screen.OriginNotary:
		return "notary's config.json"
	case screen.OriginContext:
		return "the context"
	default:
		return string(o.Kind)
	}
}

// originInFull names the place.
func originInFull(o screen.Origin) string {
	name := text.Clean(o.Name)
	switch o.Kind {
	case screen.OriginFlag:
		return name + ", on the command line"
	case screen.OriginEnvironment:
		return name + ", in the environment"
	case screen.OriginFile:
		return "config.toml: " + name
	case screen.OriginContext:
		return "the context: " + name
	case screen.OriginProgram:
		return name
	case screen.OriginNotary:
		return "notary's config.json: " + name
	case screen.OriginDocker:
		return "docker: " + name
	default:
		if name != "" {
			return "the default: " + name
		}
		return "the default"
	}
}
