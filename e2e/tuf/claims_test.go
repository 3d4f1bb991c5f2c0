package tuf

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// claimRepository delegates to alice, and has a target of hers and one of everybody.
func claimRepository() *tuftest.Repository {
	r := tuftest.New()
	r.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"alice/*"}})
	r.AddTarget("targets", "app", "content")
	r.AddTarget("alice", "alice/app", "content")
	r.Publish("targets", "alice")
	return r
}

// What trustdeck says that other clients refuse or do not find, go-tuf refuses or does not
// find, in the same repository.
func TestClaims(t *testing.T) {
	t.Parallel()
	const theirs = "alice/app"
	for name, c := range map[string]struct {
		change func(*tuftest.Repository)
		// says is a part of what trustdeck says of the repository.
		says string
		// search are the targets that go-tuf searches for in turn, and result what becomes
		// of the last.
		search []string
		result outcome
	}{
		"sound": {func(*tuftest.Repository) {}, "", []string{theirs}, found},
		"expiry with a fraction": {func(r *tuftest.Repository) {
			r.Signed["alice"]["expires"] = "2027-02-01T12:00:00.000Z"
			r.Publish("alice")
		}, "writes its expiry", []string{theirs}, refused},
		"expiry with an offset": {func(r *tuftest.Repository) {
			r.Signed["targets"]["expires"] = "2027-02-01T12:00:00+00:00"
			r.Publish("targets")
		}, "writes its expiry", []string{theirs}, refused},
		"type in capitals": {func(r *tuftest.Repository) {
			r.Signed["alice"]["_type"] = "Targets"
			r.Publish("alice")
		}, `states type "Targets"`, []string{theirs}, refused},
		"not a version of the specification": {func(r *tuftest.Repository) {
			delete(r.Signed["alice"], "spec_version")
			r.Publish("alice")
		}, "does not state the version of the specification", []string{theirs}, refused},
		"two signatures under one key ID": {func(r *tuftest.Repository) {
			r.Signers["alice"] = append(r.Signers["alice"], r.Signers["alice"]...)
			r.Publish("alice")
		}, "two signatures under one key ID; clients refuse such a file", []string{theirs}, refused},
		"signature in base64": {func(r *tuftest.Repository) {
			r.Put("alice", inBase64(r.Wire["alice.json"]))
			r.Publish()
		}, "is in base64, not in hexadecimal", []string{theirs}, refused},
		"key as a point in hexadecimal": {func(r *tuftest.Repository) {
			r.SetRole("targets", tuftest.By(tuftest.HexP256()))
			r.Publish("root", "targets")
		}, "written as a hexadecimal point", []string{theirs}, refused},
		"key under another ID": {func(r *tuftest.Repository) {
			r.SetRole("targets", tuftest.By(tuftest.P256().As("00ff")))
			r.Publish("root", "targets")
		}, "instead of the hash of its object; the specification requires the hash, but clients don't check it", []string{theirs}, found},
		"hash prefixes": {func(r *tuftest.Repository) {
			r.Delegate("targets", "bob", tuftest.By(tuftest.Ed25519()), tuftest.Object{"path_hash_prefixes": strings.Split("0123456789abcdef", "")})
			r.AddTarget("bob", "bob/app", "content")
			r.Publish("targets", "bob")
		}, "where go-tuf up to 2.4.2 finds no targets (T4)", []string{"bob/app"}, notFound},
		"pattern with a set": {func(r *tuftest.Repository) {
			r.Delegate("targets", "bob", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"[!b]pp"}})
			r.AddTarget("bob", "app", "content")
			delete(r.Signed["targets"]["targets"].(tuftest.Object), "app")
			r.Publish("targets", "bob")
		}, `delegates "[!b]pp" to bob: clients read such a pattern differently`, []string{"app"}, notFound},
		"target outside the paths": {func(r *tuftest.Repository) {
			r.AddTarget("alice", "bob/app", "content")
			r.Publish("alice")
		}, "clients don't find them there", []string{"bob/app"}, notFound},
		"delegation that the snapshot does not list": {func(r *tuftest.Repository) {
			delete(r.Signed["snapshot"]["meta"].(tuftest.Object), "alice.json")
			r.Publish()
		}, "the snapshot does not list alice; a search that reaches it fails", []string{theirs}, refused},
		"file that was signed by a key that may not": {func(r *tuftest.Repository) {
			r.Signers["alice"] = []*tuftest.Key{tuftest.Ed25519()}
			r.Publish("alice")
		}, "alice has 0 valid signatures", []string{theirs}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := claimRepository()
			c.change(r)
			says(t, r, c.says)
			if result, err := goTUFFinds(goTUF(t, serve(t, r.Wire)), c.search...); result != c.result {
				t.Errorf("go-tuf: %s (%v), want %s", result, err, c.result)
			}
		})
	}
}

