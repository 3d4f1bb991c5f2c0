package notary_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
)

// during is a moment at which all of the test data is valid.
var during = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A served repository is a folder of files as a server holds them: ROLE.json
// for the current ones, N.root.json for the roots of the past.
type served map[string][]byte

func serve(t testing.TB, dir string) served {
	t.Helper()
	files := served{}
	root := filepath.Join("testdata", dir, "server")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read answers as a Notary server does: by hash only if the hash is right.
func (s served) read(w dialect.Want) ([]byte, *model.Fault) {
	name := string(w.Role) + ".json"
	if w.Version != 0 {
		name = fmt.Sprintf("%d.%s", w.Version, name)
	}
	raw, ok := s[name]
	sum := sha256.Sum256(raw)
	if !ok || w.SHA256 != "" && hex.EncodeToString(sum[:]) != w.SHA256 {
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "not found"}
	}
	return raw, nil
}

// load runs a Load to its end and counts its requests.
func (s served) load(cfg dialect.Config) (*model.Repository, []dialect.Want) {
	if cfg.At.IsZero() {
		cfg.At = during
	}
	if cfg.FirstUse == 0 {
		cfg.FirstUse = model.AnchorFirstUse
	}
	l := notary.NewLoad(cfg)
	var all []dialect.Want
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, fault := s.read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
		all = append(all, wants...)
	}
	return l.Repository(), all
}

var realRepositories = []struct {
	dir   string
	gun   model.GUN
	roles []string
}{
	{"repoA", "registry.example.com/acme/app", []string{
		"root v1 1 of 1 verified", "targets v16 1 of 1 verified", "targets/releases v1 2 of 1 verified",
		"targets/alice v1 1 of 1 verified", "snapshot v17 1 of 1 verified", "timestamp v16 1 of 1 verified",
	}},
	{"repoB", "registry.example.com/acme/rotated", []string{
		"root v9 1 of 1 verified", "targets v3 1 of 1 verified", "snapshot v10 1 of 1 verified", "timestamp v9 1 of 1 verified",
	}},
	{"repoC-docker", "registry.example.com/dct/img", []string{
		"root v1 1 of 1 verified", "targets v4 1 of 1 verified", "targets/carol v4 1 of 1 verified",
		"targets/releases v4 2 of 1 verified", "targets/dave v4 1 of 1 verified", "snapshot v7 1 of 1 verified", "timestamp v7 1 of 1 verified",
	}},
}

func TestRealRepositoriesVerify(t *testing.T) {
	for _, tt := range realRepositories {
		t.Run(tt.dir, func(t *testing.T) {
			repo, _ := serve(t, tt.dir).load(dialect.Config{GUN: tt.gun})
			for _, p := range repo.AllProblems() {
				t.Errorf("problem: %+v", p)
			}
			var got []string
			for _, r := range repo.Roles {
				got = append(got, fmt.Sprintf("%s v%d %d of %d %s", r.Name, r.Version, r.Valid, r.Threshold, r.State))
			}
			if a, b := strings.Join(got, "\n"), strings.Join(tt.roles, "\n"); a != b {
				t.Errorf("roles:\n%s\nwant:\n%s", a, b)
			}
			if repo.Anchor.Kind != model.AnchorFirstUse || len(repo.Anchor.Keys) == 0 {
				t.Errorf("anchor: %+v", repo.Anchor)
			}
		})
	}
}

// Every file of the test data comes from Notary, so the writer must give the
// very same bytes.
func TestWireIsByteExact(t *testing.T) {
	for _, tt := range realRepositories {
		for name, raw := range serve(t, tt.dir) {
			f, err := notary.Parse(roleOf(name), raw)
			if err != nil {
				t.Errorf("%s/%s: %v", tt.dir, name, err)
				continue
			}
			if got := f.Wire(); !bytes.Equal(got, raw) {
				t.Errorf("%s/%s:\n%s\nwant\n%s", tt.dir, name, got, raw)
			}
			if !bytes.Equal(f.Canonical(), f.Payload()) {
				t.Errorf("%s/%s: canonical form written and read differ", tt.dir, name)
			}
			if d := f.Deviation(raw); d != "" {
				t.Errorf("%s/%s: %s", tt.dir, name, d)
			}
		}
	}
}

// roleOf undoes the server's file names.
func roleOf(name string) model.RoleName {
	name = strings.TrimSuffix(name, ".json")
	if n, rest, ok := strings.Cut(name, "."); ok && strings.Trim(n, "0123456789") == "" {
		name = rest
	}
	return model.RoleName(name)
}

