package flows_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// steps is how long a random walk may be.
const steps = 60

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// answers are what people type, right and wrong, by the kind of question.
var answers = map[flow.Kind][]string{
	flow.Text:         {"v1", "alice.pub", digest, "targets/1", "targets/2", "carol", "alice", "1", "2", "3", "0", "99", "Alice", "releases", "..", "", "a b", "\x1b[31m"},
	flow.Repositories: {"registry.example.org/acme/app", "registry.example.org/a\nregistry.example.org/b", live, live + "\n" + expired, expired, "x\nx", "../etc", "", "a b"},
	flow.File:         {"alice.pub", "alice.pub\nbob.crt", "nothing", "private.pem", ""},
	flow.Choice:       {"new", "server", "here", "", "neither"},
	flow.Several:      {"new", "", "neither", "targets\nneither"},
	flow.List:         {"v", "v1", "v9", "v1\nv9", live, live + "\n" + expired, "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "a b", ""},
}

// digest is one that can be signed.
var digest = strings.Repeat("ef", 32)

// settling are more of them, for what is no change of repositories.
var settling = []string{
	live, string(tuitest.Key("anew")), string(tuitest.Key("lost")), "/media/usb/trust.tar.gz",
	tuitest.OpenServer, tuitest.PrivateServer, tuitest.ClosedServer, tuitest.CAFile, "anew",
}

// keyFiles are answers to the questions for the files of keys.
var keyFiles = []string{
	tuitest.SignerKeyFile, tuitest.BareKeyFile, tuitest.PresentKeyFile, tuitest.TargetsKeyFile, "nothing.pem",
	tuitest.SignerKeyFile + "\n" + tuitest.BareKeyFile, tuitest.BareKeyFile + "\n" + tuitest.TargetsKeyFile, "",
}

// files are what is read for a path.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	key := notarytest.NewKey()
	spki, err := x509.MarshalPKIXPublicKey(key.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"alice.pub":   pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}),
		"bob.crt":     notarytest.Certified(notarytest.NewKey(), "bob", now, now.Add(time.Hour)).Public,
		"private.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}
}

// A walker is a user who does anything at all, before a backend that compiles plans and
// publishes nothing.
type walker struct {
	t     *testing.T
	m     *flow.Machine
	files map[string][]byte
	world *world
	// accepted is true once what is there was accepted, executed how often something was
	// to be done.
	accepted bool
	executed int
	prepared int
	// asked is what the last plan was asked for.
	asked []change.Request
	// out and err are how an execution ends.
	out change.Outcome
	err error
	// seen are the questions that came up.
	seen map[string]bool
}

// planner is the backend of a walker.
type planner struct {
	*tuitest.GuideBackend
	w *walker
}

func (w *walker) backend() flows.Backend {
	return &planner{w: w, GuideBackend: &tuitest.GuideBackend{
		Staged: map[string]*admin.Staged{live: tuitest.StagedTags(live, model.RoleTargets)},
		Served: w.world.served, Listing: w.world.listing, Repositories: w.world.repositories, Files: w.files, Root: tuitest.RootDispute(), Rollback: tuitest.RollbackDispute(),
	}}
}

// Prepare compiles what is asked for, twice: the same answers must give the same bytes.
func (p *planner) Prepare(_ context.Context, asked []change.Request) (*plan.Plan, error) {
	p.w.prepared++
	p.w.asked = asked
	return p.w.plan()
}

// PreparePublish compiles what is staged.
func (p *planner) PreparePublish(ctx context.Context, gun model.GUN, order []model.StagedMark) (*plan.Plan, error) {
	return p.Prepare(ctx, []change.Request{tuitest.StagedRequest(p.Staged[string(gun)], order)})
}

// Execute does nothing.
func (p *planner) Execute(_ context.Context, e change.Execution) (*change.Outcome, error) {
	e.Watch(change.Steps(e.Plan))
	return &p.w.out, p.w.err
}

// begin begins a flow.
func (w *walker) begin(f *flow.Flow, facts flow.Facts, given map[string][]string) *walker {
	facts.Dialect = w.world.dialect
	var e flow.Effect
	w.m, e = flow.New(f, facts, flow.Answers{Values: given})
	w.effect(e)
	return w
}

