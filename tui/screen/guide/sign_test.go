package guide_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

// tagged is a backend with a repository of tags, of which clients find v9 with another digest
// than the registry serves.
func tagged() *tuitest.GuideBackend {
	d := tuitest.NewGuideBackend()
	for _, look := range tuitest.World() {
		if look.GUN == tuitest.Healthy {
			d.Repositories = map[string]*model.Repository{string(tuitest.Healthy): look.Repository}
			for _, id := range look.Repository.Role(docker.Releases).Keys {
				d.Known.Keys = append(d.Known.Keys, model.PrivateKey{ID: id, Label: "alice", Place: "file", Encrypted: true})
			}
		}
	}
	d.Served = map[string]model.Manifest{string(tuitest.Healthy) + ":v9": tuitest.Image("ab")}
	d.Compile = func([]change.Request) (*plan.Plan, error) { return tagPlan("ab"), nil }
	return d
}

// tagPlan replaces v9, and revokes v8.
func tagPlan(content string) *plan.Plan {
	alice := tuitest.Key("alice")
	before := func(content string) *plan.PullResult {
		return &plan.PullResult{Role: docker.Releases, Digest: "sha256:" + strings.Repeat(content, 32), Length: 812}
	}
	after := before(content)
	after.MediaType = tuitest.Image(content).MediaType
	expiry := func(years int) time.Time { return tuitest.Years(years) }
	return &plan.Plan{Parts: []plan.Part{{
		GUN: tuitest.Healthy, Base: []plan.BaseFile{{Role: model.RoleRoot, Version: 3}, {Role: docker.Releases, Version: 7}},
		Summary: []plan.RoleSummary{{
			Role: docker.Releases, Difference: plan.Changed, VersionBefore: 7, VersionAfter: 8, ExpiresBefore: expiry(2), ExpiresAfter: expiry(3), Signer: plan.SignedHere,
			Edges: []plan.EdgeSummary{{From: model.RoleTargets, Difference: plan.Kept, ThresholdBefore: 1, ThresholdAfter: 1, Keys: []plan.KeySummary{{ID: alice, Listed: alice, Difference: plan.Kept}}}},
		}},
		Rewrites: []plan.Rewrite{{
			Role: docker.Releases, From: 7, To: 8, ExpiresBefore: expiry(2), ExpiresAfter: expiry(3), Signer: plan.SignedHere,
			Why: []string{`to add tag "v9" and remove tag "v8"`}, Diff: []string{`"v8" removed`, `"v9" content changed`},
			Needs: []plan.Quorum{{GrantedBy: "targets 7", Threshold: 1, Keys: []plan.Key{{Listed: alice, ID: alice, Place: plan.PlaceHere, Sign: true, Name: "alice key " + alice.Short()}}}},
		}},
		Impact: plan.Impact{
			Fresh: "verifies the new files from the root that is published now", Current: "accepts the new files at the next update, without asking", Outdated: "the same, after verifying each root it missed",
			Pull: "sees no additional tag; sees 1 tag with different contents: v9; no longer sees 1 tag: v8", Replaced: []string{"v9"}, Lost: []string{"v8"},
			Pulls: []plan.PullChange{{Name: "v8", Before: before("cd")}, {Name: "v9", Before: before("ef"), After: after}},
		},
		Verdict: plan.Verdict{State: plan.Ready, Text: "every required key is available"},
	}}}
}

func TestSignPictures(t *testing.T) {
	in := map[string][]string{"repositories": {string(tuitest.Healthy)}}
	begin(t, tagged(), "sign", in).sees("Which tags").pictures("sign-tags")
	with := map[string][]string{"repositories": {string(tuitest.Healthy)}, "tags": {"v99"}}
	begin(t, tagged(), "sign", with).sees("set yourself").pictures("sign-options").do(keymap.FlowNext).sees("does not have it").pictures("sign-refused")
	with["tags"] = []string{"v9"}
	begin(t, tagged(), "sign", with).sees("set yourself").do(keymap.FlowNext).sees("Ready:").pictures("sign-review")

	d := tagged()
	drift := change.Drift{GUN: tuitest.Healthy, Tag: "v9", From: tuitest.Image("ab").Digest, To: tuitest.Image("12").Digest}
	d.Fails = map[string]error{"read everything": &change.StalePlan{Now: tagPlan("12"), Drifts: []change.Drift{drift}}}
	d.Outcome = &change.Outcome{}
	w := begin(t, d, "sign", with).sees("set yourself").do(keymap.FlowNext).sees("Ready:")
	w.do(keymap.FlowSwitch, keymap.FlowNext)
	w.sees("The registry serves something else", drift.To, drift.From).pictures("sign-drift")
}
