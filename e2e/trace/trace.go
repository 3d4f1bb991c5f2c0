// Package trace runs a program and stops it, with Linux's ptrace, at every system call that
// changes a file. There a test lets the program continue, kills it before, during or after
// the call, or makes the call fail.
package trace

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Point is a moment at which a program that is traced can be stopped: a system call
// that changes a file, or a request.
type Point struct {
	// Call is the name of the system call, or the method of the request.
	Call string
	// Path is that of the file, in the folder that is watched: "a -> b" where it
	// gets another name. Of a request it is the path of its address.
	Path string
}

// String is the point as a log names it.
func (p Point) String() string { return p.Call + " " + p.Path }

// Act is what becomes of a program at a point.
type Act int

// What can become of it.
const (
	// GoOn lets it be.
	GoOn Act = iota
	// KillBefore ends it with SIGKILL before the system does the call, or before
	// the server gets the request.
	KillBefore
	// KillWithin ends it in the middle: once the system has written half of what
	// was to be written, or once the server has done what the request asks for
	// and the client has no answer.
	KillWithin
	// KillAfter ends it once the system has done the call and the program has not
	// seen the result, or once the client has read the whole answer.
	KillAfter
	// DiskFull has a call fail as on a disk without space. Requests go on.
	DiskFull
	// Denied has a call fail as where nobody may write, the superuser neither.
	// Requests go on.
	Denied
)

// Tracer says how a program is watched.
type Tracer struct {
	// Folder is the one below which every change of a file is a point, that of
	// the folder itself too.
	Folder string
	// Requests is the server that the program talks to: each request is a point. Nil
	// is for a program whose requests do not matter.
	Requests Source
	// At decides at each point; nil lets the program be. System calls come one
	// after the other, and requests from goroutines of their own.
	At func(Point) Act
	// Exec is told of every program that is started by the one that is traced, or
	// by those; nil is for nobody.
	Exec func(Executed)
}

// Source has points that are no system calls.
type Source interface {
	// Watch has at decide at each point from now on; kill ends the program. Nil
	// functions end that.
	Watch(at func(Point) Act, kill func())
}

// Command is a program to run.
type Command struct {
	// Path is the file of the program, and Args are its arguments, without its name.
	Path string
	Args []string
	// Env is its whole environment; of several variables of one name the last counts.
	Env []string
	// Files are its standard input, output and error.
	Files [3]*os.File
	// Limit is how long it may take before it is ended with SIGQUIT, and soon after
	// that killed.
	Limit time.Duration
}

// Executed is a program that was started.
type Executed struct {
	// Arguments and Environment are as the kernel keeps them: strings that each
	// end with a zero byte.
	Arguments, Environment []byte
}

// below returns path as seen from the folder that is watched.
func (t *Tracer) below(path string) (string, bool) {
	rel, err := filepath.Rel(t.Folder, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

func (t *Tracer) at(p Point) Act {
	if t.At == nil {
		return GoOn
	}
	return t.At(p)
}
