//go:build amd64 || arm64

package change

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"trustdeck/e2e/peer"
	"trustdeck/e2e/trace"
)

// The points of a publish into a folder.
const (
	folderLocked   = `^openat repository/\.trustdeck-publish\.lock`
	folderStaged   = `^mkdirat repository/\.trustdeck-publish`
	folderWritten  = `^write repository/\.trustdeck-publish/`
	folderManifest = `^renameat repository/\.trustdeck-publish/new -> repository/\.trustdeck-publish/manifest`
)

// fullFolder are publishes that a disk has no space for, of which nothing may be left.
func fullFolder() []misuse {
	row := func(name string, act trace.Act, nth int64, point string) misuse {
		return misuse{name: name, args: toTarget, wrong: failingAt(act, nth, point)}
	}
	return []misuse{
		row("full folder: no lock", trace.DiskFull, 1, folderLocked),
		row("full folder: nowhere for the new files", trace.DiskFull, 1, folderStaged),
		row("full folder: no content for the first file", trace.DiskFull, 1, folderWritten),
		row("full folder: no content for the last file", trace.DiskFull, 3, folderWritten),
		row("full folder: no name for the list of them", trace.DiskFull, 1, folderManifest),
		row("denied folder: no lock", trace.Denied, 1, folderLocked),
		row("denied folder: nowhere for the new files", trace.Denied, 1, folderStaged),
		{name: "denied folder: a new repository", args: []string{"init", "--yes", "EMPTY"}, wrong: failingAt(trace.Denied, 1, `^openat empty/\.trustdeck-publish\.lock`)},
	}
}

// lockedFolder are commands while another trustdeck publishes into the folder.
func lockedFolder() []misuse {
	return []misuse{{name: "lock of a folder: another trustdeck has it", args: toTarget, wrong: func(s *scene) {
		path := filepath.Join(s.folder, ".trustdeck-publish.lock")
		file, err := os.Create(path)
		if err == nil {
			err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.undo = append(s.undo, func() {
			if err := errors.Join(os.Remove(path), file.Close()); err != nil {
				s.t.Error(err)
			}
		})
	}}}
}

// meantime are publishes that somebody else does while a command is at work.
func meantime() []misuse {
	row := func(name, point string) misuse {
		return misuse{name: "rival in a folder: it publishes " + name, args: toTarget, others: true, wrong: meeting(point)}
	}
	return []misuse{
		row("before the keys are unlocked", entryMade),
		row("before the folder is locked", folderLocked),
	}
}

// meeting has somebody else publish when the command comes to a point for the first time.
func meeting(point string) func(*scene) {
	matches := regexp.MustCompile(point).MatchString
	return func(s *scene) {
		met := false
		tracer := &trace.Tracer{Folder: s.home, At: func(p trace.Point) trace.Act {
			if !met && matches(p.String()) {
				met = true
				s.renewElsewhere()
			}
			return trace.GoOn
		}}
		s.runs = func(c *peer.Client, args ...string) peer.Result { return c.Traced(s.t, tracer, args...) }
		s.met = func() bool { return met }
	}
}

// renewElsewhere has somebody else with the same keys publish.
func (s *scene) renewElsewhere() {
	home := s.t.TempDir()
	program := s.program.With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home)
	if r := program.Try("renew", "--yes", s.folder, "targets"); r.Code != 0 {
		s.t.Errorf("nobody else could publish: %s", r.Stderr)
	}
}