// effect does the work that the machine wants, and checks that it may want it.
func (w *walker) effect(e flow.Effect) {
	for e != flow.None {
		if e == flow.Execute {
			if !w.accepted && !w.m.Flow().AtOnce {
				w.t.Fatal("something would be written before it was accepted")
			}
			w.executed++
		}
		e = w.m.Take(w.m.Work().Do(w.t.Context(), flow.Run{Secrets: knower{}, Watch: w.m.Progress, Stop: func() bool { return false }}))
	}
}

func (w *walker) plan() (*plan.Plan, error) {
	compile := func() (*plan.Plan, error) {
		var requests []plan.Request
		for _, a := range w.asked {
			r := plan.Request{Dialect: w.world.dialect, GUN: a.GUN, Changes: a.Changes, Repository: w.world.repositories[string(a.GUN)]}
			if a.Init != nil && r.Repository == nil {
				r.Changes = append([]model.Change{*a.Init}, a.Changes...)
			}
			if r.Repository != nil {
				r.Leftovers = map[model.RoleName][]byte{}
				for _, role := range plan.Named(r.Dialect, r.Repository, r.Changes) {
					if raw, ok := w.world.leftovers[string(a.GUN)][role]; ok {
						r.Leftovers[role] = raw
					}
				}
			}
			requests = append(requests, r)
		}
		return plan.Compile(requests, w.world.keys, now)
	}
	one, err := compile()
	if err != nil {
		return nil, err
	}
	two, err := compile()
	if err != nil || string(plan.Encode(one)) != string(plan.Encode(two)) {
		w.t.Errorf("the same answers give two plans, %v", err)
	}
	return one, nil
}

// sampled are names of the samples that flows without a reader are about.
var sampled = strings.NewReplacer("/home/ada/.docker/trust", "", "targets/releases", "", "targets/bob", "", "targets/ci", "", "targets/1", "", "targets/2", "")

// read fails where the machine speaks of what the dialect of the world does not know.
func (w *walker) read() {
	w.t.Helper()
	if w.world.foreign == nil {
		return
	}
	var shown []string
	section := func(s flow.Section) { shown = append(append(shown, s.Head), s.Lines...) }
	switch w.m.State() {
	case flow.Asking:
		step := w.m.Step()
		shown = append(shown, step.Question, step.Help, step.Without, w.m.Unanswered())
		for _, o := range w.m.Options() {
			shown = append(shown, o.Label, o.Help)
		}
	case flow.Reviewing:
		review := w.m.Review()
		for _, s := range review.Whole() {
			section(s)
		}
	case flow.Done, flow.Failed, flow.Stopped:
		r := w.m.Report()
		shown = slices.Concat(r.Done, r.NotDone, r.Next, []string{r.Usable})
		for _, s := range r.More {
			section(s)
		}
	case flow.Preparing, flow.Confirming, flow.Executing:
	}
	for _, line := range shown {
		if w.m.Flow().Reader == nil { // what it is about is not the world's
			line = sampled.Replace(line)
		}
		if w.world.foreign.MatchString(line) {
			w.t.Errorf("%s, %v, speaks of another dialect: %q", w.m.Flow().ID, w.m.State(), line)
		}
	}
}

