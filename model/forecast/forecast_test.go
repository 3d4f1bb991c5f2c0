package forecast_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/forecast"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func day(n int) time.Time { return now.AddDate(0, 0, n) }

// repository is one whose files expire after so many days.
func repository() *model.Repository {
	role := func(name model.RoleName, days int, from model.RoleName) model.Role {
		return model.Role{Name: name, State: model.RoleVerified, Version: 3, Expires: day(days), Parents: []model.Delegation{{From: from}}}
	}
	stamp := role(model.RoleTimestamp, 1, model.RoleRoot)
	stamp.SelfRenewing = true
	return &model.Repository{At: now, Roles: []model.Role{
		role(model.RoleRoot, 300, model.RoleRoot), role(model.RoleTargets, 100, model.RoleRoot),
		role("team", 90, model.RoleTargets), role("ci", 120, "team"),
		{Name: "new", State: model.RoleUnpublished, Parents: []model.Delegation{{From: model.RoleTargets}}},
		role(model.RoleSnapshot, 200, model.RoleRoot), stamp,
	}}
}

// ends accepts roots until their certificates end, by version; New has the version 0.
func ends(at map[int64]time.Time) (moments []time.Time, accepts forecast.Accepts) {
	for _, end := range at {
		moments = append(moments, end)
	}
	return moments, func(c forecast.Client, now time.Time) (string, bool) {
		end, some := at[c.Root]
		return "its certificate has ended", !some || now.Before(end)
	}
}

// all is what all four clients fail at.
func all(what string) [4]string { return [4]string{what, what, what, what} }

func TestMake(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*model.Repository)
		ends  map[int64]time.Time
		// what the clients new, current, root 2 and root 1 fail at
		want [4]string
	}{
		{"the first that expires", func(*model.Repository) {}, nil, all("targets 100")},
		{"a timestamp that somebody has to renew", func(r *model.Repository) { r.Role(model.RoleTimestamp).SelfRenewing = false }, nil, all("timestamp 1")},
		{"one that has expired", func(r *model.Repository) { r.Role(model.RoleSnapshot).Expires = day(-3) }, nil, all("snapshot -3")},
		{"one that is broken", func(r *model.Repository) { r.Role(model.RoleTargets).State = model.RoleBroken }, nil, all("targets 0")},
		{"one that is missing", func(r *model.Repository) { r.Roles = r.Roles[:len(r.Roles)-1] }, nil, all("timestamp 0")},
		{"the root first", func(r *model.Repository) { r.Role(model.RoleRoot).Expires = day(5) }, nil, all("root 5")},
		{
			"certificates of older roots", func(*model.Repository) {},
			map[int64]time.Time{1: day(10), 2: day(150)},
			[4]string{"targets 100", "targets 100", "targets 100", "root 10"},
		},
		{
			"a root that is refused already", func(*model.Repository) {},
			map[int64]time.Time{0: day(-10), 2: day(-4)},
			[4]string{"root 0", "targets 100", "root 0", "targets 100"},
		},
		{"nothing that expires", func(r *model.Repository) {
			for i := range r.Roles {
				r.Roles[i].SelfRenewing = true
			}
		}, nil, all("never")},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := repository()
			test.spoil(r)
			moments, accepts := ends(test.ends)
			f := forecast.Make(r, []int64{2, 1}, moments, accepts)
			var got [4]string
			for i, l := range f.Clients {
				got[i] = short(l.Fails)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func short(f forecast.Failure) string {
	if f.Never() {
		return "never"
	}
	return fmt.Sprintf("%s %d", f.Role, int(f.At.Sub(now).Hours()/24))
}

func TestClientsAreNamed(t *testing.T) {
	_, accepts := ends(nil)
	f := forecast.Make(repository(), []int64{2, 1}, nil, accepts)
	var names []string
	for _, l := range f.Clients {
		names = append(names, l.Client.Kind.String()+": "+l.Client.String())
	}
	if want := []string{"new: new", "current: up to date, root 3", "older: has root 2", "older: has root 1"}; !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
}

// What a delegation lists is found for as long as all are good on the way to it.
func TestDelegations(t *testing.T) {
	_, accepts := ends(nil)
	r := repository()
	f := forecast.Make(r, nil, nil, accepts)
	if len(f.Delegations) != 2 || short(f.Delegations[0].Fails) != "team 90" || short(f.Delegations[1].Fails) != "team 90" || f.Delegations[1].Role != "ci" {
		t.Errorf("%+v", f.Delegations)
	}
	r.Role(model.RoleTargets).Expires = day(70)
	if f := forecast.Make(r, nil, nil, accepts); short(f.Delegations[1].Fails) != "targets 70" {
		t.Errorf("%+v", f.Delegations)
	}
	r.Role("ci").State = model.RoleUnavailable
	f = forecast.Make(r, nil, nil, accepts)
	if got := f.Delegations[1].Fails; short(got) != "ci 0" || got.Reason != "ci is unavailable" {
		t.Errorf("%+v", got)
	}
}

func TestNext(t *testing.T) {
	moments, accepts := ends(map[int64]time.Time{1: day(10)})
	f := forecast.Make(repository(), []int64{1}, moments, accepts)
	at, seen := now, []int(nil)
	for {
		next, ok := f.Next(at)
		if !ok {
			break
		}
		at = next
		seen = append(seen, int(at.Sub(now).Hours()/24))
	}
	if !slices.Equal(seen, []int{10, 90, 100}) {
		t.Errorf("failures after %v days", seen)
	}
	if last := f.Clients[2].Fails; last.By(day(9)) || !last.By(day(10)) || !last.By(day(11)) || (forecast.Failure{}).By(day(9999)) {
		t.Errorf("%+v", last)
	}
}
