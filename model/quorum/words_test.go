package quorum_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/quorum"
)

// What is said of a role, beside what its numbers are.
func TestExplain(t *testing.T) {
	for _, test := range []struct {
		name string
		role func(w *world) quorum.Role
		want string
	}{
		{"three of five", func(w *world) quorum.Role {
			w.known.Organisations = map[string]string{"alice": "Acme", "bob": "Acme", "carol": "Beta", "dave": "Beta", "erin": "Beta"}
			return w.examine(edge(3, w.keys("alice", "bob", "carol", "dave", "erin")...))
		}, `
3 of the 5 keys that root lists must sign.
A root that lists other root keys also needs a quorum of those.
3 holders must sign, for example alice, bob, carol.
One organisation is enough: Beta.
The weakest algorithm in any of the smallest coalitions is ECDSA P-256, of unknown strength, of key ka (alice), key kb (bob), key kc (carol), key kd (dave), 1 more.
Any 2 keys can be lost, and the role can still be published.`},
		{"one key", func(w *world) quorum.Role {
			return w.examine(edge(1, w.keys("")...))
		}, `
The one key that root lists must sign.
A root that lists other root keys also needs a quorum of those.
One holder is enough. The name is unknown.
The weakest algorithm in any of the smallest coalitions is ECDSA P-256, of unknown strength, of key ka.
If the key is lost, no one can publish the role.`},
		{"some are unknown", func(w *world) quorum.Role {
			k := w.keys("alice", "bob", "", "")
			w.key("odd", model.Key{})
			return w.examine(edge(3, append(k, "odd")...))
		}, `
3 of the 4 keys that root lists must sign.
A root that lists other root keys also needs a quorum of those.
At least 1 and at most 3 holders must sign, for example alice, bob, unknown. The holder of 2 keys is unknown.
At least 1 and at most 3 organisations must sign. The organisation of 4 keys is unknown.
The weakest algorithm in any of the smallest coalitions is ECDSA P-256, of unknown strength, of key ka (alice), key kb (bob), key kc, key kd.
Any one key can be lost, and the role can still be published.
1 listed key cannot be used and does not count.`},
		{"two groups", func(w *world) quorum.Role {
			k := w.keys("alice", "bob", "carol")
			other := edge(2, k[1], k[2])
			other.From = "targets/x"
			w.known.Organisations = map[string]string{"alice": "Acme", "bob": "Acme", "carol": "Acme"}
			w.key("kb2", model.Key{SPKI: []byte("key kb")})
			return w.examine(edge(1, k[0], k[1], "kb2"), other)
		}, `
1 of the 2 keys that root lists must sign.
2 of the 2 keys that targets/x lists must sign.
A root that lists other root keys also needs a quorum of those.
2 holders must sign, for example bob, carol.
One organisation is enough: Acme.
The weakest algorithm in any of the smallest coalitions is ECDSA P-256, of unknown strength, of key kb (bob), key kc (carol).
These keys cannot be lost: key kb (bob), key kc (carol). Each of the others can.
Listed under several IDs: key kb (bob). It counts once here; a client that counts IDs counts it more often.`},
		{"out of reach", func(w *world) quorum.Role {
			return w.examine(edge(2, append(w.keys("alice"), "gone", "lost")...))
		}, `
No one can publish this role: root requires 2 keys but lists 1 usable key.
2 listed keys cannot be used and do not count.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := test.role(newWorld())
			if got := "\n" + strings.Join(r.Explain(), "\n"); got != test.want {
				t.Errorf("got%s\nwant%s", got, test.want)
			}
		})
	}
}

func TestLoss(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "bob", "carol")
	for want, edges := range map[string][]model.Delegation{
		"any 2": {edge(1, k...)}, "none": {edge(3, k...)}, "some": {edge(1, k[0], k[1]), edge(1, k[2])}, "": {edge(4, k...)},
	} {
		if r := w.examine(edges...); r.Loss() != want {
			t.Errorf("%q, want %q", r.Loss(), want)
		}
	}
}
