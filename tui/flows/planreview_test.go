package flows_test

import (
	"fmt"
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

// offBoarding is a plan over so many repositories in which nothing is like in another one.
func offBoarding(n int) *plan.Plan {
	out := &plan.Plan{}
	at := time.Date(2029, 1, 2, 0, 0, 0, 0, time.UTC)
	for i := range n {
		id := model.KeyID(strings.Repeat(fmt.Sprintf("%04x", i), 16))
		key := plan.KeySummary{ID: id, Listed: id, Name: "alice", Difference: plan.Removed}
		of := func(what string) []string { return []string{fmt.Sprintf("%s %d", what, i)} }
		out.Parts = append(out.Parts, plan.Part{
			GUN: model.GUN(fmt.Sprintf("registry.example.org/acme/app%d", i)), Base: []plan.BaseFile{{Role: "root", Version: 1}},
			Verdict: plan.Verdict{State: plan.Ready, Text: "every key that must sign is present"},
			Summary: []plan.RoleSummary{
				{Role: "targets", Difference: plan.Changed, VersionBefore: 1, VersionAfter: 2, ExpiresBefore: at, ExpiresAfter: at.AddDate(1, 0, 0), Signer: plan.SignedHere, Edges: []plan.EdgeSummary{
					{From: "root", Difference: plan.Kept, ThresholdBefore: 1, ThresholdAfter: 1, Keys: []plan.KeySummary{{ID: id, Listed: id, Difference: plan.Kept}}},
				}},
				{Role: "targets/alice", Difference: plan.Removed, VersionBefore: 3, ExpiresBefore: at, Edges: []plan.EdgeSummary{
					{From: "targets", Difference: plan.Removed, ThresholdBefore: 1, Keys: []plan.KeySummary{key}},
				}},
				{Role: "targets/releases", Difference: plan.Changed, VersionBefore: 4, VersionAfter: 5, ExpiresBefore: at, ExpiresAfter: at, Signer: plan.SignedHere, Edges: []plan.EdgeSummary{
					{From: "targets", Difference: plan.Changed, ThresholdBefore: 1, ThresholdAfter: 1, Keys: []plan.KeySummary{{ID: "kept", Listed: "kept", Difference: plan.Kept}, key}},
				}},
			},
			Impact:   plan.Impact{Pull: of("finds")[0], Current: of("takes")[0], Warnings: of("beware"), Irreversible: of("final")},
			Rewrites: []plan.Rewrite{{Role: "targets", From: 1, To: 2, Needs: []plan.Quorum{{GrantedBy: "root 1", Threshold: 1, Keys: []plan.Key{{Listed: id, ID: id, Place: plan.PlaceHere, Sign: true, Name: "targets key"}}}}}},
		})
	}
	return out
}

// begins are the lines that a review begins with.
func begins(p *plan.Plan) []string {
	review := flows.Review(p, docker.Dialect{}.Words())
	var out []string
	for i, section := range review.Brief() {
		if i > 0 {
			out = append(out, "")
		}
		out = append(append(out, section.Head), section.Lines...)
	}
	return out
}

// However many repositories there are and however much they differ, a review begins with a
// line for each of them and a few more; the details name everything.
func TestReviewStaysShort(t *testing.T) {
	t.Parallel()
	few, many := len(begins(offBoarding(10))), len(begins(offBoarding(40)))
	if many-few != 30 {
		t.Errorf("30 more repositories are %d more lines", many-few)
	}
	p := offBoarding(40)
	review := flows.Review(p, docker.Dialect{}.Words())
	whole := fmt.Sprint(review.Whole())
	for i := range p.Parts {
		for _, want := range []string{fmt.Sprintf("beware %d.", i), fmt.Sprintf("final %d.", i), fmt.Sprintf("finds %d.", i)} {
			if !strings.Contains(whole, want) {
				t.Errorf("the review never says %q", want)
			}
		}
	}
	if !slices.Contains(review.Facts, flow.Fact{Label: flow.Final, Text: "37 more of this kind are in the details."}) {
		t.Errorf("it does not say that there is more: %v", review.Facts)
	}
}

// What is said of one repository: each role before and after, then what decides.
func TestReviewBegins(t *testing.T) {
	t.Parallel()
	want := `REVIEW
Ready: every key that must sign is present.

CHANGES IN registry.example.org/acme/app0
targets: version 2 (was 1), 1 of 1, expires 2030-01-02 (was 2029-01-02)
targets/alice: version none (was 3), - role removed, - alice 0000 0000
targets/releases: version 5 (was 4), 1 of 1 (was 1 of 2), expires 2029-01-02, - alice 0000 0000

BEFORE YOU ACCEPT
Cannot be undone: final 0.
Warning: beware 0.
docker pull: finds 0.
Up-to-date client: takes 0.
Must sign: targets: 1 of 1, targets key (key file).`
	if got := strings.Join(begins(offBoarding(1)), "\n"); got != want {
		t.Errorf("it begins with\n%s\nwant\n%s", got, want)
	}
	p := offBoarding(2)
	p.Parts[1].Verdict = plan.Verdict{State: plan.Waiting, Text: "not all keys are here"}
	key := &p.Parts[1].Rewrites[0].Needs[0].Keys[0]
	key.Sign, key.Place, key.Name = false, plan.PlaceUnknown, "bob key 1234 abcd"
	lines := begins(p)
	for _, want := range []string{
		"acme/app0: - alice 0000 0000, targets/alice removed, targets 2 expires 2030-01-02 (was 2029-01-02), targets/releases 5",
		"acme/app1: waiting, - alice 0001 0001, targets/alice removed, targets 2 expires 2030-01-02 (was 2029-01-02), targets/releases 5",
		"Must sign: 1 key present: 1 key file.",
		"Missing: acme/app1: targets: bob key 1234 abcd.",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// A review names the earlier day only if it is another one: the server renews a timestamp within
// the same day.
func TestReviewOfAnExpiry(t *testing.T) {
	morning := time.Date(2029, 1, 2, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		before, after time.Time
		want          string
	}{
		{time.Time{}, morning, "expires 2029-01-02"},
		{morning, morning.Add(time.Hour), "expires 2029-01-02"},
		{morning, morning.AddDate(0, 0, 1), "expires 2029-01-03 (was 2029-01-02)"},
	} {
		p := offBoarding(1)
		p.Parts[0].Rewrites[0].ExpiresBefore, p.Parts[0].Rewrites[0].ExpiresAfter = test.before, test.after
		found := false
		for _, section := range flows.Review(p, docker.Dialect{}.Words()).Details {
			found = found || slices.Contains(section.Lines, test.want)
		}
		if !found {
			t.Errorf("from %v to %v: %q is missing", test.before, test.after, test.want)
		}
	}
}
