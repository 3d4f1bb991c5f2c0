package tag

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// inquiry is what is known of the registry.
type inquiry struct {
	dialect dialect.Conventions
	lane    *task.Slot
	// signed is the digest that was compared, or is being compared; begun tells
	// that there is one, for it may be empty.
	signed string
	begun  bool
	// served is the answer; nil before the first.
	served *model.Served
}

// ask asks the registry in the background, where targets are in one. What it said about the same digest
// before stays on screen until then.
func (s *Screen) ask() tea.Cmd {
	if s.found == nil || !s.words.Images() {
		return nil
	}
	source, gun, signed := s.env.Source, s.gun, s.found.resolution
	digest := model.NewServed(signed).Signed
	if digest != s.inquiry.signed {
		s.inquiry.served = nil
	}
	s.inquiry.begun, s.inquiry.signed = true, digest
	run := task.Run(s.inquiry.lane, func(ctx context.Context) (model.Served, error) {
		served := source.Served(ctx, gun, signed)
		task.Note(ctx, served.State.String())
		return served, nil
	})
	s.list.Reload()
	return run
}

// askOnce asks unless that has been done for what is signed now.
func (s *Screen) askOnce() tea.Cmd {
	if s.inquiry.begun && s.inquiry.signed == model.NewServed(s.found.resolution).Signed {
		return nil
	}
	return s.ask()
}

// hear takes the answer. An error is a mistake of the program.
func (s *Screen) hear(msg task.DoneMsg[model.Served]) {
	if !s.inquiry.lane.Finish(msg.ID) {
		return
	}
	served := msg.Value
	if msg.Err != nil {
		served = model.NewServed(s.found.resolution)
		served.State, served.Fault = model.ServedUnknown, &model.Fault{Text: msg.Err.Error(), Err: msg.Err}
	}
	s.inquiry.served = &served
	s.list.Reload()
}

// words say in short what the registry serves.
func (i *inquiry) words(st *theme.Styles) (mark theme.Mark, words string) {
	if i.served == nil {
		return theme.Mark{Glyph: st.Glyphs.Loading, Tone: theme.Dim}, "asking.."
	}
	mark, words = i.verdictOf(st, i.served)
	if i.lane.Active() {
		words += "; asking again.."
	}
	return mark, words
}

func (i *inquiry) verdictOf(st *theme.Styles, served *model.Served) (mark theme.Mark, words string) {
	mark = st.ForSeverity(i.dialect.Explain(*served).Severity)
	switch served.State {
	case model.ServedSame:
		if served.SizeDiffers() {
			return mark, "serves the same digest with another size"
		}
		return st.ForLevel(health.OK), "serves the same digest"
	case model.ServedDiffers:
		return mark, "differs: " + abbreviated(served.Manifest.Digest)
	case model.ServedUnsigned:
		return mark, "serves it, but nothing is signed"
	case model.ServedAbsent:
		if served.Signed == "" {
			mark = st.ForLevel(health.None)
		}
		return mark, "has no such " + i.dialect.Words().Target
	case model.ServedUnknown:
		return st.ForLevel(health.Stale), "could not be read"
	default:
		return st.ForLevel(health.None), "not read (offline)"
	}
}

// abbreviated is the beginning of a digest.
func abbreviated(digest string) string {
	const enough = len("sha256:") + 12
	if len(digest) <= enough {
		return digest
	}
	return digest[:enough] + ".."
}

// registry lays out what the registry's answer means, where it means more than its
// verdict says.
func (s *Screen) registry(doc *widget.Doc) {
	served := s.inquiry.served
	if served == nil {
		return
	}
	pull := s.env.DialectOf(s.gun).Explain(*served)
	if pull.Severity < model.Warning && served.State != model.ServedUnknown {
		return
	}
	doc.Head("IN THE REGISTRY")
	if served.Fault != nil {
		what, _ := text.Error(served.Fault)
		doc.Para(text.Sentence(what), theme.Plain)
	}
	for _, part := range []string{pull.WithTrust, pull.WithoutTrust} {
		if part != "" {
			doc.Para(text.Sentence(part), theme.Plain)
		}
	}
	if pull.Remedy != "" {
		doc.TonedFact("Fix", text.Sentence(text.Clean(pull.Remedy)), theme.Accent)
	}
	if served.Manifest.Digest != "" {
		doc.Para(served.Manifest.Digest, theme.Plain)
		doc.Indented(text.Bytes(served.Manifest.Size)+", "+text.Clean(served.Manifest.MediaType), theme.Dim)
	}
}

// pulled says what the client that pulls makes of the tag, as far as is known of the registry.
func (s *Screen) pulled() (mark theme.Mark, verdict string) {
	st, words := s.env.Styles, s.words
	if served := s.inquiry.served; served != nil && served.Held == model.DigestNo && s.found.resolution.OK {
		return st.ForSeverity(model.Failure), words.Pull + " fails: the registry does not have it"
	}
	return s.found.verdict(st, words)
}

// trouble is a word for the status line where the registry's answer is a reason to
// act.
func (i *inquiry) trouble(st *theme.Styles) (mark theme.Mark, words string, ok bool) {
	if i.served == nil || i.dialect.Explain(*i.served).Severity < model.Warning {
		return theme.Mark{}, "", false
	}
	mark, words = i.verdictOf(st, i.served)
	return mark, "registry " + words, true
}
