package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The review says of a key that gets power everything by which its owner knows it, before
// what is written.
func TestReviewShowsKeysInFull(t *testing.T) {
	key, certificate := model.KeyID(strings.Repeat("a1", 32)), model.KeyID(strings.Repeat("b2", 32))
	here := model.KeyID(strings.Repeat("c3", 32))
	review := flows.Review(&plan.Plan{Parts: []plan.Part{{
		GUN: "registry.example.org/acme/app", Base: []plan.BaseFile{{Role: "root", Version: 1}}, Verdict: plan.Verdict{State: plan.Ready, Text: "ready"},
		Rewrites: []plan.Rewrite{{Role: "targets", From: 1, To: 2}},
		Grants: []plan.Grant{
			{ID: key, Roles: []model.RoleName{"targets/bob", "targets/releases"}, Algorithm: "RSA 2048", File: "bob.crt", Certificate: &plan.GrantCertificate{
				ID: certificate, Subject: "CN=bob", NotAfter: time.Date(2029, 1, 2, 0, 0, 0, 0, time.UTC),
			}},
			{ID: here, Roles: []model.RoleName{"root"}},
		},
		Local: plan.Local{Paths: map[model.KeyID]string{here: "/trust/private/root.key"}},
	}}}, docker.Dialect{}.Words())
	facts := []flow.Fact{
		{Label: "New key", Text: string(key) + " for targets/bob and targets/releases."}, {Label: "New key", Text: string(here) + " for root."},
	}
	for _, fact := range facts {
		if !slices.Contains(review.Facts, fact) {
			t.Errorf("the review does not begin with %s, but with %v", fact, review.Facts)
		}
	}
	sections := review.Details
	at := slices.IndexFunc(sections, func(s flow.Section) bool { return s.Head == "NEWLY AUTHORISED KEYS" })
	if at < 0 {
		t.Fatalf("no section: %+v", sections)
	}
	want := []string{
		"+ targets/bob and targets/releases: key ID " + string(key), "  RSA 2048", "  certificate ID " + string(certificate),
		"  certificate of CN=bob, valid until 2029-01-02", "  from bob.crt",
		"+ root: key ID " + string(here), "  from /trust/private/root.key",
	}
	if !slices.Equal(sections[at].Lines, want) {
		t.Errorf("%q", sections[at].Lines)
	}
	if next := sections[at+1].Head; !strings.HasPrefix(next, "targets,") {
		t.Errorf("after it comes %s", next)
	}
}
