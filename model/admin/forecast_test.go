package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/forecast"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// rerooted adds a root with another key to a repository, signed by the keys of the one
// before as well; its certificate ends after so many days.
func rerooted(r *notarytest.Repo, days int) {
	old := r.Keys[model.RoleRoot]
	key := notarytest.Certified(notarytest.NewKey(), string(r.GUN), now.Add(-time.Hour), now.AddDate(0, 0, days))
	r.Keys[model.RoleRoot] = []notarytest.Key{key}
	r.NameKeys()
	root := r.Files[model.RoleRoot]
	root.Version++
	root.Expires = now.AddDate(0, 0, 1000)
	notarytest.SignFile(root, key, old[0])
	r.Past[fmt.Sprintf("%d.root", root.Version)] = root.Wire()
	r.SealSnapshot()
}

// A client with an older root needs the certificates of the roots on its way, and of its
// own, but not that these have not expired.
func TestForecast(t *testing.T) {
	repo := notarytest.New(gun, now)
	rerooted(repo, 20)
	rerooted(repo, 400)
	rerooted(repo, 300)
	m := newMemory(repo)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: m, Clock: func() time.Time { return now }}
	look := func() []string {
		t.Helper()
		view := service.Open(t.Context(), gun)
		f, err := service.Forecast(t.Context(), view.Repository)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range f.Clients {
			out = append(out, fmt.Sprintf("%d: %s %d", l.Client.Root, l.Fails.Role, int(l.Fails.At.Sub(now).Hours()/24)))
		}
		for _, v := range f.Unread {
			out = append(out, fmt.Sprint("unread ", v))
		}
		return out
	}
	want := []string{"0: root 300", "4: root 300", "3: root 300", "2: root 20", "1: root 20"}
	if got := look(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	m.repos[gun]["2.root"] = []byte("{")
	// Nothing leads from root 1 to root 3 now.
	want = []string{"0: root 300", "4: root 300", "3: root 300", "1: root 0", "unread 2"}
	if got := look(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What a forecast says of a root that is refused names the reason.
func TestForecastSaysWhy(t *testing.T) {
	repo := notarytest.New(gun, now)
	rerooted(repo, 20)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: newMemory(repo), Clock: func() time.Time { return now }}
	f, err := service.Forecast(t.Context(), service.Open(t.Context(), gun).Repository)
	if err != nil || f.Clients[0].Client.Kind != forecast.New || !strings.Contains(f.Clients[0].Fails.Reason, "no usable certificate") {
		t.Errorf("%+v, %v", f.Clients, err)
	}
}

// Notary's clients do not walk from a root that has expired.
func TestForecastOfLapsedRoots(t *testing.T) {
	repo := notarytest.New(gun, now)
	root := repo.Files[model.RoleRoot]
	root.Expires = now.AddDate(0, 0, 50)
	notarytest.SignFile(root, repo.Keys[model.RoleRoot]...)
	repo.Past["1.root"] = root.Wire()
	rerooted(repo, 1000)
	rerooted(repo, 1000)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: newMemory(repo), Clock: func() time.Time { return now }}
	f, err := service.Forecast(t.Context(), service.Open(t.Context(), gun).Repository)
	if err != nil || len(f.Clients) != 4 {
		t.Fatal(err, f)
	}
	if two := f.Clients[2].Fails; two.Role == model.RoleRoot && two.At.Before(now.AddDate(0, 0, 900)) {
		t.Errorf("root 2 leads to root 3 directly: %+v", two)
	}
	if one := f.Clients[3].Fails; one.Role != model.RoleRoot || one.At.Sub(now).Hours()/24 > 51 || !strings.Contains(one.Reason, "root 1 has expired, and its keys have not signed root 3") {
		t.Errorf("root 1: %+v", one)
	}
}

// published is a repository of TUF 1.0 as a remote has it.
type published struct {
	*memory
	repo *tuftest.Repository
}

func (p published) Read(_ context.Context, _ model.GUN, ref port.Ref) (port.File, error) {
	raw, fault := p.repo.Read(dialect.Want{Role: ref.Role, Version: ref.Version, Limit: ref.Limit})
	if fault != nil {
		return port.File{}, fault
	}
	return port.File{Bytes: raw}, nil
}

// In TUF 1.0 a client walks from root to root, whether they have expired or not, and needs
// each of them.
func TestForecastOfTUF(t *testing.T) {
	repo := tuftest.New()
	expires := func(days int) string { return tuftest.At.AddDate(0, 0, days).Format(time.RFC3339) }
	for _, days := range []int{-100, 200, 300} {
		repo.SetRole(model.RoleRoot, tuftest.By(tuftest.P256()))
		repo.Signed[model.RoleRoot]["expires"] = expires(days)
		repo.Publish(model.RoleRoot)
	}
	service := &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: published{newMemory(), repo}, Clock: func() time.Time { return tuftest.At }}
	for _, want := range []string{
		"new timestamp 1, current timestamp 1, older timestamp 1, older timestamp 1, older timestamp 1",
		"new timestamp 1, current timestamp 1, older root 0, older root 0, unread 3",
	} {
		view := service.Open(t.Context(), "tuf.example.org/repo")
		f, err := service.Forecast(t.Context(), view.Repository)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range f.Clients {
			got = append(got, fmt.Sprintf("%s %s %d", l.Client.Kind, l.Fails.Role, int(l.Fails.At.Sub(tuftest.At).Hours()/24)))
		}
		for _, v := range f.Unread {
			got = append(got, fmt.Sprint("unread ", v))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
		}
		delete(repo.Wire, "3.root.json")
	}
}

// A client that lacks a root on its way stays at the one before, by which what newer keys
// have signed does not verify.
func TestForecastOfAGap(t *testing.T) {
	repo := tuftest.New()
	repo.Publish(model.RoleRoot)
	repo.SetRole(model.RoleTimestamp, tuftest.By(tuftest.P256()))
	repo.Publish(model.RoleRoot)
	delete(repo.Wire, "2.root.json")
	service := &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: published{newMemory(), repo}, Clock: func() time.Time { return tuftest.At }}
	f, err := service.Forecast(t.Context(), service.Open(t.Context(), "tuf.example.org/repo").Repository)
	if err != nil || len(f.Clients) != 3 {
		t.Fatal(err, f)
	}
	if got := f.Clients[2].Fails; got.Reason != "it stops at root 1, which doesn't verify the timestamp" || !got.At.Equal(tuftest.At) {
		t.Errorf("%+v", got)
	}
}
