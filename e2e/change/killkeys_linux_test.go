//go:build amd64 || arm64

package change

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/tuf"
)

// keySet is what a trust folder holds.
type keySet struct {
	files map[string][]byte
	ids   map[model.KeyID]bool
	// torn are files that are no keys yet.
	torn []string
}

// half is the name of a file that was being written: nobody takes it for a key.
var half = regexp.MustCompile(`^\.trustdeck-[0-9a-f]{64}$`)

// keys reads the keys, each of which is whole and opens with its passphrase.
func (p *place) keys(t *testing.T) *keySet {
	t.Helper()
	out := &keySet{files: map[string][]byte{}, ids: map[model.KeyID]bool{}}
	p.keysIn(t, trustdir.NewKeeper(trustdir.Open(p.trust())), out)
	if p.folder != nil {
		p.keysIn(t, peer.OwnKeys(p.own()), out)
	}
	return out
}

// keysIn reads the keys in one folder.
func (p *place) keysIn(t *testing.T, store trustdir.KeyStore, out *keySet) {
	t.Helper()
	private := filepath.Join(store.Dir(), "private")
	entries, err := os.ReadDir(private)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(private, e.Name()))
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.HasSuffix(e.Name(), ".key"):
			out.files[e.Name()] = content
			files++
		case half.MatchString(e.Name()):
			out.torn = append(out.torn, e.Name())
		default:
			t.Errorf("%s lies among the keys", e.Name())
		}
	}
	keys, err := store.Keys(t.Context())
	if err != nil || len(keys) != files {
		t.Fatalf("%d keys in %d files, %v", len(keys), files, err)
	}
	for _, k := range keys {
		passphrase, ok := passphrases[k.Label]
		if !ok {
			passphrase = peer.DelegationPassphrase
		}
		opened, err := store.Unlock(t.Context(), k.ID, []byte(passphrase))
		if err != nil || k.Fault != nil {
			t.Errorf("the %s key %s: %v, %v", k.Label, k.ID, err, k.Fault)
			continue
		}
		out.ids[k.ID] = true
		if listed, err := tuf.Bare(opened.Public()); err == nil && p.folder != nil {
			out.ids[listed.ID] = true
		}
		_ = opened.Close()
	}
}

var passphrases = map[string]string{"root": peer.RootPassphrase, "targets": peer.TargetsPassphrase, "snapshot": peer.SnapshotPassphrase}

// keptIn checks that no key is lost or changed, but for those that may be removed.
func (k *keySet) keptIn(t *testing.T, after *keySet, retired map[model.KeyID]bool) {
	t.Helper()
	for file, content := range k.files {
		if after.files[file] == nil && retired[model.KeyID(strings.TrimSuffix(file, ".key"))] {
			continue
		}
		if !bytes.Equal(content, after.files[file]) {
			t.Errorf("%s is not what it was", file)
		}
	}
}
