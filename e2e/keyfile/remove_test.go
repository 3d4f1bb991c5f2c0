package keyfile

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// What trustdeck removes is as if "notary key remove" had removed it: notary lists the other keys,
// and can no longer sign with the one that is gone. Only trustdeck says what needs it.
func TestRemovesWhatNotaryRemoves(t *testing.T) {
	server := peer.MemoryServer(t)
	trust := filepath.Join(t.TempDir(), "trust")
	notary := peer.Notary(t, server, trust)
	notary.Run(t, "init", "-p", gun)
	program := deckOn(t, trust, peer.DelegationPassphrase)
	program.imports(t, openssl+"../loose/alice-key.pem")
	ids := idsOf(t, notary.Run(t, "key", "list"))
	targets := idsOf(t, lineWith(t, notary.Run(t, "key", "list"), "targets"))[0]

	notary.Answering("yes\n").Run(t, "key", "remove", aliceID)
	shown := program.Try("--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust, "key", "remove", "--yes", "--backup", "none", targets)
	if shown.Code != 0 || !strings.Contains(shown.Stderr, "targets of "+gun+": 0 of 1 needed keys here (was 1)") {
		t.Errorf("%+v", shown)
	}
	want := slices.DeleteFunc(ids, func(id string) bool { return id == aliceID || id == targets })
	if left := idsOf(t, notary.Run(t, "key", "list")); !slices.Equal(left, want) {
		t.Errorf("notary lists %v, want %v", left, want)
	}
	if r := notary.Try("addhash", "-p", gun, "1.0", "10", "--sha256", digest); r.Code == 0 {
		t.Errorf("notary signs without the key: %+v", r)
	}
	var out report.KeyRemoval
	program.answers(t, &out, append([]string{"remove", "--yes", "--backup", "none"}, want...)...)
	if len(out.Keys) != len(want) || !out.Keys[0].Removed {
		t.Errorf("%+v", out)
	}
	if left := idsOf(t, notary.Run(t, "key", "list")); len(left) != 0 {
		t.Errorf("notary lists %v", left)
	}
}
