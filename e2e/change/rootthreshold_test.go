package change

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A root that needs two signatures is verified by every client, and notary cannot rotate
// its key, even where both keys are in its trust folder: the plan says so beforehand.
func TestNotaryCannotRotateARootOfTwo(t *testing.T) {
	peer.Need(t, "notary")
	x := newTrouble(t, peer.ProductionServer(t))
	r := x.try("init", "--yes", "--root-key", "new", "--root-keys", "2", "--root-threshold", "2", troubled)
	if r.Code != 0 {
		t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
	}
	hasAll(t, r.Stdout+r.Stderr, "notary key rotate fails")
	x.notary.Run(t, "addhash", "-p", troubled, "1.0", "10", "--sha256", digest)
	hasAll(t, x.fresh(), "1.0")
	rotated := x.notary.Answering("yes\n").Try("key", "rotate", troubled, "root")
	if rotated.Code == 0 || !strings.Contains(rotated.Stdout+rotated.Stderr, "found 1 of 2 needed keys") {
		t.Errorf("notary key rotate: exit code %d\n%s%s", rotated.Code, rotated.Stdout, rotated.Stderr)
	}
	x.do("rotate", "--root-key", "new", troubled, "root")
	hasAll(t, x.fresh(), "1.0")
}
