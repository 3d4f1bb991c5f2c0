package tokens

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
	"trustdeck/model/token"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out a token or one of its slots.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	if r.slot == nil {
		s.aboutToken(doc, r)
		return r.title(), doc.Lines()
	}
	s.aboutSlot(doc, r)
	return text.Clean(r.token.Name()) + ", slot " + text.Clean(r.slot.ID), doc.Lines()
}

// aboutToken lays out what is wrong with a token, what it is, and what is lost with it.
func (s *Screen) aboutToken(doc *widget.Doc, r *row) {
	t := r.token
	for _, f := range t.Findings {
		words := strings.TrimPrefix(text.Clean(f.Text), text.Clean(t.Name())+": ")
		doc.Marked(s.env.Styles.ForSeverity(f.Severity), text.Sentence(words))
		if f.Remedy != "" {
			doc.Indented("Fix: "+text.Sentence(text.Clean(f.Remedy)), theme.Accent)
		}
	}
	if len(t.Findings) > 0 {
		doc.Space()
	}
	doc.WidenLabels("Management key")
	fact(doc, "Product", t.Product)
	fact(doc, "Form", t.Form)
	fact(doc, "Serial", t.Serial)
	fact(doc, "Firmware", t.Firmware)
	secret(doc, "PIN", t.PIN)
	secret(doc, "PUK", t.PUK)
	management(doc, t.Management)
	fact(doc, "Reader", t.Reader)
	s.loss(doc, r.losses)
}

// loss rehearses the loss of the token.
func (s *Screen) loss(doc *widget.Doc, losses []admin.TokenLoss) {
	doc.Head("IF THIS TOKEN IS LOST")
	if s.env.Board.Surveying() {
		doc.Para("As far as repositories have been read. Nothing is changed by asking.", theme.Dim)
	}
	for _, sentence := range admin.SumUpLosses(losses, s.env.Board.Views()) {
		doc.Para(sentence, theme.Plain)
	}
	for i := range losses {
		l := &losses[i]
		doc.Space()
		doc.Marked(s.outcome(l.Outcome), doc.Row(text.Clean(l.GUN.String()), text.Clean(l.Role.String())))
		doc.Indented(text.Clean(l.Explain()), theme.Plain)
		for _, step := range l.Plan() {
			doc.Indented(text.Clean(step), theme.Dim)
		}
		if command := report.Command(l.GUN, l.Repair); command != "" {
			doc.Indented(text.Clean(command), theme.Accent)
		}
	}
}

// outcome marks what the loss means for a role.
func (s *Screen) outcome(o admin.LossOutcome) theme.Mark {
	st := s.env.Styles
	switch o {
	case admin.LossFinal:
		return st.ForSeverity(model.Failure)
	case admin.LossReplace:
		return st.ForSeverity(model.Warning)
	case admin.LossSpare, admin.LossCopied:
	}
	return theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
}

// aboutSlot lays out a key with all its names, and what is wrong with the slot.
func (s *Screen) aboutSlot(doc *widget.Doc, r *row) {
	slot := r.slot
	s.mend(doc, r)
	fact(doc, "Type", slot.Algorithm)
	fact(doc, "PIN", askWords(slot.PIN, "PIN"))
	fact(doc, "Touch", askWords(slot.Touch, "touch"))
	fact(doc, "Made", originWords(slot))
	if len(slot.Copies) > 0 {
		fact(doc, "Copies", strings.Join(slot.Copies, ", "))
	}
	fact(doc, "Subject", slot.Subject)
	if !slot.Expires.IsZero() {
		doc.Fact("Expires", doc.Row(text.UTC(slot.Expires), text.Relative(slot.Expires, s.env.Now())))
	}
	if slot.State == model.SlotUnproved {
		doc.Para("The firmware doesn't tell which key is there; the certificate does.", theme.Dim)
	}
	s.uses(doc, slot)
	for i, id := range slot.IDs {
		switch i {
		case 0:
			doc.Head("KEY ID")
		case 1:
			doc.Head("OTHER IDS")
		}
		doc.Digest(text.Clean(id.String()))
	}
	if f := slot.Fingerprint(); f != "" {
		doc.Head("FINGERPRINT (SHA-256 of the public key)")
		doc.Digest(f)
	}
}

