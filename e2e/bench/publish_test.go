package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
)

// A publisher is a program that publishes targets into a repository of its own.
type publisher struct {
	server *peer.Server
	client *peer.Client
	// cache is its folder of metadata.
	cache string
	// args come before the name of the target, and last after it.
	args, last []string
	// cold and warm are its best runs without a cache, and with one.
	cold, warm cost
	// took is the server's part of warm: how long it worked on what was published.
	took time.Duration
}

// served is what a server says of a request.
type served struct {
	Method string `json:"http.request.method"`
	URI    string `json:"http.request.uri"`
	Took   string `json:"http.response.duration"`
	Bytes  int64  `json:"http.response.written"`
}

// publish publishes a target, without a cache where cold, and returns what the server did for it.
func (p *publisher) publish(b *testing.B, target string, cold bool) []served {
	b.Helper()
	if cold {
		if err := os.RemoveAll(p.cache); err != nil {
			b.Fatal(err)
		}
	}
	before := len(p.server.Process.Output())
	cmd := exec.Command(p.client.Program, slices.Concat(p.args, []string{target}, p.last)...)
	cmd.Env = p.client.Env
	c := measure(b, cmd)
	var out []served
	for line := range strings.Lines(p.server.Process.Output()[before:]) {
		var s served
		if json.Unmarshal([]byte(line), &s) == nil && s.Took != "" {
			out = append(out, s)
		}
	}
	if cold {
		p.cold = p.cold.better(c)
		return out
	}
	if p.warm = p.warm.better(c); p.warm.time == c.time {
		p.took = posted(b, out)
	}
	return out
}

// posted is how long the server worked on the update.
func posted(b *testing.B, all []served) time.Duration {
	b.Helper()
	for _, s := range all {
		if s.Method == http.MethodPost {
			took, err := time.ParseDuration(s.Took)
			if err != nil {
				b.Fatal(err)
			}
			return took
		}
	}
	b.Fatal("the server got no update")
	return 0
}

// targetsRead counts the bytes of targets files that were read before the update, and after it.
func targetsRead(all []served) (before, after int64) {
	n := &before
	for _, s := range all {
		switch {
		case s.Method == http.MethodPost:
			n = &after
		case strings.Contains(s.URI, "/targets."):
			*n += s.Bytes
		}
	}
	return before, after
}

// Bounds of what publishing takes with a cache, as a part of what notary takes: without what the
// server takes of both, and as a whole.
const (
	mostOwn  = 0.25
	mostWarm = 0.5
)

// BenchmarkPublishInto100000Tags publishes one tag into a repository that has 100,000 of
// them, with notary addhash and with trustdeck target add: without a cache, and with one. Each
// has a repository of its own on one server. What the server does with an update is the same
// for both, and needs the whole file; floor is its part of what notary takes, and own is what
// trustdeck takes besides, as a part of what notary does. With a cache, trustdeck reads no file
// of targets before it publishes the new one, and fails where it does. notary reads nothing back.
func BenchmarkPublishInto100000Tags(b *testing.B) {
	trust := b.TempDir()
	store := trustdir.Open(trust)
	f := fill(b, 2, func(r *notarytest.Repo) {
		many(r.Files[model.RoleTargets], 100_000)
		if _, err := store.Add(b.Context(), r.Keys[model.RoleTargets][0].Private, string(model.RoleTargets), r.GUN, []byte(peer.TargetsPassphrase)); err != nil {
			b.Fatal(err)
		}
	})
	hash := strings.Repeat("ab", 32)
	notary := &publisher{
		server: f.server, client: peer.Notary(b, f.server, trust), cache: filepath.Join(trust, "tuf"),
		args: []string{"-s", f.server.URL, "--tlscacert", f.server.PKI.CAFile(), "-d", trust, "addhash", "-p", f.guns[0]},
		last: []string{"1234", "--sha256", hash},
	}
	deck := &publisher{
		server: f.server, client: f.trustdeck.With("NOTARY_TARGETS_PASSPHRASE=" + peer.TargetsPassphrase), cache: filepath.Join(f.trustdeck.Home, ".cache"),
		args: []string{"target", "add", f.guns[1]},
		last: append([]string{"--yes", "--trust-dir", trust, "--size", "1234", "--sha256", hash}, f.args...),
	}
	for b.Loop() {
		var after int64
		for round := range rounds {
			for _, cold := range []bool{true, false} {
				target := fmt.Sprintf("new-%d-%t", round, cold)
				notary.publish(b, target, cold)
				before, read := targetsRead(deck.publish(b, target, cold))
				if after = read; !cold && before > 0 {
					b.Errorf("trustdeck read %d bytes of targets that it had", before)
				}
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(notary.warm.time.Seconds(), "notary-s")
		b.ReportMetric(ratio(deck.cold.time, notary.cold.time), "cold/notary")
		b.ReportMetric(ratio(deck.warm.time, notary.warm.time), "warm/notary")
		own := ratio(deck.warm.time-deck.took, notary.warm.time-notary.took)
		b.ReportMetric(own, "own/notary")
		if warm := ratio(deck.warm.time, notary.warm.time); own > mostOwn || warm > mostWarm {
			b.Errorf("trustdeck took %.2f of notary's time, and %.2f without the server's part", warm, own)
		}
		b.ReportMetric(ratio(deck.warm.user, notary.warm.user), "user/notary")
		b.ReportMetric(ratio(notary.took, notary.warm.time), "floor/notary")
		b.ReportMetric(float64(deck.warm.memory)/float64(notary.warm.memory), "memory/notary")
		b.ReportMetric(float64(after)/(1<<20), "read-back-MiB")
	}
}
