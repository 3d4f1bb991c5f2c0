package tuf

import (
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/e2e/peer"
	"trustdeck/model/tuf/tuftest"
)

// What becomes of a search for a target.
type outcome string

const (
	found    outcome = "found"
	notFound outcome = "not found"
	refused  outcome = "refused"
)

// goTUF begins with the first root of a site, and is at the moment for which tuftest makes
// repositories.
func goTUF(tb testing.TB, s *site) *updater.Updater {
	tb.Helper()
	return goTUFFrom(tb, s, s.metadata["1.root.json"])
}

// goTUFFrom begins with any root.
func goTUFFrom(tb testing.TB, s *site, root []byte) *updater.Updater {
	tb.Helper()
	cfg, err := config.New(s.URL+"/metadata", root)
	if err != nil {
		tb.Fatal(err)
	}
	cfg.DisableLocalCache = true
	u, err := updater.New(cfg)
	if err != nil {
		tb.Fatalf("go-tuf does not begin: %v", err)
	}
	u.UnsafeSetRefTime(tuftest.At)
	return u
}

// goTUFFinds has go-tuf search for targets in turn, and returns what becomes of the last.
func goTUFFinds(u *updater.Updater, paths ...string) (outcome, error) {
	var result outcome
	var err error
	for _, path := range paths {
		var there bool
		there, err = peer.Finds(u, path)
		switch {
		case err != nil:
			result = refused
		case there:
			result = found
		default:
			result = notFound
		}
	}
	return result, err
}
