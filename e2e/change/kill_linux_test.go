//go:build amd64 || arm64

package change

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// everyKill is the variable of the environment that, where it is set, has all flows
// killed at all points. Without it a flow that is sampled is killed at one point of
// each kind.
const everyKill = "EVERY_KILL"

// A killed flow is a command that is killed at every point: whenever it changes a
// file below the home folder, in the trust folder, the journal or the cache, and
// whenever it makes a request.
type killed struct {
	name string
	// before are commands that bring the world into its state at the start; cut,
	// where it is set, is where the last of them is killed.
	before [][]string
	cut    *kill
	args   []string
	// guns are the repositories that it changes, and signer is whom it adds; ""
	// where it only initialises them.
	guns   []model.GUN
	signer string
	// sampled has one point of each kind taken, unless everyKill is set.
	sampled bool
	// production has it run on a real server, and only those points taken that
	// only matches: each run takes a repository of its own.
	production bool
	only       *regexp.Regexp
}

const first, second = "docker.io/acme/one", "docker.io/acme/two"

// flows are the commands that are killed. ALICE is the file of a public key.
var flows = []killed{
	{name: "init", args: []string{"init", first}, guns: []model.GUN{first}},
	{
		name: "signer add", before: [][]string{{"init", first}},
		args: []string{"signer", "add", "--key", "ALICE", "alice", first}, guns: []model.GUN{first}, signer: "alice",
	},
	{
		name: "signer add that initialises two repositories", sampled: true,
		args: []string{"signer", "add", "--key", "ALICE", "alice", first, second}, guns: []model.GUN{first, second}, signer: "alice",
	},
	{
		name: "resume", before: [][]string{{"init", first}}, sampled: true,
		cut:  &kill{point: "GET /v2/" + first + "/_trust/tuf/timestamp.key", nth: 1, act: peer.KillWithin},
		args: []string{"resume"}, guns: []model.GUN{first},
	},
	{
		name: "init on a real server", args: []string{"init", first}, guns: []model.GUN{first},
		production: true, only: regexp.MustCompile(`^POST|timestamp\.key$`),
	},
}

// A kill is one end of a run: at the nth point of a name, on one of its sides.
type kill struct {
	point string
	nth   int
	act   peer.Act
}

func (k kill) String() string {
	side := map[peer.Act]string{peer.KillBefore: "before", peer.KillWithin: "within", peer.KillAfter: "after"}[k.act]
	return fmt.Sprintf("%s %s %d", side, k.point, k.nth)
}

// variable is what differs between two runs in the names of points: IDs of keys and
// journal entries, hashes, and the repository where each run has its own.
var variable = []struct {
	is   *regexp.Regexp
	mask string
}{
	{regexp.MustCompile(`[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}`), "ENTRY"},
	{regexp.MustCompile(`[0-9a-f]{32,64}`), "ID"},
	{regexp.MustCompile(`\.new-[0-9]+`), ".new-N"},
	{regexp.MustCompile(`acme/one-[0-9]+`), "acme/one"},
}

// name is a point as the log has it, the same in every run.
func name(p peer.Point) string {
	text := p.String()
	for _, v := range variable {
		text = v.is.ReplaceAllString(text, v.mask)
	}
	return text
}

// watch lists the points of a run, and ends it at one of them. Which threads and
// connections a program uses, and in what order, may differ from run to run: a point
// is known by its name, and by how many of that name came before it.
type watch struct {
	mu   sync.Mutex
	kill *kill
	met  bool
	log  []string
	seen map[string]int
}

func (w *watch) at(p peer.Point) peer.Act {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = map[string]int{}
	}
	n := name(p)
	w.seen[n]++
	w.log = append(w.log, n)
	if w.kill == nil || w.met || w.kill.point != n || w.kill.nth != w.seen[n] {
		return peer.GoOn
	}
	w.met = true
	return w.kill.act
}

// kills are all that the points of a log allow: before and after each, and in the
// middle of a write and of a request.
func (f *killed) kills(log []string) []kill {
	var out []kill
	seen := map[string]int{}
	kinds := map[string]bool{}
	for _, point := range log {
		seen[point]++
		if f.only != nil && !f.only.MatchString(point) {
			continue
		}
		call, path, _ := strings.Cut(point, " ")
		kind := strings.NewReplacer(first, "REPO", second, "REPO").Replace(point)
		if f.sampled && os.Getenv(everyKill) == "" && kinds[kind] {
			continue
		}
		kinds[kind] = true
		acts := []peer.Act{peer.KillBefore, peer.KillAfter}
		if call == "write" || strings.HasPrefix(path, "/") {
			acts = append(acts, peer.KillWithin)
		}
		for _, act := range acts {
			out = append(out, kill{point, seen[point], act})
		}
	}
	return out
}

