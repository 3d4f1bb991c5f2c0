package tokens

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/token"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// row is a token, or a slot of one.
type row struct {
	token *admin.TokenUse
	// slot is nil in the row of the token itself.
	slot *admin.SlotUse
	// losses are what the loss of the token would mean.
	losses []admin.TokenLoss
}

// gather makes the rows: each token, and below it its slots.
func (s *Screen) gather() []row {
	found, _ := s.env.Board.Plugged()
	var out []row
	for i := range found.Tokens {
		t := &found.Tokens[i]
		first := row{token: t}
		if i < len(found.Losses) {
			first.losses = found.Losses[i]
		}
		out = append(out, first)
		for n := range t.Slots {
			out = append(out, row{token: t, slot: &t.Slots[n], losses: first.losses})
		}
	}
	return out
}

func (s *Screen) columns() []screen.Column[row] {
	dim := func(word string) widget.Cell {
		if word == "" {
			return screen.WordCell("")
		}
		return widget.Cell{Text: word}
	}
	return []screen.Column[row]{
		{Column: widget.Column{Title: "TOKEN", Width: 16, Grow: true, Max: 40}, Cell: func(r *row) widget.Cell { return widget.Cell{Text: r.title()} }},
		{Column: widget.Column{Title: "KEY ID", Width: 9, Grow: true, Max: 9}, Cell: func(r *row) widget.Cell { return dim(r.shortID()) }},
		{Column: widget.Column{Title: "TYPE", Width: 14, Grow: true, Max: 20}, Cell: func(r *row) widget.Cell { return dim(r.kind()) }},
		{Column: widget.Column{Title: "PIN", Width: 7, Drop: 2}, Cell: func(r *row) widget.Cell { return dim(r.pin()) }},
		{Column: widget.Column{Title: "TOUCH", Width: 7, Drop: 1}, Cell: func(r *row) widget.Cell { return dim(r.touch()) }},
		{Column: widget.Column{Title: "USED", Width: 6, Right: true}, Cell: func(r *row) widget.Cell { return r.used() }},
		screen.MarkColumn(func(r *row) theme.Mark { return r.mark(s.env.Styles) }),
	}
}

// key tells rows apart.
func (r *row) key() string {
	key := r.token.Reader + "\x00" + r.token.Serial
	if r.slot != nil {
		key += "\x00" + r.slot.ID
	}
	return key
}

// title names the row: a slot is indented below its token.
func (r *row) title() string {
	if r.slot == nil {
		return text.Clean(r.token.Name())
	}
	return "  slot " + text.Clean(r.slot.ID)
}

// names are all the names by which a token or key can be found.
func (r *row) names() string {
	words := []string{r.token.Name(), r.token.Product, r.token.Reader, r.token.Firmware}
	if r.slot == nil {
		return strings.Join(words, " ")
	}
	words = append(words, r.slot.ID, r.slot.Algorithm, r.slot.Fingerprint(), r.slot.Subject, r.slot.State.String())
	for _, id := range r.slot.IDs {
		words = append(words, id.String(), id.Short())
	}
	for _, u := range r.slot.Uses {
		words = append(words, u.GUN.String(), u.Role.String())
	}
	return strings.Join(words, " ")
}

func (r *row) shortID() string {
	if r.slot == nil || len(r.slot.IDs) == 0 {
		return ""
	}
	return text.Clean(r.slot.IDs[0].Short())
}

// kind is what a slot holds, and the firmware of a token.
func (r *row) kind() string {
	switch {
	case r.slot == nil && r.token.Firmware != "":
		return "firmware " + text.Clean(r.token.Firmware)
	case r.slot == nil:
		return ""
	case r.slot.State == model.SlotCertificateOnly, r.slot.State == model.SlotMismatch:
		return r.slot.State.String()
	default:
		return text.Clean(r.slot.Algorithm)
	}
}

// pin is when a key asks for the PIN, and how many tries a token has left.
func (r *row) pin() string {
	if r.slot != nil {
		return policy(r.slot.PIN)
	}
	if r.token.PIN.TriesLeft < 0 {
		return ""
	}
	return tries(r.token.PIN.TriesLeft)
}

func (r *row) touch() string {
	if r.slot == nil {
		return ""
	}
	return policy(r.slot.Touch)
}

// used is in how many roles a key counts.
func (r *row) used() widget.Cell {
	switch {
	case r.slot == nil, !r.slot.HasKey():
		return screen.WordCell("")
	case len(r.slot.Uses) == 0:
		return widget.Cell{Text: "unused", Tone: theme.Dim}
	default:
		return widget.Cell{Text: text.Number(len(r.slot.Uses))}
	}
}

// mark is the gravest finding about the token, or about the slot.
func (r *row) mark(st *theme.Styles) theme.Mark {
	worst := model.Notice
	if r.slot == nil {
		for _, f := range r.token.Findings {
			worst = max(worst, f.Severity)
		}
	} else {
		_, _, worst = token.Mend(r.token.Serial, &r.slot.TokenSlot)
		if r.slot.Fault != nil {
			worst = model.Warning
		}
	}
	if worst >= model.Warning {
		return st.ForSeverity(worst)
	}
	return theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
}

// policy is when a key asks, in a word; nothing where that is unknown.
func policy(p model.UsePolicy) string {
	if p == model.PolicyUnknown {
		return ""
	}
	return p.String()
}

// tries counts tries: "1 try", "3 tries".
func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return text.Number(n) + " tries"
}

// warnings counts the tokens with something to look at.
func warnings(tokens []admin.TokenUse) int {
	n := 0
	for i := range tokens {
		for _, f := range tokens[i].Findings {
			if f.Severity >= model.Warning {
				n++
				break
			}
		}
	}
	return n
}

// copies are the public names of a key or token. Names that a token chose are copied as they are
// shown.
func (r *row) copies() []screen.CopyItem {
	var items []screen.CopyItem
	if r.slot != nil {
		for i, id := range r.slot.IDs {
			label := "key ID"
			if i > 0 {
				label = "other ID"
			}
			items = append(items, screen.CopyItem{Label: label, Text: text.Clean(id.String())})
		}
		if f := r.slot.Fingerprint(); f != "" {
			items = append(items, screen.CopyItem{Label: "public key fingerprint", Text: f})
		}
	}
	if r.token.Serial != "" {
		items = append(items, screen.CopyItem{Label: "serial", Text: text.Clean(r.token.Serial)})
	}
	return items
}
