package mischief

import (
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/tuf/tuftest"
)

// The table of TUF 1.0: over https and in a folder, to a client that has seen nothing, and to
// one that has seen the repository whole.
func TestTamperingWithTUF(t *testing.T) {
	places := map[string]func(*testing.T) *stage{"https": newSite, "folder": newFolder}
	for _, row := range tufTable() {
		for where, place := range places {
			for _, state := range []string{"fresh", "cached"} {
				if row.web && where == "folder" {
					continue
				}
				t.Run(row.name+"/"+where+"/"+state, func(t *testing.T) {
					t.Parallel()
					s, r := place(t), newTUF()
					s.hold(r)
					c := peer.Trustdeck(t)
					if state == "cached" {
						s.play(t)
						judge(t, c, s.location, s.args, "")
						// What is in the cache and still current is not asked for again.
						r.Publish("root", "targets", "alice", "bob", "ci")
						s.hold(r)
					}
					row.do(s, r)
					s.play(t)
					judge(t, c, s.location, s.args, row.wanted(where, state))
				})
			}
		}
	}
}

// Whoever has the key of the timestamp raises its version as far as it goes, so that nothing
// newer can follow. New keys for the timestamp begin anew (TUF 5.3.11); no others do.
func TestFastForward(t *testing.T) {
	t.Parallel()
	s, r, c := newSite(t), newTUF(), peer.Trustdeck(t)
	look := func(want string) {
		t.Helper()
		s.hold(r)
		judge(t, c, s.location, s.args, want)
	}
	look("")
	honest := tuftest.Version(r.Signed["timestamp"])
	r.Signed["timestamp"]["version"] = 2_000_000_000
	r.Publish()
	look("")
	r.Signed["timestamp"]["version"] = honest
	r.Publish()
	look("rollback")
	look("rollback")
	r.SetRole("timestamp", tuftest.By(tuftest.Ed25519()))
	r.Publish("root")
	look("")
	look("")
}
