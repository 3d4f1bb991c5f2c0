package peer

import (
	"os"
	"os/signal"
	"testing"
)

// HearSignals has the programs that the test starts begin with the signals as a terminal
// hands them out. Programs inherit what is ignored: nohup ignores SIGHUP, and a shell
// without job control ignores SIGINT for what it starts in the background.
func HearSignals(tb testing.TB, signals ...os.Signal) {
	tb.Helper()
	heard := make(chan os.Signal, 1)
	for _, s := range signals {
		if signal.Ignored(s) {
			// What is handled here is neither ignored nor handled there.
			signal.Notify(heard, s)
		}
	}
	tb.Cleanup(func() { signal.Stop(heard) })
}
