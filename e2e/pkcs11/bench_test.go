//go:build hsm

package pkcs11_test

import (
	"errors"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/pkcs11"
	"trustdeck/model"
	"trustdeck/model/port"
)

func TestMain(m *testing.M) { peer.Main(m) }

// label is that of a token, and pin its user PIN.
const (
	label = "acme"
	pin   = "48-digits"
)

// bench is a folder of tokens that the store under test finds.
type bench struct {
	*testing.T
	hsm *peer.SoftHSM
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t, peer.NewSoftHSM(t)}
	b.hsm.Lend()
	return b
}

// withToken has one token without keys.
func withToken(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.hsm.Token(label, pin)
	return b
}

// generate makes a key pair on the token.
func (b *bench) generate(kind, id, name string) {
	b.Helper()
	b.hsm.Tool(label, pin, "--keypairgen", "--key-type", kind, "--id", id, "--label", name)
}

// open are the tokens of a module, as the program opens them.
func open(module string) port.KeyStoreGroup {
	return pkcs11.Open(pkcs11.Config{Paths: []string{module}}).KeyStore()
}

func (b *bench) store() port.KeyStoreGroup { return open(b.hsm.Module) }

func (b *bench) keys(s port.KeyStore) []model.PrivateKey {
	b.Helper()
	keys, err := s.Keys(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return keys
}

// key is the one with a label.
func (b *bench) key(s port.KeyStore, name string) model.PrivateKey {
	b.Helper()
	for _, k := range b.keys(s) {
		if k.Label == name {
			return k
		}
	}
	b.Fatalf("no key %s in %+v", name, b.keys(s))
	return model.PrivateKey{}
}

// fails fails unless err is a Fault of a kind, with its text and a hint, and without a PIN.
func (b *bench) fails(err error, kind model.FaultKind, text string) {
	b.Helper()
	fault, ok := errors.AsType[*model.Fault](err)
	if !ok || fault.Kind != kind || !strings.Contains(fault.Error(), text) || fault.Hint == "" {
		b.Errorf("got %#v (%v), want %s: %s", fault, err, kind, text)
		return
	}
	if strings.Contains(fault.Error()+fault.Hint, pin) {
		b.Errorf("the PIN is in %v", fault)
	}
}
