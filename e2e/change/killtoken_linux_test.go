//go:build yubikey && (amd64 || arm64)

package change

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
	"trustdeck/model"
)

// tokenFlows are commands that use a key on a token, TOKEN-ID. They run at a terminal, where the PIN
// is typed: trustdeck takes it from nowhere else.
var tokenFlows = []killed{
	{name: "init with the root key on a token", args: rootOnToken},
	{
		name: "renew root with a token", before: [][]string{rootOnToken},
		args: []string{"renew", first, "root", "targets"},
		done: func(r killedRepo) bool { return r.newer(model.RoleRoot) && r.newer(model.RoleTargets) },
	},
	{
		name: "rotate root to a token", before: [][]string{{"init", "--root-key", "new", "--root-keys", "1", "--snapshot-key", "server", first}},
		args: rootToToken, done: rootMoved,
	},
	{name: "rotate root from a token", before: [][]string{rootOnToken}, args: []string{"rotate", first, "root"}, done: rootReplaced},
	{name: "rotate root to a token in a folder", before: onlyMade, folder: true, args: rootToToken, done: rootMoved},
	{
		name: "target add in a folder with the targets key on a token", before: [][]string{{"init", first}, {"rotate", "--key", "TOKEN", first, "targets"}},
		folder: true, args: targetAdded, done: hasTarget,
	},
}

var (
	rootOnToken = []string{"init", "--root-key", "TOKEN-ID", "--snapshot-key", "server", first}
	rootToToken = []string{"rotate", "--root-key", "TOKEN-ID", first, "root"}
)

// rootMoved is that the root has another key, which is not here.
func rootMoved(r killedRepo) bool { return r.rotated(model.RoleRoot, 1, 1, 0) }

// withToken are tokenFlows, killed at few points unless everyKill is set: what is between those, the
// same flows without a token are killed at.
func withToken() []killed {
	tells := regexp.MustCompile(`^POST|^write .*/journal/ENTRY|-> repository/(timestamp\.json|\.trustdeck-publish/manifest)`)
	flows := slices.Clone(tokenFlows)
	for i := range flows {
		f := &flows[i]
		f.token, f.telling, f.sampled, f.guns, f.tells = true, true, true, oneGUN, tells
	}
	return flows
}

// What holds of a change that is killed also holds where a key on a token signs it. No try of its
// PIN is lost.
func TestKilledWithToken(t *testing.T) {
	peer.Need(t, peer.PCSC, "yubico-piv-tool", "opensc-tool")
	killEach(t, withToken())
}

// Wherever a token is pulled out of a change that it signs, nothing is published. Plugged in again,
// the change comes to its end, and no try of the PIN is lost.
func TestPulledOutAtEverySignature(t *testing.T) {
	peer.Need(t, peer.PCSC, "yubico-piv-tool", "opensc-tool")
	flows, given := prepared(t, withToken())
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLane(t, &f)
			pulls := l.pulls(t, &f, given)
			for n := range pulls {
				t.Run(strconv.Itoa(n+1), func(t *testing.T) { l.pulledOut(t, &f, n+1, given) })
			}
			t.Logf("pulled out at %d commands", pulls)
		})
	}
}

// A pulling pulls a token out at the nth command at which that is worth trying; 0 is at none.
type pulling struct {
	nth         int64
	seen, asked atomic.Int64
	unlocked    atomic.Bool
}

// now is asked at each command. Each request for a signature is worth trying, and where everyKill is
// set, every eighth of the others as well. Before the first PIN nothing is decided; and a card that
// leaves while an application is selected has pcscd miss the next one that comes.
func (u *pulling) now(c pivcard.Command) bool {
	const verify, authenticate, choose, slot = 0x20, 0x87, 0xa4, 0x9c
	if c.Instruction == verify && len(c.Data) > 0 {
		u.unlocked.Store(true)
	}
	signs := c.Instruction == authenticate && c.P2 == slot
	if !u.unlocked.Load() || c.Instruction == choose {
		return false
	}
	const eighth = 8
	if !signs && (u.asked.Add(1)%eighth != 0 || os.Getenv(everyKill) == "") {
		return false
	}
	return u.seen.Add(1) == u.nth
}

// pulled is what becomes of a flow where the token is pulled out.
func (p *place) pulled(t *testing.T, f *killed, u *pulling) peer.Result {
	t.Helper()
	now := u.now
	p.lane.token.pull.Store(&now)
	defer p.lane.token.pull.Store(nil)
	return p.trace(t, &watch{}, p.named(f.args)...)
}

// pulls counts the commands of an undisturbed run at which it is worth trying.
func (l *lane) pulls(t *testing.T, f *killed, given map[model.KeyID]bool) int {
	t.Helper()
	p := l.open(t, f)
	defer p.close()
	before := p.keys(t)
	var u pulling
	if r := p.pulled(t, f, &u); r.Code != 0 {
		t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
	}
	p.whole(t, f, before, given)
	n := int(u.seen.Load())
	if n == 0 {
		t.Fatal("the token has signed nothing")
	}
	return n
}

// pulledOut pulls the token out at the nth command.
func (l *lane) pulledOut(t *testing.T, f *killed, n int, given map[model.KeyID]bool) {
	p := l.open(t, f)
	defer p.close()
	before := p.keys(t)
	r := p.pulled(t, f, &pulling{nth: int64(n)})
	switch {
	case r.Code == 0: // where it was no longer needed
		if !p.complete(t, f) {
			t.Errorf("it says that all is done: %s", r.Stderr)
		}
	case !strings.Contains(r.Stderr, "was removed before it had answered") && !strings.Contains(r.Stderr, "isn't plugged in"):
		t.Errorf("exit code %d: %s", r.Code, r.Stderr)
	default:
		p.untouched(t, f)
	}
	before.keptIn(t, p.keys(t), nil)
	l.token.insert(t)
	l.token.intact(t)
	p.resume(t, len(p.entries(t)) > 0)
	if !p.complete(t, f) {
		if r := p.try(t, p.named(f.args)...); r.Code != 0 {
			t.Fatalf("the command once more: exit code %d: %s", r.Code, r.Stderr)
		}
	}
	p.whole(t, f, before, given)
}

// untouched checks that the repositories are as they were.
func (p *place) untouched(t *testing.T, f *killed) {
	t.Helper()
	for _, gun := range f.guns {
		was, is := p.lane.was[gun], p.look(t, gun)
		if was == nil || is == nil {
			if was != is {
				t.Errorf("%s: was %v, is %v", gun, was, is)
			}
			continue
		}
		for _, role := range is.Roles {
			if old := was.Role(role.Name); old == nil || old.Version != role.Version {
				t.Errorf("%s: %s %d is published", gun, role.Name, role.Version)
			}
		}
	}
}
