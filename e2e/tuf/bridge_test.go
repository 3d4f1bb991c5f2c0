package tuf

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A new key of timestamp signs beside the former one. Where nobody knows the passphrase of that,
// the key is replaced all the same, and the result says what it means.
func TestFormerKeySignsAsWell(t *testing.T) {
	w := newFolderWorld(t)
	w.change(t, "init", w.Dir)
	signatures := func() int {
		t.Helper()
		var file struct{ Signatures []any }
		raw, err := os.ReadFile(filepath.Join(w.Dir, "timestamp.json"))
		if err == nil {
			err = json.Unmarshal(raw, &file)
		}
		if err != nil {
			t.Fatal(err)
		}
		return len(file.Signatures)
	}
	if w.change(t, "rotate", w.Dir, "timestamp"); signatures() != 2 {
		t.Errorf("with both keys: %d signatures", signatures())
	}
	r := w.program.With("NOTARY_DELEGATION_PASSPHRASE="+peer.DelegationPassphrase).Try("rotate", w.Dir, "timestamp", "--yes")
	if r.Code != 0 || !strings.Contains(r.Stderr, "KEYS THAT DID NOT SIGN") || !strings.Contains(r.Stderr, "was not opened") {
		t.Errorf("without the former key: exit code %d\n%s", r.Code, r.Stderr)
	}
	if signatures() != 1 {
		t.Errorf("without the former key: %d signatures", signatures())
	}
	w.readable(t, []string{"rotate"})
}
