package tuf

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/client"
	"trustdeck/model/tuf/tuftest"
)

// files gives the files of a repository to go-tuf and to our own client, and notes which they
// ask for.
type files struct {
	*tuftest.Repository
	asked []string
}

// DownloadFile answers go-tuf.
func (f *files) DownloadFile(address string, limit int64, _ time.Duration) ([]byte, error) {
	name := path.Base(address)
	f.asked = append(f.asked, name)
	raw, ok := f.Wire[name]
	switch {
	case !ok:
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: address}
	case int64(len(raw)) > limit:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: "too long"}
	}
	return raw, nil
}

// Metadata answers our client.
func (f *files) Metadata(_ context.Context, ref port.Ref) ([]byte, error) {
	name := string(ref.Role) + ".json"
	if ref.Version != 0 {
		name = fmt.Sprintf("%d.%s", ref.Version, name)
	}
	f.asked = append(f.asked, name)
	raw, fault := f.Read(dialect.Want{Role: ref.Role, Version: ref.Version, Limit: ref.Limit})
	if fault != nil {
		return nil, fault
	}
	return raw, nil
}

// Target is never asked for.
func (f *files) Target(context.Context, string, string, int64) ([]byte, error) { panic("no target") }

// nothing is the state of a client that knows a root alone.
type nothing struct{ root []byte }

func (n nothing) Load(role model.RoleName) ([]byte, error) {
	if role == "root" {
		return n.root, nil
	}
	return nil, nil
}
func (nothing) Store(model.RoleName, []byte) error { return nil }
func (nothing) Forget(model.RoleName) error        { return nil }

// A verdict is what a client makes of a target: its SHA-256 where it is found, and else why it
// is not; and what it has asked for to find out.
type verdict struct{ sha256, reason, asked string }

// A searcher looks for one target after the other.
type searcher func(target string) verdict

// goTUF searches with go-tuf, beginning with the first root.
func (w *world) goTUF() searcher {
	source := &files{Repository: w.Repository}
	u, begun := newUpdater(source)
	return func(target string) (v verdict) {
		source.asked = nil
		t, err := (*metadata.TargetFiles)(nil), begun
		if begun == nil {
			t, err = safely(u, target)
		}
		v.asked = strings.Join(source.asked, " ")
		if err != nil {
			v.reason = err.Error()
			return v
		}
		v.sha256 = t.Hashes["sha256"].String()
		return v
	}
}

func newUpdater(source *files) (*updater.Updater, error) {
	cfg, err := config.New("https://tuf.example.org", source.Wire["1.root.json"])
	if err != nil {
		return nil, err
	}
	cfg.DisableLocalCache, cfg.Fetcher = true, source
	cfg.TimestampMaxLength = tuf.MaxTimestamp // the signatures of ML-DSA are long
	u, err := updater.New(cfg)
	if err == nil {
		u.UnsafeSetRefTime(tuftest.At)
	}
	return u, err
}

// safely is a search that go-tuf may end with a panic.
func safely(u *updater.Updater, target string) (t *metadata.TargetFiles, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it ends with %v", r)
		}
	}()
	return u.GetTargetInfo(target)
}

// ours searches with our client, beginning with the first root.
func (w *world) ours() searcher {
	source := &files{Repository: w.Repository}
	c, begun := client.New(source, nothing{w.Wire["1.root.json"]}, tuftest.At)
	return func(target string) (v verdict) {
		source.asked = nil
		t, err := (*model.Target)(nil), begun
		if begun == nil {
			t, err = c.Find(context.Background(), target)
		}
		v.asked = strings.Join(source.asked, " ")
		if err != nil {
			v.reason = err.Error()
			return v
		}
		v.sha256 = fmt.Sprintf("%x", t.Hashes.SHA256)
		return v
	}
}

