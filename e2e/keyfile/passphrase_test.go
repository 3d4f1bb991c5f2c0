package keyfile

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// notary and docker sign with keys whose passphrases trustdeck has changed, with the new one and
// no longer with the old ones; as they do after "notary key passwd".
func TestClientsUseChangedPassphrases(t *testing.T) {
	const fresh = "one for all of them"
	server := peer.MemoryServer(t)
	config := t.TempDir()
	trust := filepath.Join(config, "trust")
	notary := peer.Notary(t, server, trust)
	notary.Run(t, "init", "-p", gun)
	program := deckOn(t, trust, peer.DelegationPassphrase)
	program.imports(t, openssl+"../loose/alice-key.pem")
	ids := idsOf(t, notary.Run(t, "key", "list"))
	if len(ids) != 4 {
		t.Fatalf("%d keys: %v", len(ids), ids)
	}
	var out report.KeyPassphrase
	changing := program
	changing.Client = program.With("TRUSTDECK_NEW_PASSPHRASE=" + fresh)
	changing.answers(t, &out, append([]string{"passphrase", "--yes"}, ids...)...)
	if len(out.Changed) != 4 || out.CutOff {
		t.Fatalf("%+v", out)
	}
	if after := idsOf(t, notary.Run(t, "key", "list")); strings.Join(after, " ") != strings.Join(ids, " ") {
		t.Errorf("notary lists %v, and before %v", after, ids)
	}
	// The old ones no longer open them.
	if r := notary.Try("addhash", "-p", gun, "1.0", "10", "--sha256", digest); r.Code == 0 {
		t.Errorf("notary signs with the old passphrase: %+v", r)
	}
	all := notary.With("NOTARY_ROOT_PASSPHRASE="+fresh, "NOTARY_TARGETS_PASSPHRASE="+fresh, "NOTARY_SNAPSHOT_PASSPHRASE="+fresh, "NOTARY_DELEGATION_PASSPHRASE="+fresh)
	all.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
	all.Answering("yes\n").Run(t, "key", "rotate", gun, "root")
	docker := peer.Docker(t, server, config).With("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+fresh, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+fresh)
	image := strings.TrimPrefix(gun, "docker.io/")
	docker.Run(t, "trust", "signer", "add", "--key", publicFile(t, trust, aliceID, fresh), "alice", image)

	// notary takes the new one from the variable of the old one.
	if r := all.Try("key", "passwd", aliceID); r.Code != 0 {
		t.Fatalf("%+v", r)
	}
	publicFile(t, trust, aliceID, fresh)
	// What notary has changed, trustdeck changes again.
	changing.Client = program.With("NOTARY_DELEGATION_PASSPHRASE="+fresh, "TRUSTDECK_NEW_PASSPHRASE=a last one")
	changing.answers(t, &out, "passwd", "--yes", aliceID)
	publicFile(t, trust, aliceID, "a last one")
}

// aliceID is the key in loose/alice-key.pem, and ecID that of the EC files of openssl.
const (
	aliceID = "d3d2dec71ef726b7c52f224a5fe3d7b42b1cc7daca52cdae4da47ceb7ecacc06"
	ecID    = "b82cdcdf6a3852442b9ad3b578a8560c0fc999674b5c2b4fc4416e6a64c4922b"
)

// idsOf are the key IDs of notary's list.
func idsOf(t *testing.T, list string) (ids []string) {
	t.Helper()
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) > 2 && len(fields[len(fields)-2]) == 64 {
			ids = append(ids, fields[len(fields)-2])
		}
	}
	return ids
}