// act does one random thing.
func (w *walker) act(random *rand.Rand) {
	w.read()
	switch w.m.State() {
	case flow.Asking:
		step := w.m.Step()
		if w.seen != nil {
			w.seen[step.ID] = true
		}
		if random.IntN(5) == 0 {
			w.back()
			return
		}
		typed := answers[step.Kind]
		if step.Kind == flow.Text && w.m.Flow().Reader == nil {
			typed = append(settling, typed...)
		}
		if step.Kind == flow.List && strings.HasPrefix(w.m.Flow().ID, "key-") {
			typed = keyFiles
		}
		switch step.ID {
		case flows.SourceFile:
			typed = []string{tuitest.OneKeyFile, tuitest.BackupFile, tuitest.SealedFile, "nothing.pem"}
		case "source-identity":
			typed = []string{tuitest.OpeningFile, "nothing.key"}
		case flows.CeremonyFile:
			typed = []string{tuitest.CeremonyFile, tuitest.CeremonyCopy, "nothing"}
		case flows.CeremonyCopies:
			typed = []string{tuitest.CeremonyCopy, tuitest.CeremonyCopy + "\n" + tuitest.CeremonyFile, ""}
		case flows.CeremonyPlan, "add", "people", "person":
			typed = []string{"", "", "", "nothing"}
		case "title", "to":
			typed = []string{"new.ceremony", ""}
		case "threshold":
			typed = []string{"1", "2", "0"}
		case flows.CeremonyGUN:
			typed = []string{string(dialecttest.GUN), "../etc"}
		case "date-opens", "date-target", "date-last-safe", "date-expires":
			typed = []string{"2026-11-30", "soon", ""}
		case "destroy":
			typed = []string{"9a", "9c", "9d"}
		case flows.TargetName:
			typed = []string{"v1", "notes.txt", ""}
		case flows.TargetFile:
			typed = []string{"alice.pub", "bob.crt", "nothing", ""}
		}
		if options := w.m.Options(); len(options) > 0 && random.IntN(3) > 0 && (step.ID != "remove" || random.IntN(4) == 0) { // without keys nothing is signed
			typed = []string{options[random.IntN(len(options))].Value}
		}
		w.effect(w.m.Answer(typed[random.IntN(len(typed))]))
	case flow.Reviewing:
		switch random.IntN(3) {
		case 0:
			w.back()
		default:
			w.accepted = true
			w.effect(w.m.Accept())
			w.accepted = w.m.State() == flow.Confirming
		}
	case flow.Confirming:
		w.accepted = true
		w.effect(w.m.Confirm([]string{"", "yes", w.m.Challenge().Word}[random.IntN(3)]))
	case flow.Preparing, flow.Executing, flow.Done, flow.Failed, flow.Stopped:
	}
}

// back goes back, and checks that the answer to the question before is still there.
func (w *walker) back() {
	w.accepted = false
	if !w.m.Back() {
		return
	}
	had := w.m.Suggested()
	if w.m.State() != flow.Asking || len(had) == 0 && !w.m.Step().Optional && w.m.Problem() == nil && w.m.Step().Default != nil {
		w.t.Errorf("going back to %q has lost the answer", w.m.Step().Question)
	}
}

// registered is how many flows there are: one that is not registered is in no front end,
// and none of these tests is about it.
const registered = 44

// allWalks is how many walks are taken through each flow; a sample goes on until it has come to
// every late question.
const allWalks = 200

// Every registered flow, in any order of right and wrong answers: nothing is
// written before it is accepted, the same answers come to the same, going
// back keeps answers, and there is always a way on.
func TestInvariants(t *testing.T) {
	walks := allWalks
	if testing.Short() {
		walks = 8
	}
	all := flows.All(flows.Ports{})
	if len(all) != registered {
		t.Errorf("%d flows are registered, want %d", len(all), registered)
	}
	for name, lived := range map[string]*world{"docker": newWorld(), "ledger": ledgerWorld(t)} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "docker" {
				t.Skip("one dialect is enough for a short run")
			}
			for _, f := range all {
				t.Run(f.ID, func(t *testing.T) { walkThrough(t, lived, f, walks) })
			}
		})
	}
}

// barren are the flows about files that wait for signatures, about keys in an earlier form, and about
// ceremonies that all have signed: no world here has one, so that they must lead nowhere. TestSignBranch
// and TestKeysRestated in e2e/tuf, and e2e/ceremony, walk them to their end.
var barren = []string{"countersign", "restate", "ceremony-publish"}

