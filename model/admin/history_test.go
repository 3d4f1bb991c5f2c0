package admin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// kept is a server with the times at which it has stored each version, and a list of changes.
type kept struct {
	*memory
	stored  map[string]time.Time
	changes []port.Change
}

func (k *kept) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	file, err := k.memory.Read(ctx, gun, ref)
	if err == nil {
		file.Modified = k.stored[sumOf(file.Bytes)]
	}
	return file, err
}

func (k *kept) Changes(context.Context, model.GUN) ([]port.Change, error) { return k.changes, nil }

func sumOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// note stores what is new in a repository at its time, and notes the timestamp in the list of
// changes.
func (k *kept) note(r *notarytest.Repo) {
	k.put(r)
	for _, raw := range r.Past {
		if sum := sumOf(raw); k.stored[sum].IsZero() {
			k.stored[sum] = r.Now
		}
	}
	stamp := r.Files[model.RoleTimestamp]
	k.changes = append(k.changes, port.Change{
		ID: fmt.Sprint(len(k.changes) + 1), GUN: r.GUN, Time: r.Now, Version: stamp.Version, SHA256: sumOf(stamp.Wire()),
	})
}

// lived is a repository with a life: each step is published an hour after the one before.
func lived() (*kept, *notarytest.Repo, map[model.KeyID]string) {
	names := map[model.KeyID]string{}
	key := func(name string) notarytest.Key {
		k := notarytest.NewKey()
		names[k.ID] = name
		return k
	}
	k := &kept{memory: newMemory(), stored: map[string]time.Time{}}
	r := notarytest.New(gun, now.Add(-24*time.Hour))
	for role, keys := range r.Keys {
		names[docker.Dialect{}.CanonicalID(keys[0].PublicKey)] = string(role)
	}
	k.note(r)
	step := func(seal func()) {
		r.Now = r.Now.Add(time.Hour)
		seal()
		k.note(r)
	}
	alice, bob := key("a1"), key("b1")
	step(func() { // 2: signer add alice
		r.Delegate("targets/alice", 1, []string{""}, alice)
		r.Delegate(docker.Releases, 1, []string{""}, alice)
		r.Seal("targets", "targets/alice", docker.Releases)
	})
	step(func() { // 3: sign
		r.Tag(docker.Releases, "1.0", "one")
		r.Tag("targets/alice", "1.0", "one")
		r.Seal(docker.Releases, "targets/alice")
	})
	step(func() { // 4: rotate targets
		r.Keys["targets"] = []notarytest.Key{key("t2")}
		r.NameKeys()
		r.Seal("root", "targets")
	})
	step(func() { // 5: signer add bob, two must sign releases
		r.Delegate("targets/bob", 1, []string{""}, bob)
		targets := r.Files["targets"]
		for i := range targets.Roles {
			if targets.Roles[i].Name == docker.Releases {
				targets.Roles[i].KeyIDs = append(targets.Roles[i].KeyIDs, bob.ID)
				targets.Roles[i].Threshold = 2
			}
		}
		r.Keys[docker.Releases] = []notarytest.Key{alice, bob}
		r.Tag(docker.Releases, "1.0", "two")
		r.Seal("targets", "targets/bob", docker.Releases)
	})
	step(func() { r.Seal("targets") }) // 6: witness
	step(func() { r.SealTimestamp() }) // the timestamp alone
	step(func() {                      // 7: remove alice
		targets := r.Files["targets"]
		for i := range targets.Roles {
			if targets.Roles[i].Name == docker.Releases {
				targets.Roles[i].KeyIDs = []model.KeyID{bob.ID}
				targets.Roles[i].Threshold = 1
			}
		}
		r.Drop("targets/alice", false)
		r.Keys[docker.Releases] = []notarytest.Key{bob}
		r.Seal("targets", docker.Releases)
	})
	return k, r, names
}