// However a change ends, at whatever point of it: the next start explains it and
// finishes it, no key is lost or torn, and nothing is published whose key is not on
// the disk.
func TestKilledAtEveryPoint(t *testing.T) {
	alice := notarytest.NewKey()
	file := publicFile(t, alice)
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
			for i, arg := range f.args {
				if arg == "ALICE" {
					f.args[i] = file
				}
			}
			given := map[model.KeyID]bool{notary.CanonicalID(alice.PublicKey): true}
			lanes := make(chan *lane, runtime.GOMAXPROCS(0))
			for range cap(lanes) {
				lanes <- newLane(t, &f)
			}
			log := undisturbed(t, &f, lanes, given)
			kills := f.kills(log)
			var mu sync.Mutex
			met, orphans := 0, 0
			t.Run("killed", func(t *testing.T) {
				for _, k := range kills {
					t.Run(strings.ReplaceAll(k.String(), "/", "|"), func(t *testing.T) {
						t.Parallel()
						l := <-lanes
						defer func() { lanes <- l }()
						left := l.killed(t, &f, k, given)
						mu.Lock()
						defer mu.Unlock()
						met, orphans = met+1, orphans+left
					})
				}
			})
			t.Logf("%d points, %d kills, %d met; %d keys were made and are not used", len(log), len(kills), met, orphans)
			if met != len(kills) || len(kills) == 0 {
				t.Errorf("%d of %d kills met their point", met, len(kills))
			}
		})
	}
}

// undisturbed runs the flow to its end, twice: the points are the same, or else some
// could be missed.
func undisturbed(t *testing.T, f *killed, lanes chan *lane, given map[model.KeyID]bool) []string {
	t.Helper()
	var logs [2][]string
	for i := range logs {
		l := <-lanes
		p := l.open(t, f)
		var w watch
		if r := p.trace(t, &w, p.named(f.args)...); r.Code != 0 {
			t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
		}
		p.whole(t, f, given)
		logs[i] = w.log
		p.close()
		lanes <- l
	}
	if a, b := count(logs[0]), count(logs[1]); a != b {
		t.Fatalf("two runs differ:\n%s\nand\n%s", a, b)
	}
	return logs[0]
}

// count is a log without its order.
func count(log []string) string {
	seen := map[string]int{}
	for _, point := range log {
		seen[point]++
	}
	return fmt.Sprint(seen)
}

// killed runs a flow up to a kill, and then what somebody does who finds out: they
// resume, and repeat the command where nothing had begun. It returns how many keys
// were made in vain.
func (l *lane) killed(t *testing.T, f *killed, k kill, given map[model.KeyID]bool) int {
	p := l.open(t, f)
	defer p.close()
	before := p.keys(t)
	begun := p.entries(t)
	w := watch{kill: &k}
	if r := p.trace(t, &w, p.named(f.args)...); !w.met || r.Code != -1 {
		t.Fatalf("the point was met: %v; exit code %d: %s", w.met, r.Code, r.Stderr)
	}
	after := p.keys(t)
	before.keptIn(t, after)
	p.published(t, after, given)

	entries := p.entries(t)
	if len(entries) == 0 && len(begun) == 0 && len(after.ids) != len(before.ids) && !p.complete(t, f) {
		t.Error("keys were made, and no journal says so")
	}
	p.resume(t, len(entries) > 0)
	if len(entries) == 0 && !p.complete(t, f) {
		if r := p.try(p.named(f.args)...); r.Code != 0 {
			t.Fatalf("the command once more: exit code %d: %s", r.Code, r.Stderr)
		}
	}
	return p.whole(t, f, given)
}

// resume has trustdeck say what was cut off, if anything was, and finish it.
func (p *place) resume(t *testing.T, cut bool) {
	t.Helper()
	says := "no change was cut off"
	if cut {
		says = "was cut off:"
		// Who begins something else is told so too, and nothing is done for them.
		r := p.program.Try(append([]string{"init", "docker.io/acme/other"}, p.flags...)...)
		if !strings.Contains(r.Stderr, "1 change that began here did not come to an end") {
			t.Errorf("another command says nothing of it: exit code %d: %s", r.Code, r.Stderr)
		}
	}
	if r := p.try("resume"); r.Code != 0 || !strings.Contains(r.Stderr, says) {
		t.Fatalf("resume: exit code %d, want %q: %s", r.Code, says, r.Stderr)
	}
}
