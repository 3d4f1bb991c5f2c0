package trustdir

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
)

// victimEnv makes the test binary a process that changes a trust folder, and is
// killed on the way where the job says so.
const victimEnv = "TRUSTDIR_VICTIM"

func TestMain(m *testing.M) {
	if job := os.Getenv(victimEnv); job != "" {
		work(job)
		return
	}
	flag.Parse()
	if testing.Short() {
		ownParams.iterations = 5000 // 120 times as fast
	}
	os.Exit(m.Run())
}

// job is what a victim does.
type job struct {
	Dir, Change string
	// Step is before which it is killed; empty is never. Torn kills it in the
	// middle of the step instead.
	Step string
	Torn bool
	// Times is how often it makes the change.
	Times int
}

var fresh = []byte("a new passphrase")

// changes are all that are ever made to a folder that holds one key.
var changes = map[string]func(context.Context, *Store) error{
	"add": func(ctx context.Context, s *Store) error {
		_, err := s.Generate(ctx, "alice", "", phrase)
		return err
	},
	"passphrase": func(ctx context.Context, s *Store) error {
		keys, err := s.Keys(ctx)
		if err != nil {
			return err
		}
		return s.ChangePassphrase(ctx, keys[0], phrase, fresh)
	},
	"remove": func(ctx context.Context, s *Store) error {
		keys, err := s.Keys(ctx)
		if err != nil {
			return err
		}
		return s.Remove(ctx, keys[0], phrase)
	},
}

func work(text string) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		panic(err)
	}
	s := Open(j.Dir)
	s.between = func(step string, file *os.File) error {
		if j.Step != step {
			return nil
		}
		if j.Torn {
			_, _ = file.WriteString("-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: al")
		}
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			panic(err)
		}
		select {}
	}
	for range j.Times {
		if err := changes[j.Change](context.Background(), s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}

// victim is the command that does a job.
func victim(t *testing.T, j job) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), must(os.Executable()))
	cmd.Env = append(os.Environ(), victimEnv+"="+string(must(json.Marshal(j))))
	return cmd
}

// recorded makes a change and returns its steps, so that none is forgotten.
func recorded(t *testing.T, change string) []string {
	t.Helper()
	s := Open(t.TempDir())
	if _, err := s.Generate(t.Context(), "root", "", phrase); err != nil {
		t.Fatal(err)
	}
	var steps []string
	s.between = func(step string, _ *os.File) error {
		steps = append(steps, step)
		return nil
	}
	if err := changes[change](t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return steps
}

// state says what the folder holds, in words: each key by its role and the
// passphrase that opens it. Whatever is not whole is an error.
func state(t *testing.T, dir string) string {
	t.Helper()
	s := Open(dir)
	var held []string
	for _, k := range list(t, s) {
		if k.Fault != nil {
			t.Errorf("a torn key: %v", k.Fault)
		}
		by := "nothing"
		for name, p := range map[string][]byte{"old": phrase, "new": fresh} {
			if key, err := s.Unlock(t.Context(), k, p); err == nil {
				proves(t, key, k.ID)
				by = name
			}
		}
		held = append(held, k.Label+" "+by)
	}
	slices.Sort(held)
	return strings.Join(held, ", ")
}

// after are the new states; the old one is "root old".
var after = map[string]string{"add": "alice old, root old", "passphrase": "root new", "remove": ""}

// Wherever a change is cut off by the end of the process, the folder holds the
// old state or the new one, and at most one file that is no key. Nothing bars the
// next change, and it leaves nothing behind.
func TestKilled(t *testing.T) {
	for change := range changes {
		steps := recorded(t, change)
		turn := slices.IndexFunc(steps, func(s string) bool { return s == disk.StepName || s == disk.StepRemove })
		if turn < 0 || turn != len(steps)-2 || steps[turn+1] != disk.StepFolder {
			t.Fatalf("%s has the steps %v", change, steps)
		}
		for i, step := range steps {
			for _, torn := range []bool{false, true} {
				if torn && step != disk.StepWrite {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s, torn %v", change, step, torn), func(t *testing.T) {
					dir := t.TempDir()
					if _, err := Open(dir).Generate(t.Context(), "root", "", phrase); err != nil {
						t.Fatal(err)
					}
					before := names(t, dir)
					cmd := victim(t, job{Dir: dir, Change: change, Step: step, Torn: torn, Times: 1})
					if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() == 1 && len(out) > 0 {
						t.Fatalf("was not killed: %v\n%s", err, out)
					}
					want := "root old"
					if i > turn {
						want = after[change]
					}
					if got := state(t, dir); got != want {
						t.Errorf("the folder holds %q, want %q", got, want)
					}
					left := slices.DeleteFunc(names(t, dir), func(name string) bool { return strings.HasSuffix(name, keyEnding) })
					if len(left) > 1 {
						t.Errorf("left behind: %v (before: %v)", left, before)
					}
					if _, err := Open(dir).Generate(t.Context(), "root", "", phrase); err != nil {
						t.Fatal(err)
					}
					for _, name := range names(t, dir) {
						if !strings.HasSuffix(name, keyEnding) {
							t.Errorf("%s is still there", name)
						}
					}
				})
			}
		}
	}
}

