package notary_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

const gun model.GUN = "registry.example.com/acme/app"

// publish lays a repository out as a server holds it.
func publish(r *notarytest.Repo) served {
	s := served{}
	for name, raw := range r.Wire() {
		s[string(name)+".json"] = raw
	}
	for name, raw := range r.Past {
		s[name+".json"] = raw
	}
	return s
}

// healthy has two signers with releases, and a nested delegation.
func healthy() *notarytest.Repo {
	r := notarytest.New(gun, during.Add(-time.Hour))
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	r.Delegate("targets/alice", 1, []string{""}, alice)
	r.Delegate("targets/bob", 1, []string{""}, bob)
	r.Delegate(docker.Releases, 1, []string{""}, alice, bob)
	r.Delegate("targets/alice/ci", 1, []string{"ci/"}, notarytest.NewKey())
	r.Tag(docker.Releases, "1.0", "one")
	r.Tag("targets/alice", "1.0", "one")
	r.Tag("targets/bob", "2.0", "two")
	r.Tag(model.RoleTargets, "old", "old")
	r.Tag("targets/alice/ci", "ci/1", "ci")
	r.Seal("targets", "targets/alice", "targets/bob", "targets/releases", "targets/alice/ci")
	return r
}

// Each row breaks a healthy repository in one way and says what must be found.
func TestVerification(t *testing.T) {
	type finding struct {
		role model.RoleName
		code model.ProblemCode
	}
	tests := []struct {
		name string
		make func(r *notarytest.Repo) served
		cfg  func(r *notarytest.Repo) dialect.Config
		want []finding
		// refused tells whether clients refuse the repository as a whole.
		refused bool
	}{
		{name: "healthy", make: publish},
		{
			name: "a delegation expired",
			make: func(r *notarytest.Repo) served {
				r.Files["targets/bob"].Expires = during.Add(-time.Hour)
				notarytest.SignFile(r.Files["targets/bob"], r.Keys["targets/bob"]...)
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets/bob", model.ProblemExpired}},
		},
		{
			name: "targets expired",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Expires = during.Add(-time.Hour)
				notarytest.SignFile(r.Files["targets"], r.Keys["targets"]...)
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets", model.ProblemExpired}}, refused: true,
		},
		{
			name: "a delegation is signed by a key that was removed",
			make: func(r *notarytest.Repo) served {
				notarytest.SignFile(r.Files["targets/bob"], notarytest.NewKey())
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets/bob", model.ProblemThreshold}, {"targets/bob", model.ProblemForeignSignature}},
		},
		{
			name: "a root is signed by a key of the root before as well",
			make: func(r *notarytest.Repo) served {
				notarytest.SignFile(r.Files[model.RoleRoot], append([]notarytest.Key{notarytest.NewKey()}, r.Keys[model.RoleRoot]...)...)
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{model.RoleRoot, model.ProblemForeignSignature}},
		},
		{
			name: "2 of 2 with one signature",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Roles[2].Threshold = 2
				r.Seal("targets")
				notarytest.SignFile(r.Files[docker.Releases], r.Keys["targets/alice"]...)
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets/releases", model.ProblemThreshold}},
		},
		{
			name: "2 of 2 with both",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Roles[2].Threshold = 2
				r.Seal("targets", docker.Releases)
				return publish(r)
			},
		},
		{
			name: "one signature twice does not count as two",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Roles[2].Threshold = 2
				r.Seal("targets")
				k := r.Keys["targets/alice"][0]
				notarytest.SignFile(r.Files[docker.Releases], k, k)
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets/releases", model.ProblemThreshold}, {"targets/releases", model.ProblemSignature}},
		},
		{
			name: "threshold above the keys",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Roles[0].Threshold = 3
				r.Seal("targets")
				return publish(r)
			},
			want: []finding{{"targets/alice", model.ProblemTooFewKeys}, {"targets/alice", model.ProblemThreshold}, {"targets/alice/ci", model.ProblemUnverified}},
		},
		{
			name: "a delegation without content",
			make: func(r *notarytest.Repo) served {
				r.Delegate("targets/carol", 1, []string{""}, notarytest.NewKey())
				r.Seal("targets")
				return publish(r)
			},
		},
		{
			name: "a role whose keys are null",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Roles[1].KeyIDs = nil
				r.Seal("targets")
				return publish(r)
			},
			want: []finding{{"targets/bob", model.ProblemTooFewKeys}, {"targets/bob", model.ProblemThreshold}},
		},
		{
			name: "targets outside the paths",
			make: func(r *notarytest.Repo) served {
				r.Tag("targets/alice/ci", "elsewhere", "x")
				r.Seal("targets/alice/ci")
				return publish(r)
			},
			want: []finding{{"targets/alice/ci", model.ProblemPath}},
		},
		{
			name: "a delegation back to its parent",
			make: func(r *notarytest.Repo) served {
				r.Files["targets/alice"].Roles[0].Name = "targets"
				r.Seal("targets/alice")
				return publish(r)
			},
			want: []finding{{"targets/alice", model.ProblemCycle}}, refused: true,
		},
		{
			name: "a delegation that is not a direct child",
			make: func(r *notarytest.Repo) served {
				r.Files["targets/alice"].Roles[0].Name = "targets/bob/ci"
				r.Seal("targets/alice")
				return publish(r)
			},
			want: []finding{{"targets/alice", model.ProblemDelegation}}, refused: true,
		},
		{
			name: "targets and a delegation are swapped",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				s["targets/alice.json"], s["targets/bob.json"] = s["targets/bob.json"], s["targets/alice.json"]
				return s
			},
			want: []finding{{"targets/alice", model.ProblemHash}, {"targets/alice", model.ProblemThreshold}, {"targets/bob", model.ProblemHash}}, refused: true,
		},
		{
			name: "root is served as targets",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				s["targets.json"] = s["root.json"]
				return s
			},
			want: []finding{{"targets", model.ProblemWrongType}}, refused: true,
		},
		{
			name: "mixed: targets of yesterday under the snapshot of today",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				s["targets.json"] = s["1.targets.json"]
				return s
			},
			want: []finding{{"targets", model.ProblemHash}, {"targets", model.ProblemLength}}, refused: true,
		},
		{
			name: "no signatures",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Signatures = nil
				r.SealSnapshot()
				return publish(r)
			},
			want: []finding{{"targets", model.ProblemNoSignatures}}, refused: true,
		},
		{
			name: "the snapshot is gone",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				delete(s, "snapshot.json")
				return s
			},
			want: []finding{{"snapshot", model.ProblemMissing}}, refused: true,
		},
		{
			name: "the timestamp is gone",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				delete(s, "timestamp.json")
				return s
			},
			want: []finding{{"timestamp", model.ProblemMissing}}, refused: true,
		},
		{
			name: "the root is gone",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				delete(s, "root.json")
				return s
			},
			want: []finding{{"root", model.ProblemMissing}, {"targets", model.ProblemUnverified}}, refused: true,
		},
		{
			name: "another root, with its own keys, to somebody who knew the first",
			make: func(*notarytest.Repo) served { return publish(healthy()) },
			cfg:  anchored,
			want: []finding{{"root", model.ProblemRootReplaced}, {"targets", model.ProblemThreshold}}, refused: true,
		},
		{
			name: "another root, to somebody with a pin",
			make: func(*notarytest.Repo) served { return publish(healthy()) },
			cfg: func(r *notarytest.Repo) dialect.Config {
				return dialect.Config{Pin: dialect.Pin{Pattern: string(gun), Certs: []model.KeyID{r.Keys["root"][0].ID}}}
			},
			want: []finding{{"root", model.ProblemPin}, {"targets", model.ProblemUnverified}}, refused: true,
		},
		{
			name: "the pinned root",
			make: publish,
			cfg: func(r *notarytest.Repo) dialect.Config {
				return dialect.Config{Pin: dialect.Pin{Pattern: string(gun), Certs: []model.KeyID{r.Keys["root"][0].ID}}}
			},
		},
		{
			name: "no pin where one is asked for",
			make: publish,
			cfg:  func(*notarytest.Repo) dialect.Config { return dialect.Config{NoFirstUse: true} },
			want: []finding{{"root", model.ProblemPin}}, refused: true,
		},
		{
			name: "a root whose certificate is for another repository",
			make: func(r *notarytest.Repo) served {
				r.Keys["root"] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), "elsewhere", during.Add(-time.Hour), during.Add(time.Hour))}
				r.Files["root"].Keys = nil
				r.NameKeys()
				r.Seal("root")
				return publish(r)
			},
			want: []finding{{"root", model.ProblemCertificate}}, refused: true,
		},
		{
			name: "a root with a wildcard certificate",
			make: func(r *notarytest.Repo) served {
				r.Keys["root"] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), "registry.example.com/*", during.Add(-time.Hour), during.Add(time.Hour))}
				r.Files["root"].Keys = nil
				r.NameKeys()
				r.Seal("root")
				return publish(r)
			},
		},
		{
			name: "a root whose certificate expired",
			make: func(r *notarytest.Repo) served {
				r.Keys["root"] = []notarytest.Key{notarytest.Certified(notarytest.NewKey(), string(gun), during.Add(-time.Hour), during.Add(-time.Minute))}
				r.Files["root"].Keys = nil
				r.NameKeys()
				r.Seal("root")
				return publish(r)
			},
			want: []finding{{"root", model.ProblemCertificate}}, refused: true,
		},
		{
			name: "timestamp and snapshot are rolled back",
			make: func(r *notarytest.Repo) served {
				s := publish(r)
				s["timestamp.json"], s["snapshot.json"], s["targets.json"] = s["1.timestamp.json"], s["1.snapshot.json"], s["1.targets.json"]
				return s
			},
			cfg: func(r *notarytest.Repo) dialect.Config {
				return remembering(r)
			},
			want:    []finding{{"timestamp", model.ProblemRollback}, {"snapshot", model.ProblemRollback}, {"targets", model.ProblemRollback}},
			refused: true,
		},
		{
			name: "a key under an ID that is not its own",
			make: func(r *notarytest.Repo) served {
				f := r.Files["targets"]
				for i := range f.Keys {
					if f.Keys[i].ID == r.Keys["targets/bob"][0].ID {
						f.Keys[i].Public = r.Keys["targets/alice"][0].Public
					}
				}
				r.Seal("targets")
				return publish(r)
			},
			want: []finding{{"targets/bob", model.ProblemKeyID}, {"targets/releases", model.ProblemKeyID}}, refused: true,
		},
		{
			name: "an RSA key that is too short",
			make: func(r *notarytest.Repo) served {
				weak := notarytest.NewRSAKey(1024)
				r.Delegate("targets/weak", 1, []string{""}, weak)
				r.Tag("targets/weak", "w", "w")
				r.Keys["targets/weak"] = r.Keys["targets/alice"] // 1024 bits cannot even be signed with
				r.Seal("targets", "targets/weak")
				return publish(r)
			},
			want: []finding{{"targets/weak", model.ProblemThreshold}},
		},
		{
			name: "one key under two certificates counts twice, and that is said",
			make: func(r *notarytest.Repo) served {
				key := notarytest.NewKey()
				r.Delegate("targets/two", 2, []string{""},
					notarytest.Certified(key, "one", during.Add(-time.Hour), during.Add(time.Hour)),
					notarytest.Certified(key, "other", during.Add(-time.Hour), during.Add(time.Hour)))
				r.Tag("targets/two", "t", "t")
				r.Seal("targets", "targets/two")
				return publish(r)
			},
			want: []finding{{"targets/two", model.ProblemKey}},
		},
		{
			name: "a replaced root, where an older one was known from elsewhere",
			make: func(*notarytest.Repo) served { return publish(healthy()) },
			cfg: func(r *notarytest.Repo) dialect.Config {
				// What trustdeck itself has seen is of yet another lineage, and newer.
				other := healthy()
				other.Seal("root")
				cfg := anchored(r)
				cfg.Anchors = append(cfg.Anchors, dialect.Anchor{Kind: model.AnchorOwn, Source: "cache", Raw: other.Wire()["root"]})
				return cfg
			},
			want: []finding{{"root", model.ProblemRollback}, {"targets", model.ProblemThreshold}, {"", model.ProblemAnchors}}, refused: true,
		},
		{
			name: "a custom value that Notary cannot sign again",
			make: func(r *notarytest.Repo) served {
				r.Files["targets"].Targets[0].Custom = []byte(`"a&b"`)
				r.Seal("targets")
				return publish(r)
			},
			want: []finding{{"targets", model.ProblemCustom}},
		},
		{
			name: "every key type signs",
			make: func(r *notarytest.Repo) served {
				rsa := notarytest.NewRSAKey(2048)
				r.Delegate("targets/all", 4, []string{""}, rsa, notarytest.NewEd25519Key(), notarytest.NewKey(),
					notarytest.Certified(notarytest.NewRSAKey(2048), "someone", during.Add(-time.Hour), during.Add(time.Hour)))
				r.Tag("targets/all", "a", "a")
				r.Seal("targets", "targets/all")
				return publish(r)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := healthy()
			cfg := dialect.Config{}
			if tt.cfg != nil {
				cfg = tt.cfg(r)
			}
			cfg.GUN = gun
			repo, _ := tt.make(r).load(cfg)
			var got []string
			for _, p := range repo.AllProblems() {
				got = append(got, fmt.Sprintf("%s %s: %s", p.Role, p.Code, p.Text))
			}
			for _, w := range tt.want {
				if !has(repo, w.role, w.code) {
					t.Errorf("%s of %s was not found in:\n%s", w.code, w.role, strings.Join(got, "\n"))
				}
			}
			if len(tt.want) == 0 && len(got) > 0 {
				t.Errorf("found in what is sound:\n%s", strings.Join(got, "\n"))
			}
			if refused := notary.Refusal(repo) != nil; refused != tt.refused {
				t.Errorf("refused as a whole: %t, want %t", refused, tt.refused)
			}
		})
	}
}

