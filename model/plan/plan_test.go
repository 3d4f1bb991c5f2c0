package plan_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

const gun = model.GUN("registry.example.org/acme/app")

var (
	update = flag.Bool("update", false, "write the golden files")
	now    = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

// here lists keys as the trust folder does.
func here(label string, keys ...notarytest.Key) []model.PrivateKey {
	var out []model.PrivateKey
	for _, k := range keys {
		out = append(out, model.PrivateKey{ID: notary.CanonicalID(k.PublicKey), Label: label, Place: "file", Encrypted: true})
	}
	return out
}

func initialise() model.InitRepository {
	one := func(source model.KeySource) model.RoleKeys {
		return model.RoleKeys{Keys: []model.KeyChoice{{Source: source}}, Threshold: 1}
	}
	return model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)}
}

func compile(t *testing.T, r plan.Request, keys ...model.PrivateKey) *plan.Plan {
	t.Helper()
	p, err := plan.Compile([]plan.Request{r}, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outline is a plan in few lines: what is rewritten, who signs, and the verdict.
func outline(p *plan.Plan) string {
	var b strings.Builder
	for _, part := range p.Parts {
		for _, m := range part.NewKeys {
			fmt.Fprintf(&b, "make %s (%s)\n", m.Name, m.Source)
		}
		for _, r := range part.Rewrites {
			fmt.Fprintf(&b, "%s %d to %d by %s: %s\n", r.Role, r.From, r.To, r.Signer, strings.Join(r.Diff, "; "))
			for _, n := range r.Needs {
				var keys []string
				for _, k := range n.Keys {
					sign := ""
					if k.Sign {
						sign = " signs"
					}
					keys = append(keys, string(k.Place)+sign)
				}
				fmt.Fprintf(&b, "  %d of %s: %s\n", n.Threshold, n.GrantedBy, strings.Join(keys, ", "))
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", part.Verdict.State, part.Verdict.Text)
	}
	return b.String()
}

// What each change comes to, for each place where keys may be.
func TestOutlines(t *testing.T) {
	alice := model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}
	repo := notarytest.New(gun, now)
	two := notarytest.New(gun, now)
	two.Keys[model.RoleTargets] = append(two.Keys[model.RoleTargets], notarytest.NewKey())
	for i := range two.Files[model.RoleRoot].Roles {
		if two.Files[model.RoleRoot].Roles[i].Name == model.RoleTargets {
			two.Files[model.RoleRoot].Roles[i].Threshold = 2
		}
	}
	two.NameKeys()
	two.Seal(model.RoleRoot, model.RoleTargets)
	three := initialise()
	three.Root = model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}, {Source: model.KeyNew}, {Source: model.KeyNew}}, Threshold: 2}
	three.Snapshot = model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}}, Threshold: 1}

	for name, row := range map[string]struct {
		request plan.Request
		keys    []model.PrivateKey
		want    []string
	}{
		"init": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{initialise()}}, nil, []string{
			"make new root key (new)", "make new targets key (new)", "make the server's snapshot key (server)", "make the server's timestamp key (server)",
			"root 0 to 1 by here: root is signed with new root key, 1 of 1", "  1 of root 1: here signs",
			"targets 0 to 1 by here:", "snapshot 0 to 1 by server", "timestamp 0 to 1 by server", "ready:",
		}},
		"init with 2 of 3 root keys and the snapshot here": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{three}}, nil, []string{
			"make new root key 3 (new)", "  2 of root 1: here signs, here signs, here", "snapshot 0 to 1 by here", "timestamp 0 to 1 by server", "ready:",
		}},
		"init and a signer": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{initialise(), alice}}, nil, []string{
			"targets 0 to 1 by here: targets/alice added with 1 key; targets/releases added with 1 key", "ready:",
		}},
		"signer, server's snapshot": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{alice}}, here("targets", repo.Keys[model.RoleTargets]...), []string{
			"targets 1 to 2 by here: targets/alice added with 1 key; targets/releases added with 1 key", "  1 of root 1: here signs", "snapshot 1 to 2 by server", "timestamp 1 to 2 by server", "ready:",
		}},
		"signer, snapshot here": {
			plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{alice}},
			append(here("targets", repo.Keys[model.RoleTargets]...), here("snapshot", repo.Keys[model.RoleSnapshot]...)...),
			[]string{"snapshot 1 to 2 by here: targets changed", "timestamp 1 to 2 by server", "ready:"},
		},
		"signer, the key is elsewhere": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{alice}}, nil, []string{
			"  1 of root 1: unknown", "waiting: some keys are not on this machine: targets needs 1 signature more, by key ",
		}},
		"signer, one of two keys is here": {plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: two.Read(), Changes: []model.Change{alice}}, here("targets", two.Keys[model.RoleTargets][0]), []string{
			"  2 of root 2: here signs, unknown", "waiting: some keys are not on this machine: targets needs 1 signature more, by key ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := outline(compile(t, row.request, row.keys...))
			for _, want := range row.want {
				if !strings.Contains(got, want) {
					t.Errorf("the plan lacks %q:\n%s", want, got)
				}
			}
		})
	}
}

