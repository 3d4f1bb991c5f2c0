package guide_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// Every state of a guided change, as it is seen.
func TestPictures(t *testing.T) {
	for name, walk := range pictures {
		t.Run(name, func(t *testing.T) { walk(t, tuitest.NewGuideBackend()).pictures(name) })
	}
}

var pictures = map[string]func(*testing.T, *tuitest.GuideBackend) *walker{
	// Questions.
	"facts": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"facts": make(chan struct{})}
		return begin(t, d, "init", nil).sees("Reading the private keys")
	},
	"fixed": func(t *testing.T, _ *tuitest.GuideBackend) *walker {
		return begin(t, nil, "init", nil).sees("this is an archive")
	},
	"text": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return begin(t, d, "signer-add", nil).sees("What is the name").write("alice")
	},
	"text-refused": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return begin(t, d, "signer-add", nil).sees("What is the name").answer("Alice Liddell").sees("✗")
	},
	"repositories": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return begin(t, d, "init", nil).sees("Which repositories").answer("registry.example.org/new/first").sees("• registry").write(app)
	},
	"suggestions": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return atRepositories(t, d).sees("and 2 more")
	},
	"suggestion-chosen": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := atRepositories(t, d).write("data")
		w.do(keymap.Down, keymap.Down)
		return w
	},
	"looking": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"look": make(chan struct{})}
		return begin(t, d, "init", nil).sees("Which repositories").answer(app).do(keymap.FlowNext).sees("Reading what you named")
	},
	"file-refused": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return begin(t, d, "signer-add", map[string][]string{"name": {"alice"}, "repositories": {app}}).sees("Which public keys").
			answer("~/keys/alice.pub").sees("cannot be read")
	},
	"file": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		certificate, err := os.ReadFile("testdata/alice.crt")
		if err != nil {
			t.Fatal(err)
		}
		d.Files = map[string][]byte{"~/keys/alice.crt": certificate}
		return begin(t, d, "signer-add", map[string][]string{"name": {"alice"}, "repositories": {app}}).sees("Which public keys").
			answer("~/keys/alice.crt").sees("• ~/keys/alice.crt", "key ID")
	},
	"choice": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := begin(t, d, "init", map[string][]string{"repositories": {app}}).sees("Which key do you want to sign the root with?")
		w.do(keymap.Down)
		return w
	},
	"threshold-refused": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return begin(t, d, "init", map[string][]string{"repositories": {app}, "root": {"new"}, "root-keys": {"3"}}).sees("How many of them must sign?").
			do(keymap.FlowBack, keymap.FlowNext).sees("How many of them").write("2").do(keymap.FlowNext).sees("is not a number from 1 to 3")
	},
	"several": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := invent(t, d, severalFlow(d)).sees("Which roles shall be signed again?")
		w.do(keymap.Mark, keymap.Down, keymap.Down, keymap.Mark)
		return w
	},
	// The plan.
	"preparing": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"prepare": make(chan struct{})}
		return begin(t, d, "init", initAnswers).sees("computing the plan")
	},
	"prepare-failed": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.PrepareErr = unreachable
		return begin(t, d, "init", initAnswers).sees("does not answer")
	},
	"review": func(t *testing.T, d *tuitest.GuideBackend) *walker { return reviewing(t, d) },
	"review-details": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := reviewing(t, d)
		w.do(keymap.FlowDetails)
		return w.sees("There is no trust data yet.")
	},
	"review-many": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Compile = func([]change.Request) (*plan.Plan, error) { return many(), nil }
		return invent(t, d, graveFlow(d)).sees("the number of repositories: 3")
	},
	"review-end": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := reviewing(t, d)
		w.do(keymap.FlowDetails)
		w.resize(60, 15)
		w.do(keymap.Bottom)
		return w
	},
	"review-warnings": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Compile = func([]change.Request) (*plan.Plan, error) { return grave(plan.Ready), nil }
		return reviewing(t, d)
	},
	"review-impossible": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Compile = func([]change.Request) (*plan.Plan, error) { return grave(plan.Impossible), nil }
		return begin(t, d, "init", initAnswers).sees("Impossible")
	},
	"type-name": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Compile = func([]change.Request) (*plan.Plan, error) { return grave(plan.Ready), nil }
		return invent(t, d, graveFlow(d)).sees("To apply, type").write(app[:12])
	},
	"moved": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		now := grave(plan.Ready)
		now.Parts[0].Base[1].Version, now.Parts[0].Rewrites[0].From, now.Parts[0].Rewrites[0].To = 8, 8, 9
		d.Fails = map[string]error{"read everything": &change.StalePlan{Now: now, Moved: []change.Moved{{GUN: app, Role: model.RoleTargets, From: 7, To: 8}}}}
		d.Outcome = &change.Outcome{}
		w := reviewing(t, d)
		w.do(keymap.FlowSwitch, keymap.FlowNext)
		return w.sees("Someone else has published")
	},
	// Secrets.
	"secret-here": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return unlocking(t, d).sees("Passphrase 1 of 1").write("abc")
	},
	"secret-wrong": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return unlocking(t, d).secret("Passphrase 1 of 1", "not this", false).sees("Wrong passphrase")
	},
	"secret-new": func(t *testing.T, d *tuitest.GuideBackend) *walker { return executing(t, d).sees("1 of 2") },
	"secret-weak": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return executing(t, d).sees("1 of 2").answer("short")
	},
	"secret-strength": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return executing(t, d).sees("1 of 2").write("a longer passphrase")
	},
	"secret-again": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return executing(t, d).sees("1 of 2").answer("a longer passphrase").sees("Type the passphrase again").write("x")
	},
	"secret-differs": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return executing(t, d).sees("1 of 2").answer("a longer passphrase").sees("Type the passphrase again").answer("another")
	},
	// What is done, and how it ends.
	"executing": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"publish": make(chan struct{})}
		return executing(t, d).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("9 of 11 done")
	},
	"stopping": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"publish": make(chan struct{})}
		w := executing(t, d).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("9 of 11 done")
		w.StepBack()
		return w
	},
	"done": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		return executing(t, d).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("trustdeck read it back")
	},
	"failed": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Fails = map[string]error{"ask the server": unreachable}
		return executing(t, d).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("Not done")
	},
	"cut-off": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Fails = map[string]error{"publish": unreachable}
		d.Outcome = &change.Outcome{Parts: []change.PartOutcome{{GUN: app, Doubtful: true, Made: []model.KeyID{tuitest.Key("made")}}}}
		return executing(t, d).secret("1 of 2", "a longer passphrase", true).secret("2 of 2", "another passphrase", true).sees("It is unknown whether")
	},
	"several-executing": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		d.Gates = map[string]chan struct{}{"publish everything in one request to registry.example.org/platform": make(chan struct{})}
		return executingMany(t, d).sees("app: published and verified", "publish everything")
	},
	"several-failed": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		refused := &model.Fault{Kind: model.FaultRefused, Text: "the server refuses what was sent: the signature of targets is by no key that root names", Hint: "Look at the repository first: trustdeck doctor."}
		parts := []change.PartOutcome{{GUN: app, Published: true, Proof: &change.Proof{}}, {GUN: many().Parts[1].GUN, Err: refused}, {GUN: many().Parts[2].GUN, Idle: true}}
		d.Outcome, d.Fails = &change.Outcome{Parts: parts}, map[string]error{"read it back": &change.Failures{Parts: parts[1:2], Of: 3}}
		return executingMany(t, d).sees("RESULT OF EACH REPOSITORY")
	},
	"stopped": func(t *testing.T, d *tuitest.GuideBackend) *walker {
		w := executing(t, d).sees("1 of 2")
		w.StepBack()
		return w.sees("Stopped")
	},
}

