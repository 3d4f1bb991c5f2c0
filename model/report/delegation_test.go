package report_test

import (
	"fmt"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
)

// A role to which several roles delegate is listed for each, with the verdict by that one, and
// with the role that keeps clients from it.
func TestDelegations(t *testing.T) {
	edge := func(from, role model.RoleName, keys ...model.KeyID) model.Delegation {
		return model.Delegation{From: from, Name: role, Threshold: 1, KeyIDs: keys, Paths: []string{"v*"}}
	}
	repo := &model.Repository{
		Keys: []model.Key{{ID: "a", ListedAs: []model.KeyID{"cert"}}},
		Roles: []model.Role{
			{Name: "root", State: model.RoleVerified},
			{Name: "targets", State: model.RoleVerified},
			{Name: "one", State: model.RoleVerified, Expired: true, Parents: []model.Delegation{edge("targets", "one", "cert")}},
			{
				Name: "two", State: model.RoleVerified, Valid: 1,
				Parents: []model.Delegation{edge("targets", "two", "a"), edge("one", "two", "gone")},
				Grants:  []model.Grant{{Valid: 1, Met: true}, {Valid: 0}},
			},
			{Name: "three", State: model.RoleUnpublished, Parents: []model.Delegation{edge("two", "three")}},
		},
	}
	var got []string
	for _, d := range report.NewDelegations(admin.Look{Repository: repo}).Delegations {
		blocked := report.Blocked{}
		if d.Blocked != nil {
			blocked = *d.Blocked
		}
		got = append(got, fmt.Sprintf("%s %s %s %s %s %t %d %s", d.Role, d.From, d.Keys, d.ListedAs, d.State, d.Expired, d.Valid, blocked))
	}
	want := []string{
		"one targets [a] [cert] verified true 0 { }",
		"two targets [a] [a] verified false 1 { }",
		"two one [gone] [gone] broken false 0 {one expired}",
		"three two [] [] unpublished false 0 { }",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
