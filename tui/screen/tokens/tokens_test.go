package tokens_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/token"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/tokens"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return tokens.New(e) }, 100, 25)
}

// plugged is a source with a token that has the root key of a repository and a slot that is not
// whole, and another that tells little.
func plugged() *tuitest.Source {
	source := tuitest.NewSource()
	root := tuitest.Key(tuitest.Expiring.String() + " root")
	for i := range source.Views {
		if r := source.Views[i].Repository; r != nil && r.GUN == tuitest.Expiring {
			for n := range r.Keys {
				if r.Keys[n].Has(root) {
					r.Keys[n].SPKI = []byte("root key")
				}
			}
		}
	}
	source.KeyUses = nil // no copy is here
	found := model.Token{
		Serial: "1234567", Product: "YubiKey 5C NFC", Form: "USB-C keychain", Firmware: "5.4.3", Reader: "Yubico YubiKey OTP+FIDO+CCID 00 00",
		PIN: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.Yes}, PUK: model.TokenSecret{TriesLeft: 3, Tries: 3, Default: model.No},
		Management: model.ManagementKey{Algorithm: "AES-192", Default: model.No, Protected: true},
		Slots: []model.TokenSlot{
			{
				ID: "9c", SPKI: []byte("root key"), Algorithm: "ECDSA P-256", Origin: model.OriginToken, PIN: model.PolicyOnce, Touch: model.PolicyAlways,
				Subject: "CN=root", Expires: tuitest.Days(900),
			},
			{ID: "9d", State: model.SlotCertificateOnly, Subject: "CN=root", Expires: tuitest.Days(900)},
		},
	}
	source.Plugged = []admin.TokenUse{
		use(found, admin.SlotUse{
			TokenSlot: found.Slots[0], IDs: []model.KeyID{root, tuitest.Key("certificate")},
			Uses: []admin.Use{{GUN: tuitest.Expiring, Role: model.RoleRoot}},
		}, admin.SlotUse{TokenSlot: found.Slots[1]}),
		use(model.Token{
			Product: "Nitrokey 3", Reader: "Nitrokey 3 00 00", PIN: model.TokenSecret{TriesLeft: 1, Tries: -1}, PUK: model.TokenSecret{TriesLeft: -1, Tries: -1},
			Fault: &model.Fault{Kind: model.FaultLocal, Text: "another program is using it", Hint: "End that program."},
		}),
	}
	return source
}

// use is a token with what is found about it.
func use(t model.Token, slots ...admin.SlotUse) admin.TokenUse {
	return admin.TokenUse{Token: t, Slots: slots, Findings: token.Findings(&t, func(*model.TokenSlot) bool { return true }, tuitest.Now, tuitest.Soon)}
}

func TestPictures(t *testing.T) {
	stage := open(t, plugged())
	stage.Picture("token", tuitest.Small, tuitest.Wide, tuitest.ASCII)
	stage.Do(keymap.Open)
	stage.Picture("detail")
	stage = open(t, plugged())
	stage.Do(keymap.Down)
	stage.Picture("slot")
	stage.Do(keymap.Down)
	stage.Picture("orphan")
	open(t, tuitest.NewSource()).Picture("none")
	unsupported := tuitest.NewSource()
	unsupported.NoToken = &model.Fault{Kind: model.FaultLocal, Text: "this trustdeck is built without support for tokens", Hint: "use a build with the tag yubikey: docs/tokens.md"}
	open(t, unsupported).Picture("unsupported")
	open(t, hostile()).Picture("hostile")
	beside := plugged()
	beside.Others = others()
	open(t, beside).Picture("others")
	alone := tuitest.NewSource()
	alone.Others = others()
	open(t, alone).Picture("others-alone")
}

// others are tokens with modules: one that has the YubiKey's keys, and one that can't be read.
func others() []admin.OtherToken {
	return []admin.OtherToken{
		{OtherToken: model.OtherToken{Name: "PKCS #11 token YubiKey PIV #1234567 1234567", Product: "YubiKey YK5", Keys: make([]model.PrivateKey, 2)}, Same: []string{"YubiKey 1234567"}},
		{OtherToken: model.OtherToken{Name: "PKCS #11 module /usr/lib/hsm.so", Fault: &model.Fault{Kind: model.FaultLocal, Text: "it doesn't answer"}}},
	}
}

// hostile is a token that tells what could move the cursor.
func hostile() *tuitest.Source {
	source := tuitest.NewSource()
	bad := "\x1b[2J\u202e" + strings.Repeat("日", 200) + "\r\n"
	found := model.Token{
		Serial: bad, Product: bad, Form: bad, Firmware: bad, Reader: bad, Management: model.ManagementKey{Algorithm: bad},
		Fault: &model.Fault{Text: bad, Hint: bad}, Slots: []model.TokenSlot{{ID: bad, SPKI: []byte{1}, Algorithm: bad, Subject: bad, Fault: &model.Fault{Text: bad, Hint: bad}}},
	}
	source.Plugged = []admin.TokenUse{use(found, admin.SlotUse{
		TokenSlot: found.Slots[0], IDs: []model.KeyID{model.KeyID(bad)}, Uses: []admin.Use{{GUN: model.GUN(bad), Role: model.RoleName(bad)}}, Copies: []string{bad},
	})}
	return source
}

// The detail of a token rehearses its loss: who can still sign, and what to do.
func TestLoss(t *testing.T) {
	stage := open(t, plugged())
	stage.Resize(120, 60)
	view := ansi.Strip(stage.View())
	for _, words := range []string{
		"IF THIS TOKEN IS LOST", "1 role can't be signed any more, nor repaired.", tuitest.Expiring.String() + "  root",
		"the PIN is the one from the factory",
	} {
		if !strings.Contains(strings.ToLower(strings.Join(strings.Fields(view), " ")), strings.ToLower(strings.Join(strings.Fields(words), " "))) {
			t.Errorf("%q is missing:\n%s", words, view)
		}
	}
	if left, right := stage.Screen.(screen.Statuser).Status(); ansi.Strip(left) != "2 tokens   ▲ 2 need action" || ansi.Strip(right) != "uses in 9 repositories" {
		t.Errorf("status %q, %q", ansi.Strip(left), ansi.Strip(right))
	}
}

// Keys are found by any of their names.
func TestFilter(t *testing.T) {
	stage := open(t, plugged())
	list, _ := stage.Screen.(screen.Filterer)
	for _, name := range []string{"1234567", "9c", tuitest.Key("certificate").Short(), tuitest.Expiring.String(), "nitrokey"} {
		list.SetFilter(name)
		if shown, _ := list.FilterCount(); shown == 0 {
			t.Errorf("nothing is known by %q", name)
		}
	}
}
