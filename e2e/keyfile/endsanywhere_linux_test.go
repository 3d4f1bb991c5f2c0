//go:build amd64 || arm64

package keyfile

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
	"trustdeck/keystore/trustdir"
)

// A cutOff is a command that is ended anywhere.
type cutOff struct {
	// args are those of trustdeck key, in a folder.
	args func(dir string) []string
	// fresh is the new passphrase, and own that of the keys which are there.
	fresh, own string
	// check says what must be true after it has ended at a point.
	check func(t *testing.T, d deck, dir, at string)
	// every is which points an ordinary run tries.
	every int
}

// endsAnywhere ends a command at each point, with a kill and with a full disk.
func endsAnywhere(t *testing.T, c cutOff) {
	t.Helper()
	run := func(e trace.End) (d deck, dir string, points []string, r peer.Result) {
		dir = t.TempDir()
		d = deckOn(t, filepath.Join(dir, "trust"), c.own)
		d.Client = d.With("TRUSTDECK_NEW_PASSPHRASE=" + c.fresh)
		d.imports(t, openssl+"../loose/alice-key.pem")
		d.imports(t, "--role", "bob", openssl+"ec.sec1.pem")
		points, r = traced(t, d, dir, e, c.args(dir)...)
		return d, dir, points, r
	}
	d, dir, points, r := run(trace.End{Nth: -1})
	if r.Code != 0 || len(points) < 3 {
		t.Fatalf("undisturbed: %+v at %q", r, points)
	}
	c.check(t, d, dir, "the end")
	for i, e := range trace.Ends(points) {
		if i%c.every != 0 && os.Getenv("EVERY_KILL") == "" {
			continue
		}
		d, dir, seen, r := run(e)
		at := "?"
		if e.Nth < len(seen) {
			at = seen[e.Nth]
		}
		if r.Code == 0 && e.Act != trace.DiskFull {
			t.Errorf("ended at %s by %d: it says it is done", at, e.Act)
		}
		for _, secret := range []string{c.fresh, c.own} {
			if secret != "" && strings.Contains(r.Stdout+r.Stderr, secret) {
				t.Errorf("ended at %s: it shows a passphrase", at)
			}
		}
		c.check(t, d, dir, at)
	}
}

// opensWith counts the keys of a folder that each passphrase opens: every key must be opened by
// one.
func opensWith(t *testing.T, d deck, at string, passphrases ...string) map[string]int {
	t.Helper()
	store := trustdir.NewKeeper(trustdir.Open(d.trust))
	keys, err := store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, k := range keys {
		opened := false
		for _, p := range passphrases {
			if signer, err := store.Unlock(t.Context(), k.ID, []byte(p)); err == nil {
				_ = signer.Close()
				out[p]++
				opened = true
			}
		}
		if !opened {
			t.Errorf("ended at %s: no passphrase opens the %s key", at, k.Label)
		}
	}
	return out
}

// However a change of passphrases ends, each key opens with the old or the new passphrase, and
// resume gives all of them the new one, or there is nothing to resume.
func TestPassphraseEndsAnywhere(t *testing.T) {
	const fresh = "one for both of them"
	own := peer.DelegationPassphrase
	mixed := false
	endsAnywhere(t, cutOff{
		own: own, fresh: fresh, every: 2,
		args: func(string) []string { return []string{"passphrase", "--yes", aliceID, ecID} },
		check: func(t *testing.T, d deck, _, at string) {
			t.Helper()
			got := opensWith(t, d, at, own, fresh)
			if got[own]+got[fresh] != 2 {
				t.Errorf("ended at %s: %v", at, got)
			}
			mixed = mixed || got[own] == 1
			r := d.Try("--server", "https://127.0.0.1:9", "--no-cache", "--trust-dir", d.trust, "resume", "--yes")
			cut := strings.Contains(r.Stderr, "A change of passphrases of ")
			after := opensWith(t, d, at, own, fresh)
			switch {
			case cut && after[fresh] != 2:
				t.Errorf("ended at %s: resumed with %v:\n%s", at, after, r.Stderr)
			case !cut && after[own] == 1:
				t.Errorf("ended at %s: nobody knows that %v:\n%s", at, after, r.Stderr)
			}
			if rest := d.Try("--server", "https://127.0.0.1:9", "--trust-dir", d.trust, "key", "protect", "--yes"); rest.Code != 0 {
				t.Errorf("ended at %s: the folder can't be changed any more: %+v", at, rest)
			}
		},
	})
	if !mixed {
		t.Error("it never ended between two keys")
	}
}