// A disk that is full, or one that fails, leaves the old state and nothing
// besides, and the sentence says which file and why. Only where the change is
// made and cannot be made to last is it the new state, and the sentence says so.
func TestFailingDisk(t *testing.T) {
	for change := range changes {
		for _, at := range recorded(t, change) {
			t.Run(change+"/"+at, func(t *testing.T) {
				dir := t.TempDir()
				s := Open(dir)
				if _, err := s.Generate(t.Context(), "root", "", phrase); err != nil {
					t.Fatal(err)
				}
				s.between = func(step string, file *os.File) error {
					if step != at {
						return nil
					}
					if step == disk.StepWrite {
						_, _ = file.WriteString("-----BEGIN ENCRYPTED")
					}
					return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
				}
				err := changes[change](t.Context(), s)
				want, reason := "root old", Unwritable
				if at == disk.StepFolder {
					want, reason = after[change], Unconfirmed
				}
				if !errors.Is(err, reason) || !errors.Is(err, syscall.ENOSPC) || model.KindOf(err) != model.FaultLocal || model.HintOf(err) == "" {
					t.Errorf("error %v, hint %q", err, model.HintOf(err))
				}
				if !strings.HasPrefix(err.Error(), display.Quote(filepath.Join(dir, privateDir))) {
					t.Errorf("%v does not begin with the file", err)
				}
				if reason == Unwritable && !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
					t.Errorf("%v does not say why", err)
				}
				if got := state(t, dir); got != want {
					t.Errorf("the folder holds %q, want %q", got, want)
				}
				for _, name := range names(t, dir) {
					if !strings.HasSuffix(name, keyEnding) {
						t.Errorf("%s was left behind", name)
					}
				}
			})
		}
	}
}

// Notary and Docker take no lock. What they write at the worst moment is never
// replaced, and what they remove does not come back.
func TestAgainstOtherPrograms(t *testing.T) {
	theirs := []byte("written by another program\n")
	write := func(t *testing.T, at string) { put(t, at, theirs); later(t, at) }
	erase := func(t *testing.T, at string) {
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		change string
		do     func(t *testing.T, at string)
		want   Reason
	}{
		"added by both":         {"add", write, Present},
		"written by another":    {"passphrase", write, Changed},
		"removed by another":    {"passphrase", erase, Missing},
		"replaced by a folder":  {"passphrase", func(t *testing.T, at string) { erase(t, at); put(t, filepath.Join(at, "x"), theirs) }, Changed},
		"a folder in its place": {"add", func(t *testing.T, at string) { put(t, filepath.Join(at, "x"), theirs) }, Present},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := Open(dir)
			if _, err := s.Generate(t.Context(), "root", "", phrase); err != nil {
				t.Fatal(err)
			}
			var then map[string]string
			s.between = func(step string, file *os.File) error {
				if step == disk.StepName {
					id := strings.TrimPrefix(filepath.Base(file.Name()), tempPrefix)
					tt.do(t, filepath.Join(dir, privateDir, id+keyEnding))
					then = contents(t, dir)
					maps.DeleteFunc(then, func(name, _ string) bool { return strings.HasPrefix(name, tempPrefix) })
				}
				return nil
			}
			if err := changes[tt.change](t.Context(), s); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if now := contents(t, dir); !maps.Equal(then, now) {
				t.Errorf("the folder holds %v, not %v", now, then)
			}
		})
	}
}

// A crash between the two leaves a file with two names, of which the next change
// takes the temporary one away. What else has a name like it is nobody's business.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := Open(dir)
	key, err := s.Generate(t.Context(), "root", "", phrase)
	if err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(dir, privateDir)
	if err := os.Link(key.Info().Path, filepath.Join(private, tempPrefix+string(key.ID()))); err != nil {
		t.Skip("no hard links here: ", err)
	}
	put(t, filepath.Join(private, tempPrefix+"notes"), []byte("mine"))
	put(t, filepath.Join(private, tempPrefix+strings.Repeat("0", 64), "x"), []byte("a folder"))
	if k := only(t, s); k.Fault != nil {
		t.Errorf("listed with %v", k.Fault)
	}
	if _, err := s.Generate(t.Context(), "alice", "", phrase); err != nil {
		t.Fatal(err)
	}
	left := slices.DeleteFunc(names(t, dir), func(name string) bool { return strings.HasSuffix(name, keyEnding) })
	if want := []string{tempPrefix + "notes", "x"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
	if got := state(t, dir); got != after["add"] {
		t.Errorf("the folder holds %q", got)
	}
}
