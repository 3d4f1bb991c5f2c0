package admin_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// The history has every role that says something of its own, whether a service signs it or not.
func TestHistoryOfOnlineRoles(t *testing.T) {
	repo := tuftest.New()
	service := func() tuftest.Quorum {
		return tuftest.By(tuftest.P256().With(tuftest.Object{"x-tuf-on-ci-online-uri": "kms:key"}))
	}
	repo.SetRole(model.RoleSnapshot, service())
	repo.SetRole(model.RoleTimestamp, service())
	repo.Delegate(model.RoleTargets, "robot", service(), tuftest.Object{"paths": []string{"*"}})
	repo.Publish(model.RoleRoot, model.RoleTargets, "robot")
	repo.AddTarget("robot", "app", "content")
	repo.Publish("robot")
	s := &admin.Service{DialectOf: dialect.Only(tuf.Dialect{}), Remote: published{newMemory(), repo}, Clock: func() time.Time { return tuftest.At }}
	history, err := s.History(t.Context(), "tuf.example.org/repo", 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range history {
		got = append(got, fmt.Sprintf("%s %d", r.Role, r.Version))
	}
	slices.Sort(got)
	if want := []string{"robot 1", "robot 2", "root 1", "root 2", "snapshot 1", "snapshot 2", "snapshot 3", "targets 1", "targets 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
