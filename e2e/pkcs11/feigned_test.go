//go:build hsm

package pkcs11_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/keystore/pkcs11"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// Flags of a token: what one that can be used has, and what it tells about its PIN.
const (
	ready     = 0x40c
	noPIN     = ready &^ 0x8
	keypad    = ready | 0x100
	someTries = ready | 0x10000
	finalTry  = ready | 0x20000
	locked    = ready | 0x40000
	changePIN = ready | 0x80000
)

// feigned builds the module of testdata/module.c, with a key. Each has a state of its own.
func feigned(t *testing.T) (module string) {
	t.Helper()
	headers, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		t.Fatal(err)
	}
	module = filepath.Join(t.TempDir(), "module.so")
	build := exec.CommandContext(t.Context(), "cc", "-shared", "-fPIC", "-I", strings.TrimSpace(string(headers)), "-o", module, "testdata/module.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MODULE_POINT", hex.EncodeToString(point))
	return module
}

func setHex(t *testing.T, name string, value uint) {
	t.Helper()
	t.Setenv(name, hex.EncodeToString([]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}))
}

// logins counts those that a module was asked for.
func logins(t *testing.T) func() int {
	t.Helper()
	log := filepath.Join(t.TempDir(), "logins")
	t.Setenv("MODULE_LOG", log)
	return func() int {
		content, err := os.ReadFile(log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return len(content)
	}
}

// wrong fails unless an error is a WrongSecret.
func (b *bench) wrong(err error, left int, unspent bool, text string) {
	b.Helper()
	b.fails(err, model.FaultSecret, text)
	if w, ok := errors.AsType[*port.WrongSecret](err); !ok || w.TriesLeft != left || w.Unspent != unspent {
		b.Errorf("got %#v, want %d tries left, unspent %v", w, left, unspent)
	}
}

// The last try is spent only where that is allowed, and what is left is told as far as the token
// tells it.
func TestLastTry(t *testing.T) {
	b := &bench{T: t}
	s := open(feigned(t))
	spent := logins(t)
	setHex(t, "MODULE_FLAGS", finalTry)
	setHex(t, "MODULE_AFTER", locked)
	setHex(t, "MODULE_LOGIN", 0xa0)
	id := b.key(s, "root]0;title").ID
	_, err := s.Unlock(t.Context(), id, []byte("123456"))
	b.wrong(err, 1, true, "one try is left, and it wasn't spent")
	if spent() != 0 {
		t.Error("the last try was spent")
	}
	_, err = s.Unlock(port.SpendLastTry(t.Context()), id, []byte("123456"))
	b.wrong(err, 0, false, "wrong PIN")
	_, err = s.Unlock(port.SpendLastTry(t.Context()), id, []byte("123456"))
	b.wrong(err, 0, true, "the PIN is locked")
	if spent() != 1 {
		t.Errorf("%d tries were spent", spent())
	}
}

// A PIN that was refused is not sent again while the token tells the same of its tries.
func TestSamePIN(t *testing.T) {
	b := &bench{T: t}
	s := open(feigned(t))
	spent := logins(t)
	setHex(t, "MODULE_AFTER", someTries)
	setHex(t, "MODULE_LOGIN", 0xa0)
	id := b.key(s, "root]0;title").ID
	for _, c := range []struct {
		pin, says string
		spent     int
	}{
		{"111111", "wrong PIN", 1},
		{"111111", "it wasn't tried again", 1},
		{"123", "has 4 to 8 bytes; this one wasn't tried", 1},
		{"123456789", "has 4 to 8 bytes; this one wasn't tried", 1},
		{"222222", "wrong PIN", 2},
	} {
		_, err := s.Unlock(t.Context(), id, []byte(c.pin))
		b.fails(err, model.FaultSecret, c.says)
		if spent() != c.spent {
			t.Errorf("%s: %d tries were spent", c.pin, spent())
		}
	}
	setHex(t, "MODULE_AFTER", ready) // someone else has logged in since
	_, err := s.Unlock(t.Context(), id, []byte("222222"))
	b.fails(err, model.FaultSecret, "wrong PIN")
	if spent() != 3 {
		t.Errorf("%d tries were spent", spent())
	}
}

// A token that can't take a PIN now gets none.
func TestUnready(t *testing.T) {
	b := &bench{T: t}
	s := open(feigned(t))
	spent := logins(t)
	for flags, says := range map[uint]string{
		noPIN: "has no user PIN yet", keypad: "takes its PIN on its own keypad", changePIN: "wants its PIN to be changed", locked: "the PIN is locked",
	} {
		setHex(t, "MODULE_FLAGS", flags)
		_, err := s.Unlock(t.Context(), b.key(s, "root]0;title").ID, []byte("123456"))
		if fault, ok := errors.AsType[*model.Fault](err); !ok || !strings.Contains(fault.Error(), says) || fault.Hint == "" {
			t.Errorf("%x: %v", flags, err)
		}
	}
	if spent() != 0 {
		t.Error("a PIN was given")
	}
}

// What a module returns that no good one returns is refused, and nothing of it reaches a terminal.
func TestHostileModule(t *testing.T) {
	b := &bench{T: t}
	module := feigned(t)
	t.Setenv("MODULE_LABEL", "ac\x1b[2Jme\xff")
	t.Setenv("MODULE_ENDLESS", "yes")
	keys := b.keys(open(module))
	if len(keys) != 1 || keys[0].Store != "PKCS #11 token ac[2Jme 42" || !display.Shown(keys[0].Path) || keys[0].Label != "root]0;title" {
		t.Fatalf("%+v", keys)
	}
	signer, err := open(module).Unlock(t.Context(), keys[0].ID, []byte("123456"))
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []uint{64, 3, 0, 70} {
		setHex(t, "MODULE_SIGNATURE", length)
		_, err := signer.SignMessage(rand.Reader, nil, usual)
		b.fails(err, model.FaultBadData, "returned a signature that the public key doesn't verify")
	}
	for answer, says := range map[uint]string{0x5: "refused: CKR_GENERAL_ERROR", 0x80000123: "refused: the module's code 0x80000123", 0x32: "was removed"} {
		setHex(t, "MODULE_LOGIN", answer)
		_, err := open(module).Unlock(t.Context(), keys[0].ID, []byte("123456"))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%x: %v", answer, err)
		}
	}
	for _, point := range []string{"", "04", "0400", strings.Repeat("ff", 65), "04" + strings.Repeat("00", 64), strings.Repeat("04", 500)} {
		t.Setenv("MODULE_POINT", point)
		keys := b.keys(open(module))
		if len(keys) != 1 || keys[0].ID != "" {
			t.Fatalf("%q: %+v", point, keys)
		}
		b.fails(keys[0].Fault, model.FaultLocal, "has a key that trustdeck can't use: its point is not on its curve")
	}
}

