package flows

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// TokenCertificate writes the certificate of a key on a token anew.
func TokenCertificate(p Tokens) *flow.Flow {
	return tokenFlow(p, &flow.Flow{
		ID: "token-certificate", Title: "Write certificate", Verb: "Write", Command: tokenCommand("token certificate"),
		Steps: []flow.Step{
			tokenStep("Which token has the key?", "A key on a token has a certificate beside it, by which programs find it. It expires; the key doesn't."),
			slotStep("Which slot's certificate do you want to write?", "The slot's key signs a new certificate, which is valid for ten years. The key stays as it is.",
				func(_ flow.Facts, _ flow.Answers, s *model.TokenSlot) bool { return s != nil && s.HasKey() },
				func(_ flow.Facts, _ flow.Answers, s *model.TokenSlot) bool { return s.State != model.SlotWhole }),
			forStep(func(f flow.Facts, a flow.Answers) string {
				if p, _ := slotChosen(f, a); p.Before != nil && p.Before.Subject != "" && p.Before.State != model.SlotMismatch {
					return text.Clean(p.Before.Subject)
				}
				return string(model.RoleRoot)
			}),
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &certifying{ofToken: ofToken{tokens: p}}
			out.place, out.token = slotChosen(f, a)
			if s := out.place.Before; s != nil {
				out.key = slotKey(f, s)
			}
			return out
		},
		Words: tokenWords("writing a certificate"),
	})
}

// certifying writes a certificate.
type certifying struct {
	ofToken
	place tokens.Place
	// key is the one in the slot, for people.
	key string
}

var _ flow.Outcome = (*certifying)(nil)

// policies are those of the key, as far as the token tells.
func (c *certifying) policies() (pin, touch model.UsePolicy) {
	if c.place.Before == nil {
		return model.PolicyUnknown, model.PolicyUnknown
	}
	return c.place.Before.PIN, c.place.Before.Touch
}

func (c *certifying) pin() bool {
	pin, _ := c.policies()
	return pin != model.PolicyNever
}

// Ready reports whether the token takes what opens it.
func (c *certifying) Ready() (ok bool, why string) {
	why = blockedPIN(&c.token, c.pin())
	return why == "", why
}

// Steps lists what will be done.
func (c *certifying) Steps() []admin.Step { return tokens.CertificateSteps(&c.place, c.name()) }

// Review says which certificate is replaced, and by what.
func (c *certifying) Review() flow.Review {
	pin, touch := c.policies()
	out := flow.Review{
		Verdict: "Ready: the key in slot " + c.place.Key.Slot + " signs a certificate for itself.",
		Table:   slotTable(&c.token, c.place.Key.Slot, c.key, pin, touch),
		Details: []flow.Section{inOrder(c.Steps())},
	}
	if ok, why := c.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	before := "there is none."
	if s := c.place.Before; s != nil && s.Certificate != nil {
		before = "of " + cmp.Or(text.Clean(s.Subject), "no name") + ", until " + s.Expires.UTC().Format("2006-01-02") + "."
		if s.State == model.SlotMismatch {
			before = "of another key. It is lost; that key is not in this slot."
		}
	}
	out.Facts = append(out.Facts,
		flow.Fact{Label: "Certificate now", Text: before},
		flow.Fact{Label: "Certificate then", Text: "of " + c.place.Key.Subject + ", valid for ten years."})
	out.Facts = append(out.Facts, openFacts(&c.token, c.pin())...)
	return out
}

// Do writes it.
func (c *certifying) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	done, err := c.tokens.WriteCertificate(ctx, c.place, tokenRun(run))
	if done == nil {
		return &flow.Report{Usable: "The key in slot " + c.place.Key.Slot + " of " + c.name() + " is as it was.", Next: hints(err)}, err
	}
	return &flow.Report{
		Done:   []string{"Certificate: slot " + c.place.Key.Slot + " of " + c.name() + ", until " + done.Slot.Expires.UTC().Format("2006-01-02")},
		Usable: "Programs that find keys by their certificates see the key.", Next: hints(err),
	}, err
}
