package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"trustdeck/model/report"
)

// What config.toml says of holders counts, and a key of the trust folder is yours.
func TestQuorumKnowsHolders(t *testing.T) {
	r := newRig(t)
	r.ring.keys = readersKeys(t)
	bob, alice := keyOf(t, "targets/bob"), keyOf(t, "targets/alice")
	r.files = map[string]string{"/home/ann/.config/trustdeck/config.toml": "[holders]\n'" + string(bob) + "' = 'Bob Ltd'\n[organisations]\n'Bob Ltd' = 'Acme'\nyou = 'Acme'\n"}
	o := r.run("quorum", "acme/signers", "targets/releases", "-o", "json")
	var answer report.Quorum
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil || o.code != 0 || len(answer.Roles) != 1 {
		t.Fatal(err, o)
	}
	for _, k := range answer.Roles[0].Keys {
		want := report.QuorumKey{HolderKind: "named", Holder: "Bob Ltd"}
		if k.ID == string(alice) {
			want = report.QuorumKey{HolderKind: "here"}
		}
		if k.HolderKind != want.HolderKind || k.Holder != want.Holder || k.Organisation != "Acme" || k.Bits != 128 {
			t.Errorf("%+v", k)
		}
	}
	if role := answer.Roles[0]; role.Organisations.One != "yes" || role.SparePairs != "none" || role.Spare != 1 || !slices.Contains(role.Explanation, "One organisation is enough: Acme.") {
		t.Errorf("%+v", role)
	}
}

// A repository that cannot be read has no roles.
func TestQuorumOfNothing(t *testing.T) {
	o := newRig(t).run("quorum", "fails.example.org/unreachable/x")
	if o.code != 5 || o.stdout != "" || !strings.Contains(o.stderr, "it failed") {
		t.Errorf("%+v", o)
	}
	o = newRig(t).run("quorum", "fails.example.org/unreachable/x", "-o", "json")
	if o.code != 5 || !strings.Contains(o.stdout, `"roles": []`) {
		t.Errorf("%+v", o)
	}
}