// walkThrough walks through one flow, so many times.
func walkThrough(t *testing.T, lived *world, f *flow.Flow, walks int) {
	known := files(t)
	random := rand.New(rand.NewPCG(1, 2))
	turns := steps
	if strings.HasPrefix(f.ID, "ceremony-") { // each opens files in which everything is verified
		walks /= 8
	}
	if f.ID == "ceremony-start" { // so many questions
		turns *= 8
	}
	reviewed, prepared, executed, seen := 0, 0, 0, map[string]bool{}
	leads, took := !slices.Contains(barren, f.ID), 0
	unseen := func(s flow.Step) bool {
		return lived.leads && s.Late && !seen[s.ID] && leads
	}
	for ; took < walks || took < allWalks && (leads && executed == 0 || slices.ContainsFunc(f.Steps, unseen)); took++ {
		w := &walker{t: t, files: known, world: lived, seen: seen}
		backups := tuitest.NewBackupBackend()
		backups.Compared, backups.Known.Keys[0].Exposed = backup.Restoration{Items: []backup.RestoreItem{{Path: "private/a.key", State: backup.RestoreAdded}}}, true
		connections, keys, tokens, ceremonies := &tuitest.Connections{}, tuitest.NewKeyBackend(), tuitest.NewTokenBackend(), (*tuitest.CeremonyBackend)(nil)
		if strings.HasPrefix(f.ID, "ceremony-") {
			ceremonies = tuitest.NewCeremonyBackend()
			ceremonies.Dialect = lived.dialect
		}
		f := flows.All(flows.Ports{Backend: w.backend(), Backups: backups, Keys: keys, Connections: connections, Tokens: tokens, Ceremonies: ceremonies}).Find(f.ID)
		facts := flow.Facts{Keys: lived.keys}
		switch f.Source {
		case flow.Source(backups):
			facts = backups.Known
		case flow.Source(keys):
			facts = keys.Known
		case flow.Source(tokens):
			facts = tokens.Known
		case flow.Source(ceremonies):
			facts = ceremonies.Known
		case flow.Source(connections):
			facts.Dialect, facts.Now = tuitest.Dialect(), tuitest.Now
		}
		w.begin(f, facts, nil)
		for range turns {
			before := w.m.State()
			w.act(random)
			if w.m.State() == flow.Reviewing && before == flow.Asking {
				if reviewed++; reviewed%8 == 0 {
					w.again()
				}
			}
		}
		prepared, executed = prepared+w.prepared, executed+w.executed
		wrote := len(backups.Wrote()) + len(backups.Made()) + len(connections.Saved()) + len(keys.Kept()) + tokens.Changed()
		if ceremonies != nil {
			wrote += ceremonies.Wrote()
		}
		if wrote > 0 && w.executed == 0 {
			t.Fatalf("%d files were written, and nothing was accepted", wrote)
		}
	}
	for _, s := range f.Steps {
		if unseen(s) {
			t.Errorf("nothing has led to %q", s.Question)
		}
	}
	t.Logf("%d walks: %d plans, %d reviews, %d executions", took, prepared, reviewed, executed)
	if !leads {
		if reviewed+executed > 0 {
			t.Errorf("%d reviews and %d executions where there is nothing to do", reviewed, executed)
		}
		return
	}
	if !f.AtOnce && reviewed < took/4 || executed < max(took/10, 1) {
		t.Errorf("only %d reviews and %d executions in %d walks: the walks prove little", reviewed, executed, took)
	}
}

// again goes back from a review and gives the last answer once more: it must lead to the
// same review.
func (w *walker) again() {
	w.t.Helper()
	before := w.m.Review()
	w.m.Back()
	step := w.m.Step()
	w.effect(w.m.Answer(strings.Join(w.m.Suggested(), "\n")))
	if w.m.State() != flow.Reviewing || !reflect.DeepEqual(w.m.Review(), before) {
		w.t.Errorf("the answer to %q, given again, leads to %s, %v", step.Question, w.m.State(), w.m.Problem())
	}
}

// Answers that are given beforehand lead straight to the plan, the same one that
// typing them would.
func TestGivenBeforehand(t *testing.T) {
	known := files(t)
	typed := &walker{t: t, files: known, world: &world{dialect: docker.Dialect{}}}
	typed.begin(flows.SignerAdd(typed.backend()), flow.Facts{}, nil)
	for _, answer := range []string{"alice", "registry.example.org/a\nregistry.example.org/b", "alice.pub", "new", "3", "2", "here"} {
		typed.effect(typed.m.Answer(answer))
		if err := typed.m.Problem(); err != nil {
			t.Fatal(err)
		}
	}
	given := &walker{t: t, files: known, world: &world{dialect: docker.Dialect{}}}
	given.begin(flows.SignerAdd(given.backend()), flow.Facts{}, map[string][]string{
		"name": {"alice"}, "keys": {"alice.pub"}, "repositories": {"registry.example.org/a", "registry.example.org/b"},
		"root": {"new"}, "root-keys": {"3"}, "root-threshold": {"2"}, "snapshot": {"here"},
	})
	if typed.m.State() != flow.Reviewing || given.m.State() != flow.Reviewing {
		t.Fatalf("typed %s, given %s: %v", typed.m.State(), given.m.State(), given.m.Problem())
	}
	if !reflect.DeepEqual(flows.PlanOf(typed.m.Outcome()), flows.PlanOf(given.m.Outcome())) {
		t.Error("two plans of the same answers")
	}
}

