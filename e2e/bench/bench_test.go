package bench

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == measuring {
		os.Exit(runMeasured(os.Args[2:]))
	}
	peer.Main(m)
}

// measuring is the argument with which this binary runs the program that follows.
const measuring = "measuring"

// runMeasured runs a program to its end and writes what it took to descriptor 3. Linux
// begins to count a program's memory with the most that the process which starts it ever
// had, so that must be a small one.
func runMeasured(args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	memory := int64(0)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory = usage.Maxrss << 10
	}
	fmt.Fprintln(os.NewFile(3, "costs"), int64(took), int64(cmd.ProcessState.UserTime()), memory)
	return cmd.ProcessState.ExitCode()
}

// rounds is how often each contestant runs; the best of its runs counts. They
// take turns, so that a busy machine is busy for all of them.
const rounds = 3

// A cost is what one run of a program took.
type cost struct {
	time time.Duration
	// user is the processor time outside the kernel: it changes less than time on a
	// machine that is busy.
	user time.Duration
	// memory is the most that was resident, in bytes.
	memory int64
}

func (c cost) better(d cost) cost {
	if c.time == 0 {
		return d
	}
	return cost{min(c.time, d.time), min(c.user, d.user), min(c.memory, d.memory)}
}

// measure runs a program to its end.
func measure(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	costs, err := os.Create(filepath.Join(b.TempDir(), "costs"))
	if err != nil {
		b.Fatal(err)
	}
	defer costs.Close() //nolint:errcheck // read below
	var stderr bytes.Buffer
	cmd.Path, cmd.Args = self, append([]string{self, measuring, cmd.Path}, cmd.Args[1:]...)
	cmd.Stderr, cmd.ExtraFiles = &stderr, []*os.File{costs}
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args[2:], " "), err, stderr.String())
	}
	written, err := os.ReadFile(costs.Name())
	if err != nil {
		b.Fatal(err)
	}
	var c cost
	if _, err := fmt.Sscan(string(written), &c.time, &c.user, &c.memory); err != nil || c.memory == 0 {
		b.Fatalf("what it took: %q, %v", written, err)
	}
	return c
}

// program builds a program of this folder.
func program(b *testing.B, name string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), name)
	if text, err := exec.Command("go", "build", "-o", out, "./"+name).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	return out
}

// A field is a server with repositories, and the list of their files.
type field struct {
	server *peer.Server
	guns   []string
	// list is the input of the bound.
	list string
	// bound, trustdeck and their arguments.
	bound     string
	trustdeck *peer.Client
	args      []string
}

// fill publishes repositories that author makes to a server of their own.
func fill(b *testing.B, n int, author func(r *notarytest.Repo)) *field {
	b.Helper()
	f := &field{server: peer.MemoryServer(b), bound: program(b, "bound"), trustdeck: peer.Trustdeck(b)}
	client := f.server.Client()
	client.Timeout = 5 * time.Minute
	client.Transport.(*http.Transport).DisableKeepAlives = false
	for i := range n {
		r := notarytest.New(model.GUN(fmt.Sprintf("docker.io/bench/r%04d", i)), time.Now().Add(-time.Hour))
		author(r)
		peer.Publish(b, f.server, client, r)
		f.guns = append(f.guns, string(r.GUN))
	}
	f.list = f.files(b)
	f.args = []string{"--server", f.server.URL, "--tlscacert", f.server.PKI.CAFile(), "--timeout", "5m"}
	return f
}