var initAnswers = map[string][]string{"repositories": {app}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"}}

// atRepositories is at a question with suggestions.
func atRepositories(t *testing.T, d *tuitest.GuideBackend) *walker {
	t.Helper()
	w := invent(t, d, severalFlow(d)).sees("Which roles")
	w.do(keymap.Mark, keymap.FlowNext)
	return w.sees("For which repositories")
}

// unlocking executes a plan that needs a key of this machine.
func unlocking(t *testing.T, d *tuitest.GuideBackend) *walker {
	t.Helper()
	d.Compile = func([]change.Request) (*plan.Plan, error) { return grave(plan.Ready), nil }
	return executing(t, d)
}

// executingMany executes a plan for several repositories.
func executingMany(t *testing.T, d *tuitest.GuideBackend) *walker {
	t.Helper()
	d.Compile = func([]change.Request) (*plan.Plan, error) {
		p := many()
		for i := range p.Parts {
			p.Parts[i].Changes = []model.Change{model.RemoveSigner{Name: "alice"}}
		}
		return p, nil
	}
	w := invent(t, d, graveFlow(d)).sees("the number of repositories: 3").write("3")
	w.do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext)
	return w.secret("Passphrase 1 of 1", tuitest.Passphrase, false)
}

// severalFlow asks for several of several.
func severalFlow(d flows.Backend) *flow.Flow {
	return flows.Planned(d, &flow.Flow{
		ID: "renew", Title: "Renew roles", Verb: "Renew",
		Steps: []flow.Step{
			{
				ID: "roles", Label: "Roles", Question: "Which roles shall be signed again?", Kind: flow.Several,
				Help: "A role is refused once it has expired. Signing it again gives it its full time.",
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: "targets", Label: "targets", Help: "Expires in 12 days. Its key is here."},
						{Value: "targets/releases", Label: "targets/releases", Help: "Expires in 2 years. Its key is here."},
						{Value: "targets/alice", Label: "targets/alice", Help: "Expires in 20 days. Its key is with alice."},
					}
				},
			},
			{
				ID: "repositories", Label: "Repository", Question: "For which repositories?", Kind: flow.Repositories,
				Help:    "The full name, with the registry and without a tag.",
				Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
			},
		},
	}, func(flow.Facts, flow.Answers) ([]change.Request, error) { return nil, errors.New("nothing") })
}

