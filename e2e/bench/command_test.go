package bench

import (
	"os/exec"
	"testing"

	"trustdeck/e2e/peer"
)

// Repositories of the practice world: one with four tags, and the largest, with 5,000.
const (
	smallest = "registry.example.org/base/alpine"
	largest  = "registry.example.org/base/everything"
)

// BenchmarkCommands measures whole commands in the practice world, which has 15
// repositories and a trust folder with 27 keys. "version" asks no server; "inspect" looks
// at one repository; "repos" and "keys" look at all of them. The cache is warm.
func BenchmarkCommands(b *testing.B) {
	deck := peer.Trustdeck(b).In(peer.Practice(b))
	commands := map[string][]string{
		"version": {"version"}, "inspect": {"inspect", smallest}, "inspect-largest": {"inspect", largest},
		"repos": {"repos"}, "keys": {"keys"},
	}
	for b.Loop() {
		best := map[string]cost{}
		for range starts {
			for name, args := range commands {
				cmd := exec.Command(deck.Program, args...)
				cmd.Env = deck.Env
				best[name] = best[name].better(measure(b, cmd))
			}
		}
		b.ReportMetric(0, "ns/op")
		for name := range commands {
			b.ReportMetric(best[name].time.Seconds()*1000, name+"-ms")
		}
		b.ReportMetric(ratio(best["inspect"].time, best["version"].time), "inspect/version")
		for _, other := range []string{"inspect", "inspect-largest", "repos"} {
			b.ReportMetric(ratio(best["keys"].time, best[other].time), "keys/"+other)
		}
	}
}