// Asking for what is there already writes nothing.
func TestNothingToDo(t *testing.T) {
	alice := notarytest.NewKey()
	repo := notarytest.New(gun, now)
	repo.Delegate("targets/alice", 1, []string{""}, alice)
	repo.Delegate(docker.Releases, 1, []string{""}, alice)
	repo.Seal(model.RoleTargets)
	p := compile(t, plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{model.AddSigner{Name: "alice", Keys: []model.PublicKey{alice.PublicKey}}}})
	if v := p.Verdict(); v.State != plan.Nothing || len(p.Parts[0].Rewrites) > 0 {
		t.Errorf("%+v", p.Parts[0])
	}
}

// The same state and answers give the same bytes, at any later moment the same
// digest; a file that is read back asks for the same.
func TestDeterministic(t *testing.T) {
	repo := notarytest.New(gun, now)
	alice := model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}
	requests := []plan.Request{
		{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{alice}},
		{Dialect: docker.Dialect{}, GUN: "registry.example.org/acme/new", Changes: []model.Change{initialise(), alice}},
	}
	keys := here("targets", repo.Keys[model.RoleTargets]...)
	one, err := plan.Compile(requests, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	two, err := plan.Compile(requests, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := plan.Encode(one), plan.Encode(two); string(a) != string(b) {
		t.Errorf("two plans:\n%s\n%s", a, b)
	}
	later, err := plan.Compile(requests, nil, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if one.Digest() != later.Digest() {
		t.Error("the digest depends on the moment or on where keys are")
	}
	saved, err := plan.Decode(plan.Encode(one))
	if err != nil {
		t.Fatal(err)
	}
	if saved.Digest != one.Digest() || len(saved.Requests) != 2 {
		t.Fatalf("read back: %+v", saved)
	}
	for i, r := range saved.Requests {
		if r.GUN != requests[i].GUN || !reflect.DeepEqual(r.Changes, requests[i].Changes) || !reflect.DeepEqual(r.Base, one.Parts[i].Base) {
			t.Errorf("request %d read back: %+v", i, r)
		}
	}
}

// Another base, other changes and other keys are another plan.
func TestDigestTellsApart(t *testing.T) {
	repo := notarytest.New(gun, now)
	alice := model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}
	digest := func(change model.Change) string {
		return compile(t, plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{change}}).Digest()
	}
	seen := map[string]string{}
	note := func(name, digest string) {
		if other, twice := seen[digest]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[digest] = name
	}
	note("alice", digest(alice))
	note("another name", digest(model.AddSigner{Name: "bob", Keys: alice.Keys}))
	note("another key", digest(model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}))
	repo.Tag(model.RoleTargets, "1.0", "image")
	repo.Seal(model.RoleTargets)
	note("another base", digest(alice))
}

// A refusal is a request that makes no sense.
type refusal struct {
	name    string
	request plan.Request
}

