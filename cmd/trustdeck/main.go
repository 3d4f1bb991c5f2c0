package main

import (
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/term"
)

// heapGoal is the size, in bytes, from which on the garbage collector works harder
// instead of letting the heap grow: what one hostile repository may cost stays below
// 1 GiB with it. GOMEMLIMIT sets another.
const heapGoal = 704 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapGoal)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	workDir, err := os.Getwd()
	if err != nil {
		workDir = home
	}
	os.Exit(run(os.Args[1:], newApp(machine(home, workDir), openSession, showUI, terminal(), time.Now)))
}

// terminal is the console of the process.
func terminal() console {
	c := console{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if stdout := int(os.Stdout.Fd()); term.IsTerminal(stdout) {
		c.interactive = term.IsTerminal(int(os.Stdin.Fd()))
		if width, _, err := term.GetSize(stdout); err == nil {
			c.width = width
		}
	}
	return c
}
