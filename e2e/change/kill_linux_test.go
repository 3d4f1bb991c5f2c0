//go:build amd64 || arm64

package change

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/trace"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// everyKill is the variable of the environment that, where it is set, has all flows
// killed at all points. Without it a flow is killed at all telling points, and at the
// first, middle and last point of each phase; one of which only telling points are taken
// at those, and one that is sampled at one point of each kind.
const everyKill = "EVERY_KILL"

// A kill is one end of a run: at the nth point of a name, on one of its sides.
type kill struct {
	point string
	nth   int
	act   trace.Act
}

func (k kill) String() string {
	side := map[trace.Act]string{trace.KillBefore: "before", trace.KillWithin: "within", trace.KillAfter: "after"}[k.act]
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
	{regexp.MustCompile(`[^/]*\.change$`), "STAGED.change"},
	{regexp.MustCompile(`/[0-9a-f]\.lock`), "/N.lock"}, // by the name of the repository
	{regexp.MustCompile(`acme/one-[0-9]+`), "acme/one"},
}

// name is a point as the log has it, the same in every run.
func name(p trace.Point) string {
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

func (w *watch) at(p trace.Point) trace.Act {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = map[string]int{}
	}
	n := name(p)
	w.seen[n]++
	w.log = append(w.log, n)
	if w.kill == nil || w.met || w.kill.point != n || w.kill.nth != w.seen[n] {
		return trace.GoOn
	}
	w.met = true
	return w.kill.act
}

// kills are all that the points of a log allow: before and after each, and in the
// middle of a write and of a request. Of a flow of which only telling points are taken,
// what comes before one has come after another.
func (f *killed) kills(log []string) []kill {
	var out []kill
	seen := map[string]int{}
	kinds := map[string]bool{}
	every := os.Getenv(everyKill) != ""
	ends := endsOfPhases(log)
	tell := cmp.Or(f.tells, telling)
	for i, point := range log {
		seen[point]++
		kind := strings.NewReplacer(first, "REPO", second, "REPO").Replace(point)
		tells := tell.MatchString(point)
		switch {
		case f.only != nil && !f.only.MatchString(point):
			continue
		case !every && !tells && (f.telling || !ends[i]), !every && f.sampled && kinds[kind]:
			continue
		}
		kinds[kind] = true
		acts := []trace.Act{trace.KillAfter}
		if every || !f.telling {
			acts = append(acts, trace.KillBefore)
		}
		if call, path, _ := strings.Cut(point, " "); call == "write" || strings.HasPrefix(path, "/") {
			acts = append(acts, trace.KillWithin)
		}
		for _, act := range acts {
			out = append(out, kill{point, seen[point], act})
		}
	}
	return out
}

// phase is what a run changes at a point, if not a folder or a lock.
var phase = regexp.MustCompile(`/journal|/memory|/private|cache/trustdeck|^[A-Z]+ `)

// endsOfPhases are the places in a log of the first, middle and last point of each phase.
// What is read from the server to prove a change is another phase than what is read to
// plan it.
func endsOfPhases(log []string) map[int]bool {
	phases := map[string][]int{}
	after := ""
	for i, point := range log {
		if strings.HasPrefix(point, "POST ") {
			after = " after the upload"
		}
		name := phase.FindString(point) + after
		phases[name] = append(phases[name], i)
	}
	ends := map[int]bool{}
	for _, at := range phases {
		ends[at[0]], ends[at[len(at)/2]], ends[at[len(at)-1]] = true, true, true
	}
	return ends
}

// However a change ends, at whatever point of it: the next start explains it and
// finishes it, no key is lost or torn, and nothing is published whose key is not on
// the disk.
func TestKilledAtEveryPoint(t *testing.T) {
	killEach(t, slices.Concat(flows, upkeep, edits, signings, folderFlows))
}

// prepared are flows with keys in place of the words for them; given are those keys.
func prepared(t *testing.T, rows []killed) (flows []killed, given map[model.KeyID]bool) {
	t.Helper()
	alice, bob, token := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	given = map[model.KeyID]bool{notary.CanonicalID(alice.PublicKey): true, notary.CanonicalID(bob.PublicKey): true}
	named := strings.NewReplacer("ALICE-ID", string(notary.CanonicalID(alice.PublicKey)), "ALICE-KEY", "alice@"+string(notary.CanonicalID(alice.PublicKey)), "ALICE", publicFile(t, alice), "BOB", publicFile(t, bob),
		"TOKEN-ID", string(notary.CanonicalID(token.PublicKey)), "TOKEN", publicFile(t, token))
	replaced := func(args []string) []string {
		out := slices.Clone(args)
		for i := range out {
			out[i] = named.Replace(out[i])
		}
		return out
	}
	for _, f := range rows {
		f.args, f.tokenKey = replaced(f.args), token
		f.before = slices.Clone(f.before)
		for i := range f.before {
			f.before[i] = replaced(f.before[i])
		}
		if f.signed {
			f.signers = []notarytest.Key{alice, bob}
		}
		flows = append(flows, f)
	}
	return flows, given
}

// killEach kills flows at every point.
func killEach(t *testing.T, rows []killed) {
	t.Helper()
	flows, given := prepared(t, rows)
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
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
		before := p.keys(t)
		var w watch
		if r := p.trace(t, &w, p.named(f.args)...); r.Code != 0 {
			t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
		}
		p.whole(t, f, before, given)
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
	r := p.trace(t, &w, p.named(f.args)...)
	// After an answer the program gets no other. Where it was the last one, it may have come to
	// its end by itself before the kill.
	lastAnswer := k.act == trace.KillAfter && r.Code == 0
	if !w.met || r.Code != -1 && !lastAnswer {
		t.Fatalf("the point was met: %v; exit code %d: %s", w.met, r.Code, r.Stderr)
	}
	after := p.keys(t)
	before.keptIn(t, after, p.retired(t, f))
	p.published(t, after, given)
	if p.folder != nil && !f.plain {
		p.clientsRead(t)
	}

	entries := p.entries(t)
	if len(entries) == 0 && len(begun) == 0 && len(after.ids) != len(before.ids) && !p.complete(t, f) {
		t.Error("keys were made, and no journal says so")
	}
	if f.next != nil {
		p.goesOn(t, f)
	}
	p.resume(t, len(entries) > 0)
	if len(entries) == 0 && !p.complete(t, f) {
		if r := p.try(t, p.named(f.args)...); r.Code != 0 {
			t.Fatalf("the command once more: exit code %d: %s", r.Code, r.Stderr)
		}
	}
	return p.whole(t, f, before, given)
}

// resume has trustdeck say what was cut off, if anything was, and finish it.
func (p *place) resume(t *testing.T, cut bool) {
	t.Helper()
	says := "no change was cut off"
	if cut {
		says = "was cut off:"
		// Who begins something else is told so too, and nothing is done for them.
		r := p.program.Try(append([]string{"init", p.elsewhere()}, p.flags...)...)
		if !strings.Contains(r.Stderr, "1 change started here but did not finish") {
			t.Errorf("another command says nothing of it: exit code %d: %s", r.Code, r.Stderr)
		}
	}
	if r := p.try(t, "resume"); r.Code != 0 || !strings.Contains(r.Stderr, says) {
		t.Fatalf("resume: exit code %d, want %q: %s", r.Code, says, r.Stderr)
	}
}
