package trustdir

import (
	"crypto"
	"errors"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Whoever is asked for a passphrase again reads which one was meant: label, ID,
// repository and file of the key.
func TestWrongPassphraseNamesTheKey(t *testing.T) {
	keeper := NewKeeper(Open(t.TempDir()))
	owners := map[model.RoleName]string{
		"root":          "root key %",
		"targets":       "targets key % of docker.io/acme/app",
		"targets/alice": "alice key %",
	}
	for role, want := range owners {
		made, err := keeper.Generate(t.Context(), port.NewKey{Role: role, GUN: "docker.io/acme/app"}, phrase)
		if err != nil {
			t.Fatal(err)
		}
		id := listed(made).ID
		want = "the " + strings.ReplaceAll(want, "%", id.Short()) + " in " + keeper.Dir()
		for given, text := range map[string]string{"guess": "wrong passphrase", "": "is encrypted and needs a passphrase"} {
			_, err := keeper.Unlock(t.Context(), id, []byte(given))
			if model.KindOf(err) != model.FaultSecret || !errors.Is(err, WrongPassphrase) || model.HintOf(err) == "" {
				t.Errorf("%s with %q: %v", role, given, err)
			}
			if got := err.Error(); !strings.HasPrefix(got, want) || !strings.Contains(got, string(id)+keyEnding) || !strings.Contains(got, text) {
				t.Errorf("%s with %q: %q, want %q and %q", role, given, got, want, text)
			}
		}
	}
}

// A key of the keeper is a Signer in full: bare, under its canonical ID.
func TestSigner(t *testing.T) {
	var keys port.KeyStore = NewKeeper(Open(t.TempDir()))
	made, err := keys.Generate(t.Context(), port.NewKey{Role: model.RoleRoot}, phrase)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := keys.Unlock(t.Context(), listed(made).ID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	bare := listed(opened)
	if bare.Type != model.KeyECDSA || bare.ID != listed(made).ID || string(bare.Public) != string(listed(made).Public) {
		t.Errorf("made %+v, opened %+v", listed(made), bare)
	}
	_ = opened.Close()
	if _, err := opened.SignMessage(nil, []byte("payload"), crypto.SHA256); !errors.Is(err, errClosed) {
		t.Errorf("a wiped key signs: %v", err)
	}
}

// A key that is removed is gone, and others stay; removing it again is no error.
func TestKeeperRemoves(t *testing.T) {
	keys := NewKeeper(Open(t.TempDir()))
	var made []model.KeyID
	for _, role := range []model.RoleName{"root", "targets/alice"} {
		key, err := keys.Generate(t.Context(), port.NewKey{Role: role}, phrase)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, listed(key).ID)
	}
	for range 2 {
		if err := keys.Remove(t.Context(), made[0]); err != nil {
			t.Fatal(err)
		}
		if left, err := keys.Keys(t.Context()); err != nil || len(left) != 1 || left[0].ID != made[1] {
			t.Errorf("left: %+v, %v", left, err)
		}
	}
}
