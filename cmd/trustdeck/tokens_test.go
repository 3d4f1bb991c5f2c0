package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
)

// plugboard has the tokens that are plugged into a reader's machine.
type plugboard struct {
	tokens []model.Token
	fault  *model.Fault
}

func (p *plugboard) Tokens(context.Context) ([]model.Token, *model.Fault) { return p.tokens, p.fault }

func (*plugboard) Watch(context.Context) <-chan struct{} { return nil }

func (*plugboard) Attest(context.Context, string, string) (key, maker []byte, err error) {
	return nil, nil, nil
}

// pluggedIn are tokens by name:
//
//	full   has the root key and that of alice of acme/signers, and two slots that are not whole;
//	       its PIN is the one from the factory, and its firmware old
//	bare   has no key, and tells little
//	none   is none, and there is no service
func pluggedIn(t *testing.T, names []string) *plugboard {
	repository := newRig(t).mustOpen("docker.io/acme/signers")
	spki := func(role model.RoleName) []byte {
		key, ok := repository.Key(repository.Role(role).Keys[0])
		if !ok {
			t.Fatalf("%s has no key", role)
		}
		return key.SPKI
	}
	out := &plugboard{}
	if slices.Contains(names, "full") {
		out.tokens = append(out.tokens, model.Token{
			Serial: "1234567", Product: "YubiKey 5C NFC", Form: "USB-C keychain", Firmware: "5.4.3", Reader: "Yubico YubiKey OTP+FIDO+CCID 00 00",
			PIN: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, PUK: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.No},
			Management: model.ManagementKey{Algorithm: "AES-192", Default: model.No, Protected: true},
			Slots: []model.TokenSlot{
				{ID: "9a", State: model.SlotKeyOnly, SPKI: spki("targets/alice"), Algorithm: "ECDSA P-256", Origin: model.OriginImported, PIN: model.PolicyOnce, Touch: model.PolicyCached},
				{
					ID: "9c", SPKI: spki(model.RoleRoot), Algorithm: "ECDSA P-256", Origin: model.OriginToken, PIN: model.PolicyOnce, Touch: model.PolicyAlways,
					Subject: "CN=root", Expires: readAt(t).Add(10 * 24 * time.Hour),
				},
				{ID: "9d", State: model.SlotCertificateOnly, Subject: "CN=\x1b[2Jroot\u202e", Expires: readAt(t).Add(-24 * time.Hour)},
			},
		})
	}
	if slices.Contains(names, "bare") {
		out.tokens = append(out.tokens, model.Token{
			Product: "Nitrokey 3", PIN: model.TokenSecret{TriesLeft: 1, Tries: -1}, PUK: model.TokenSecret{TriesLeft: -1, Tries: -1},
			Fault: &model.Fault{Kind: model.FaultLocal, Subject: "Nitrokey 3", Text: "another program is using it", Hint: "end that program"},
		})
	}
	if slices.Contains(names, "none") {
		out.fault = &model.Fault{Kind: model.FaultLocal, Text: "the smart card service isn't running", Hint: "start it: systemctl start pcscd"}
	}
	return out
}

// mustOpen reads a repository of the corpus.
func (r *rig) mustOpen(gun model.GUN) *model.Repository {
	r.t.Helper()
	a := r.app()
	s, err := a.looking()
	if err != nil {
		r.t.Fatal(err)
	}
	look := s.Service.Open(context.Background(), gun)
	if look.Repository == nil {
		r.t.Fatal(look.Fault)
	}
	return look.Repository
}