// A plan that has gone stale is reviewed again before anything is executed.
func TestStaleIsReviewedAgain(t *testing.T) {
	w := &walker{t: t, files: files(t), world: &world{dialect: docker.Dialect{}}}
	w.begin(flows.Init(w.backend()), flow.Facts{}, map[string][]string{
		"repositories": {"registry.example.org/a"}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"},
	})
	next, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	w.accepted, w.err = true, &change.StalePlan{Now: next, Moved: []change.Moved{{GUN: "registry.example.org/a", Role: model.RoleRoot, To: 1}}}
	w.effect(w.m.Accept())
	if moved := w.m.Overtaken(); w.m.State() != flow.Reviewing || moved == nil || len(moved.Changed) != 1 || flows.PlanOf(w.m.Outcome()) != next || w.executed != 1 {
		t.Errorf("state %s, moved %v, executed %d times", w.m.State(), moved, w.executed)
	}
}

// A failure says what was done, what was not, whether the repository is usable, and
// what comes next; stopping waits for the present action.
func TestReports(t *testing.T) {
	begin := func(out change.Outcome, err error) *walker {
		w := &walker{t: t, files: files(t), world: &world{dialect: docker.Dialect{}}, out: out, err: err, accepted: true}
		return w.begin(flows.Init(w.backend()), flow.Facts{}, map[string][]string{
			"repositories": {"registry.example.org/a"}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"},
		})
	}
	fault := &model.Fault{Kind: model.FaultUnreachable, Text: "the connection was refused", Hint: "check the server"}
	for name, row := range map[string]struct {
		out    change.Outcome
		err    error
		state  flow.State
		usable string
	}{
		"nothing published": {
			change.Outcome{Parts: []change.PartOutcome{{GUN: "registry.example.org/a", Made: []model.KeyID{"abcd1234"}}}},
			fault, flow.Failed,
			"Nothing was published: the repository has no trust data, as before.",
		},
		"doubtful": {
			change.Outcome{Parts: []change.PartOutcome{{GUN: "registry.example.org/a", Doubtful: true}}},
			fault, flow.Failed,
			"It is unknown whether the server stored the change: its answer never came.",
		},
		"not as planned": {
			change.Outcome{Parts: []change.PartOutcome{{GUN: "registry.example.org/a", Published: true, Proof: &change.Proof{Differs: []string{"targets"}}}}},
			fault, flow.Failed,
			"The server accepted the change, but it does not read back as planned.",
		},
		"not read back": {
			change.Outcome{Parts: []change.PartOutcome{{GUN: "registry.example.org/a", Published: true}}},
			fault, flow.Failed,
			"The server accepted the change, but trustdeck did not read it back.",
		},
		"stopped": {
			change.Outcome{Stopped: true},
			&model.Fault{Kind: model.FaultCanceled, Text: "stopped"}, flow.Stopped,
			"Nothing was published: the repository has no trust data, as before.",
		},
		"done": {
			change.Outcome{Parts: []change.PartOutcome{{GUN: "registry.example.org/a", Published: true, Proof: &change.Proof{}}}},
			nil, flow.Done,
			"The change is published. trustdeck read it back as a new client and as one that knew the old root.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(row.out, row.err)
			m := w.m
			effect := m.Accept()
			m.Stop()
			if m.State() != flow.Executing || !m.Stopping() {
				t.Errorf("asked to stop, the state is %s", m.State())
			}
			w.effect(effect)
			r := m.Report()
			if m.State() != row.state || r.Usable != row.usable {
				t.Errorf("state %s, report %+v", m.State(), r)
			}
			if row.state != flow.Done && (len(r.NotDone) == 0 || len(r.Next) == 0) {
				t.Errorf("a failure does not say what was not done or what comes next: %+v", r)
			}
		})
	}
}

// What cannot be a key of a signer is refused by the name of its file.
func TestPublicKeyFiles(t *testing.T) {
	known := files(t)
	for path, want := range map[string]bool{"alice.pub": true, "bob.crt": true, "private.pem": false} {
		if _, err := (notary.Format{}).ParsePublicFile(known[path]); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("hello"), "two keys": append(append([]byte{}, known["alice.pub"]...), known["alice.pub"]...),
		"something else": pem.EncodeToMemory(&pem.Block{Type: "MESSAGE", Bytes: []byte("x")}), "large": make([]byte, notary.MaxPublicFile+1),
	} {
		if _, err := (notary.Format{}).ParsePublicFile(text); err == nil {
			t.Errorf("%s was read as a public key", name)
		}
	}
}
