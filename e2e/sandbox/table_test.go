package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/sandbox"
)

// A row of the table is something that clients do.
type row struct {
	name string
	do   func(*play)
}

// Whatever clients do, the practice server and the real one, with its signer and
// its database, give the same outcome.
func TestSideBySide(t *testing.T) {
	production := peer.ProductionServer(t)
	practice := peer.Sandbox(t, sandbox.Config{})
	for _, row := range slices.Concat(commands, uploads, roles, requests) {
		t.Run(row.name, func(t *testing.T) { compare(t, row, production, practice) })
	}
}

// compare runs a row on both servers at once. The real one gets one request at a
// time: it ends with "concurrent map read and map write" when it reads for two.
func compare(t *testing.T, row row, production, practice *peer.Server) {
	t.Helper()
	var want, got []string
	t.Run("on", func(t *testing.T) {
		t.Run("production", func(t *testing.T) {
			t.Parallel()
			want = perform(t, row, production)
		})
		t.Run("practice", func(t *testing.T) {
			t.Parallel()
			got = perform(t, row, practice)
		})
	})
	if diff := differences(want, got); diff != "" {
		t.Errorf("the practice server (+) differs from the real one (-):\n%s", diff)
	}
}

// perform runs a row on a server and returns what was seen.
func perform(t *testing.T, row row, server *peer.Server) []string {
	t.Helper()
	p := newPlay(t, server, strings.ReplaceAll(row.name, " ", "-"))
	row.do(p)
	if len(p.record) == 0 {
		t.Error("nothing was done")
	}
	p.look()
	return p.seen()
}

// differences lists the steps with different outcomes.
func differences(want, got []string) string {
	var out strings.Builder
	for i := range max(len(want), len(got)) {
		a, b := "nothing", "nothing"
		if i < len(want) {
			a = want[i]
		}
		if i < len(got) {
			b = got[i]
		}
		if a != b {
			fmt.Fprintf(&out, "step %d\n- %s\n+ %s\n", i+1, strings.ReplaceAll(a, "\n", "\n- "), strings.ReplaceAll(b, "\n", "\n+ "))
		}
	}
	return out.String()
}
