package report

import (
	"cmp"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/token"
)

// Tokens is the answer of "trustdeck tokens -o json".
type Tokens struct {
	Answer
	Tokens []Token `json:"tokens"`
	// Fault says why no token, or not every one, could be read.
	Fault *Fault `json:"fault,omitempty"`
	// Others are tokens of which little is known beside their keys: those of PKCS #11 modules.
	Others []OtherToken `json:"others"`
	// Unread are repositories that could not be read: uses in them are not listed.
	Unread []string `json:"unread"`
	// Lost rehearses the loss of the token that was named; absent where none was.
	Lost *LostToken `json:"lost,omitempty"`
}

// Token is a token that is plugged in.
type Token struct {
	// Name is what people call it.
	Name string `json:"name"`
	// Serial, Product, Form, Firmware and Reader are absent where the token doesn't tell.
	Serial   string `json:"serial,omitempty"`
	Product  string `json:"product,omitempty"`
	Form     string `json:"form,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	Reader   string `json:"reader,omitempty"`
	// PIN and PUK tell how they stand.
	PIN        TokenSecret   `json:"pin"`
	PUK        TokenSecret   `json:"puk"`
	Management ManagementKey `json:"management"`
	Slots      []TokenSlot   `json:"slots"`
	// Findings about the token, worst first.
	Findings []Finding `json:"findings"`
	// Fault says why it could not be read, or not whole.
	Fault *Fault `json:"fault,omitempty"`
}

// OtherToken is a token that a PKCS #11 module reads.
type OtherToken struct {
	// Name is what people call it.
	Name string `json:"name"`
	// Label, Serial, Product and Maker are as the token states them; absent where it doesn't.
	Label   string `json:"label,omitempty"`
	Serial  string `json:"serial,omitempty"`
	Product string `json:"product,omitempty"`
	Maker   string `json:"maker,omitempty"`
	// Keys are the IDs of those that it shows.
	Keys []string `json:"keys"`
	// Same are the tokens with which some of its keys are listed: the same token, reached in another
	// way, or one with copies.
	Same []string `json:"same"`
	// Fault says why it could not be read.
	Fault *Fault `json:"fault,omitempty"`
}

func newOtherToken(t admin.OtherToken) OtherToken {
	out := OtherToken{
		Name: t.Name, Label: t.Label, Serial: t.Serial, Product: t.Product, Maker: t.Maker,
		Keys: []string{}, Same: texts(t.Same), Fault: NewFault(t.Fault),
	}
	for _, k := range t.Keys {
		if k.ID != "" {
			out.Keys = append(out.Keys, string(k.ID))
		}
	}
	return out
}

// TokenSecret is what a token says about its PIN or PUK.
type TokenSecret struct {
	// TriesLeft and Tries are absent where the token doesn't tell.
	TriesLeft *int `json:"triesLeft,omitempty"`
	Tries     *int `json:"tries,omitempty"`
	// Default is "yes" where it is the one from the factory, else "no" or "unknown".
	Default string `json:"default"`
}

// ManagementKey is what a token says about its management key.
type ManagementKey struct {
	// Algorithm is absent where the token doesn't tell.
	Algorithm string `json:"algorithm,omitempty"`
	Default   string `json:"default"`
	// Protected is true where the PIN opens it.
	Protected bool `json:"protected"`
}

// TokenSlot is one place for a key on a token.
type TokenSlot struct {
	ID string `json:"id"`
	// State is "whole", "key only", "certificate only", "mismatch" or "unproved".
	State string `json:"state"`
	// IDs are all IDs of the key: the canonical ones, then those of certificates that list it.
	IDs []string `json:"ids"`
	// Fingerprint and Algorithm are absent where the key isn't known.
	Fingerprint string `json:"fingerprint,omitempty"`
	Algorithm   string `json:"algorithm,omitempty"`
	// Origin is "token", "imported" or "unknown".
	Origin string `json:"origin"`
	// PIN and Touch are "never", "once", "cached", "always" or "unknown".
	PIN   string `json:"pin"`
	Touch string `json:"touch"`
	// Subject and Expires are those of the certificate.
	Subject string    `json:"subject,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Uses    []Use     `json:"uses"`
	// Copies are stores on this machine that have the private key too.
	Copies     []string   `json:"copies"`
	Advisories []Advisory `json:"advisories"`
	Fault      *Fault     `json:"fault,omitempty"`
}

