//go:build amd64 || arm64

package keyfile

import (
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
	"trustdeck/keystore/trustdir"
)

// traced runs a command on a folder, ends it where end says, and returns its points.
func traced(t *testing.T, d deck, dir string, e trace.End, args ...string) (points []string, r peer.Result) {
	t.Helper()
	tracer := &trace.Tracer{Folder: dir, At: func(p trace.Point) trace.Act {
		points = append(points, p.String())
		if len(points)-1 == e.Nth {
			return e.Act
		}
		return trace.GoOn
	}}
	return points, d.Traced(t, tracer, append([]string{"--server", "https://127.0.0.1:9", "--no-cache", "--trust-dir", d.trust, "key"}, args...)...)
}

// However an import ends, each key is whole or not there, the files are as they were, and the
// same command goes on from there.
func TestImportEndsAnywhere(t *testing.T) {
	before, err := os.ReadFile(openssl + "ec.dek-aes256.pem")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"import", "--yes", "--role", "bob", openssl + "ec.dek-aes256.pem", openssl + "ec521.pbes2.pem", openssl + "rsa.dek-aes128.pem"}
	run := func(e trace.End) (d deck, points []string, r peer.Result) {
		dir := t.TempDir()
		d = deckOn(t, filepath.Join(dir, "trust"), opensslPassphrase)
		points, r = traced(t, d, dir, e, args...)
		return d, points, r
	}
	_, points, r := run(trace.End{Nth: -1})
	if r.Code != 0 || len(points) < 10 {
		t.Fatalf("undisturbed: %+v at %q", r, points)
	}
	for i, e := range trace.Ends(points) {
		if i%3 != 0 && os.Getenv("EVERY_KILL") == "" {
			continue // the keys are written alike
		}
		d, seen, r := run(e)
		if r.Code == 0 && e.Act != trace.DiskFull {
			t.Errorf("ended at %s by %d: it says it is done", seen[e.Nth], e.Act)
		}
		store := trustdir.NewKeeper(trustdir.Open(d.trust))
		keys, err := store.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if _, err := store.Unlock(t.Context(), k.ID, []byte(opensslPassphrase)); err != nil {
				t.Errorf("ended at %s by %d: %v", seen[e.Nth], e.Act, err)
			}
		}
		if out := d.imports(t, args[2:]...); out.Imported+len(keys) != 3 {
			t.Errorf("ended at %s by %d: %d keys were there, and then %d were imported", seen[e.Nth], e.Act, len(keys), out.Imported)
		}
	}
	if after, err := os.ReadFile(openssl + "ec.dek-aes256.pem"); err != nil || string(after) != string(before) {
		t.Errorf("a file that was imported is another one: %v", err)
	}
}
