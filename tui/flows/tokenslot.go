package flows

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/model/token"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of flows that change the slots of a token. SelectedSlot is the slot that is selected
// where one begins; no question asks for it.
const (
	tokenSlot    = "slot"
	SelectedSlot = "selected-slot"
	destroyed    = "destroy"
	pinPolicy    = "pin-policy"
	touchPolicy  = "touch-policy"
	keyFor       = "for"
)

// slotUse is what a slot was meant for (NIST SP 800-73-4, part 1, section 3), which any key may
// ignore.
var slotUse = map[string]string{"9c": "signature", "9a": "authentication", "9d": "key management", "9e": "card authentication"}

// slotStep asks which slot is meant, of those that may be. The usual one comes first of those that
// are as good: the selected one, or the first for which free is true.
func slotStep(question, help string, may, free func(flow.Facts, flow.Answers, *model.TokenSlot) bool) flow.Step {
	offered := func(f flow.Facts, a flow.Answers) []string {
		t := tokenOf(f, a.First(Token))
		spare := false // one empty slot for retired keys is enough to choose from, or the one that is named
		return slices.DeleteFunc(tokens.Slots(), func(id string) bool {
			if t == nil || !may(f, a, tokens.Slot(t, id)) {
				return true
			}
			if slotUse[id] != "" || tokens.Slot(t, id) != nil || id == a.First(tokenSlot) {
				return false
			}
			further := spare
			spare = true
			return further
		})
	}
	return flow.Step{
		ID: tokenSlot, Flag: "slot", Label: "Slot", Question: question, Help: help, Kind: flow.Choice,
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			var out []flow.Option
			for _, id := range offered(f, a) {
				s := tokens.Slot(tokenOf(f, a.First(Token)), id)
				label := id + ", " + cmp.Or(slotUse[id], "retired keys")
				if s == nil {
					label += ", empty"
				}
				out = append(out, flow.Option{Value: id, Label: label, Help: holds(f, s)})
			}
			return out
		},
		None: func(flow.Facts, flow.Answers) error {
			return &model.Fault{Kind: model.FaultUsage, Text: "no slot of the token is one for this", Hint: "Look at what it holds: trustdeck tokens"}
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			ids := offered(f, a)
			if slices.Contains(ids, a.First(SelectedSlot)) {
				return a.Values[SelectedSlot]
			}
			t := tokenOf(f, a.First(Token))
			for _, id := range ids {
				if free(f, a, tokens.Slot(t, id)) {
					return []string{id}
				}
			}
			if len(ids) == 1 {
				return ids
			}
			return nil
		},
	}
}

// holds says what a slot holds, in a sentence; nothing of an empty one.
func holds(f flow.Facts, s *model.TokenSlot) string {
	if s == nil {
		return ""
	}
	if s.State == model.SlotCertificateOnly {
		return "A certificate, but not its private key."
	}
	return text.Sentence("it holds " + slotKey(f, s))
}

// holding names what a slot holds, as the beginning of a sentence about it.
func holding(f flow.Facts, s *model.TokenSlot) string {
	return "What slot " + s.ID + " holds, " + slotKey(f, s) + ","
}

// slotKey names the key in a slot.
func slotKey(f flow.Facts, s *model.TokenSlot) string {
	name := "a key"
	if k := privateIn(f, s); k != nil {
		name = "key " + k.ID.Short()
	}
	if subject := text.Clean(s.Subject); subject != "" {
		name += " (" + subject + ")"
	}
	if k := privateIn(f, s); k != nil && f.Lists != nil {
		switch guns := f.Lists(k.ID); len(guns) {
		case 0:
		case 1:
			name += ", which " + string(guns[0]) + " lists"
		default:
			name += ", which " + text.Count(len(guns), "repository") + " list"
		}
	}
	return name
}

// privateIn is the private key in a slot as keys here are named; nil where it isn't among them.
func privateIn(f flow.Facts, s *model.TokenSlot) *model.PrivateKey {
	i := slices.IndexFunc(f.Keys, func(k model.PrivateKey) bool {
		return k.Place == model.PlaceToken && s.SPKI != nil && bytes.Equal(k.SPKI, s.SPKI)
	})
	if i < 0 {
		return nil
	}
	return &f.Keys[i]
}