// says fails unless trustdeck says something of a repository; where nothing is to be said,
// unless there is no problem at all.
func says(t *testing.T, r *tuftest.Repository, text string) *model.Repository {
	t.Helper()
	var d tuf.Dialect
	repo := r.Drive(d.Load(dialect.Config{At: tuftest.At})).Repository()
	var all []string
	for _, p := range repo.Problems {
		all = append(all, p.Text)
	}
	for _, role := range repo.Roles {
		for _, p := range role.Problems {
			all = append(all, p.Text)
		}
	}
	if text == "" && len(all) > 0 || text != "" && !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, text) }) {
		t.Errorf("%q is not said:\n%s", text, strings.Join(all, "\n"))
	}
	return repo
}

// inBase64 spells the signatures of a file in base64, as Uptane's programs do.
func inBase64(wire []byte) []byte {
	var file struct {
		Signed     json.RawMessage `json:"signed"`
		Signatures []struct {
			KeyID string `json:"keyid"`
			Sig   string `json:"sig"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(wire, &file); err != nil {
		panic(err)
	}
	for i := range file.Signatures {
		raw := make([]byte, len(file.Signatures[i].Sig)/2)
		if _, err := fmt.Sscanf(file.Signatures[i].Sig, "%x", &raw); err != nil {
			panic(err)
		}
		file.Signatures[i].Sig = base64.StdEncoding.EncodeToString(raw)
	}
	out, err := json.Marshal(file)
	if err != nil {
		panic(err)
	}
	return out
}

// Clients ask for files under their version, and do not go on where that fails.
func TestClientsAskForVersions(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*site){
		"clients ask for 2.targets.json, which is missing": func(s *site) { delete(s.metadata, "2.targets.json") },
		"clients ask for 2.targets.json, which fails":      func(s *site) { s.status["2.targets.json"] = http.StatusInternalServerError },
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			r := claimRepository()
			s := serve(t, r.Wire)
			change(s)
			if result, err := goTUFFinds(goTUF(t, s), "app"); result != refused {
				t.Errorf("go-tuf: %s (%v)", result, err)
			}
			if asked, _ := s.requests(); asked[len(asked)-1] != "2.targets.json" {
				t.Errorf("asked for %q", asked)
			}
			saysOf(t, s, says)
		})
	}
}

// saysOf fails unless trustdeck says something of a site.
func saysOf(t *testing.T, s *site, text string) {
	t.Helper()
	var d tuf.Dialect
	l := d.Load(dialect.Config{At: tuftest.At})
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, fault := s.read(w)
			l.Give(w, raw, tuftest.At, fault)
		}
	}
	for _, role := range l.Repository().Roles {
		for _, p := range role.Problems {
			if strings.Contains(p.Text, text) {
				return
			}
		}
	}
	t.Errorf("%q is not said", text)
}

// Over a delegation whose keys have not signed, a role is refused; where it was read over
// another one in the same run, it is not.
func TestSeveralParents(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	good, other := tuftest.Ed25519(), tuftest.Ed25519()
	for _, name := range []model.RoleName{"first", "second"} {
		r.Delegate("targets", name, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{string(name) + "/*"}})
	}
	r.Delegate("first", "shared", tuftest.By(good), tuftest.Object{"paths": []string{"*/*"}})
	r.Delegate("second", "shared", tuftest.By(other), tuftest.Object{"paths": []string{"*/*"}})
	r.AddTarget("shared", "first/app", "content")
	r.AddTarget("shared", "second/app", "content")
	r.Publish("targets", "first", "second", "shared")
	says(t, r, "clients that reach it through second refuse it, unless they have read it another way (T9)")
	for _, row := range []struct {
		search []string
		result outcome
	}{
		{[]string{"first/app"}, found},
		{[]string{"second/app"}, refused},
		{[]string{"first/app", "second/app"}, found},
	} {
		if result, err := goTUFFinds(goTUF(t, serve(t, r.Wire)), row.search...); result != row.result {
			t.Errorf("%q: go-tuf: %s (%v), want %s", row.search, result, err, row.result)
		}
	}
}

// Clients look into a limited number of roles for one target.
func TestManyDelegations(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	q := tuftest.By(tuftest.Ed25519())
	roles := []model.RoleName{"targets"}
	for i := range 40 {
		name := model.RoleName(fmt.Sprintf("r%02d", i))
		r.Delegate("targets", name, q, tuftest.Object{"paths": []string{"*"}})
		r.AddTarget(name, fmt.Sprintf("app%02d", i), "content")
		roles = append(roles, name)
	}
	r.Publish(roles...)
	repo := says(t, r, "")
	u := goTUF(t, serve(t, r.Wire))
	for i := range 40 {
		path := fmt.Sprintf("app%02d", i)
		ours := tuf.Dialect{}.Resolve(repo, path)
		result, err := goTUFFinds(u, path)
		if ours.OK != (result == found) {
			t.Errorf("%s: go-tuf: %s (%v), here: %s", path, result, err, ours.Reason)
		}
		if !ours.OK && !strings.Contains(ours.Reason, "clients give up after 32 delegations") {
			t.Errorf("%s: %s", path, ours.Reason)
		}
	}
}
