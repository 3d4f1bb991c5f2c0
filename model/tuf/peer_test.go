package tuf_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	tufconfig "github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// served lets go-tuf's updater download from a repository.
type served struct{ *tuftest.Repository }

func (s served) DownloadFile(address string, _ int64, _ time.Duration) ([]byte, error) {
	raw, ok := s.Wire[path.Base(address)]
	if !ok {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: address}
	}
	return slices.Clone(raw), nil
}

// newUpdater is go-tuf's updater as a new client, with a limit on how many delegations it
// follows.
func newUpdater(r *tuftest.Repository, most int) (*updater.Updater, error) {
	cfg, err := tufconfig.New("https://tuf.example.org/", r.Wire["1.root.json"])
	if err != nil {
		return nil, err
	}
	cfg.Fetcher, cfg.DisableLocalCache, cfg.MaxDelegations = served{r}, true, most
	client, err := updater.New(cfg)
	if err != nil {
		return nil, err
	}
	client.UnsafeSetRefTime(tuftest.At)
	return client, client.Refresh()
}

// lookUp is what go-tuf's updater makes of a target.
func lookUp(r *tuftest.Repository, target string) (*metadata.TargetFiles, error) {
	client, err := newUpdater(r, tuf.MaxVisited)
	if err != nil {
		return nil, err
	}
	return client.GetTargetInfo(target)
}

// generated makes a repository by chance: several delegators of one role, cycles, globs,
// terminating delegations, and now and then a role that is broken.
func generated(random *rand.Rand) (*tuftest.Repository, []string) {
	r := tuftest.New()
	keys := []*tuftest.Key{tuftest.Ed25519(), tuftest.P256(), tuftest.P384()}
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	patterns := []string{"*", "a/*", "b/*", "*/*", "a/?", "*/x", "?/y", "a/x", "*a*"}
	targets := []string{"a", "b", "a/x", "a/y", "b/x", "b/y", "a/b/c"}
	names := []string{"targets", "one", "two", "three", "four", "five"}
	for range 3 + random.IntN(8) {
		from, to := pick(names), pick(names[1:])
		edge := tuftest.Object{"paths": []string{pick(patterns), pick(patterns)}, "terminating": random.IntN(5) == 0}
		if r.Signed[model.RoleName(from)] == nil || slices.Contains(delegates(r, from), to) {
			continue
		}
		r.Delegate(model.RoleName(from), model.RoleName(to), tuftest.Quorum{Threshold: 1, Keys: keys[random.IntN(3):]}, edge)
	}
	roles := []model.RoleName{"root"}
	for _, name := range names {
		role := model.RoleName(name)
		if r.Signed[role] == nil {
			continue
		}
		for range random.IntN(4) {
			r.AddTarget(role, pick(targets), fmt.Sprint(random.IntN(3)))
		}
		roles = append(roles, role)
		if role.Delegation() {
			r.Signers[role] = keys[random.IntN(3):]
		}
	}
	r.Publish(roles...)
	return r, targets
}

// delegates are the names that a role delegates to.
func delegates(r *tuftest.Repository, from string) []string {
	var out []string
	d, _ := r.Signed[model.RoleName(from)]["delegations"].(tuftest.Object)
	roles, _ := d["roles"].([]any)
	for _, role := range roles {
		out = append(out, role.(tuftest.Object)["name"].(string))
	}
	return out
}

// What go-tuf's updater finds is found, and nothing else, in repositories made by chance.
func TestFindsWhatGoTUFFinds(t *testing.T) {
	t.Parallel()
	rounds := uint64(100)
	if testing.Short() {
		rounds = 8
	}
	hits := 0
	for seed := range rounds {
		r, targets := generated(rand.New(rand.NewPCG(seed, 7)))
		got := open(r)
		for _, target := range targets {
			theirs, err := lookUp(r, target)
			search := (tuf.Dialect{}).Search(got, target)
			ours := search.Resolution
			if (err == nil) != ours.OK || ours.OK && (theirs.Length != ours.Target.Length || theirs.Hashes["sha256"].String() != metadata.HexBytes(ours.Target.Hashes.SHA256).String()) {
				t.Errorf("seed %d, %s: go-tuf finds %v, %v; here %+v:\n%s", seed, target, theirs, err, ours, strings.ReplaceAll(walked(got, target), ", ", "\n"))
			}
			if ours.OK {
				hits++
			}
		}
	}
	if hits < int(rounds) {
		t.Errorf("only %d targets are found in %d repositories", hits, rounds)
	}
}

// Each kind of key that go-tuf knows: the updater accepts what is accepted here.
func TestGoTUFReadsTheSameKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Ed25519", "P-256", "P-256, old type", "P-384", "RSA PSS"} {
		r := tuftest.New()
		for _, role := range model.TopLevelRoles() {
			r.SetRole(role, tuftest.By(tuftest.Algorithms()[name]()))
		}
		r.AddTarget("targets", "a", "x")
		r.Publish("root", "targets")
		sound(t, open(r))
		if _, err := lookUp(r, "a"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// go-tuf finds nothing by hash prefixes, as it is said of it (T4).
func TestGoTUFDoesNotFindByPrefix(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.Delegate("targets", "it", tuftest.By(tuftest.Ed25519()), tuftest.Object{"path_hash_prefixes": []string{prefixOf("a", 2)}})
	r.AddTarget("it", "a", "x")
	r.Publish("targets", "it")
	if _, err := lookUp(r, "a"); err == nil {
		t.Error("go-tuf finds a target by a hash prefix")
	}
	if res := (tuf.Dialect{}).Resolve(open(r), "a"); !res.OK {
		t.Errorf("%+v", res)
	}
}