// remembering is what somebody knows who has seen the repository as it is.
func remembering(r *notarytest.Repo) dialect.Config {
	stored := map[model.RoleName]dialect.Stored{}
	for role, raw := range r.Wire() {
		stored[role] = dialect.Stored{Raw: raw}
	}
	seen, _ := dialect.Remember(notary.Format{}, stored)
	return dialect.Config{Memory: seen}
}

func anchored(r *notarytest.Repo) dialect.Config {
	return dialect.Config{Anchors: []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: "trust folder", Raw: r.Past["1.root"]}}}
}

// A client that reads nothing new has no requests but the timestamp's; one
// that is new makes as many as there are files.
func TestRequests(t *testing.T) {
	r := healthy()
	_, wants := publish(r).load(dialect.Config{GUN: gun})
	if got, want := len(wants), len(r.Wire()); got != want {
		t.Errorf("%d requests for %d files: %+v", got, want, wants)
	}
}

func TestJoinedKeys(t *testing.T) {
	s := serve(t, "repoA")
	repo, _ := s.load(dialect.Config{GUN: realRepositories[0].gun})
	bob, ok := repo.Key("2e858083041164e77fe218d95b09786e013c732eedaf6b83e059cdedc7e971c1")
	if !ok || bob.ID != "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df" {
		t.Fatalf("bob's certificate leads to %q", bob.ID)
	}
	if bob.Algorithm != "RSA 2048" || !slices.Equal(bob.Roles, []model.RoleName{docker.Releases}) {
		t.Errorf("bob: %s, roles %v", bob.Algorithm, bob.Roles)
	}
	root, _ := repo.Key("8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d")
	if !root.Has("dd2d6066dc3e7461a97560c1971b18f5a3e3c9f8b26c529dc785f5b6233bc95f") {
		t.Errorf("the root certificate does not lead to the root key")
	}
}