// LostToken rehearses the loss of a token. Nothing is changed by it.
type LostToken struct {
	Serial string `json:"serial"`
	// Summary counts the roles by outcome, in sentences, the worst first.
	Summary []string   `json:"summary"`
	Roles   []LostRole `json:"roles"`
}

// LostRole is what the loss of a token means for a role that lists one of its keys.
type LostRole struct {
	Repository string `json:"repository"`
	Role       string `json:"role"`
	// Outcome is "final", "replace", "spare" or "copied".
	Outcome string `json:"outcome"`
	// Keys are those on the token that the role lists.
	Keys []string `json:"keys"`
	// Needs is what the role asks for without the token: "2 of 4".
	Needs string `json:"needs"`
	// Signers is a smallest coalition of holders that can still sign; none where no one can.
	Signers []string `json:"signers"`
	// Text says what happens to the role, and Plan what to do, in sentences.
	Text string   `json:"text"`
	Plan []string `json:"plan"`
	// Command begins the change that lists other keys; absent where none can.
	Command string `json:"command,omitempty"`
}

// NewTokens converts what is plugged in.
func NewTokens(tokens []admin.TokenUse, others []admin.OtherToken, fault *model.Fault, unread []model.GUN) Tokens {
	return Tokens{Answer: answer("tokens"), Tokens: each(tokens, newToken), Others: each(others, newOtherToken), Fault: NewFault(fault), Unread: texts(unread)}
}

// Lose adds the rehearsal of a loss on some looks.
func (t *Tokens) Lose(serial string, losses []admin.TokenLoss, looks []admin.Look) {
	t.Lost = &LostToken{Serial: serial, Summary: admin.SumUpLosses(losses, looks), Roles: each(losses, newLostRole)}
}

func newToken(t admin.TokenUse) Token {
	return Token{
		Name: t.Name(), Serial: t.Serial, Product: t.Product, Form: t.Form, Firmware: t.Firmware, Reader: t.Reader,
		PIN: newTokenSecret(t.PIN), PUK: newTokenSecret(t.PUK),
		Management: ManagementKey{Algorithm: t.Management.Algorithm, Default: t.Management.Default.String(), Protected: t.Management.Protected},
		Slots:      each(t.Slots, func(s admin.SlotUse) TokenSlot { return newTokenSlot(&s, t.Firmware) }),
		Findings:   each(t.Findings, newFinding), Fault: NewFault(t.Fault),
	}
}

func newTokenSecret(s model.TokenSecret) TokenSecret {
	known := func(n int) *int {
		if n < 0 {
			return nil
		}
		return &n
	}
	return TokenSecret{TriesLeft: known(s.TriesLeft), Tries: known(s.Tries), Default: s.Default.String()}
}

func newTokenSlot(s *admin.SlotUse, firmware string) TokenSlot {
	out := TokenSlot{
		ID: s.ID, State: s.State.String(), IDs: texts(s.IDs), Fingerprint: s.Fingerprint(), Algorithm: s.Algorithm,
		Origin: s.Origin.String(), PIN: s.PIN.String(), Touch: s.Touch.String(), Subject: s.Subject, Expires: utc(s.Expires),
		Uses: newUses(s.Uses), Copies: append([]string{}, s.Copies...), Advisories: []Advisory{}, Fault: NewFault(s.Fault),
	}
	if s.HasKey() {
		out.Advisories = each(token.Advisories(token.ParseVersion(firmware), s.Algorithm, s.Origin), newAdvisory)
	}
	return out
}

func newLostRole(l admin.TokenLoss) LostRole {
	out := LostRole{
		Repository: string(l.GUN), Role: string(l.Role), Outcome: l.Outcome.String(), Keys: texts(l.Keys), Needs: l.After.Needs(),
		Signers: []string{}, Text: l.Explain(), Plan: l.Plan(), Command: Command(l.GUN, l.Repair),
	}
	for _, m := range l.After.Holders.Members {
		out.Signers = append(out.Signers, cmp.Or(m.Name, "unknown"))
	}
	return out
}
