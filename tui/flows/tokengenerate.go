package flows

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/token"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// TokenGenerate has a token make a key.
func TokenGenerate(p Tokens) *flow.Flow {
	steps := []flow.Step{
		tokenStep("Which token do you want to make a key on?", "The key is made on the token and can't be copied from it: so there is no copy if the token is lost. Make a key on a second token too, or import one key into both."),
		slotStep("Into which slot do you want to put the key?", "A slot is a place for one key. Some clients find root keys in 9c, 9a, 9d and 9e only.",
			func(flow.Facts, flow.Answers, *model.TokenSlot) bool { return true },
			func(_ flow.Facts, _ flow.Answers, s *model.TokenSlot) bool { return s == nil }),
		destroyStep(destroys),
		forStep(func(flow.Facts, flow.Answers) string { return string(model.RoleRoot) }),
		tokenAlgorithmStep(),
	}
	steps = append(steps, policySteps()...)
	steps = append(steps, flow.Step{
		ID: KeyPublic, Flag: "public", Path: true, Label: "Public key", Question: "Which file do you want to write the public key to?", Example: "root.pub", Kind: flow.Text, Optional: true,
		Help:    "A new file, for an administrator on another machine. It isn't secret. On this machine, trustdeck finds the key on the token.",
		Without: "Press Enter to write none.",
		Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
			public := a.First(KeyPublic)
			if was := resumed(f, a); public == "" || was != nil && was.public == public {
				return nil
			}
			return vacant(p, public)
		},
	})
	return tokenFlow(p, &flow.Flow{
		ID: "token-generate", Title: "Make a key on a token", Verb: "Make the key", Command: tokenCommand("token generate"), Steps: steps,
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &minting{ofToken: ofToken{tokens: p}, key: tokens.NewKey{Public: a.First(KeyPublic)}}
			out.key.Place, out.token = slotChosen(f, a)
			out.key.Key.Algorithm = model.Algorithm(a.First(algorithm))
			if s := out.key.Before; s != nil && out.key.Key.Replace {
				out.held = holding(f, s)
			}
			if was := resumed(f, a); was != nil && was.public != "" {
				out.key.Public, out.written = "", was.public
			}
			if caution := f.Dialect.KeyCaution(out.key.Key.Algorithm); caution != "" {
				out.caution = stopped(caution)
			}
			return out
		},
		Words: tokenWords("making a key"),
	})
}

// onNewFirmware are the kinds of keys that only firmware from 5.7 on makes.
var onNewFirmware = []model.Algorithm{model.Ed25519, model.RSA3072}

// tokenAlgorithmStep asks which kind of key the token makes.
func tokenAlgorithmStep() flow.Step {
	return flow.Step{
		ID: algorithm, Flag: "algorithm", Label: "Algorithm", Question: "Which kind of key do you want to make?", Kind: flow.Choice,
		Help: "Every client that reads the repository must be able to verify it.",
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			kinds := []model.Algorithm{model.ECDSAP256, model.ECDSAP384}
			if t := tokenOf(f, a.First(Token)); t == nil || !token.ParseVersion(t.Firmware).Below(token.Version{Major: 5, Minor: 7}) {
				kinds = append(kinds, onNewFirmware...)
			}
			var out []flow.Option
			for _, kind := range kinds {
				out = append(out, flow.Option{Value: string(kind), Label: kind.String(), Help: algorithmHelp[kind]})
			}
			return out
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{string(model.ECDSAP256)} },
		Resolve: func(_ flow.Facts, a flow.Answers) ([]string, error) {
			return []string{string(model.ParseAlgorithm(a.First(algorithm)))}, nil
		},
	}
}

// minting makes a key on a token.
type minting struct {
	ofToken
	key tokens.NewKey
	// held is what the slot holds, and caution names clients that can't verify with the key. written
	// is the file with the public key that an attempt before has written.
	held, caution, written string
}

var (
	_ flow.Outcome = (*minting)(nil)
	_ flow.Verbed  = (*minting)(nil)
)

// Verb tells an attempt that goes on from one that begins.
func (m *minting) Verb() string { return goOn(&m.key.Place) }

// pin reports whether the key needs the PIN to sign its certificate.
func (m *minting) pin() bool { return m.key.Key.PIN != model.PolicyNever }

// Ready reports whether the token takes what opens it.
func (m *minting) Ready() (ok bool, why string) {
	why = blockedPIN(&m.token, m.pin())
	return why == "", why
}

// Steps lists what will be done.
func (m *minting) Steps() []admin.Step { return tokens.MakeKeySteps(&m.key, m.name()) }

// Review says what will be made, and what is lost.
func (m *minting) Review() flow.Review {
	k := &m.key.Key
	out := flow.Review{
		Verdict: "Ready: " + m.name() + " makes a key in slot " + k.Slot + ".",
		Table:   slotTable(&m.token, k.Slot, "new "+k.Subject+" key, "+k.Algorithm.String(), k.PIN, k.Touch),
		Details: []flow.Section{inOrder(m.Steps())},
	}
	if k := &m.key; k.Placed != nil {
		out.Verdict = "Ready: trustdeck goes on. " + asLeft(&k.Place, m.name())
	}
	if ok, why := m.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	out.Facts = append(lossFacts(&m.token, &m.key.Place, m.held), openFacts(&m.token, m.pin())...)
	out.Facts = append(out.Facts, advised(&m.token, k.Algorithm.String(), model.OriginToken)...)
	if m.caution != "" {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: m.caution})
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "If the token is lost", Text: "the key is lost with it: there is no copy. Roles that need it should list another key as well."})
	if k.Touch != model.PolicyNever {
		out.Facts = append(out.Facts, flow.Fact{Label: "Touch", Text: "the token asks for one: the key signs its certificate."})
	}
	return out
}

// Do makes it.
func (m *minting) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	made, err := m.tokens.MakeKey(ctx, m.key, tokenRun(run))
	if made == nil {
		usable := "No key was reported by " + m.name() + "."
		if m.key.Placed != nil {
			usable = asLeft(&m.key.Place, m.name())
		}
		return &flow.Report{Usable: usable, Next: hints(err)}, err
	}
	out := &flow.Report{
		Done:   []string{"Made: " + keyName(made.ID, m.key.Key.Subject, "") + ", in slot " + m.key.Key.Slot + " of " + m.name()},
		Usable: "The key can sign on this machine while " + m.name() + " is plugged in.",
		Next:   hints(err),
	}
	public := cmp.Or(made.Public, m.written)
	if public != "" {
		out.Done = append(out.Done, "Public key: "+public)
	}
	if err != nil {
		resumable(out, &m.key.Place, made, public)
	}
	if err == nil {
		out.Next = append(out.Next, "Have a role list the key: trustdeck rotate --token "+text.Clean(m.token.Serial)+" REPO ROLE")
	}
	return out, err
}