// destroys reports whether what is put into the slot takes the place of something.
func destroys(f flow.Facts, a flow.Answers) bool {
	t := tokenOf(f, a.First(Token))
	return t != nil && a.First(tokenSlot) != "" && tokens.Slot(t, a.First(tokenSlot)) != nil && resumed(f, a) == nil
}

// destroyStep has people type the number of a slot whose content is lost; when tells whether it is.
func destroyStep(when func(flow.Facts, flow.Answers) bool) flow.Step {
	return flow.Step{
		ID: destroyed, Flag: "destroy", Label: "Destroy", Question: "What the slot holds is destroyed for good. Which slot is it?", Example: "9c", Kind: flow.Text, When: when,
		Late: true, // by then the token was read again
		Help: "Type the number of the slot again. A key on a token has no copy, unless it was imported. Go back to choose an empty slot.",
		Check: func(_ flow.Facts, a flow.Answers) error {
			if slot := a.First(tokenSlot); a.First(destroyed) != slot {
				return fmt.Errorf("to destroy what slot %s holds, type %s", slot, slot)
			}
			return nil
		},
		Unanswered: func(_ flow.Facts, a flow.Answers) string {
			return "To destroy what slot " + a.First(tokenSlot) + " holds, give --destroy " + a.First(tokenSlot) + "."
		},
	}
}

// policySteps ask when the key wants the PIN, and when a touch.
func policySteps() []flow.Step {
	choice := func(options ...flow.Option) func(flow.Facts, flow.Answers) []flow.Option {
		return func(flow.Facts, flow.Answers) []flow.Option { return options }
	}
	usual := func(p model.UsePolicy) func(flow.Facts, flow.Answers) []string {
		return func(flow.Facts, flow.Answers) []string { return []string{p.String()} }
	}
	return []flow.Step{
		{
			ID: pinPolicy, Flag: "pin-policy", Label: "PIN", Question: "When should the key need the PIN?", Kind: flow.Choice,
			Help: "This can't be changed later: it belongs to the key.",
			Options: choice(
				flow.Option{Value: model.PolicyOnce.String(), Label: "Once", Help: "The PIN opens it for as long as a program keeps the token open. Usual."},
				flow.Option{Value: model.PolicyAlways.String(), Label: "Always", Help: "Each signature needs the PIN: with several, it is asked for again and again."},
				flow.Option{Value: model.PolicyNever.String(), Label: "Never", Help: "Anyone who has the token can sign with it."},
			),
			Default: usual(model.PolicyOnce),
		},
		{
			ID: touchPolicy, Flag: "touch-policy", Label: "Touch", Question: "When should the key need a touch?", Kind: flow.Choice,
			Help: "This can't be changed later: it belongs to the key. With a touch, no program can sign while you don't notice.",
			Options: choice(
				flow.Option{Value: model.PolicyAlways.String(), Label: "Always", Help: "Each signature needs a touch. Usual."},
				flow.Option{Value: model.PolicyCached.String(), Label: "Cached", Help: "A touch holds for 15 seconds: for many signatures one after the other."},
				flow.Option{Value: model.PolicyNever.String(), Label: "Never", Help: "A program that knows the PIN can sign for as long as the token is plugged in."},
			),
			Default: usual(model.PolicyAlways),
		},
	}
}

func policy(word string) model.UsePolicy {
	for _, p := range []model.UsePolicy{model.PolicyNever, model.PolicyOnce, model.PolicyCached, model.PolicyAlways} {
		if p.String() == word {
			return p
		}
	}
	return model.PolicyUnknown
}

// forStep asks what the certificate calls the key.
func forStep(usual func(flow.Facts, flow.Answers) string) flow.Step {
	return flow.Step{
		ID: keyFor, Flag: "for", Label: "Role", Question: "Which role or signer is the key for?", Example: "root", Kind: flow.Text,
		Help:    "The certificate of the key states it. Programs show it, and some take it for the role of the key: a root key must be called root there.",
		Default: func(f flow.Facts, a flow.Answers) []string { return []string{usual(f, a)} },
		Check: func(_ flow.Facts, a flow.Answers) error {
			const longest = 64 // RFC 5280, appendix A.1
			if name := a.First(keyFor); name == "" || len([]rune(name)) > longest || !display.Shown(name) {
				return fmt.Errorf("the name has 1 to %d characters that can be shown", longest)
			}
			return nil
		},
	}
}

