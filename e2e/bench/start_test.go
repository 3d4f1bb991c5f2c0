package bench

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"

	"trustdeck/e2e/peer"
)

// starts is how often each program is started; the fastest start of each
// counts.
const starts = 15

// lastWords end the last line of every frame: "? help", with a colour between.
const lastWords = " help"

// firstRow is the first repository of the practice world, as its list shows it.
const firstRow = "base/alpine"

// frameLimit is how long a program may take until its frame is full.
const frameLimit = time.Minute

// BenchmarkStart measures from exec to the first full frame, in a terminal that
// answers no questions, against the smallest full-screen program: of the program on
// an archive, and of the demo, which makes a practice world meanwhile. The frame is full
// when its last line is there. The demo is measured a second time up to the frame that
// lists the repositories of its world, which is all there then.
func BenchmarkStart(b *testing.B) {
	deck := peer.Trustdeck(b)
	bare := program(b, "bare")
	archive, err := filepath.Abs("../../remote/archive/testdata/sample")
	if err != nil {
		b.Fatal(err)
	}
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(deck.Program, args...)
		cmd.Env = append(deck.Env, "TMPDIR="+b.TempDir())
		return cmd
	}
	for b.Loop() {
		var least, own, demo, listed time.Duration
		for range starts {
			least = faster(least, firstFrame(b, exec.Command(bare), "the end of the frame"))
			own = faster(own, firstFrame(b, run("--archive", archive, "/repos"), lastWords))
			demo = faster(demo, firstFrame(b, run("demo"), lastWords))
			listed = faster(listed, firstFrame(b, run("demo"), firstRow))
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(least.Seconds()*1000, "bare-ms")
		b.ReportMetric(own.Seconds()*1000, "archive-ms")
		b.ReportMetric(demo.Seconds()*1000, "demo-ms")
		b.ReportMetric(listed.Seconds()*1000, "listed-ms")
		b.ReportMetric(ratio(own, least), "archive/bare")
		b.ReportMetric(ratio(demo, least), "demo/bare")
		b.ReportMetric(ratio(listed, least), "listed/bare")
	}
}

func faster(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// firstFrame starts a program in a terminal of its own and ends it when text
// has appeared.
func firstFrame(b *testing.B, cmd *exec.Cmd, text string) time.Duration {
	b.Helper()
	start := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30})
	if err != nil {
		b.Fatal(err)
	}
	// A program that is ended ends the reading below.
	late := time.AfterFunc(frameLimit, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var seen []byte
	buf := make([]byte, 64<<10)
	for !bytes.Contains(seen, []byte(text)) {
		n, err := terminal.Read(buf)
		seen = append(seen, buf[:n]...)
		if err != nil {
			b.Fatalf("%s ended, or was ended, before its first frame: %v\n%q", cmd.Path, err, seen)
		}
	}
	took := time.Since(start)
	_ = cmd.Process.Kill() // what it draws next is of no interest
	_, _ = io.Copy(io.Discard, terminal)
	_ = terminal.Close()
	_ = cmd.Wait()
	return took
}
