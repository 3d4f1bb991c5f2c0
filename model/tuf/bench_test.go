package tuf_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// delegations is how many a large repository has.
const delegations = 10_000

// large makes a repository of many delegations, each with one target.
func large() *tuftest.Repository {
	r := tuftest.New()
	r.Compact = true
	names := []model.RoleName{"targets"}
	keys := []tuftest.Quorum{}
	for range 16 {
		keys = append(keys, tuftest.By(tuftest.Ed25519()))
	}
	for i := range delegations {
		name := model.RoleName(fmt.Sprintf("project-%05d", i))
		r.Delegate("targets", name, keys[i%len(keys)], paths(string(name)+"/*", "every/*"))
		r.AddTarget(name, string(name)+"/app", string(name))
		names = append(names, name)
	}
	r.Publish(names...)
	return r
}

// TestManyDelegations reads all of 10,000, and finds the target of the last.
func TestManyDelegations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	got := open(large())
	if len(got.Roles) != delegations+4 {
		t.Fatalf("%d roles", len(got.Roles))
	}
	sound(t, got)
	last := fmt.Sprintf("project-%05d/app", delegations-1)
	if s := (tuf.Dialect{}).Search(got, last); !s.Resolution.OK || len(s.Steps) != delegations+1 {
		t.Errorf("%+v after %d steps", s.Resolution, len(s.Steps))
	}
	for _, tag := range (tuf.Dialect{}).Tags(got) {
		if !tag.Pulled {
			t.Fatalf("%s is not found", tag.Name)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	r := large()
	b.ReportAllocs()
	for b.Loop() {
		if got := open(r); len(got.Roles) != delegations+4 {
			b.Fatal("roles are missing")
		}
	}
}

// A cost is what one program takes to read the large repository once.
type cost struct {
	time time.Duration
	// allocated is all that was ever allocated, peak the most that was on the heap at once, held the
	// most of it that was in use, and kept what is left of it with the result, in bytes.
	allocated, peak, held, kept uint64
}

// measure runs a function twice, and looks at the heap meanwhile. What is in use is known after
// each collection, so that the second time there are many of them.
func measure[T any](run func() T) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var c cost
	var result T
	c.peak = most("/memory/classes/heap/objects:bytes", func() {
		start := time.Now()
		result = run()
		c.time = time.Since(start)
	})
	runtime.ReadMemStats(&after)
	c.allocated = after.TotalAlloc - before.TotalAlloc
	runtime.GC()
	runtime.ReadMemStats(&after)
	c.kept = after.HeapAlloc - min(after.HeapAlloc, before.HeapAlloc)
	runtime.KeepAlive(result)
	result = *new(T)
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	c.held = most("/gc/heap/live:bytes", func() { result = run() })
	runtime.KeepAlive(result)
	return c
}

// most is the highest value of a metric while a function runs, above what it is before.
func most(metric string, run func()) uint64 {
	sample := []metrics.Sample{{Name: metric}}
	value := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, highest := value(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(time.Millisecond); ; {
			highest = max(highest, value())
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	run()
	close(stop)
	<-stopped
	return highest - min(highest, before)
}

func (c cost) plus(d cost) cost {
	return cost{c.time + d.time, c.allocated + d.allocated, c.peak + d.peak, c.held + d.held, c.kept + d.kept}
}

// BenchmarkAgainstUpdater opens the large repository and explains a target of it, and has
// go-tuf's updater read the same files: it looks for a target that every delegation is for,
// and may follow as many as there are. The two take turns, and each gets bytes of its own.
//
// Time, and memory in every sense, are to be less. trustdeck keeps every file as it came, which
// the updater doesn't, and has go-tuf judge the top-level files as well.
func BenchmarkAgainstUpdater(b *testing.B) {
	r := large()
	r.Signed, r.Signers = nil, nil // whatever else is held, garbage is collected the later
	last := fmt.Sprintf("project-%05d", delegations-1)
	read := func() *model.Repository {
		got := open(r)
		if s := (tuf.Dialect{}).Search(got, last+"/app"); !s.Resolution.OK || len(got.Roles) != delegations+4 {
			b.Fatalf("%d roles, %+v", len(got.Roles), s.Resolution)
		}
		return got
	}
	update := func() *updater.Updater {
		client, err := newUpdater(r, delegations+1)
		if err != nil {
			b.Fatal(err)
		}
		_, err = client.GetTargetInfo("every/thing")
		if set := client.GetTrustedMetadataSet(); err == nil || set.Targets[last] == nil {
			b.Fatalf("%d files: %v", len(set.Targets), err)
		}
		return client
	}
	const turns = 4
	var ours, theirs cost
	for b.Loop() {
		for range turns {
			ours, theirs = ours.plus(measure(read)), theirs.plus(measure(update))
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, m := range []struct {
		name  string
		ratio float64
	}{
		{"time", ours.time.Seconds() / theirs.time.Seconds()},
		{"allocated", float64(ours.allocated) / float64(theirs.allocated)},
		{"kept", float64(ours.kept) / float64(theirs.kept)},
		{"held", float64(ours.held) / float64(theirs.held)},
		{"peak", float64(ours.peak) / float64(theirs.peak)},
	} {
		b.ReportMetric(m.ratio, m.name+"/updater")
		b.Logf("%s: %.2f times what go-tuf's updater takes", m.name, m.ratio)
		if m.ratio > 1 {
			b.Errorf("%s: more than the updater takes", m.name)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	got := open(large())
	last := fmt.Sprintf("project-%05d/app", delegations-1)
	b.ReportAllocs()
	for b.Loop() {
		if !(tuf.Dialect{}).Search(got, last).Resolution.OK {
			b.Fatal("it is not found")
		}
	}
}

func BenchmarkTags(b *testing.B) {
	got := open(large())
	b.ReportAllocs()
	for b.Loop() {
		if len((tuf.Dialect{}).Tags(got)) != delegations {
			b.Fatal("tags are missing")
		}
	}
}
