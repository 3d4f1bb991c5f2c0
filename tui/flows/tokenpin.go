package flows

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// TokenPIN replaces the PIN of a token.
func TokenPIN(p Tokens) *flow.Flow {
	return tokenFlow(p, &flow.Flow{
		ID: "token-pin", Title: "Change PIN", Verb: "Change",
		Command: tokenCommand("token pin"),
		Steps: []flow.Step{
			tokenStep("Which token do you want to give a new PIN?",
				"The PIN lets its keys sign. trustdeck asks for the present one and then twice for the new one, and never tries a PIN that you haven't typed."),
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &repinning{ofToken: ofToken{tokens: p}}
			if t := tokenOf(f, a.First(Token)); t != nil {
				out.token = *t
			}
			return out
		},
		Words: tokenWords("changing a PIN"),
	})
}

// repinning gives a token another PIN.
type repinning struct {
	ofToken
}

var _ flow.Outcome = (*repinning)(nil)

// Ready reports whether the token takes a PIN.
func (r *repinning) Ready() (ok bool, why string) {
	return r.token.PIN.TriesLeft != 0, "the PIN of " + r.name() + " is blocked; the PUK unblocks it: ykman piv access unblock-pin"
}

// Steps lists what will be done.
func (r *repinning) Steps() []admin.Step { return tokens.PINSteps(r.name()) }

// Review says which token it is, and what a wrong PIN costs.
func (r *repinning) Review() flow.Review {
	becomes := "new"
	if r.token.PIN.Default == model.Yes {
		becomes = "new (was the one from the factory)"
	}
	tries := ""
	if r.token.PIN.TriesLeft >= 0 {
		tries = text.Number(r.token.PIN.TriesLeft)
	}
	out := flow.Review{
		Verdict: "Ready: trustdeck asks for the PIN of " + r.name() + ", and for a new one.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "TOKEN"}, {Title: "PIN", Word: "PIN"}, {Title: "TRIES LEFT", Word: "tries left"}},
			Rows:    []flow.Row{{Cells: []string{r.name(), becomes, tries}}},
		},
		Details: []flow.Section{inOrder(r.Steps())},
	}
	if ok, why := r.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	if r.token.PIN.TriesLeft == 1 {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: "one try is left. If you type a wrong PIN, the token takes none any more until the PUK unblocks it."})
	}
	out.Facts = append(out.Facts,
		flow.Fact{Label: "Keys", Text: "stay as they are, and need the new PIN. So do other programs that use the token."},
		flow.Fact{Label: "If you forget it", Text: "the PUK sets another PIN: ykman piv access unblock-pin. Without PIN and PUK, the keys can never be used again."})
	return out
}

// Do changes it.
func (r *repinning) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	after, err := r.tokens.ChangePIN(ctx, r.token.Serial, tokenRun(run))
	if after == nil {
		return &flow.Report{Usable: "The PIN of " + r.name() + " is the one that it was.", Next: hints(err)}, err
	}
	return &flow.Report{
		Done: []string{"New PIN: " + r.name()}, Usable: "The keys on " + r.name() + " can be used with the new PIN only.", Next: hints(err),
	}, err
}