// slotChosen is the slot that the answers name, as it is now.
func slotChosen(f flow.Facts, a flow.Answers) (tokens.Place, model.Token) {
	out := tokens.Place{Serial: a.First(Token), Key: port.TokenKey{
		Slot: a.First(tokenSlot), PIN: policy(a.First(pinPolicy)), Touch: policy(a.First(touchPolicy)), Subject: a.First(keyFor), Replace: destroys(f, a),
	}}
	t := tokenOf(f, out.Serial)
	if t == nil {
		return out, model.Token{}
	}
	if s := tokens.Slot(t, out.Key.Slot); s != nil {
		before := *s
		out.Before = &before
	}
	if was := resumed(f, a); was != nil {
		out.Placed = was.spki
	}
	return out, *t
}

// openFacts say what opens the slots of a token, and what is wrong with that. pin is whether the
// PIN is needed.
func openFacts(t *model.Token, pin bool) []flow.Fact {
	var out []flow.Fact
	say := func(label, words string) { out = append(out, flow.Fact{Label: label, Text: words}) }
	switch tokens.ManagementOf(t) {
	case tokens.ManagementPIN:
		pin = true
		say("Management key", "the token keeps it, and the PIN opens it.")
	case tokens.ManagementFactory:
		say("Management key", "the one from the factory, which everyone knows. trustdeck uses it, because the token says that it still has it.")
		say(flow.Warning, "with that management key, any program that runs as you can overwrite the keys on the token. Change it: ykman piv access change-management-key --generate --protect")
	case tokens.ManagementTyped:
		say("Management key", "trustdeck asks for it. It isn't the PIN: the program that set up the token has shown it.")
	}
	if t.PIN.Default == model.Yes {
		say(flow.Warning, "the PIN is the one from the factory, which everyone knows. Change it: trustdeck token pin "+t.Serial)
	}
	if pin && t.PIN.TriesLeft == 1 {
		say(flow.Warning, "one try is left. If you type a wrong PIN, the token takes none any more until the PUK unblocks it.")
	}
	return out
}

// blockedPIN says why a change that needs the PIN can't be made; empty where it can.
func blockedPIN(t *model.Token, pin bool) string {
	if t.PIN.TriesLeft == 0 && (pin || tokens.ManagementOf(t) == tokens.ManagementPIN) {
		return "the PIN of " + text.Clean(t.Name()) + " is blocked; the PUK unblocks it: ykman piv access unblock-pin"
	}
	return ""
}

// tellsOfKeys is the firmware from which a token tells of every key in a slot.
var tellsOfKeys = token.Version{Major: 5, Minor: 3}

// lossFacts say what is destroyed in a slot; held names it, and is empty where nothing is lost that is
// known of.
func lossFacts(t *model.Token, p *tokens.Place, held string) []flow.Fact {
	switch {
	case held != "":
		return []flow.Fact{{Label: flow.Final, Text: strings.TrimSuffix(held, ".") + " is destroyed for good."}}
	case p.Before == nil && token.ParseVersion(t.Firmware).Below(tellsOfKeys):
		return []flow.Fact{{
			Label: flow.Warning, Text: "firmware " + text.Clean(t.Firmware) + " doesn't tell of a key that was imported without a certificate. If slot " + p.Key.Slot + " has one, it is destroyed for good.",
		}}
	default:
		return nil
	}
}

// advised are the warnings of the maker about a key of an algorithm on the token.
func advised(t *model.Token, algorithm string, origin model.KeyOrigin) []flow.Fact {
	var out []flow.Fact
	for _, a := range token.Advisories(token.ParseVersion(t.Firmware), algorithm, origin) {
		out = append(out, flow.Fact{Label: flow.Warning, Text: stopped(a.Text) + " " + stopped(a.Remedy) + " (" + a.ID + ")"})
	}
	return out
}

// slotTable is the table of a review about a slot.
func slotTable(t *model.Token, slot, key string, pin, touch model.UsePolicy) flow.Table {
	return flow.Table{
		Columns: []flow.Column{{Title: "TOKEN"}, {Title: "SLOT", Word: "slot"}, {Title: "KEY"}, {Title: "PIN", Word: "PIN"}, {Title: "TOUCH", Word: "touch"}},
		Rows:    []flow.Row{{Cells: []string{text.Clean(t.Name()), slot, key, pin.String(), touch.String()}}},
	}
}