// byLook is what is shown of a target in a repository that was looked at.
func byLook(repo *model.Repository, target string) verdict {
	r := tuf.Dialect{}.Resolve(repo, target)
	if !r.OK {
		return verdict{reason: r.Reason}
	}
	return verdict{sha256: fmt.Sprintf("%x", r.Target.Hashes.SHA256)}
}

// look reads a repository, with the first root trusted.
func (w *world) look() *model.Repository {
	var d tuf.Dialect
	l := d.Load(dialect.Config{At: tuftest.At, Anchors: []dialect.Anchor{{Kind: model.AnchorFirstUse, Source: "the test", Raw: w.Wire["1.root.json"]}}})
	return w.Drive(l).Repository()
}

// worlds is how many repositories an ordinary run compares; TUF_WORLDS has it be others.
const worlds = 300

// Whether a target is found, and which content it has, all agree: go-tuf, our client, which asks
// for the same files in the same order, and what a look at the repository shows. go-tuf differs only where the repository has a trap, which
// trustdeck names then.
func TestDifferential(t *testing.T) {
	t.Parallel()
	n := worlds
	if text := os.Getenv("TUF_WORLDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatalf("TUF_WORLDS is no number: %v", err)
		}
	}
	counts := map[string]int{}
	for seed := range uint64(n) {
		w := newWorld(seed)
		w.compare(counts, func(format string, args ...any) {
			t.Errorf("seed %d: %s\n%s", seed, fmt.Sprintf(format, args...), w.text())
		})
	}
	t.Logf("%d repositories; targets found, and differences by trap: %v", n, counts)
	for _, trap := range append(slices.Collect(maps.Values(traps)), "(T9)") {
		if counts[trap] == 0 && os.Getenv("TUF_WORLDS") == "" {
			t.Errorf("no repository shows %s", trap)
		}
	}
	if counts["found"] < n {
		t.Errorf("only %d targets are found in %d repositories", counts["found"], n)
	}
}

// compare has all search for every target: each as a new client, and for one after the other.
func (w *world) compare(counts map[string]int, differs func(format string, args ...any)) {
	repo := w.look()
	theirRun, ourRun := w.goTUF(), w.ours()
	for _, target := range append(w.paths, "missing") {
		theirs, ours, shown := w.goTUF()(target), w.ours()(target), byLook(repo, target)
		if ours.sha256 != shown.sha256 {
			differs("%s: the client finds %+v, and %+v is shown", target, ours, shown)
		}
		if ours.sha256 != "" {
			counts["found"]++
		}
		if ours.sha256 != theirs.sha256 {
			counts[w.trap]++
			if w.trap == "" || !names(repo, w.trap) {
				differs("%s: go-tuf finds %+v, and we %+v; the trap %q is not named", target, theirs, ours, w.trap)
			}
		} else if w.trap == "" && !sameRequests(ours, theirs) {
			differs("%s: go-tuf asks for %s, and we for %s", target, theirs.asked, ours.asked)
		}
		if again := ourRun(target); again.sha256 != ours.sha256 {
			differs("%s: %+v after other searches, and %+v before", target, again, ours)
		}
		if again := theirRun(target); again.sha256 != theirs.sha256 {
			counts["(T9)"]++
			if !names(repo, "(T9)") {
				differs("%s: go-tuf finds %+v after other searches, and %+v before; T9 is not named", target, again, theirs)
			}
		}
	}
}

// sameRequests reports whether our client and go-tuf asked for the same files. At a root that has
// expired we stop, as 5.3.10 says, and go-tuf looks at the timestamp first.
func sameRequests(ours, theirs verdict) bool {
	return ours.asked == theirs.asked || strings.Contains(theirs.reason, "final root.json is expired") && ours.asked+" timestamp.json" == theirs.asked
}

// names reports whether trustdeck says a text of a repository.
func names(repo *model.Repository, text string) bool {
	for _, p := range repo.AllProblems() {
		if strings.Contains(p.Text, text) {
			return true
		}
	}
	return false
}
