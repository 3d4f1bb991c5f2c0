package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/notarytest"
)

const (
	// watchedRepositories are on the server, which is asked once in lookEvery seconds.
	watchedRepositories = 5000
	lookEvery           = "5"
	// looks is how many times the program looks for changes while it is measured.
	looks = 4
	// mostShare is the part of one processor, and mostMoved the bytes of a look, that a
	// program may take on which nothing happens.
	mostShare = 0.01
	mostMoved = 100_000
	// mostStart is how many times as long as the bare program may take to its first frame with
	// a cache of all repositories.
	mostStart = 1.5
	// tick is the unit of processor time in /proc.
	tick = 10 * time.Millisecond
)

// BenchmarkIdle measures what it takes to watch 5,000 repositories in which nothing changes,
// on the full screen, with a look every 5 seconds: that is six times as often as by default.
// The bare program runs beside it: looking 120 times a second whether there is anything to draw
// is what Bubble Tea takes by itself, and what watching adds to that is bounded.
func BenchmarkIdle(b *testing.B) {
	still := newStill(b)
	server := peer.Serve(b, still)
	deck := peer.Trustdeck(b)
	cmd := exec.Command(deck.Program, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--refresh", lookEvery)
	cmd.Env = append(deck.Env, "TERM=xterm-256color")
	own, least := onScreen(b, cmd), onScreen(b, exec.Command(program(b, "bare")))
	still.waitForAll()
	for b.Loop() {
		before := still.others.Load()
		still.moved.Store(0)
		began, used, bare := time.Now(), processorTime(b, own), processorTime(b, least)
		for range looks {
			<-still.asked
		}
		passed := time.Since(began)
		share, bareShare := ratio(processorTime(b, own)-used, passed), ratio(processorTime(b, least)-bare, passed)
		moved := float64(still.moved.Load()) / looks
		if n := still.others.Load() - before; n > 0 {
			b.Errorf("%d files were read though nothing has changed", n)
		}
		if share-bareShare >= mostShare || moved >= mostMoved {
			b.Errorf("a look moves %.0f bytes, and watching takes %.2f %% of a processor, the bare program %.2f", moved, 100*share, 100*bareShare)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(moved, "bytes/look")
		b.ReportMetric(100*share, "cpu-%")
		b.ReportMetric(100*bareShare, "bare-cpu-%")
	}
}

// BenchmarkStartWith5000Repositories measures from exec to the first full frame with a cache of
// all repositories, against the smallest full-screen program, which bounds it, and to the frame
// that lists them.
func BenchmarkStartWith5000Repositories(b *testing.B) {
	still := newStill(b)
	server := peer.Serve(b, still)
	deck, bare := peer.Trustdeck(b), program(b, "bare")
	run := func() *exec.Cmd {
		cmd := exec.Command(deck.Program, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "/repos")
		cmd.Env = append(deck.Env, "TERM=xterm-256color")
		return cmd
	}
	first := run()
	onScreen(b, first)
	still.waitForAll()
	_ = first.Process.Signal(syscall.SIGTERM)
	for b.Loop() {
		var least, own, listed time.Duration
		for range starts {
			least = faster(least, firstFrame(b, exec.Command(bare), "the end of the frame"))
			own = faster(own, firstFrame(b, run(), lastWords))
			listed = faster(listed, firstFrame(b, run(), "bench/r0000"))
		}
		if ratio(own, least) > mostStart {
			b.Errorf("the first frame takes %s, and that of the bare program %s", own, least)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(least.Seconds()*1000, "bare-ms")
		b.ReportMetric(own.Seconds()*1000, "frame-ms")
		b.ReportMetric(listed.Seconds()*1000, "listed-ms")
		b.ReportMetric(ratio(own, least), "frame/bare")
		b.ReportMetric(ratio(listed, least), "listed/bare")
	}
}

// onScreen starts a program in a terminal of its own until the end of the benchmark, and
// returns its process ID.
func onScreen(b *testing.B, cmd *exec.Cmd) int {
	b.Helper()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30})
	if err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, terminal) }() // it ends with the terminal
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = terminal.Close()
	})
	return cmd.Process.Pid
}

// processorTime is what a process has used so far.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name of the program may hold spaces
	fields := strings.Fields(after)
	var ticks int64
	for _, field := range fields[11:13] { // of the user, and of the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// still is a server on which nothing changes.
type still struct {
	files map[string][]byte
	feed  []map[string]any
	// asked gets a token for each look at the changefeed since all was read, moved counts the
	// bytes of their answers and others the requests for files.
	asked  chan struct{}
	moved  atomic.Int64
	others atomic.Int64
}

func newStill(b *testing.B) *still {
	b.Helper()
	s := &still{files: map[string][]byte{}, asked: make(chan struct{}, 1)}
	now := time.Now().Add(-time.Hour)
	for i := range watchedRepositories {
		r := notarytest.New(model.GUN(fmt.Sprintf("docker.io/bench/r%04d", i)), now)
		r.Seal(model.RoleRoot, model.RoleTargets)
		r.SealSnapshot()
		r.SealTimestamp()
		for role, raw := range r.Wire() {
			sum := sha256.Sum256(raw)
			digest := hex.EncodeToString(sum[:])
			folder := "/v2/" + string(r.GUN) + "/_trust/tuf/"
			s.files[folder+string(role)+".json"] = raw
			s.files[folder+string(role)+"."+digest+".json"] = raw
			if role == model.RoleTimestamp {
				s.feed = append(s.feed, map[string]any{
					"ID": strconv.Itoa(i + 1), "CreatedAt": now, "GUN": r.GUN, "Version": 1, "SHA256": digest, "Category": "update",
				})
			}
		}
	}
	return s
}

// waitForAll waits until every file was read.
func (s *still) waitForAll() {
	for s.others.Load() < 4*watchedRepositories {
		<-s.asked
	}
}

// ServeHTTP answers for files, and for the changefeed as notary-server does.
func (s *still) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path.Base(r.URL.Path) != "changefeed" {
		s.others.Add(1)
		raw, ok := s.files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(raw)
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("change_id"))
	most, _ := strconv.Atoi(r.URL.Query().Get("records"))
	records := s.feed[max(0, len(s.feed)-most):]
	if from >= 0 {
		records = s.feed[min(from, len(s.feed)):min(from+most, len(s.feed))]
	}
	raw, _ := json.Marshal(map[string]any{"count": len(records), "records": records})
	s.moved.Add(int64(len(raw)))
	_, _ = w.Write(raw)
	select {
	case s.asked <- struct{}{}:
	default:
	}
}