// What makes no sense is refused with a sentence that names it and the way out.
func TestRefusals(t *testing.T) {
	repo := notarytest.New(gun, now)
	broken := notarytest.New(gun, now)
	notarytest.SignFile(broken.Files[model.RoleTargets], notarytest.NewKey())
	broken.SealSnapshot()
	key := notarytest.NewKey()
	bare, listed := forms(t)
	add := func(name string, keys ...model.PublicKey) []model.Change {
		return []model.Change{model.AddSigner{Name: name, Keys: keys}}
	}
	threshold := func(n int) []model.Change {
		c := initialise()
		c.Root.Threshold = n
		return []model.Change{c}
	}
	rows := []refusal{
		{"reserved name", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("releases", key.PublicKey)}},
		{"upper case", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("Alice", key.PublicKey)}},
		{"space", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice smith", key.PublicKey)}},
		{"dots", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("..", key.PublicKey)}},
		{"control character", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("a\x1b[31mb", key.PublicKey)}},
		{"empty name", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("", key.PublicKey)}},
		{"long name", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add(strings.Repeat("a", 300), key.PublicKey)}},
		{"no key", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice")}},
		{"RSA 1024", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice", weak(t))}},
		{"expired certificate", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice", certified(t, late))}},
		{"certificate that is not valid yet", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice", certified(t, early))}},
		{"certificate signed with SHA-1", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice", certified(t, sha1))}},
		{"the same key in two forms", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: add("alice", bare, listed)}},
		{"not initialised", plan.Request{Dialect: docker.Dialect{}, Changes: add("alice", key.PublicKey)}},
		{"broken", plan.Request{Dialect: docker.Dialect{}, Repository: broken.Read(), Changes: add("alice", key.PublicKey)}},
		{"initialised already", plan.Request{Dialect: docker.Dialect{}, Repository: repo.Read(), Changes: []model.Change{initialise()}}},
		{"threshold 0", plan.Request{Dialect: docker.Dialect{}, Changes: threshold(0)}},
		{"threshold above the keys", plan.Request{Dialect: docker.Dialect{}, Changes: threshold(2)}},
		{"expired root certificate", plan.Request{Dialect: docker.Dialect{}, Changes: rootCertificate(t, late)}},
		{"root certificate that is not valid yet", plan.Request{Dialect: docker.Dialect{}, Changes: rootCertificate(t, early)}},
		{"root certificate of an authority", plan.Request{Dialect: docker.Dialect{}, Changes: rootCertificate(t, authority)}},
		{"root certificate signed with SHA-1", plan.Request{Dialect: docker.Dialect{}, Changes: rootCertificate(t, sha1)}},
		{"root certificate for another repository", plan.Request{Dialect: docker.Dialect{}, Changes: rootCertificate(t, stranger)}},
		{"root certificate of another key", plan.Request{Dialect: docker.Dialect{}, Changes: strayCertificate(t)}},
		{"no root key", plan.Request{Dialect: docker.Dialect{}, Changes: []model.Change{model.InitRepository{}}}},
	}
	rows = append(rows, lifeRefusals(t)...)
	rows = append(rows, delegationRefusals(t)...)
	var got strings.Builder
	for _, row := range rows {
		row.request.GUN = gun
		_, err := plan.Compile([]plan.Request{row.request}, nil, now)
		if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%s: error %v, hint %q", row.name, err, model.HintOf(err))
			continue
		}
		text := shortID.ReplaceAllString(err.Error(), "KEY")
		fmt.Fprintf(&got, "%s\n  %s\n  %s\n", row.name, text, model.HintOf(err))
	}
	golden(t, "refusals.golden", got.String())
}

// A repository that could not be read is nobody's wrong usage: what kept it from
// being read says what to do.
func TestUnreadBase(t *testing.T) {
	fault := &model.Fault{Kind: model.FaultServer, Text: "the server failed (500)", Hint: "try again later"}
	for name, row := range map[string]struct {
		root model.Role
		kind model.FaultKind
		hint string
	}{
		"the server failed": {model.Role{State: model.RoleUnavailable, Problems: []model.Problem{{Text: "root could not be read", Fault: fault}}}, model.FaultServer, "try again later"},
		"no trust data":     {model.Role{State: model.RoleUnreadable, Problems: []model.Problem{{Text: "root is not readable"}}}, model.FaultBadData, "This is not trust data: check where the repository is"},
	} {
		t.Run(name, func(t *testing.T) {
			row.root.Name = model.RoleRoot
			r := &model.Repository{GUN: gun, Roles: []model.Role{row.root}}
			_, err := plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: gun, Repository: r, Changes: []model.Change{initialise()}}}, nil, now)
			if model.KindOf(err) != row.kind || !strings.HasPrefix(model.HintOf(err), row.hint) || !strings.Contains(err.Error(), row.root.Problems[0].Text) {
				t.Errorf("%v (%s), %s", err, model.KindOf(err), model.HintOf(err))
			}
		})
	}
}

