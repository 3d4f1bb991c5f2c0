package flows

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of TokenImport. SourceFile is the file with the key.
const (
	importedKey  = "token-key"
	SourceFile   = "source-file"
	sourceKey    = "source-key"
	sourceSealed = "source-identity"
)

// TokenImport puts a private key that exists on a token.
func TokenImport(p Tokens) *flow.Flow {
	steps := []flow.Step{
		tokenStep("Which token do you want to put a key on?", "The key stays where it is as well. From the token it can't be copied back."),
		{
			ID: importedKey, Flag: "key", Label: "Key", Question: "Which key do you want to put on it?", Kind: flow.Choice,
			Help: "Keys of this machine that are in files, or one in another file or a backup. For a second token with the same key, import it there too.",
			Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
				var out []flow.Option
				for _, k := range hereIn(p, f) {
					out = append(out, sourceOption(f, &k, string(k.Key.ID)))
				}
				return append(out, flow.Option{Value: fromFile, Label: "From a file", Help: "A private key in PEM form, or a backup."})
			},
			Resolve: resolveKeysOr(importedKey, "on this machine", func(f flow.Facts, _ flow.Answers) (out []flow.Option) {
				for _, k := range hereIn(p, f) {
					out = append(out, flow.Option{Value: string(k.Key.ID)})
				}
				return out
			}, fromFile),
			Default: func(f flow.Facts, a flow.Answers) []string {
				here := hereIn(p, f)
				if a.Values[SourceFile] != nil || len(here) == 0 {
					return []string{fromFile}
				}
				return []string{string(here[0].Key.ID)}
			},
		},
		sourceFileStep(p), sourceSealedStep(p), sourceKeyStep(),
		slotStep("Into which slot do you want to put it?", "A slot is a place for one key. Some clients find root keys in 9c, 9a, 9d and 9e only.",
			func(flow.Facts, flow.Answers, *model.TokenSlot) bool { return true },
			func(f flow.Facts, a flow.Answers, s *model.TokenSlot) bool { return s == nil || mended(p, f, a, s) }),
		destroyStep(func(f flow.Facts, a flow.Answers) bool { return destroysFor(p, f, a) }),
		forStep(func(f flow.Facts, a flow.Answers) string {
			if k := chosenSource(p, f, a); k != nil && k.Key.Label != "" {
				return k.Key.Label
			}
			return string(model.RoleRoot)
		}),
	}
	return tokenFlow(p, &flow.Flow{
		ID: "token-import", Title: "Put a key on a token", Verb: "Put on token", Command: tokenCommand("token import"),
		Steps: append(steps, policySteps()...),
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &implanting{ofToken: ofToken{tokens: p}}
			out.key.Place, out.token = slotChosen(f, a)
			if k := chosenSource(p, f, a); k != nil {
				out.key.Source = *k
			}
			out.key.Key.Replace = destroysFor(p, f, a)
			if s := out.key.Before; s != nil && out.key.Key.Replace {
				out.held = holding(f, s)
			}
			return out
		},
		Words: tokenWords("putting a key on a token"),
	})
}

// hereIn are the keys of this machine that can be put on a token; none where nothing is known yet.
func hereIn(p Tokens, f flow.Facts) []tokens.SourceKey {
	if p == nil {
		return nil
	}
	return p.Here(f.Keys)
}

// sourceOption is a key that can be put on a token, as a choice.
func sourceOption(f flow.Facts, k *tokens.SourceKey, value string) flow.Option {
	label := text.Capital(keyName(k.Key.ID, k.Key.Label, k.Key.GUN))
	if k.Key.ID == "" {
		label = "Key " + value
		if k.Key.Label != "" {
			label += ", " + k.Key.Label
		}
		return flow.Option{Value: value, Label: label, Help: "Which key it is shows when it is opened."}
	}
	return flow.Option{Value: value, Label: label, Help: describePrivate(f, k.Key)}
}

// sourceFileStep asks for the file with the key, and looks what is in it.
func sourceFileStep(p Tokens) flow.Step {
	return flow.Step{
		ID: SourceFile, Flag: "file", Path: true, Implies: true, Label: "File", Question: "Which file has the key?", Example: "/media/usb/root.pem", Kind: flow.Text,
		Help: "A private key in PEM form, or a backup that trustdeck made. It stays where it is. The key's passphrase is asked for at the end.",
		When: func(_ flow.Facts, a flow.Answers) bool { return a.First(importedKey) == fromFile },
		Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
			return readSource(p, a.First(SourceFile), "")
		},
	}
}

// sourceSealedStep asks for what opens a backup that only its recipients can read.
func sourceSealedStep(p Tokens) flow.Step {
	return flow.Step{
		ID: sourceSealed, Flag: "identity", Path: true, Label: "Secret key", Question: "Which file has the secret key that opens it?", Example: "/media/usb/age.key", Kind: flow.Text,
		Help: "The backup is encrypted for recipients. Give the file that age-keygen wrote; trustdeck only reads it.",
		When: func(f flow.Facts, a flow.Answers) bool {
			s := flow.Known[*tokens.Source](f)
			return a.First(importedKey) == fromFile && s != nil && (s.Sealed || a.Values[sourceSealed] != nil)
		},
		Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
			return readSource(p, a.First(SourceFile), a.First(sourceSealed))
		},
	}
}

func readSource(p Tokens, path, identity string) flow.Inquiry {
	return func(ctx context.Context, secrets port.Interaction) (func(*flow.Facts), error) {
		s, err := p.ReadSource(ctx, path, identity, secrets)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil { // nobody will take it any more
			s.Wipe()
			return nil, &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: context.Cause(ctx)}
		}
		return func(f *flow.Facts) { flow.Learn(f, s) }, nil
	}
}

