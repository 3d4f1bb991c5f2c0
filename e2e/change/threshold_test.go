package change

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// Where two keys must sign targets, the commands of other clients that sign it need both in
// one trust folder, as plans say of them.
func TestThresholdOfTargets(t *testing.T) {
	l := live(t, peer.ProductionServer(t), "docker.io/acme/shared")
	two := model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}, {Source: model.KeyNew}}, Threshold: 2}
	l.do(l.gun, model.RotateKey{Role: model.RoleTargets, Keys: two})
	l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)}) // docker has one passphrase for both
	keys, elsewhere := l.role(model.RoleTargets).Keys, t.TempDir()
	docker := peer.Docker(t, l.server, l.folder).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.TargetsPassphrase)
	qa, bob := peer.BareKey(t, t.TempDir(), "qa"), peer.BareKey(t, t.TempDir(), "bob")
	for _, command := range []struct {
		client *peer.Client
		args   []string
	}{
		{l.notary, []string{"delegation", "add", "-p", string(l.gun), "targets/qa", qa.PublicFile, "--all-paths"}},
		{l.notary, []string{"delegation", "remove", "-p", "-y", string(l.gun), "targets/qa"}},
		{docker, []string{"trust", "signer", "add", "--key", bob.PublicFile, "bob", strings.TrimPrefix(string(l.gun), "docker.io/")}},
	} {
		before := l.role(model.RoleTargets).Version
		l.move(keys[1], elsewhere)
		if r := command.client.Try(command.args...); r.Code == 0 || l.role(model.RoleTargets).Version != before {
			t.Errorf("%q signs targets with one of two keys:\n%s%s", command.args, r.Stdout, r.Stderr)
		}
		l.bring(keys[1], elsewhere)
		l.notary.Run(t, "reset", string(l.gun), "--all")
		if r := command.client.Try(command.args...); r.Code != 0 || l.role(model.RoleTargets).Version == before {
			t.Errorf("%q does not sign targets with both keys: exit code %d\n%s%s", command.args, r.Code, r.Stdout, r.Stderr)
		}
	}
	if role := l.role("targets/bob"); role == nil || !slices.Contains(role.Keys, model.KeyID(bob.ID)) {
		t.Errorf("bob is no signer: %+v", role)
	}
}
