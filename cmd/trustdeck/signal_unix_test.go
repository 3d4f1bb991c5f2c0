//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// stuckLimit is when a stuck remote gives up: a command that has not heard its signal
// by then fails its test, instead of waiting for ever.
const stuckLimit = time.Minute

// A stuck remote never answers.
type stuck struct{ shelf }

func (stuck) Repositories(ctx context.Context) ([]port.Listed, error) { return nil, wait(ctx) }

func (stuck) Read(ctx context.Context, _ model.GUN, _ port.Ref) (port.File, error) {
	return port.File{}, wait(ctx)
}

func wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return &model.Fault{Kind: model.FaultCanceled, Text: "stopped", Err: ctx.Err()}
	case <-time.After(stuckLimit):
		return &model.Fault{Kind: model.FaultUnreachable, Text: "no signal was heard"}
	}
}

// hear has this process hear SIGHUP where it was started to ignore it, as nohup does.
// trustdeck would rightly ignore it as well.
func hear(t *testing.T) {
	t.Helper()
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(heard) })
}

func TestSignalsEndACommandThatWaits(t *testing.T) {
	hear(t)
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 143} {
		for _, args := range [][]string{
			{"repos"},
			{"inspect", "acme/app"},
			{"inspect", "--docker", "docker.io/acme/app"},
			{"tags", "acme/app"},
			{"doctor"},
			{"keys"},
			{"archive", "docker.io/acme/app", "--to", t.TempDir()},
		} {
			r := newRig(t)
			r.remote = stuck{r.shelf}
			r.before = func() {
				if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
					t.Fatal(err)
				}
			}
			o := r.run(args...)
			if o.code != want || o.stdout != "" && args[0] != "archive" {
				t.Fatalf("%v after %v: exit code %d, want %d; standard output %q, standard error %q", args, signal, o.code, want, o.stdout, o.stderr)
			}
		}
	}
}

// What nohup starts goes on when its terminal is closed.
func TestNohup(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	r := newRig(t)
	r.before = func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	if o := r.run("repos"); o.code != 0 || o.stdout == "" {
		t.Errorf("after SIGHUP: exit code %d; standard output %q, standard error %q", o.code, o.stdout, o.stderr)
	}
}

// onWrite is where somebody waits for the first word.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

// However a sandbox is asked to end, it has done its work, and leaves nothing.
func TestSignalsEndASandbox(t *testing.T) {
	hear(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		temp := ownTemp(t)
		a := newRig(t).app()
		a.err = io.Discard
		var once sync.Once
		a.out = onWrite(func() {
			once.Do(func() {
				if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
					t.Error(err)
				}
			})
		})
		if code := run([]string{"sandbox"}, a); code != 0 {
			t.Errorf("after %v: exit code %d", signal, code)
		}
		if left := files(t, temp); len(left) > 0 {
			t.Errorf("after %v it leaves %q", signal, left)
		}
	}
}
