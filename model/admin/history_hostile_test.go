package admin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// What a place doesn't have, or has in another form, is said of the publish that it belongs to
// and of no other, and never counts as good.
func TestHistoryOfDamage(t *testing.T) {
	const releases = string(docker.Releases)
	for name, row := range map[string]struct {
		spoil func(*kept, *notarytest.Repo)
		// wants are in the timeline; bad are the publishes with something wrong.
		wants []string
		bad   []int64
	}{
		"nothing": {spoil: func(*kept, *notarytest.Repo) {}},
		"a version is not kept": {
			spoil: func(k *kept, _ *notarytest.Repo) { delete(k.repos[gun], "3."+releases) },
			wants: []string{"targets/releases v0 was 2 by  !the file is not kept any more", "missing targets/releases 3-3"},
			bad:   []int64{5},
		},
		"a version has other bytes": {
			spoil: func(k *kept, r *notarytest.Repo) { k.repos[gun]["2."+releases] = r.Past["1."+releases] },
			wants: []string{"targets/releases v0 was 1 by  !the file is not kept any more"},
			bad:   []int64{3},
		},
		"a snapshot is not kept": {
			spoil: func(k *kept, _ *notarytest.Repo) { delete(k.repos[gun], "4.snapshot") },
			wants: []string{"missing snapshot 4-4", "!timestamp v4 lists a snapshot that is not kept or has another content"},
		},
		"a snapshot is no metadata": {
			spoil: func(k *kept, _ *notarytest.Repo) { k.repos[gun]["4.snapshot"] = []byte("{") },
			wants: []string{"publish 4 root 1 00h  not verified", "!the snapshot does not verify, so what it lists was not looked at", "!timestamp v4 lists a snapshot that is not kept or has another content"},
			bad:   []int64{4},
		},
		"a snapshot is signed by another key": {
			spoil: func(k *kept, r *notarytest.Repo) {
				f := *r.Files[model.RoleSnapshot]
				f.Version = 4
				notarytest.SignFile(&f, notarytest.NewKey())
				k.repos[gun]["4.snapshot"] = f.Wire()
			},
			wants: []string{"publish 4 root 1 00h  not verified", "snapshot has 0 valid signatures of the 1 that it needs"},
			bad:   []int64{4},
		},
		"the list of changes has another timestamp": {
			spoil: func(k *kept, _ *notarytest.Repo) { k.changes[3].SHA256 = strings.Repeat("0", 64) },
			wants: []string{"!the list of changes has timestamp v4 of 2026-11-21 15:00 UTC, which is not kept or has another content"},
		},
		"the root before is not kept": {
			spoil: func(k *kept, _ *notarytest.Repo) { delete(k.repos[gun], "1.root") },
			wants: []string{"missing root 1-1"},
			bad:   []int64{3, 2, 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, r, names := lived()
			row.spoil(k, r)
			line := dug(t, k, history.Window{})
			got := lines(line, names)
			for _, want := range row.wants {
				if !strings.Contains(got, want) {
					t.Errorf("%q is not in\n%s", want, got)
				}
			}
			var bad []int64
			for i := range line.Publishes {
				if p := &line.Publishes[i]; p.Worst() > model.Notice || !p.Verified {
					bad = append(bad, p.Snapshot)
				}
			}
			if !slices.Equal(bad, row.bad) {
				t.Errorf("wrong in %v, want %v:\n%s", bad, row.bad, got)
			}
		})
	}
}

// A file that others than the keys of its time have signed is never shown as good, even where
// the snapshot lists it.
func TestHistoryOfForgery(t *testing.T) {
	k, r, names := lived()
	thief := notarytest.NewKey()
	names[thief.ID] = "thief"
	r.Tag(docker.Releases, "9.9", "evil")
	r.Keys[docker.Releases] = []notarytest.Key{thief}
	r.Now = r.Now.Add(time.Hour)
	r.Seal(docker.Releases)
	k.note(r)
	line := dug(t, k, history.Window{})
	p := &line.Publishes[0]
	if p.Snapshot != 8 || !p.Failed() || p.Revisions[0].Verified || len(p.Revisions[0].Signers) > 0 || !strings.Contains(lines(line, names), "0 valid signatures of the 1 that it needs") {
		t.Errorf("got\n%s", lines(line, names))
	}
	for i := range line.Publishes[1:] {
		if line.Publishes[i+1].Failed() {
			t.Errorf("%s has failed too", line.Publishes[i+1].Name())
		}
	}
}

// endless has every version of everything, of whatever length, or none.
type endless struct {
	*memory
	answer func(ref port.Ref) (port.File, error)
}

func (e *endless) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	file, err := e.memory.Read(ctx, gun, ref)
	if err != nil && ref.Version != 0 {
		return e.answer(ref)
	}
	return file, err
}

// A place can't have trustdeck read for ever: it states versions that no one can count, and
// has none of them, or all.
func TestHistoryIsBounded(t *testing.T) {
	r := notarytest.New(gun, now.Add(-time.Hour))
	for _, f := range r.Files {
		f.Version = 1 << 60
	}
	r.Seal("root", "targets")
	m := newMemory(r)
	files := maps.Clone(m.repos[gun])
	for name, answer := range map[string]func(port.Ref) (port.File, error){
		"nothing is there": func(port.Ref) (port.File, error) {
			return port.File{}, &model.Fault{Kind: model.FaultNotFound, Text: "not here"}
		},
		"everything is there": func(ref port.Ref) (port.File, error) {
			return port.File{Bytes: files[string(ref.Role)]}, nil
		},
		"everything is noise": func(ref port.Ref) (port.File, error) {
			return port.File{Bytes: []byte(fmt.Sprint(ref.Version))}, nil
		},
		"nothing can be read": func(port.Ref) (port.File, error) {
			return port.File{}, &model.Fault{Kind: model.FaultServer, Text: "the server answered 500"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m.reads = 0
			s := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: &endless{m, answer}, Clock: func() time.Time { return now }}
			line, err := s.History(t.Context(), gun, history.Window{})
			if err != nil {
				t.Fatal(err)
			}
			if m.reads > 3_000 || len(line.Publishes) > history.DefaultLimit {
				t.Errorf("%d requests, %d publishes", m.reads, len(line.Publishes))
			}
			for i := range line.Publishes {
				if p := &line.Publishes[i]; p.Snapshot < 1<<60 && p.Verified {
					t.Errorf("%s counts as verified", p.Name())
				}
			}
		})
	}
}

func TestHistoryIsCancelled(t *testing.T) {
	k, _, _ := lived()
	ctx, cancel := context.WithCancel(t.Context())
	s := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: &cancelling{k, cancel}, Clock: func() time.Time { return now }}
	if _, err := s.History(ctx, gun, history.Window{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// cancelling ends the work at the first version that is asked for.
type cancelling struct {
	*kept
	cancel func()
}

func (c *cancelling) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if ref.Version != 0 && ref.Role == model.RoleSnapshot {
		c.cancel()
	}
	return c.kept.Read(ctx, gun, ref)
}