// graveFlow changes what cannot be changed back.
func graveFlow(d flows.Backend) *flow.Flow {
	return flows.Planned(d, &flow.Flow{
		ID: "rotate", Title: "Rotate a key", Verb: "Rotate the key", Grade: flow.TypeName,
		Steps: []flow.Step{{
			ID: "role", Label: "Role", Question: "Which key?", Kind: flow.Text,
			Default: func(flow.Facts, flow.Answers) []string { return []string{"targets"} },
			When:    func(flow.Facts, flow.Answers) bool { return false },
		}},
	}, func(flow.Facts, flow.Answers) ([]change.Request, error) { return []change.Request{{GUN: app}}, nil })
}

// grave is a plan that takes something away for good.
func grave(state plan.State) *plan.Plan {
	first := tuitest.Key("first")
	verdict := plan.Verdict{State: plan.Ready, Text: "every key that must sign is present"}
	if state != plan.Ready {
		verdict = plan.Verdict{State: state, Text: "root needs 2 signatures, and 1 of its keys is anywhere known"}
	}
	return &plan.Plan{Parts: []plan.Part{{
		GUN: app, Base: []plan.BaseFile{{Role: model.RoleRoot, Version: 3}, {Role: model.RoleTargets, Version: 7}},
		Summary: []plan.RoleSummary{
			{
				Role: model.RoleRoot, Difference: plan.Changed, VersionBefore: 3, VersionAfter: 4, ExpiresBefore: tuitest.Years(5), ExpiresAfter: tuitest.Years(10),
				Signer: plan.SignedHere, Edges: []plan.EdgeSummary{{From: model.RoleRoot, Difference: plan.Kept, ThresholdBefore: 1, ThresholdAfter: 1, Keys: []plan.KeySummary{{ID: first, Listed: first, Difference: plan.Kept}}}},
			},
			{
				Role: model.RoleTargets, Difference: plan.Changed, VersionBefore: 7, VersionAfter: 8, ExpiresBefore: tuitest.Years(1), ExpiresAfter: tuitest.Years(3),
				Signer: plan.SignedHere, Edges: []plan.EdgeSummary{{From: model.RoleRoot, Difference: plan.Changed, ThresholdBefore: 1, ThresholdAfter: 1, Keys: []plan.KeySummary{
					{ID: tuitest.Key("second"), Listed: tuitest.Key("second"), Difference: plan.Removed}, {Listed: "new:targets", Name: "new targets key", Difference: plan.Added},
				}}},
			},
		},
		Rewrites: []plan.Rewrite{{
			Role: model.RoleRoot, From: 3, To: 4, ExpiresBefore: tuitest.Years(5), ExpiresAfter: tuitest.Years(10), Signer: plan.SignedHere,
			Why:  []string{"the targets key is replaced"},
			Diff: []string{"+ targets is signed with key f03d 77a1, 1 of 1", "- key 2b90 41ce of targets is no longer accepted"},
			Needs: []plan.Quorum{{GrantedBy: "root 3", Threshold: 1, Keys: []plan.Key{
				{Listed: first, ID: first, Place: plan.PlaceHere, Sign: true, Name: "the root key " + first.Short()},
			}}},
		}},
		Impact: plan.Impact{
			Fresh: "sees root 4 and the same 41 tags", Current: "follows from root 3 to root 4", Outdated: "the same, one root after the other",
			Pull: "finds the same 41 tags", Warnings: []string{"alice and bob sign with keys of their own, which stay; whoever signs with the old targets key no longer can"},
			Irreversible: []string{"the old targets key cannot sign here any more"},
		},
		Verdict: verdict,
	}}}
}