// lines is a timeline in lines.
func lines(line history.Timeline, names map[model.KeyID]string) string {
	n := history.Namer{
		Role: func(name model.RoleName) string { return string(name) },
		Key:  func(id model.KeyID) string { return names[id] },
	}
	var b strings.Builder
	for i := range line.Publishes {
		p := &line.Publishes[i]
		fmt.Fprintf(&b, "%s %d root %d %s %s", p.Kind, p.Snapshot, p.Root, p.Time.Format("15h"), string(p.Clock))
		for _, s := range p.Timestamps {
			fmt.Fprintf(&b, " t%d %s", s.Version, s.Time.Format("15h"))
		}
		if !p.Verified {
			b.WriteString(" not verified")
		}
		b.WriteString("\n")
		for j := range p.Revisions {
			v := &p.Revisions[j]
			var by []string
			for _, id := range v.Signers {
				by = append(by, names[id])
			}
			fmt.Fprintf(&b, "  %s v%d was %d by %s", v.Role, v.Version, v.Was, strings.Join(by, "+"))
			if count := v.Targets.Count("tag"); count != "" {
				b.WriteString(" " + count)
			}
			if v.Unchanged {
				b.WriteString(" unchanged")
			}
			for _, problem := range v.Problems {
				fmt.Fprintf(&b, " !%s", problem.Text)
			}
			b.WriteString("\n")
		}
		for j := range p.Differences {
			for _, l := range p.Differences[j].Lines(n) {
				fmt.Fprintf(&b, "  %s\n", l)
			}
		}
		for _, problem := range p.Problems {
			fmt.Fprintf(&b, "  !%s\n", problem.Text)
		}
	}
	for _, problem := range line.Problems {
		fmt.Fprintf(&b, "!%s\n", problem.Text)
	}
	for _, gap := range line.Missing {
		fmt.Fprintf(&b, "missing %s %d-%d\n", gap.Role, gap.First, gap.Last)
	}
	return b.String()
}

func dug(t *testing.T, k port.Remote, w history.Window) history.Timeline {
	t.Helper()
	s := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: k, Clock: func() time.Time { return now }}
	line, err := s.History(t.Context(), gun, w)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// The timeline says of each publish what was published, who signed it and who could.
func TestHistory(t *testing.T) {
	k, _, names := lived()
	want := `publish 7 root 2 19h changefeed t8 19h
  targets v6 was 5 by t2
  targets/releases v4 was 3 by b1 unchanged
  snapshot v7 was 6 by snapshot
  - a1 may no longer sign targets/releases
  ~ threshold of targets/releases is 1 of 1 key (was 2)
  - targets/alice removed: a1 may no longer sign it
publish 6 root 2 17h changefeed t6 17h t7 18h
  targets v5 was 4 by t2 unchanged
  snapshot v6 was 5 by snapshot
publish 5 root 2 16h changefeed t5 16h
  targets v4 was 3 by t2
  targets/bob v1 was 0 by b1
  targets/releases v3 was 2 by a1+b1 1 tag changed
  snapshot v5 was 4 by snapshot
  + b1 may sign targets/releases
  ~ threshold of targets/releases is 2 of 2 keys (was 1)
  + b1 may sign targets/bob
publish 4 root 2 15h changefeed t4 15h
  root v2 was 1 by root
  targets v3 was 2 by t2 unchanged
  snapshot v4 was 3 by snapshot
  ~ key of targets is t2 (was targets)
publish 3 root 1 14h changefeed t3 14h
  targets/alice v2 was 1 by a1 1 tag added
  targets/releases v2 was 1 by a1 1 tag added
  snapshot v3 was 2 by snapshot
publish 2 root 1 13h changefeed t2 13h
  targets v2 was 1 by targets
  targets/alice v1 was 0 by a1
  targets/releases v1 was 0 by a1
  snapshot v2 was 1 by snapshot
  + a1 may sign targets/alice
  + a1 may sign targets/releases
publish 1 root 1 12h changefeed t1 12h
  root v1 was 0 by root
  targets v1 was 0 by targets
  snapshot v1 was 0 by snapshot
  + root may sign root
  + snapshot may sign snapshot
  + targets may sign targets
  + timestamp may sign timestamp
`
	all := dug(t, k, history.Window{})
	if got := lines(all, names); got != want {
		t.Errorf("got:\n%s", got)
	}
	if all.More || len(all.Missing) > 0 {
		t.Errorf("more %v, missing %v", all.More, all.Missing)
	}
	// Fewer publishes are the same ones.
	for limit := 1; limit <= 7; limit++ {
		line := dug(t, k, history.Window{Limit: limit})
		if got := lines(line, names); !strings.HasPrefix(want, got) || len(line.Publishes) != limit || line.More != (limit < 7) {
			t.Errorf("limited to %d, more %v:\n%s", limit, line.More, got)
		}
	}
	line := dug(t, k, history.Window{Since: now.Add(-20 * time.Hour)})
	if got := lines(line, names); !strings.HasPrefix(want, got) || len(line.Publishes) != 3 || !line.More {
		t.Errorf("since 16h, more %v:\n%s", line.More, got)
	}
}
