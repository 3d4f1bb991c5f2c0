//go:build amd64 || arm64

package change

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/tuf"
)

// tokenPIN is the PIN of the token.
const tokenPIN = "123456"

// typing is what somebody does at the terminal.
var typing = []peer.Answer{
	{Question: regexp.MustCompile(`PIN of [^\n]*: *$`), Text: tokenPIN},
	{Question: regexp.MustCompile(`Type (\S+), the repository's name[^\n]*: *$`), Text: "$1"},
	{Question: regexp.MustCompile(`Type yes[^\n]*: *$`), Text: "yes"},
	{Question: regexp.MustCompile(`\[y/N\] *$`), Text: "y"},
	{Question: regexp.MustCompile(`> $`)}, // takes what is suggested
}

// A plugged token is one that a lane has: its key in slot 9c wants the PIN and a touch, and gets
// both.
type plugged struct {
	service *peer.CardService
	card    peer.Card
	// ids are those by which repositories know the key.
	ids map[model.KeyID]bool
	// pull says of a command whether the token is pulled out before it answers that; nil is for
	// never.
	pull atomic.Pointer[func(pivcard.Command) bool]
}

// plugIn puts a token with a key into a reader.
func plugIn(t *testing.T, key notarytest.Key) *plugged {
	t.Helper()
	p := &plugged{service: peer.Cards(t), ids: map[model.KeyID]bool{notary.CanonicalID(key.PublicKey): true}}
	bare, err := tuf.Bare(key.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	p.ids[bare.ID] = true
	p.card, err = pivcard.New(pivcard.Config{Firmware: pivcard.V543, Serial: 8675309, Answer: func(c pivcard.Command, answer []byte) []byte {
		if pull := p.pull.Load(); pull != nil && (*pull)(c) {
			return nil
		}
		return answer
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.card.Remove)
	p.insert(t)
	p.card.KeepTouching(true)
	tool := p.service.Program(t, "yubico-piv-tool")
	private, ok := key.Private.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("a key of %T", key.Private)
	}
	file := func(kind string, der []byte, err error) string {
		t.Helper()
		path := filepath.Join(tool.Home, kind)
		if err == nil {
			err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	tool.Run(t, "-a", "import-key", "-s", "9c", "--pin-policy=once", "--touch-policy=always", "-i", file("PRIVATE KEY", der, err))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
	}
	der, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	tool.Run(t, "-a", "import-certificate", "-s", "9c", "-i", file("CERTIFICATE", der, err))
	return p
}

// insert puts the token into its reader, again where it was pulled out.
func (p *plugged) insert(t *testing.T) {
	t.Helper()
	p.card.Remove()
	p.service.AwaitCards(t, 0)
	if err := p.card.Insert(p.service.Reader(0)); err != nil {
		t.Fatal(err)
	}
	p.service.AwaitCards(t, 1)
}

// intact checks that no try of the PIN is lost: only the right one was typed.
func (p *plugged) intact(t *testing.T) {
	t.Helper()
	if pin, puk := p.card.Tries(); pin != 3 || puk != 3 {
		t.Errorf("the PIN has %d tries left, the PUK %d", pin, puk)
	}
}
