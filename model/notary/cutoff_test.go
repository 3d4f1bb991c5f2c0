package notary_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/notarytest"
)

// A root in the trust folder from which the clients of this machine get nowhere, though it leads
// to the current one, is a finding; e2e/differential shows that they do not.
func TestCutOff(t *testing.T) {
	ago, ahead := during.Add(-time.Hour), during.AddDate(1, 0, 0)
	for name, c := range map[string]struct {
		// expires and ends are of the first root and its certificate; direct is set where its key has
		// signed the current root too.
		expires, ends time.Time
		direct        bool
		kind          model.AnchorKind
		why           string
	}{
		"sound":                         {ahead, ahead, false, model.AnchorTrustDir, ""},
		"expired":                       {ago, ahead, false, model.AnchorTrustDir, "it has expired, and its keys have not signed root 3"},
		"expired, and signed the last":  {ago, ahead, true, model.AnchorTrustDir, ""},
		"expired, in trustdeck's state": {ago, ahead, false, model.AnchorOwn, ""},
		"certificate has ended":         {ahead, ago, true, model.AnchorTrustDir, "its certificates have expired"},
	} {
		t.Run(name, func(t *testing.T) {
			r := healthy()
			root, past := r.Files[model.RoleRoot], map[string][]byte{}
			var signers []notarytest.Key
			for version := range int64(3) {
				expires, ends := ahead, ahead
				if version == 0 {
					expires, ends = c.expires, c.ends
				}
				key := notarytest.Certified(notarytest.NewKey(), string(gun), during.AddDate(-1, 0, 0), ends)
				r.Keys[model.RoleRoot] = []notarytest.Key{key}
				root.Keys = nil
				r.NameKeys()
				root.Version, root.Expires = version+1, expires
				// Each root is signed by its own key and by that of the one before, or of the first.
				if n := len(signers); n > 1 && c.direct {
					signers = signers[:1]
				} else if n > 1 {
					signers = signers[n-1:]
				}
				signers = append(signers, key)
				notarytest.SignFile(root, signers...)
				past[fmt.Sprintf("%d.root.json", version+1)] = root.Wire()
			}
			r.SealSnapshot()
			s := publish(r)
			for name, raw := range past {
				s[name] = raw
			}
			repo, _ := s.load(dialect.Config{GUN: gun, Anchors: []dialect.Anchor{{Kind: c.kind, Source: "a folder", Raw: past["1.root.json"]}}})
			var found string
			for _, p := range repo.AllProblems() {
				if p.Code != model.ProblemClients || p.Severity != model.Warning || !strings.Contains(p.Remedy, "remove tuf/"+string(gun)+"/metadata") {
					t.Errorf("%s %s: %s; %s", p.Role, p.Code, p.Text, p.Remedy)
				}
				found += p.Text
			}
			if (c.why == "") != (found == "") || !strings.Contains(found, c.why) {
				t.Errorf("%q is found, want %q", found, c.why)
			}
		})
	}
}
