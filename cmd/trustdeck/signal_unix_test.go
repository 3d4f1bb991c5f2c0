//go:build unix

package main

import (
	"context"
	"io"
	"sync"
	"syscall"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// A stuck remote never answers.
type stuck struct{ shelf }

func (stuck) Repositories(ctx context.Context) ([]admin.Listed, error) {
	<-ctx.Done()
	return nil, &model.Fault{Kind: model.FaultCanceled, Text: "stopped", Err: ctx.Err()}
}

func (stuck) Read(ctx context.Context, _ model.GUN, _ admin.Ref) (admin.File, error) {
	<-ctx.Done()
	return admin.File{}, &model.Fault{Kind: model.FaultCanceled, Text: "stopped", Err: ctx.Err()}
}

func TestSignalsEndACommandThatWaits(t *testing.T) {
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
				t.Errorf("%v after %v: exit code %d, want %d; standard output %q, standard error %q", args, signal, o.code, want, o.stdout, o.stderr)
			}
		}
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