// However a generation ends, the private key is whole or not there, so is the public file, and
// there is no public file without its private key.
func TestGenerateEndsAnywhere(t *testing.T) {
	own := peer.DelegationPassphrase
	endsAnywhere(t, cutOff{
		own: own, every: 2,
		args: func(dir string) []string { return []string{"generate", "--yes", "--dir", dir, "carol"} },
		check: func(t *testing.T, d deck, dir, at string) {
			t.Helper()
			keys := opensWith(t, d, at, own)[own]
			content, err := os.ReadFile(filepath.Join(dir, "carol.pub"))
			block, rest := pem.Decode(content)
			switch {
			case keys != 2 && keys != 3:
				t.Errorf("ended at %s: %d keys", at, keys)
			case err == nil && (keys != 3 || block == nil || len(rest) > 0 || block.Headers["role"] != "carol"):
				t.Errorf("ended at %s: %d keys, and a public file %q", at, keys, content)
			}
		},
	})
}

// However an export ends, the file is whole or not there, and the keys stay.
func TestExportEndsAnywhere(t *testing.T) {
	own := peer.DelegationPassphrase
	endsAnywhere(t, cutOff{
		own: own, every: 1,
		args: func(dir string) []string {
			return []string{"export", "--yes", "--to", filepath.Join(dir, "keys.pem"), aliceID, ecID}
		},
		check: func(t *testing.T, d deck, dir, at string) {
			t.Helper()
			if got := opensWith(t, d, at, own); got[own] != 2 {
				t.Errorf("ended at %s: %v", at, got)
			}
			content, err := os.ReadFile(filepath.Join(dir, "keys.pem"))
			if err == nil && (bytes.Count(content, []byte("BEGIN ENCRYPTED")) != 2 || bytes.Count(content, []byte("END ENCRYPTED")) != 2) {
				t.Errorf("ended at %s: exported %q", at, content)
			}
		},
	})
}

// However a removal ends, each key is whole or gone, and the rest can be removed.
func TestRemoveEndsAnywhere(t *testing.T) {
	own := peer.DelegationPassphrase
	endsAnywhere(t, cutOff{
		own: own, every: 1,
		args: func(string) []string { return []string{"remove", "--yes", "--backup", "none", aliceID, ecID} },
		check: func(t *testing.T, d deck, _, at string) {
			t.Helper()
			opensWith(t, d, at, own)
			store := trustdir.NewKeeper(trustdir.Open(d.trust))
			keys, err := store.Keys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range keys {
				if r := d.key("remove", "--yes", "--backup", "none", string(k.ID)); r.Code != 0 {
					t.Errorf("ended at %s: %+v", at, r)
				}
			}
		},
	})
}

// However a renaming ends, the file is whole and has one of the names, and the key can be renamed.
func TestRenameEndsAnywhere(t *testing.T) {
	own := peer.DelegationPassphrase
	endsAnywhere(t, cutOff{
		own: own, every: 1,
		args: func(string) []string { return []string{"rename", "--yes", aliceID, "zoe"} },
		check: func(t *testing.T, d deck, _, at string) {
			t.Helper()
			opensWith(t, d, at, own)
			if r := d.key("rename", "--yes", aliceID, "yves"); r.Code != 0 {
				t.Errorf("ended at %s: %+v", at, r)
			}
			if now := labelOf(t, d, aliceID); now != "yves" {
				t.Errorf("ended at %s: the key is called %q", at, now)
			}
		},
	})
}

// labelOf is the name of a key.
func labelOf(t *testing.T, d deck, id string) string {
	t.Helper()
	keys, err := trustdir.NewKeeper(trustdir.Open(d.trust)).Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if string(k.ID) == id {
			return k.Label
		}
	}
	return "none"
}