// A module that doesn't answer keeps the listing no longer than the limit, the next one not at all,
// and works again when it answers.
func TestHangingModule(t *testing.T) {
	b := &bench{T: t}
	module := feigned(t)
	end := filepath.Join(t.TempDir(), "end")
	t.Setenv("MODULE_HANGS", end)
	s := pkcs11.Open(pkcs11.Config{Paths: []string{module}, ReadLimit: 100 * time.Millisecond}).KeyStore()
	for range 2 {
		keys := b.keys(s)
		if len(keys) != 1 {
			t.Fatalf("%+v", keys)
		}
		b.fails(keys[0].Fault, model.FaultUnreachable, "doesn't answer")
	}
	if err := os.WriteFile(end, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for len(b.keys(s)) != 1 || b.keys(s)[0].Fault != nil {
		select {
		case <-ctx.Done():
			t.Fatal("it stays so")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Who waits for a module can stop waiting.
func TestCanceled(t *testing.T) {
	b := &bench{T: t}
	module := feigned(t)
	end := filepath.Join(t.TempDir(), "end")
	t.Setenv("MODULE_HANGS", end)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := open(module).Keys(ctx)
	if model.KindOf(err) != model.FaultCanceled {
		t.Error(err)
	}
	if err := os.WriteFile(end, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if keys := b.keys(open(module)); len(keys) != 1 || keys[0].Fault != nil {
		t.Errorf("%+v", keys)
	}
}