// many is a plan for several repositories, of which one has nothing to do.
func many() *plan.Plan {
	out := &plan.Plan{}
	for _, gun := range []model.GUN{app, "registry.example.org/platform/team/very/deep/service-with-a-rather-long-name", "registry.example.org/web/frontend"} {
		part := grave(plan.Ready).Parts[0]
		part.GUN = gun
		out.Parts = append(out.Parts, part)
	}
	last := &out.Parts[2]
	last.Summary, last.Rewrites, last.Verdict = nil, nil, plan.Verdict{State: plan.Nothing, Text: "the repository is already as was asked; nothing would be written"}
	return out
}

// A click takes what stands under the pointer, and nothing next to it.
func TestClicks(t *testing.T) {
	w := begin(t, tuitest.NewGuideBackend(), "init", map[string][]string{"repositories": {app}}).sees("Which key do you want to sign the root with?")
	w.click("A new key")
	if _, ok := tuitest.Line(w.view(), "> A new key"); !ok {
		t.Errorf("a click does not select:\n%s", w.view())
	}
	w.pump.Send(screen.ClickMsg{X: 10, Y: w.height - 2})
	if _, ok := tuitest.Line(w.view(), "> A new key"); !ok {
		t.Errorf("a click beside the choices selects:\n%s", w.view())
	}
}

// click clicks where words stand.
func (w *walker) click(words string) {
	w.t.Helper()
	x, y, ok := find(w.view(), words)
	if !ok {
		w.t.Fatalf("%q is not on the screen:\n%s", words, w.view())
	}
	w.pump.Send(screen.ClickMsg{X: x, Y: y})
}

// find is where words stand in a view.
func find(view, words string) (x, y int, ok bool) {
	for y, line := range strings.Split(ansi.Strip(view), "\n") {
		if before, _, ok := strings.Cut(line, words); ok {
			return ansi.StringWidth(before), y, true
		}
	}
	return 0, 0, false
}
