package quorum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/mldsa"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/quorum"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// Keys of TUF 1.0 have holders, and are as strong as their kind.
func TestKeysOfTUF(t *testing.T) {
	owner := func(k *tuftest.Key, name string) *tuftest.Key {
		return k.With(map[string]any{"x-tuf-on-ci-keyowner": name})
	}
	repo := tuftest.New()
	keys := []*tuftest.Key{
		owner(tuftest.PSS(), "@alice"), owner(tuftest.P384(), "@alice"), owner(tuftest.Ed25519(), "@bob"),
		owner(tuftest.MLDSA(mldsa.MLDSA65()), "@carol"), tuftest.P256(), owner(tuftest.Keyless(), "@dave"),
	}
	repo.SetRole(model.RoleTargets, tuftest.Quorum{Threshold: 3, Keys: keys})
	repo.SetRole(model.RoleTimestamp, tuftest.By(tuftest.P256().With(map[string]any{"x-tuf-on-ci-online-uri": "gcpkms:x"})))
	repo.Publish(model.RoleRoot, model.RoleTargets)
	read := repo.Drive(tuf.Dialect{}.Load(dialect.Config{GUN: "tuf.example.org/repo", At: tuftest.At, FirstUse: model.AnchorFirstUse})).Repository()
	for _, role := range quorum.Examine(read, quorum.Known{}) {
		switch role.Name {
		case model.RoleTargets:
			var got []string
			for _, k := range role.Keys {
				got = append(got, fmt.Sprintf("%s %d", k.Holder, k.Algorithm.Bits))
			}
			slices.Sort(got)
			if want := "@alice 112 @alice 192 @bob 128 @carol 192 unknown 128"; strings.Join(got, " ") != want {
				t.Errorf("keys %q, want %q", got, want)
			}
			if role.Holders.Summary() != "1 to 2: @alice, @bob" || len(role.Unusable) != 1 {
				t.Errorf("%s, %d unusable", role.Holders.Summary(), len(role.Unusable))
			}
			if role.Weakest.Bits != 112 {
				t.Errorf("the weakest is %+v", role.Weakest)
			}
		case model.RoleTimestamp:
			if role.Holders.Names() != "server" {
				t.Errorf("the timestamp is signed by %s", role.Holders.Names())
			}
		default:
		}
	}
}