func TestResolve(t *testing.T) {
	r := healthy()
	repo, _ := publish(r).load(dialect.Config{GUN: gun})
	tests := []struct {
		tag     string
		ok      bool
		role    model.RoleName
		signers string
	}{
		{"1.0", true, docker.Releases, "targets/alice"},
		{"old", true, model.RoleTargets, ""},
		{"2.0", false, "", ""},
		{"ci/1", false, "", ""},
		{"none", false, "", ""},
	}
	pulled := map[string]bool{}
	for _, tag := range docker.Tags(repo) {
		if tag.Pulled {
			pulled[tag.Name] = true
		}
	}
	for _, tt := range tests {
		res := docker.Resolve(repo, tt.tag)
		var names []string
		for _, s := range res.Signers {
			names = append(names, string(s))
		}
		if res.OK != tt.ok || res.Role != tt.role || strings.Join(names, " ") != tt.signers || res.Reason == "" {
			t.Errorf("%s: %+v", tt.tag, res)
		}
		if pulled[tt.tag] != tt.ok {
			t.Errorf("%s: listed as pulled %t, resolved %t", tt.tag, pulled[tt.tag], tt.ok)
		}
	}
}

// A search says why each of the two roles is the one, or is not.
func TestSearch(t *testing.T) {
	steps := func(r *model.Repository, tag string) string {
		var out []string
		for _, s := range docker.Search(r, tag).Steps {
			out = append(out, fmt.Sprintf("%s>%s %s", s.Edge.From, s.Edge.Name, s.Outcome))
		}
		return strings.Join(out, ", ")
	}
	repo, _ := publish(healthy()).load(dialect.Config{GUN: gun})
	for tag, want := range map[string]string{
		"1.0": "targets>targets/releases found",
		"old": "targets>targets/releases absent, root>targets found",
		"2.0": "targets>targets/releases absent, root>targets absent",
	} {
		if got := steps(repo, tag); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
	repo.Role(docker.Releases).Expired = true
	if got := steps(repo, "1.0"); got != "targets>targets/releases passed over, root>targets absent" {
		t.Errorf("without the releases: %s", got)
	}
	repo.Role(model.RoleTargets).Expired = true
	if got := docker.Search(repo, "1.0"); len(got.Steps) > 0 || got.Resolution.Problem == nil {
		t.Errorf("in a repository that clients refuse: %+v", got)
	}
}

func TestRestrictedPaths(t *testing.T) {
	r := healthy()
	r.Files["targets"].Roles[0].Paths = []string{"ci", "v1"}
	r.Files["targets/alice"].Roles[0].Paths = []string{"ci/", "v", "v10", "w"}
	r.Seal("targets", "targets/alice")
	repo, _ := publish(r).load(dialect.Config{GUN: gun})
	// A plain prefix: "v1" permits "v10", and "v" is wider than its parent.
	if got := repo.Role("targets/alice/ci").Effective; !slices.Equal(got, []string{"ci/", "v10"}) {
		t.Errorf("effective paths: %q", got)
	}
}

func TestChanges(t *testing.T) {
	r := healthy()
	old, err := notary.Parse("targets", r.Wire()["targets"])
	if err != nil {
		t.Fatal(err)
	}
	r.Delegate("targets/carol", 1, []string{""}, notarytest.NewKey())
	r.Files["targets"].Roles = slices.DeleteFunc(r.Files["targets"].Roles, func(s model.Delegation) bool { return s.Name == "targets/bob" })
	r.Files["targets"].Roles[0].Threshold = 2
	r.Tag("targets", "new", "new")
	r.Tag("targets", "old", "changed")
	got := dialect.Changes(notary.Format{}, &old.Metadata, &r.Files["targets"].Metadata)
	want := []string{
		`threshold of targets/alice changed from 1 to 2`, `targets/carol added with 1 key`, `targets/bob removed`, `"new" added`, `"old" content changed`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestPins(t *testing.T) {
	pins := dialect.Pins{
		Certs: map[string][]model.KeyID{"a/b": {"exact"}, "a/*": {"short"}, "a/b*": {"long"}},
		CAs:   map[string][]byte{"c/": []byte("one"), "c/d": []byte("two"), "a/": []byte("never")},
	}
	tests := map[model.GUN]string{"a/b": "a/b", "a/bc": "a/b*", "a/x": "a/*", "c/x": "c/*", "c/dx": "c/d*", "x": ""}
	for gun, want := range tests {
		if got := pins.For(gun).Pattern; got != want {
			t.Errorf("%s is pinned by %q, want %q", gun, got, want)
		}
	}
	capitals := dialect.Pins{
		Certs: map[string][]model.KeyID{"A/b": {"one"}, "A/*": {"any"}, "a/c": {"small"}, "B/*": {"two"}, "b/c": {"small"}},
		CAs:   map[string][]byte{"C/": []byte("one"), "c/d": []byte("two")},
	}
	for gun, want := range map[model.GUN]string{
		"A/b": "A/b", "a/b": "A/b", "a/B": "A/b", "a/c": "a/c", "A/c": "A/*", "a/d": "A/*",
		"b/c": "b/c", "B/c": "B/*", "b/C": "B/*", "c/x": "C/*", "C/d": "C/*", "c/d": "c/d*", "c/D": "C/*", "d/A": "",
	} {
		if got := capitals.For(gun).Pattern; got != want {
			t.Errorf("%s is pinned by %q, want %q", gun, got, want)
		}
	}
	if pins.For("c/dx").CA == nil {
		t.Error("a CA pin without its CA")
	}
}

// A file that verifies and is spelled in another way is to be signed again by a client
// that spells it as Notary does.
func TestOtherSpelling(t *testing.T) {
	s := publish(healthy())
	s["timestamp.json"] = append(s["timestamp.json"], '\n')
	repo, _ := s.load(dialect.Config{GUN: gun, At: during})
	role := repo.Role(model.RoleTimestamp)
	const want = "sign timestamp again with a client that writes Notary's form, before anyone else publishes"
	if role.State != model.RoleVerified || len(role.Problems) != 1 || role.Problems[0].Code != model.ProblemNotEmission || role.Problems[0].Remedy != want {
		t.Errorf("%s, %+v", role.State, role.Problems)
	}
}