// inFile are the keys in the file, by what names them as an answer: the ID, or where only opening
// shows that, the number.
func inFile(f flow.Facts) map[string]*tokens.SourceKey {
	out := map[string]*tokens.SourceKey{}
	if s := flow.Known[*tokens.Source](f); s != nil {
		for i := range s.Keys {
			out[cmp.Or(string(s.Keys[i].Key.ID), strconv.Itoa(i+1))] = &s.Keys[i]
		}
	}
	return out
}

// sourceKeyStep asks which of several keys in a file is meant.
func sourceKeyStep() flow.Step {
	return flow.Step{
		ID: sourceKey, Flag: "file-key", Label: "Key in it", Question: "Which of its keys do you want to put on the token?", Kind: flow.Choice,
		Help: "The file has several keys.",
		When: func(f flow.Facts, a flow.Answers) bool {
			return a.First(importedKey) == fromFile && (len(inFile(f)) > 1 || a.Values[sourceKey] != nil)
		},
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			var out []flow.Option
			for value, k := range inFile(f) {
				out = append(out, sourceOption(f, k, value))
			}
			slices.SortFunc(out, func(a, b flow.Option) int { return strings.Compare(a.Label, b.Label) })
			return out
		},
	}
}

// chosenSource is the key that the answers name; nil before they do.
func chosenSource(p Tokens, f flow.Facts, a flow.Answers) *tokens.SourceKey {
	if a.First(importedKey) != fromFile {
		for _, k := range hereIn(p, f) {
			if string(k.Key.ID) == a.First(importedKey) {
				return &k
			}
		}
		return nil
	}
	all := inFile(f)
	if k := all[a.First(sourceKey)]; k != nil {
		return k
	}
	for _, k := range all {
		if len(all) == 1 {
			return k
		}
	}
	return nil
}

// mended reports whether a slot has half of the key that is chosen: its certificate, or the key without
// one.
func mended(p Tokens, f flow.Facts, a flow.Answers, s *model.TokenSlot) bool {
	k := chosenSource(p, f, a)
	return s != nil && (s.State == model.SlotCertificateOnly || s.State == model.SlotKeyOnly) && k != nil && k.Is != nil && k.Is(s.SPKI)
}

// destroysFor is destroys but for a slot that has half of this key.
func destroysFor(p Tokens, f flow.Facts, a flow.Answers) bool {
	if !destroys(f, a) {
		return false
	}
	return !mended(p, f, a, tokens.Slot(tokenOf(f, a.First(Token)), a.First(tokenSlot)))
}

// implanting puts a key on a token.
type implanting struct {
	ofToken
	key tokens.ImportKey
	// held is what the slot holds and loses.
	held string
}

var (
	_ flow.Outcome = (*implanting)(nil)
	_ flow.Verbed  = (*implanting)(nil)
)

// Verb tells an attempt that goes on from one that begins.
func (i *implanting) Verb() string { return goOn(&i.key.Place) }

// Ready reports whether the token takes what opens it. The PIN is always needed: the key signs on
// the token once.
func (i *implanting) Ready() (ok bool, why string) {
	why = blockedPIN(&i.token, true)
	return why == "", why
}

// Steps lists what will be done.
func (i *implanting) Steps() []admin.Step { return tokens.ImportSteps(&i.key, i.name()) }

// Review says which key is put where, and what is lost.
func (i *implanting) Review() flow.Review {
	k := &i.key.Key
	name := i.key.Source.Name()
	out := flow.Review{
		Verdict: "Ready: " + i.name() + " gets " + name + " in slot " + k.Slot + ".",
		Table:   slotTable(&i.token, k.Slot, strings.TrimPrefix(name, "the "), k.PIN, k.Touch),
		Details: []flow.Section{inOrder(i.Steps())},
	}
	if p := &i.key.Place; p.Placed != nil {
		out.Verdict = "Ready: trustdeck goes on. " + asLeft(p, i.name())
	}
	if ok, why := i.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	out.Facts = append(lossFacts(&i.token, &i.key.Place, i.held), openFacts(&i.token, true)...)
	out.Facts = append(out.Facts, advised(&i.token, i.key.Source.Key.Algorithm, model.OriginImported)...)
	if i.key.Source.Exposed {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: "other users can read " + i.key.Source.Key.Path + ". Anyone who has copied it can sign without the token."})
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "The other copy", Text: "stays in " + i.key.Source.Key.Path + ". As long as it exists, the token proves nothing. Keep it offline, or delete it once the token signs."})
	if k.Touch != model.PolicyNever {
		out.Facts = append(out.Facts, flow.Fact{Label: "Touch", Text: "the token asks for one in the end: it signs once with the key."})
	}
	return out
}

// Do puts it there.
func (i *implanting) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	done, err := i.tokens.ImportKey(ctx, i.key, tokenRun(run))
	if done == nil {
		usable := "No key was reported by " + i.name() + "."
		if i.key.Placed != nil {
			usable = asLeft(&i.key.Place, i.name())
		}
		return &flow.Report{Usable: usable + " " + text.Sentence(i.key.Source.Name()+" is where it was"), Next: hints(err)}, err
	}
	out := &flow.Report{
		Done:   []string{"On the token: " + keyName(done.ID, i.key.Source.Key.Label, "") + ", in slot " + i.key.Key.Slot + " of " + i.name()},
		Usable: "The key can sign on this machine while " + i.name() + " is plugged in.", Next: hints(err),
	}
	if err != nil {
		resumable(out, &i.key.Place, done, "")
	} else {
		out.Next = append(out.Next, "Test the other copy, and put it somewhere safe: a token can be lost.")
	}
	return out, err
}