// mend says what is wrong with a slot, and what repairs it.
func (s *Screen) mend(doc *widget.Doc, r *row) {
	st, before := s.env.Styles, len(doc.Lines())
	say := func(severity model.Severity, words, remedy string) {
		doc.Marked(st.ForSeverity(severity), text.Sentence(text.Clean(words)))
		if remedy != "" {
			doc.Indented("Fix: "+text.Sentence(text.Clean(remedy)), theme.Accent)
		}
	}
	if r.slot.Fault != nil {
		say(model.Warning, r.slot.Fault.Text, r.slot.Fault.Hint)
	}
	if words, remedy, severity := token.Mend(r.token.Serial, &r.slot.TokenSlot); words != "" {
		say(severity, "the slot "+words, remedy)
	}
	if r.slot.HasKey() {
		for _, a := range token.Advisories(token.ParseVersion(r.token.Firmware), r.slot.Algorithm, r.slot.Origin) {
			say(a.Severity, a.Text+" ("+a.ID+")", a.Remedy)
		}
	}
	if len(doc.Lines()) > before {
		doc.Space()
	}
}

func (s *Screen) uses(doc *widget.Doc, slot *admin.SlotUse) {
	if !slot.HasKey() {
		return
	}
	doc.Head("USED IN")
	for _, u := range slot.Uses {
		doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Bullet, Tone: theme.Dim}, doc.Row(text.Clean(u.GUN.String()), text.Clean(u.Role.String())))
	}
	switch at, _ := s.env.Board.Surveyed(); {
	case len(slot.Uses) > 0:
	case at.IsZero() || s.env.Board.Surveying():
		doc.Para("Unknown yet: trustdeck is reading the repositories.", theme.Dim)
	default:
		doc.Para("No known repository lists this key. Other repositories may.", theme.Dim)
	}
}

// fact is a fact that may be unknown.
func fact(doc *widget.Doc, label, value string) {
	if value != "" {
		doc.Fact(label, text.Clean(value))
	}
}

// secret says how a PIN or PUK stands.
func secret(doc *widget.Doc, label string, of model.TokenSecret) {
	words, tone := "tries left unknown", theme.Plain
	if of.TriesLeft >= 0 {
		words = tries(of.TriesLeft) + " left"
		if of.Tries >= 0 {
			words = text.Number(of.TriesLeft) + " of " + tries(of.Tries) + " left"
		}
		if of.TriesLeft <= 1 {
			tone = theme.Warn
		}
	}
	if of.Default == model.Yes {
		words, tone = words+"; from the factory", theme.Warn
	}
	doc.TonedFact(label, words, tone)
}

func management(doc *widget.Doc, m model.ManagementKey) {
	var words []string
	if m.Algorithm != "" {
		words = append(words, m.Algorithm)
	}
	if m.Protected {
		words = append(words, "opened by the PIN")
	}
	if m.Default == model.Yes {
		words = append(words, "from the factory")
	}
	fact(doc, "Management key", strings.Join(words, ", "))
}

// askWords say when a key asks for something.
func askWords(p model.UsePolicy, what string) string {
	switch p {
	case model.PolicyNever:
		return "never asked for"
	case model.PolicyOnce:
		return "asked for once a session"
	case model.PolicyCached:
		return "each " + what + " holds for 15 seconds"
	case model.PolicyAlways:
		return "asked for at each signature"
	case model.PolicyUnknown:
	}
	return ""
}

func originWords(s *admin.SlotUse) string {
	switch {
	case !s.HasKey():
		return ""
	case s.Origin == model.OriginToken:
		return "on the token, so there is no copy"
	case s.Origin == model.OriginImported:
		return "elsewhere, and imported: there may be copies"
	default:
		return "unknown: the firmware doesn't tell"
	}
}
