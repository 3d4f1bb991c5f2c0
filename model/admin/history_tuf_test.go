package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// dated is a place with the files of a repository of TUF 1.0, and when it has stored each.
type dated struct {
	published
	at map[string]time.Time
}

func (d dated) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	file, err := d.published.Read(ctx, gun, ref)
	if err == nil {
		file.Modified = d.at[sumOf(file.Bytes)]
	}
	return file, err
}

// stored notes when what is new has been stored.
func (d dated) stored(day int) {
	for _, raw := range d.repo.Wire {
		if sum := sumOf(raw); d.at[sum].IsZero() {
			d.at[sum] = tuftest.At.AddDate(0, 0, day-100)
		}
	}
}

// robots is a repository of TUF 1.0: a delegation comes, a root gives targets another key and is
// published alone, and the threshold of the delegation is raised.
func robots() (dated, map[model.KeyID]string) {
	names := map[model.KeyID]string{}
	name := func(k *tuftest.Key, name string) *tuftest.Key {
		names[k.ID] = name
		return k
	}
	repo := tuftest.New()
	for role, keys := range repo.Signers {
		for i, k := range keys {
			name(k, fmt.Sprint(role, i+1))
		}
	}
	d := dated{published{newMemory(), repo}, map[string]time.Time{}}
	d.stored(0)
	r1, r2 := name(tuftest.P256(), "r1"), name(tuftest.P256(), "r2")
	repo.Delegate(model.RoleTargets, "robot", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{r1, r2}}, tuftest.Object{"paths": []string{"app/*"}, "terminating": true})
	repo.Publish(model.RoleTargets, "robot")
	d.stored(1)
	repo.AddTarget("robot", "app/a", "content")
	repo.Publish("robot")
	d.stored(2)
	repo.SetRole(model.RoleTargets, tuftest.By(name(tuftest.P256(), "t2")))
	repo.PublishOnly(model.RoleRoot)
	d.stored(3)
	repo.Publish(model.RoleTargets)
	d.stored(4)
	repo.PublishOnly(model.RoleTimestamp)
	d.stored(5)
	roles := repo.Signed[model.RoleTargets]["delegations"].(tuftest.Object)["roles"].([]any)
	roles[0].(tuftest.Object)["threshold"] = 2
	repo.Publish(model.RoleTargets, "robot")
	d.stored(6)
	return d, names
}

// canonical names keys by their canonical IDs.
func canonical(line history.Timeline, names map[model.KeyID]string) map[model.KeyID]string {
	out := map[model.KeyID]string{}
	for listed, id := range line.Listed {
		if name := names[listed]; name != "" {
			out[id] = name
		}
	}
	return out
}

func TestHistoryOfTUF(t *testing.T) {
	d, names := robots()
	service := func(remote port.Remote) *admin.Service {
		return &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: remote, Clock: func() time.Time { return tuftest.At }}
	}
	line, err := service(d).History(t.Context(), "tuf.example.org/repo", history.Window{})
	if err != nil {
		t.Fatal(err)
	}
	want := `publish 5 root 2 12h file t6 12h
  targets v4 was 3 by t2
  robot v3 was 2 by r1+r2 unchanged
  snapshot v5 was 4 by snapshot1
  ~ threshold of robot is 2 of 2 keys (was 1)
publish 4 root 2 12h file
  targets v3 was 2 by t2 unchanged
  snapshot v4 was 3 by snapshot1
root 3 root 2 12h file
  root v2 was 1 by root1+root2
  ~ key of targets is t2 (was targets1)
publish 3 root 1 12h file
  robot v2 was 1 by r1+r2 1 tag added
  snapshot v3 was 2 by snapshot1
publish 2 root 1 12h file
  targets v2 was 1 by targets1
  robot v1 was 0 by r1+r2
  snapshot v2 was 1 by snapshot1
  + r1, r2 may sign robot, for "app/*"
publish 1 root 1 12h file
  root v1 was 0 by root1+root2
  targets v1 was 0 by targets1
  snapshot v1 was 0 by snapshot1
  + root1, root2 may sign root, 2 of 2 keys needed
  + snapshot1 may sign snapshot
  + targets1 may sign targets
  + timestamp1 may sign timestamp
missing timestamp 1-5
`
	if got := lines(line, canonical(line, names)); got != want {
		t.Errorf("got:\n%s", got)
	}
	for i, days := range []int{6, 4, 3, 2, 1, 0} {
		if got, want := line.Publishes[i].Time, tuftest.At.AddDate(0, 0, days-100); !got.Equal(want) {
			t.Errorf("%s at %s, want %s", line.Publishes[i].Name(), got, want)
		}
	}

	// Where no file has a time, a root is put where its keys are needed first.
	line, err = service(d.published).History(t.Context(), "tuf.example.org/repo", history.Window{})
	if err != nil {
		t.Fatal(err)
	}
	got := lines(line, canonical(line, names))
	if !strings.Contains(got, "publish 4 root 2 00h \n  root v2 was 1 by root1+root2\n  targets v3 was 2 by t2 unchanged\n") {
		t.Errorf("got:\n%s", got)
	}
	for i := range line.Publishes {
		if p := &line.Publishes[i]; !p.Verified || p.Clock != history.ClockNone {
			t.Errorf("%s: %+v", p.Name(), p)
		}
	}
}

// Roles that a service signs have a past like others, and hash bins are verified by those who
// delegate to all of them.
func TestHistoryOfHashBins(t *testing.T) {
	repo := tuftest.New()
	bins := repo.DelegateBins(model.RoleTargets, 2, "bin", tuftest.By(tuftest.P256()))
	repo.Publish(append([]model.RoleName{model.RoleTargets}, bins...)...)
	repo.AddTarget(bins[1], "app", "content")
	repo.Publish(bins[1])
	s := &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: published{newMemory(), repo}, Clock: func() time.Time { return tuftest.At }}
	line, err := s.History(t.Context(), "tuf.example.org/repo", history.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if len(line.Publishes) != 3 {
		t.Fatalf("%d publishes", len(line.Publishes))
	}
	for i := range line.Publishes {
		p := &line.Publishes[i]
		if p.Failed() || !p.Verified {
			t.Errorf("%s: %+v", p.Name(), p)
		}
	}
	if last := line.Publishes[0].Revisions[0]; last.Role != bins[1] || last.Targets.Added != 1 || !last.Verified {
		t.Errorf("%+v", last)
	}
}
