package theme

import (
	"fmt"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Mode is the user's choice of colours.
type Mode string

// The modes.
const (
	// Auto follows what the terminal says of its background.
	Auto  Mode = "auto"
	Light Mode = "light"
	Dark  Mode = "dark"
	// Mono uses no colour at all.
	Mono Mode = "mono"
)

// ParseMode accepts the names of the modes; "" is Auto.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case "":
		return Auto, nil
	case Auto, Light, Dark, Mono:
		return m, nil
	default:
		return "", fmt.Errorf("there is no theme %q; choose auto, light, dark or mono", s)
	}
}

// Background is what is known of the terminal's background.
type Background int

// The backgrounds. Terminals need not answer, so Unknown is a lasting state.
const (
	BackgroundUnknown Background = iota
	BackgroundDark
	BackgroundLight
)

// Options decide the look. The zero value is the default theme on an unknown
// background.
type Options struct {
	Mode       Mode
	Background Background
	Profile    colorprofile.Profile
	// ASCII replaces every glyph by an ASCII character.
	ASCII bool
	// Unfocused dims what only decorates or leads the eye: nothing that says something by its
	// colour, and no text, changes.
	Unfocused bool
	// Words replaces marks by words, for reading aloud; it goes with Mono.
	Words bool
}

// Tone is a token for text.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Dim
	Accent
	OK
	Warn
	Bad
	Strong
	tones
)

// Styles is a look. Screens hold a pointer to the one that the root model owns;
// its contents change when the background or the theme does.
type Styles struct {
	Glyphs Glyphs
	// Words tells that marks are words and lines are read aloud, one fact a
	// line: nothing is wrapped, aligned or drawn.
	Words bool
	// Links tells that URLs are links. Where no colour is wanted or possible they are not.
	Links bool
	// Border draws lines and boxes, Focus those of the focused pane.
	Border lipgloss.Style
	Focus  lipgloss.Style
	// Brand is the program's name in the header.
	Brand lipgloss.Style
	// Key is a key in the footer and in help.
	Key lipgloss.Style
	// Head is a column header or the title of a section.
	Head lipgloss.Style
	// Paper is black on white, for QR codes, and Codes tells that they can be drawn.
	Paper lipgloss.Style
	Codes bool

	tone     [tones]lipgloss.Style
	selected [tones]lipgloss.Style
}

// Tone returns the style of a token.
func (s *Styles) Tone(t Tone) lipgloss.Style { return s.tone[t] }

// Selected returns the style of a token on the selected row.
func (s *Styles) Selected(t Tone) lipgloss.Style { return s.selected[t] }

// New makes the styles.
func New(o Options) Styles {
	p := palette(o)
	plain := lipgloss.NewStyle()
	brand := p.accent.Bold(true).Reverse(true)
	if o.Unfocused {
		p.accent, brand = p.dim, p.dim
		p.selection = func(s lipgloss.Style) lipgloss.Style { return s.Bold(true) }
	}
	s := Styles{
		Glyphs: unicodeGlyphs,
		Words:  o.Words,
		Links:  o.coloured() && !o.Words,
		Border: p.dim,
		Focus:  p.accent.Bold(true),
		Brand:  brand,
		Key:    p.accent.Bold(true),
		Head:   p.dim.Bold(true),
		Paper:  plain.Foreground(ansi.Black).Background(ansi.BrightWhite),
		Codes:  o.coloured() && !o.ASCII && !o.Words,
		tone: [tones]lipgloss.Style{
			Plain: plain, Dim: p.dim, Accent: p.accent, OK: p.ok, Warn: p.warn,
			Bad: p.bad, Strong: plain.Bold(true),
		},
	}
	if o.ASCII {
		s.Glyphs = asciiGlyphs
	}
	if o.Words {
		s.Glyphs = wordGlyphs
	}
	for t := range s.tone {
		s.selected[t] = p.selection(s.tone[t])
	}
	return s
}

// coloured reports whether colours are wanted and possible.
func (o Options) coloured() bool {
	return o.Mode != Mono && o.Profile != colorprofile.ASCII && o.Profile != colorprofile.NoTTY
}

// colors is one set of colours.
type colors struct {
	dim, accent, ok, warn, bad lipgloss.Style
	selection                  func(lipgloss.Style) lipgloss.Style
}

func palette(o Options) colors {
	plain := lipgloss.NewStyle()
	c := colors{
		dim: plain.Faint(true), accent: plain, ok: plain, warn: plain, bad: plain.Bold(true),
		selection: func(s lipgloss.Style) lipgloss.Style { return s.Faint(false).Bold(true).Reverse(true) },
	}
	// NO_COLOR and terminals without colour arrive as the profile; Unknown is
	// the time before the terminal has been asked.
	if !o.coloured() {
		return c
	}
	dark := o.Mode == Dark || o.Mode != Light && o.Background == BackgroundDark
	light := o.Mode == Light || o.Mode != Dark && o.Background == BackgroundLight
	fg := func(color ansi.BasicColor) lipgloss.Style { return plain.Foreground(color) }
	switch {
	case dark:
		c.accent, c.ok, c.warn, c.bad = fg(ansi.BrightCyan), fg(ansi.Green), fg(ansi.BrightYellow), fg(ansi.BrightRed).Bold(true)
	case light:
		c.accent, c.ok, c.warn, c.bad = fg(ansi.Blue), fg(ansi.Green), fg(ansi.Magenta), fg(ansi.Red).Bold(true)
	default:
		c.accent, c.ok, c.warn, c.bad = fg(ansi.Cyan), fg(ansi.Green), fg(ansi.Yellow), fg(ansi.Red).Bold(true)
	}
	if o.Profile >= colorprofile.ANSI256 && (dark || light) {
		shade := ansi.IndexedColor(237)
		if light {
			shade = 254
		}
		c.selection = func(s lipgloss.Style) lipgloss.Style { return s.Background(shade).Bold(true) }
	}
	return c
}
