//go:build amd64 || arm64

package change

import (
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"syscall"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
)

// A disk without space, folders that must not be written, and a lock that another
// trustdeck has: whatever the system refuses, the command says so, and nothing is
// half-written. The files below testdata/baddisk are the specification.
func TestBadDisk(t *testing.T) {
	t.Parallel()
	tryAll(t, diskChapters, "testdata/baddisk")
}

var diskChapters = []chapter{
	{title: "A disk that is full", rows: fullDisk()},
	{title: "A disk that is full once the change is published", rows: fullAfterwards(), apart: true},
	{title: "Folders that must not be written", rows: denied()},
	{title: "A folder on a disk that is full", rows: fullFolder(), set: withFolder},
	{title: "A folder that another trustdeck locks", rows: lockedFolder(), set: withFolder},
	{title: "A folder that another trustdeck changes", rows: meantime(), set: withFolder, apart: true},
	{title: "Another trustdeck", rows: []misuse{{name: "lock: another trustdeck has it", args: toInit, wrong: locked}}},
}

// failingAt has the nth change of a file whose point matches fail, and all that come after
// it, as where a disk stays full.
func failingAt(act trace.Act, nth int64, point string) func(*scene) {
	matches := regexp.MustCompile(point).MatchString
	return func(s *scene) {
		var count atomic.Int64
		tracer := &trace.Tracer{Folder: s.home, At: func(p trace.Point) trace.Act {
			// To remove something, or to wait until it is kept, takes no space.
			if p.Call == "unlinkat" || p.Call == "fsync" {
				return trace.GoOn
			}
			if count.Load() >= nth || matches(p.String()) && count.Add(1) >= nth {
				return act
			}
			return trace.GoOn
		}}
		s.runs = func(c *peer.Client, args ...string) peer.Result { return c.Traced(s.t, tracer, args...) }
		s.met = func() bool { return count.Load() >= nth }
	}
}

// The points of a change.
const (
	entryMade   = `^openat trustdeck/journal/\.trustdeck-`
	entryLine   = `^write trustdeck/journal/`
	keyMade     = `^openat trust/private/\.trustdeck-`
	keyWritten  = `^write trust/private/\.trustdeck-`
	keyNamed    = `^renameat2? trust/private/\.trustdeck-`
	planMade    = `^openat tmp/\.trustdeck-`
	planWritten = `^write tmp/\.trustdeck-`
)

func fullDisk() []misuse {
	row := func(name string, args []string, nth int64, point string) misuse {
		return misuse{name: "full: " + name, args: args, wrong: failingAt(trace.DiskFull, nth, point)}
	}
	newRoot := initialise("--root-key", "new", fresh)
	return []misuse{
		row("no journal can begin", toInit, 1, entryMade),
		row("the journal has no first line", toInit, 1, entryLine),
		row("no file of a key", toInit, 1, keyMade),
		row("no file of the second key", newRoot, 2, keyMade),
		row("no content for a key", toInit, 1, keyWritten),
		row("no content for the second key", newRoot, 2, keyWritten),
		row("no name for a key", toInit, 1, keyNamed),
		row("no line for a key that was made", toInit, 2, entryLine),
		row("no line before the upload of an init", toInit, 3, entryLine),
		row("no line before the upload of a signer", toAdd, 2, entryLine),
		row("no file of a plan", []string{"init", "-f", "PLAN", fresh}, 1, planMade),
		row("no content for a plan", []string{"init", "-f", "PLAN", fresh}, 1, planWritten),
	}
}

func fullAfterwards() []misuse {
	return []misuse{
		{name: "full: no line after the upload", args: toAdd, stored: true, wrong: failingAt(trace.DiskFull, 3, entryLine)},
		{name: "full: no line after the proof", args: toAdd, stored: true, wrong: failingAt(trace.DiskFull, 4, entryLine)},
		{name: "full: nothing can be cached", args: toAdd, stored: true, wrong: func(s *scene) {
			home := s.home
			s.home = s.cache
			failingAt(trace.DiskFull, 1, "")(s)
			s.home = home
		}},
	}
}

func denied() []misuse {
	row := func(name string, args []string, point string) misuse {
		return misuse{name: "denied: " + name, args: args, wrong: failingAt(trace.Denied, 1, point)}
	}
	elsewhere := row("the trust folder cannot be made", initialise("--root-key", "new", fresh), `^mkdirat elsewhere`)
	deny := elsewhere.wrong
	elsewhere.wrong = func(s *scene) {
		deny(s)
		s.trust = filepath.Join(s.home, "elsewhere")
	}
	return []misuse{
		elsewhere,
		row("the lock of the trust folder", toInit, `^openat trust/\.trustdeck\.lock$`),
		row("the folder of the keys", toInit, keyMade),
		row("the journal", toInit, entryMade),
		row("the journal of a signer", toAdd, entryMade),
		row("the folder of the plan", []string{"init", "-f", "PLAN", fresh}, planMade),
	}
}

// locked takes the lock by which trustdecks keep out of each other's way.
func locked(s *scene) {
	file, err := os.Open(filepath.Join(s.trust, ".trustdeck.lock"))
	if err == nil {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.undo = append(s.undo, func() { _ = file.Close() }) // and the lock with it
}
