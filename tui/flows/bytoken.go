package flows

import (
	"slices"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
)

// byToken is the serial number of a token whose key is meant. Only a command line gives it.
const byToken = "by-token"

// tokenChoice lets the serial number of a token stand for the only key on it that answers a question.
type tokenChoice struct {
	// question is the step that is answered, and options those of its choices that may be meant.
	question func(flow.Answers) string
	options  func(flow.Facts, flow.Answers) []flow.Option
	// when tells whether that question is asked; nil is always. flag names a key by its ID.
	when func(flow.Facts, flow.Answers) bool
	flag func(flow.Answers) string
}

// always is an answer's ID, or a flag, that depends on nothing.
func always(word string) func(flow.Answers) string { return func(flow.Answers) string { return word } }

// step takes the serial number. It goes before the question that it answers.
func (c tokenChoice) step() flow.Step {
	return flow.Step{
		ID: byToken, Flag: "token", Label: "Token", Question: "Which token has the new key?", Example: "1234567", Kind: flow.Text,
		Help: "The serial number of a token that is plugged in: it stands for the only key on it that fits.",
		When: func(f flow.Facts, a flow.Answers) bool {
			if a.Values[byToken] == nil || c.when != nil && !c.when(f, a) {
				return false
			}
			given := a.Values[c.question(a)]
			id, err := c.key(f, a)
			return given == nil || err == nil && slices.Contains(given, id)
		},
		Check: func(f flow.Facts, a flow.Answers) error {
			_, err := c.key(f, a)
			return err
		},
	}
}

// decides reports whether a token that was named is the answer.
func (c tokenChoice) decides(f flow.Facts, a flow.Answers) bool { return c.chosen(f, a) != "" }

// chosen is the key of the token that was named; empty where none was.
func (c tokenChoice) chosen(f flow.Facts, a flow.Answers) string {
	if a.Values[byToken] == nil {
		return ""
	}
	id, _ := c.key(f, a) // why there is none is said where the token is named
	return id
}

// usually is the key of the token that was named, or what is usual without one; nil is nothing.
func (c tokenChoice) usually(otherwise func(flow.Facts, flow.Answers) []string) func(flow.Facts, flow.Answers) []string {
	return func(f flow.Facts, a flow.Answers) []string {
		if id := c.chosen(f, a); id != "" {
			return []string{id}
		}
		if otherwise == nil {
			return nil
		}
		return otherwise(f, a)
	}
}

// key is the only key on the token that was named that may be meant. Where there is none, or more than
// one, the error names those that there are.
func (c tokenChoice) key(f flow.Facts, a flow.Answers) (string, error) {
	serial := a.First(byToken)
	onTokens := slices.DeleteFunc(slices.Clone(f.Keys), func(k model.PrivateKey) bool { return !k.Usable() || !onToken(&k, "") })
	onThis := slices.DeleteFunc(slices.Clone(onTokens), func(k model.PrivateKey) bool { return !onToken(&k, serial) })
	var fitting []model.PrivateKey
	var values []string
	for _, o := range c.options(f, a) {
		i := slices.IndexFunc(onThis, func(k model.PrivateKey) bool { return k.IsAny([]model.KeyID{model.KeyID(o.Value)}) })
		if i >= 0 {
			fitting, values = append(fitting, onThis[i]), append(values, o.Value)
		}
	}
	refuse := func(words, hint string) error { return refusal("token "+text.Clean(serial), words, hint) }
	switch {
	case len(values) == 1:
		return values[0], nil
	case len(values) > 1:
		return "", refuse("several of its keys fit: "+placed(fitting), "Choose one of them by its ID, with --"+c.flag(a)+".")
	case len(onThis) > 0:
		return "", refuse("none of its keys fits here: "+placed(onThis), "Give another token, or make a key that fits: trustdeck token generate")
	case len(onTokens) > 0:
		return "", refuse("none of the keys on tokens is on this one: "+placed(onTokens), "Plug it in, or give another token.")
	default:
		return "", refuse("no key on a token is here", "Plug in the token. To see what is plugged in: trustdeck tokens")
	}
}

// placed names keys, each with its token and the place there.
func placed(keys []model.PrivateKey) string {
	var out []string
	for _, k := range keys {
		out = append(out, keyName(k.ID, k.Label, k.GUN)+" ("+text.Clean(secrets.Where(k))+")")
	}
	return few(out)
}
