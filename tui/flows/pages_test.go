package flows_test

import (
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// What cannot be right is refused on the page that asks for it, and not by the plan.
func TestRefusedOnTheirPage(t *testing.T) {
	known, lived := files(t), newWorld()
	leaf := func(cn string, from, until time.Time) []byte {
		return notarytest.Certified(notarytest.NewKey(), cn, from, until).Public
	}
	signer := notarytest.NewKey()
	bare := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: signer.Public})
	root := notarytest.NewKey()
	rootID := string(notary.CanonicalID(root.PublicKey))
	certified := func(gun string, from, until time.Time) []byte {
		return notarytest.Certified(root, gun, from, until).Public
	}
	const fresh = "registry.example.org/fresh"
	known["bare.pub"], known["same.pub"] = bare, bare
	known["same.crt"] = notarytest.Certified(signer, "bob", now.Add(-time.Hour), now.Add(time.Hour)).Public
	known["expired.crt"] = leaf("bob", now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	known["early.crt"] = leaf("bob", now.Add(240*time.Hour), now.Add(480*time.Hour))
	known["root.crt"] = certified(fresh, now.Add(-time.Hour), now.Add(time.Hour))
	known["other.crt"] = certified("registry.example.org/other", now.Add(-time.Hour), now.Add(time.Hour))
	known["root-expired.crt"] = certified(fresh, now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	known["stranger.crt"] = leaf(fresh, now.Add(-time.Hour), now.Add(time.Hour))
	keys := append([]model.PrivateKey{{ID: model.KeyID(rootID), Label: "root"}}, lived.keys...)
	add := func(more map[string][]string) map[string][]string {
		out := map[string][]string{"name": {"carol"}, "repositories": {live}}
		for id, lines := range more {
			out[id] = lines
		}
		return out
	}
	for name, row := range map[string]struct {
		flow  func(flows.Backend) *flow.Flow
		given map[string][]string
		// page is the question that refuses, or none where the plan comes.
		page, says string
	}{
		"a name that is too long":       {flows.SignerAdd, add(map[string][]string{"name": {strings.Repeat("a", 250)}}), "name", "the limit is 255"},
		"a name that no signer can get": {flows.SignerAdd, add(map[string][]string{"name": {"-x"}}), "name", "a signer cannot be called"},
		"no file":                       {flows.SignerAdd, add(map[string][]string{"keys": {"nothing"}}), "keys", "file does not exist"},
		"a private key":                 {flows.SignerAdd, add(map[string][]string{"keys": {"private.pem"}}), "keys", "contains a private key"},
		"an expired certificate":        {flows.SignerAdd, add(map[string][]string{"keys": {"expired.crt"}}), "keys", "expired.crt: the certificate expired"},
		"a certificate of next week":    {flows.SignerAdd, add(map[string][]string{"keys": {"early.crt"}}), "keys", "early.crt: the certificate"},
		"the same key in two forms":     {flows.SignerAdd, add(map[string][]string{"keys": {"bare.pub", "same.crt"}}), "keys", "same.crt: it contains the key of bare.pub in another form"},
		"one key in two files":          {flows.SignerAdd, add(map[string][]string{"keys": {"bare.pub", "same.pub"}}), "", ""},
		"no key where one is needed":    {flows.SignerAdd, add(map[string][]string{"keys": {}}), "keys", "a public key is needed"},
		"no key of somebody there":      {flows.SignerAdd, add(map[string][]string{"name": {"alice"}, "keys": {}}), "", ""},
		"no key, and one is new":        {flows.SignerAdd, add(map[string][]string{"name": {"alice"}, "repositories": {live, fresh}, "keys": {}}), "keys", "a public key is needed"},
		"rotate to an expired one":      {flows.Rotate, map[string][]string{"repositories": {live}, "role": {"targets/alice"}, "next-files": {"expired.crt"}}, "next-files", "the certificate expired"},
		"a root certificate":            {flows.Init, map[string][]string{"repositories": {fresh}, "root": {rootID}, "root-certificate": {"root.crt"}, "snapshot": {"server"}}, "", ""},
		"of another repository":         {flows.Init, map[string][]string{"repositories": {fresh}, "root": {rootID}, "root-certificate": {"other.crt"}}, "root-certificate", "other.crt: it cannot be used for " + fresh},
		"for one of two":                {flows.Init, map[string][]string{"repositories": {fresh, "registry.example.org/more"}, "root": {rootID}, "root-certificate": {"root.crt"}}, "root-certificate", "it cannot be used for registry.example.org/more"},
		"an expired root certificate":   {flows.Init, map[string][]string{"repositories": {fresh}, "root": {rootID}, "root-certificate": {"root-expired.crt"}}, "root-certificate", "it cannot be used for"},
		"of another key":                {flows.Init, map[string][]string{"repositories": {fresh}, "root": {rootID}, "root-certificate": {"stranger.crt"}}, "root-certificate", "not of root key " + rootID},
		"no certificate":                {flows.Init, map[string][]string{"repositories": {fresh}, "root": {rootID}, "root-certificate": {"bare.pub"}}, "root-certificate", "no certificate in PEM form"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &walker{t: t, files: known, world: lived}
			w.begin(row.flow(w.backend()), flow.Facts{Keys: keys, Now: now}, row.given)
			switch {
			case row.page == "" && w.m.State() != flow.Reviewing:
				t.Errorf("%s at %q: %v", w.m.State(), w.m.Step().Question, w.m.Problem())
			case row.page == "":
			case w.m.State() != flow.Asking || w.m.Step().ID != row.page || w.m.Problem() == nil:
				t.Errorf("%s at %s: %v", w.m.State(), w.m.Step().ID, w.m.Problem())
			case !strings.Contains(w.m.Problem().Error(), row.says):
				t.Errorf("it says %q, want %q", w.m.Problem(), row.says)
			}
		})
	}
}