// files lists what a new client has to read.
func (f *field) files(b *testing.B) string {
	b.Helper()
	remote, err := notaryserver.New(notaryserver.Config{URL: f.server.URL, TLS: transport.TLSFiles{CA: f.server.PKI.CAFile()}.For, Timeout: 5 * time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	defer remote.Close()
	var list strings.Builder
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: remote, Clock: time.Now, Health: health.DefaultOptions()}
	for _, gun := range f.guns {
		view := service.Open(context.Background(), model.GUN(gun))
		if view.Repository == nil {
			b.Fatal(view.Fault)
		}
		for i := range view.Repository.Roles {
			role := &view.Repository.Roles[i]
			name := string(role.Name)
			if role.Name != model.RoleRoot && role.Name != model.RoleTimestamp {
				name += "." + hex.EncodeToString(role.SHA256[:])
			}
			fmt.Fprintf(&list, "%s/v2/%s/_trust/tuf/%s.json %s\n", f.server.URL, gun, name, role.Name)
		}
	}
	return list.String()
}

func (f *field) runBound(b *testing.B) cost {
	cmd := exec.Command(f.bound, f.server.PKI.CAFile())
	cmd.Stdin = strings.NewReader(f.list)
	return measure(b, cmd)
}

// runTrustdeck runs a command, in a fresh home where cold.
func (f *field) runTrustdeck(b *testing.B, cold bool, args ...string) cost {
	if cold {
		if err := os.RemoveAll(filepath.Join(f.trustdeck.Home, ".cache")); err != nil {
			b.Fatal(err)
		}
	}
	cmd := exec.Command(f.trustdeck.Program, append(args, f.args...)...)
	cmd.Env = f.trustdeck.Env
	return measure(b, cmd)
}

// compare lets trustdeck, the bound and the peers take turns. Peers read one
// repository a run and are given each of guns.
func (f *field) compare(b *testing.B, guns []string, args ...string) {
	b.Helper()
	var cold, warm, bound, list, inspect cost
	notaryHome, dockerHome := b.TempDir(), b.TempDir()
	notary, docker := peer.Notary(b, f.server, notaryHome), peer.Docker(b, f.server, dockerHome)
	for range rounds {
		bound = bound.better(f.runBound(b))
		cold = cold.better(f.runTrustdeck(b, true, args...))
		warm = warm.better(f.runTrustdeck(b, false, args...))
		list = list.better(each(b, guns, func(gun string) cost { return command(b, notary, "list", gun) }))
		inspect = inspect.better(each(b, guns, func(gun string) cost { return command(b, docker, "trust", "inspect", gun) }))
		for _, cache := range []string{filepath.Join(notaryHome, "tuf"), filepath.Join(dockerHome, "trust", "tuf")} {
			if err := os.RemoveAll(cache); err != nil {
				b.Fatal(err)
			}
		}
	}
	scale := float64(len(f.guns)) / float64(len(guns))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bound.time.Seconds(), "bound-s")
	b.ReportMetric(ratio(cold.time, bound.time), "cold/bound")
	b.ReportMetric(ratio(cold.user, bound.user), "user/bound")
	b.ReportMetric(ratio(warm.time, bound.time), "warm/bound")
	b.ReportMetric(float64(cold.memory)/float64(bound.memory), "memory/bound")
	b.ReportMetric(scale*ratio(list.time, cold.time), "notary-list/cold")
	b.ReportMetric(scale*ratio(inspect.time, cold.time), "docker-inspect/cold")
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// each adds up the runs for several repositories.
func each(b *testing.B, guns []string, run func(gun string) cost) cost {
	b.Helper()
	var sum cost
	for _, gun := range guns {
		c := run(gun)
		sum.time += c.time
		sum.memory = max(sum.memory, c.memory)
	}
	return sum
}

func command(b *testing.B, c *peer.Client, args ...string) cost {
	b.Helper()
	start := time.Now()
	c.Run(b, args...)
	return cost{time: time.Since(start), memory: 1}
}

// signers gives a repository two signers and a released tag.
func signers(r *notarytest.Repo) {
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	r.Delegate("targets/alice", 1, []string{""}, alice)
	r.Delegate("targets/bob", 1, []string{""}, bob)
	r.Delegate(docker.Releases, 1, []string{""}, alice, bob)
	r.Tag("targets/alice", "1.0", "one")
	r.Tag("targets/bob", "1.0", "one")
	r.Tag(docker.Releases, "1.0", "one")
}

func BenchmarkSurveyOf1000Repositories(b *testing.B) {
	f := fill(b, 1000, signers)
	for b.Loop() {
		f.compare(b, f.guns[:20], "repos", "-o", "json")
	}
}

// many adds n tags to a role without sorting them anew each time.
func many(f *notary.File, n int) {
	one := notarytest.New("x", time.Now())
	one.Tag(model.RoleTargets, "x", "content")
	sample := one.Files[model.RoleTargets].Targets[0]
	for i := range n {
		t := sample
		t.Name = fmt.Sprintf("v%08d", i)
		f.Targets = append(f.Targets, t)
	}
}

func BenchmarkRepositoryWith200DelegationsAnd20000Tags(b *testing.B) {
	f := fill(b, 1, func(r *notarytest.Repo) {
		signers(r)
		for i := range 198 {
			name := model.RoleName(fmt.Sprintf("targets/s%03d", i))
			r.Delegate(name, 1, []string{""}, notarytest.NewKey())
			many(r.Files[name], 100)
		}
	})
	for b.Loop() {
		f.compare(b, f.guns, "inspect", f.guns[0], "-o", "json")
	}
}

// With every tag printed, trustdeck does what the bound does not: those are
// figures of their own.
func BenchmarkRepositoryWith100000Tags(b *testing.B) {
	f := fill(b, 1, func(r *notarytest.Repo) { many(r.Files[model.RoleTargets], 100_000) })
	for b.Loop() {
		f.compare(b, f.guns, "repos", "-o", "json")
		for _, command := range []string{"inspect", "tags"} {
			var bound, printed cost
			for range rounds {
				bound = bound.better(f.runBound(b))
				printed = printed.better(f.runTrustdeck(b, true, command, f.guns[0], "-o", "json"))
			}
			b.ReportMetric(ratio(printed.time, bound.time), command+"-time/bound")
			b.ReportMetric(ratio(printed.user, bound.user), command+"-user/bound")
			b.ReportMetric(float64(printed.memory)/float64(bound.memory), command+"-memory/bound")
		}
	}
}