var shortID = regexp.MustCompile(`\b[0-9a-f]{4} [0-9a-f]{4}\b`)

func weak(t *testing.T) model.PublicKey {
	t.Helper()
	return notarytest.NewRSAKey(1024).PublicKey
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is now:\n%s", name, got)
	}
}

// A plan file that is not one, or that says more than is understood, is refused.
func TestDecodeRefuses(t *testing.T) {
	good := plan.Encode(compile(t, plan.Request{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{initialise()}}))
	change := func(edit func(map[string]any)) []byte {
		var m map[string]any
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		edit(m)
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	request := func(m map[string]any) map[string]any { return m["requests"].([]any)[0].(map[string]any) }
	for name, text := range map[string][]byte{
		"nothing":           nil,
		"no JSON":           []byte("hello"),
		"something after":   append(append([]byte{}, good...), "{}"...),
		"another schema":    change(func(m map[string]any) { m["schema"] = "trustdeck/v9" }),
		"unknown member":    change(func(m map[string]any) { m["force"] = true }),
		"no digest":         change(func(m map[string]any) { m["digest"] = "" }),
		"no request":        change(func(m map[string]any) { m["requests"] = []any{} }),
		"a hostile name":    change(func(m map[string]any) { request(m)["gun"] = "../../etc" }),
		"an unknown change": change(func(m map[string]any) { request(m)["changes"] = []any{map[string]any{"kind": "burn", "what": nil}} }),
		"an unknown member of a change": change(func(m map[string]any) {
			request(m)["changes"].([]any)[0].(map[string]any)["what"].(map[string]any)["force"] = true
		}),
		"too large": make([]byte, plan.MaxFile+1),
	} {
		if saved, err := plan.Decode(text); err == nil {
			t.Errorf("%s was read as %+v", name, saved)
		}
	}
}

func FuzzDecode(f *testing.F) {
	p, err := plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{initialise()}}}, nil, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plan.Encode(p))
	repo, _, _ := signed()
	for _, changes := range [][]model.Change{
		{model.Renew{Roles: []model.RoleName{model.RoleTargets}}, model.Witness{Roles: []model.RoleName{docker.Releases}}},
		{model.RemoveSigner{Name: "alice"}, model.AllowUnsigned{Pending: []model.RoleName{docker.Releases}}},
		{model.RotateKey{Role: model.RoleRoot, Keys: initialise().Root, CosignRoots: -1, Retire: true}},
	} {
		p, err := plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: changes}}, nil, now)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plan.Encode(p))
	}
	known := repo.Read()
	f.Fuzz(func(t *testing.T, text []byte) {
		saved, err := plan.Decode(text)
		if err != nil {
			return
		}
		for _, repository := range []*model.Repository{nil, known} {
			var requests []plan.Request
			for _, r := range saved.Requests {
				requests = append(requests, plan.Request{Dialect: docker.Dialect{}, GUN: r.GUN, Repository: repository, Changes: r.Changes})
			}
			if p, err := plan.Compile(requests, nil, now); err == nil && p.Digest() == "" {
				t.Error("a plan without a digest")
			}
		}
	})
}