func TestRootWalk(t *testing.T) {
	s := serve(t, "repoB")
	gun := realRepositories[1].gun
	for n := 1; n <= 9; n++ {
		t.Run(fmt.Sprintf("from %d", n), func(t *testing.T) {
			anchor := dialect.Anchor{Kind: model.AnchorTrustDir, Source: "trust folder", Raw: s[fmt.Sprintf("%d.root.json", n)]}
			repo, _ := s.load(dialect.Config{GUN: gun, Anchors: []dialect.Anchor{anchor}})
			if p := repo.AllProblems(); len(p) > 0 {
				t.Fatalf("problems: %+v", p)
			}
			walked := repo.Anchor.Walked
			if walked[0] != int64(n) || walked[len(walked)-1] != 9 {
				t.Errorf("walked %v", walked)
			}
			// Root 9 is signed by the key of root 8 alone: whoever knows only
			// a root from before 8 must go through the versions between.
			if n < 8 && len(walked) != 9-n+1 {
				t.Errorf("walked %v, want every version from %d", walked, n)
			}
		})
	}
	t.Run("a version in between is missing", func(t *testing.T) {
		gap := maps.Clone(s)
		delete(gap, "6.root.json")
		anchor := dialect.Anchor{Kind: model.AnchorTrustDir, Source: "trust folder", Raw: s["1.root.json"]}
		repo, _ := gap.load(dialect.Config{GUN: gun, Anchors: []dialect.Anchor{anchor}})
		if !has(repo, model.RoleRoot, model.ProblemRootReplaced) {
			t.Errorf("problems: %+v", repo.AllProblems())
		}
	})
}

// The signatures of root 8 are the richest in the test data: by its own key,
// and by those of every root before it.
func TestSignaturesOfTheRootsBefore(t *testing.T) {
	s := serve(t, "repoB")
	s["root.json"] = s["8.root.json"]
	repo, _ := s.load(dialect.Config{GUN: realRepositories[1].gun})
	var states []string
	for _, sig := range repo.Role(model.RoleRoot).Signatures {
		states = append(states, sig.State.String())
	}
	counts := map[string]int{}
	for _, st := range states {
		counts[st]++
	}
	if counts["valid"] != 1 || counts["previous key"] != 5 {
		t.Errorf("states: %v", states)
	}
}

func TestWarmLoadAsksForTheTimestampAlone(t *testing.T) {
	for _, tt := range realRepositories {
		s := serve(t, tt.dir)
		cached := map[model.RoleName]dialect.Stored{}
		for name, raw := range s {
			if !strings.ContainsAny(strings.TrimSuffix(name, ".json"), ".") {
				cached[roleOf(name)] = dialect.Stored{Raw: raw}
			}
		}
		repo, wants := s.load(dialect.Config{
			GUN: tt.gun, Cached: cached,
			Anchors: []dialect.Anchor{{Kind: model.AnchorOwn, Source: "cache", Raw: cached[model.RoleRoot].Raw}},
		})
		if len(wants) != 1 || wants[0].Role != model.RoleTimestamp {
			t.Errorf("%s: wants %+v", tt.dir, wants)
		}
		if p := repo.AllProblems(); len(p) > 0 {
			t.Errorf("%s: problems %+v", tt.dir, p)
		}
	}
}

func has(r *model.Repository, role model.RoleName, code model.ProblemCode) bool {
	for _, p := range r.AllProblems() {
		if p.Code == code && p.Role == role {
			return true
		}
	}
	return false
}

// Every mutation of one byte, every byte left out and every byte said twice
// must be seen: as a failure, or as bytes that Notary would not emit. With
// EVERY_BYTE=1 all bytes are mutated in all ways, else some of them.
func TestEveryMutationIsSeen(t *testing.T) {
	for _, tt := range realRepositories {
		original := serve(t, tt.dir)
		for name := range original {
			n, _, past := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
			if past && (tt.dir != "repoB" || before[n] == "") {
				continue // the same bytes as a current file, or as good as another
			}
			t.Run(tt.dir+"/"+name, func(t *testing.T) {
				t.Parallel()
				mutateAll(t, original, name, tt.gun)
			})
		}
	}
}

// before names the anchor for the roots of the past that are mutated: one with
// one key and one with two, each in place of another key. The later they are, the
// shorter is the walk from there.
var before = map[string]string{"6": "5.root.json", "7": "6.root.json"}

func mutateAll(t *testing.T, original served, name string, gun model.GUN) {
	raw := original[name]
	cfg := dialect.Config{GUN: gun}
	if n, _, ok := strings.Cut(name, "."); ok && strings.Trim(n, "0123456789") == "" {
		// A root of the past counts only for whoever walks through it.
		cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: "test", Raw: original[before[n]]}}
	}
	step, ways := mutated()
	for n, i := 0, 0; i < len(raw); n, i = n+1, i+step {
		all := [][]byte{splice(raw, i, 1, raw[i]^1), splice(raw, i, 1, raw[i]^0x20), splice(raw, i, 1), splice(raw, i, 0, raw[i]), splice(raw, i, 1, ' ')}
		for way := range ways {
			mutated := all[(n*ways+way)%len(all)]
			if bytes.Equal(mutated, raw) {
				continue
			}
			s := maps.Clone(original)
			s[name] = mutated
			if repo, _ := s.load(cfg); len(repo.AllProblems()) == 0 {
				t.Fatalf("byte %d, %q for %q: nothing was seen", i, mutated[max(0, i-8):min(len(mutated), i+8)], raw[max(0, i-8):min(len(raw), i+8)])
			}
		}
	}
}

// mutated says that each byte whose place is a multiple of step is mutated, in so many
// of the five ways, one after the other.
func mutated() (step, ways int) {
	switch {
	case testing.Short():
		return 199, 2
	case os.Getenv("EVERY_BYTE") != "":
		return 1, 5
	default:
		return 7, 2
	}
}

func splice(raw []byte, at, cut int, put ...byte) []byte {
	out := append([]byte(nil), raw[:at]...)
	return append(append(out, put...), raw[at+cut:]...)
}
