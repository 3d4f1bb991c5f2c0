package tuitest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/secrets"
)

// Passphrase opens every key of a GuideBackend.
const Passphrase = "correct horse battery"

// GuideBackend is a flows.Backend without servers and folders: plans are compiled for
// repositories that do not exist yet, unless it is given others, and executing one
// asks for the secrets that its steps name. Its fields are set before use.
type GuideBackend struct {
	// Known are the facts. Repositories without an entry have no trust data.
	Known        flow.Facts
	Repositories map[string]*model.Repository
	// Leftovers are the files that the server has of delegations that a repository does
	// not name.
	Leftovers map[string]map[model.RoleName][]byte
	// Files are read by path, Variables hold passphrases by label.
	Files     map[string][]byte
	Variables map[string]string
	// Listing are the repositories that may need a key of this machine.
	Listing change.Known
	// Staged is what another client has staged, by repository.
	Staged map[string]*admin.Staged
	// Deletions are what there is to delete, by repository; of others it is their trust data
	// and some files.
	Deletions map[string]*change.Deletion
	// Compile replaces the compiler, where it is not nil.
	Compile func([]change.Request) (*plan.Plan, error)
	// PrepareErr and LookErr are why nothing can be prepared or looked at.
	PrepareErr, LookErr error
	// Gates hold back what they are named for until they are closed: "look",
	// "prepare", or the first words of a step.
	Gates map[string]chan struct{}
	// Fails is why the step with these first words fails, by those words.
	Fails map[string]error
	// Outcome is what Execute returns; nil is one that was published and proved.
	Outcome *change.Outcome
	// Served is what registries serve, by repository:tag.
	Served map[string]model.Manifest
	// Root and Rollback are what could be accepted, and AcceptErr is why it cannot.
	Root      *admin.RootProposal
	Rollback  *admin.RollbackProposal
	AcceptErr error

	mu       sync.Mutex
	executed int
	given    []string
	accepted []string
	saved    map[string]*plan.Plan
}

var _ flows.Backend = (*GuideBackend)(nil)

// NewGuideBackend is a source on a machine with two root keys.
func NewGuideBackend() *GuideBackend {
	return &GuideBackend{
		Known: flow.Facts{
			Dialect: Dialect(),
			Folder:  "/home/ada/.docker/trust/private", Now: Now,
			Keys: []model.PrivateKey{rootKey("first"), rootKey("second")},
			Names: []string{
				string(Healthy), "registry.example.org/base/debian", string(Huge), string(NoTrust), string(Nested), string(Broken),
				string(Expiring), string(Stale),
			},
		},
		Root: RootDispute(), Rollback: RollbackDispute(),
		saved: map[string]*plan.Plan{},
	}
}

func rootKey(name string) model.PrivateKey {
	id := Key(name)
	return model.PrivateKey{ID: id, Label: string(model.RoleRoot), Path: "/home/ada/.docker/trust/private/" + string(id) + ".key"}
}

// Executed counts the executions, and Given are the passphrases that they got.
func (d *GuideBackend) Executed() (n int, given []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.executed, append([]string(nil), d.given...)
}

// Saved is the plan that was written to a file; nil where none was.
func (d *GuideBackend) Saved(path string) *plan.Plan {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.saved[path]
}

// pass waits for a gate.
func (d *GuideBackend) pass(ctx context.Context, words string) error {
	for name, gate := range d.Gates {
		if !strings.HasPrefix(words, name) {
			continue
		}
		select {
		case <-gate:
		case <-ctx.Done():
			return &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: context.Cause(ctx)}
		}
	}
	return nil
}

// Facts returns what is known.
func (d *GuideBackend) Facts(ctx context.Context) (flow.Facts, error) {
	return d.Known, d.pass(ctx, "facts")
}

// Look returns a repository.
func (d *GuideBackend) Look(ctx context.Context, name string) (*model.Repository, error) {
	if err := d.pass(ctx, "look"); err != nil {
		return nil, err
	}
	return d.Repositories[name], d.LookErr
}

// LookAll returns those repositories that have trust data.
func (d *GuideBackend) LookAll(ctx context.Context, names []string) (map[string]*model.Repository, error) {
	if err := d.pass(ctx, "look"); err != nil {
		return nil, err
	}
	found := map[string]*model.Repository{}
	for _, name := range names {
		if r := d.Repositories[name]; r != nil {
			found[name] = r
		}
	}
	return found, d.LookErr
}

// StagedNow returns what is staged.
func (d *GuideBackend) StagedNow(ctx context.Context, gun model.GUN) (*admin.Staged, error) {
	if s := d.Staged[string(gun)]; s != nil {
		return s, d.pass(ctx, "staged")
	}
	return &admin.Staged{GUN: gun, Compared: true}, d.pass(ctx, "staged")
}

// StagedHere returns what is staged.
func (d *GuideBackend) StagedHere(ctx context.Context, gun model.GUN) (*admin.Staged, error) {
	return d.StagedNow(ctx, gun)
}

// DropStaged writes down what was dropped.
func (d *GuideBackend) DropStaged(_ context.Context, gun model.GUN, marks []model.StagedMark) (folder string, dropped int, err error) {
	for _, mark := range marks {
		if err := d.accept("drop of " + mark.Name + " of " + string(gun)); err != nil {
			return "", dropped, err
		}
		dropped++
	}
	return "/home/ada/.docker/trust/tuf/" + string(gun) + "/changelist.dropped-20261121T120000Z", dropped, nil
}

// PreparePublish compiles a plan of what is staged.
func (d *GuideBackend) PreparePublish(ctx context.Context, gun model.GUN, order []model.StagedMark) (*plan.Plan, error) {
	return d.Prepare(ctx, []change.Request{StagedRequest(d.Staged[string(gun)], order)})
}

// StagedRequest is what is asked for where staged changes are published in an order.
func StagedRequest(s *admin.Staged, order []model.StagedMark) change.Request {
	out := change.Request{GUN: s.GUN}
	for _, mark := range order {
		for i := range s.Changes {
			if s.Changes[i].Mark == mark {
				out.Changes = append(out.Changes, s.Changes[i].Planned...)
			}
		}
	}
	out.Changes = append(out.Changes, model.Unstage{Files: order})
	return out
}

// StagedTags are two tags that are staged for a role, and a change that cannot be published.
func StagedTags(gun model.GUN, role model.RoleName) *admin.Staged {
	out := &admin.Staged{GUN: gun, Compared: true}
	for i, name := range []string{"v2.0", "v2.1", "v3.0"} {
		target := TargetOf(name)
		file := fmt.Sprintf("0179522949341925073%d_0e32fe8d.change", i)
		c := admin.StagedChange{
			Index: i, File: "/home/ada/.docker/trust/tuf/" + string(gun) + "/changelist/" + file, At: Days(-1), Size: 300,
			Mark:   model.StagedMark{Name: file, SHA256: strings.Repeat("ab", 32)},
			Change: model.StagedChange{Action: model.StagedCreate, Type: model.StagedTarget, Role: role, Path: name, Target: &target},
		}
		if i == 2 {
			c.Change.Role = "nobody"
			c.Fault = &model.Fault{Kind: model.FaultLocal, Subject: c.File, Text: `it cannot be published: there is no role "nobody"`, Hint: "Nothing can be published while it is there."}
		} else {
			c.Planned = []model.Change{model.NewAddTarget(role, target)}
		}
		out.Changes = append(out.Changes, c)
	}
	return out
}

// ProposeDeletion finds what there is of a repository.
func (d *GuideBackend) ProposeDeletion(ctx context.Context, gun model.GUN, remote bool) (*change.Deletion, error) {
	out := change.Deletion{GUN: gun, Served: d.Repositories[string(gun)], Local: 4, Remembered: true}
	if out.Served == nil {
		out.Served = &model.Repository{GUN: gun}
	}
	if have := d.Deletions[string(gun)]; have != nil {
		out = *have
	}
	out.Remote = remote
	return &out, d.pass(ctx, "propose a deletion")
}

// Delete records what it is to delete.
func (d *GuideBackend) Delete(_ context.Context, p *change.Deletion, run change.DeletionRun) (*change.DeletionOutcome, error) {
	run.Watch(change.DeletionSteps(p, run.Archive))
	if err := d.accept("delete " + string(p.GUN)); err != nil {
		return &change.DeletionOutcome{}, err
	}
	return &change.DeletionOutcome{Archived: run.Archive, Deleted: p.Remote, Removed: p.Local + p.Staged}, nil
}

// Manifests returns what is served.
func (d *GuideBackend) Manifests(ctx context.Context, gun model.GUN, tags []string) (map[string]model.Manifest, error) {
	out := map[string]model.Manifest{}
	for _, tag := range tags {
		m, ok := d.Served[string(gun)+":"+tag]
		if !ok {
			return nil, &model.Fault{
				Kind: model.FaultNotFound, Subject: string(gun) + ":" + tag, Text: "the registry does not have it", Hint: "Check the spelling of the tag, or push the image.",
			}
		}
		out[tag] = m
	}
	return out, d.pass(ctx, "manifests")
}

// Measure hashes one of Files.
func (d *GuideBackend) Measure(_ context.Context, path string) (model.Target, error) {
	raw, err := d.ReadFile(path)
	sum, long := sha256.Sum256(raw), sha512.Sum512(raw)
	return model.Target{Length: int64(len(raw)), Hashes: model.Hashes{SHA256: sum[:], SHA512: long[:]}}, err
}

// ReadCustom returns a file.
func (d *GuideBackend) ReadCustom(path string) ([]byte, error) { return d.ReadFile(path) }

// ProposeRoot returns the proposal.
func (d *GuideBackend) ProposeRoot(ctx context.Context, _ model.GUN) (*admin.RootProposal, error) {
	return d.Root, d.pass(ctx, "propose")
}

// AcceptRoot writes down what was accepted.
func (d *GuideBackend) AcceptRoot(_ context.Context, p *admin.RootProposal, fingerprint string) error {
	return d.accept("root of " + string(p.GUN) + " by " + fingerprint)
}

// ProposeRollback returns the proposal.
func (d *GuideBackend) ProposeRollback(ctx context.Context, _ model.GUN) (*admin.RollbackProposal, error) {
	return d.Rollback, d.pass(ctx, "propose")
}

// AcceptRollback writes down what was accepted.
func (d *GuideBackend) AcceptRollback(_ context.Context, p *admin.RollbackProposal, roles []model.RoleName) error {
	for _, role := range roles {
		if err := d.accept(string(role) + " of " + string(p.GUN)); err != nil {
			return err
		}
	}
	return nil
}

func (d *GuideBackend) accept(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.AcceptErr == nil {
		d.accepted = append(d.accepted, what)
	}
	return d.AcceptErr
}

// Accepted lists what was accepted.
func (d *GuideBackend) Accepted() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.accepted...)
}

// KnownRepositories returns the listing.
func (d *GuideBackend) KnownRepositories(context.Context) (change.Known, error) {
	return d.Listing, nil
}

// ReadFile returns a file.
func (d *GuideBackend) ReadFile(path string) ([]byte, error) {
	if raw, ok := d.Files[path]; ok {
		return raw, nil
	}
	return nil, &model.Fault{
		Kind: model.FaultUsage, Text: "the file " + path + " cannot be read: " + os.ErrNotExist.Error(),
		Hint: "Give the path of a public key or certificate in PEM form.",
	}
}

// SavePlan keeps a plan, once for each path.
func (d *GuideBackend) SavePlan(path string, p *plan.Plan) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.saved[path] != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "the plan cannot be written: file exists", Hint: "Give a path that is not taken."}
	}
	d.saved[path] = p
	return nil
}

// Variable returns a passphrase of the environment.
func (d *GuideBackend) Variable(ask port.SecretAsk) (value []byte, name string) {
	if v := d.Variables[ask.Key.Label]; v != "" {
		return []byte(v), secrets.VariablesFor(ask)[0]
	}
	return nil, ""
}

// Prepare compiles a plan.
func (d *GuideBackend) Prepare(ctx context.Context, asked []change.Request) (*plan.Plan, error) {
	if err := d.pass(ctx, "prepare"); err != nil {
		return nil, err
	}
	if d.PrepareErr != nil {
		return nil, d.PrepareErr
	}
	if d.Compile != nil {
		return d.Compile(asked)
	}
	var requests []plan.Request
	for _, a := range asked {
		r := plan.Request{Dialect: Dialect(), GUN: a.GUN, Repository: d.Repositories[string(a.GUN)], Changes: a.Changes}
		if a.Init != nil && r.Repository == nil {
			r.Changes = append([]model.Change{*a.Init}, a.Changes...)
		}
		if r.Repository != nil {
			r.Leftovers = leftovers(d.Leftovers[string(a.GUN)], plan.Named(r.Dialect, r.Repository, r.Changes))
		}
		requests = append(requests, r)
	}
	return plan.Compile(requests, d.Known.Keys, Now)
}

// leftovers are those of some roles.
func leftovers(all map[model.RoleName][]byte, roles []model.RoleName) map[model.RoleName][]byte {
	out := map[model.RoleName][]byte{}
	for _, role := range roles {
		if raw, ok := all[role]; ok {
			out[role] = raw
		}
	}
	return out
}

// Execute goes through the steps of a plan. Each takes 40 ms of its clock.
func (d *GuideBackend) Execute(ctx context.Context, e change.Execution) (*change.Outcome, error) {
	d.mu.Lock()
	d.executed++
	d.mu.Unlock()
	r := &guideRun{GuideBackend: d, Execution: e}
	r.runner = admin.Runner{Steps: change.Steps(e.Plan), Watch: e.Watch, Stop: e.Stop, Clock: r.clock}
	var work []func(context.Context) error
	for _, s := range r.runner.Steps {
		if secretStep(s.Text) {
			r.secrets++
		}
		work = append(work, func(ctx context.Context) error { return r.one(ctx, s.Text) })
	}
	err := r.runner.Run(ctx, work...)
	out := d.Outcome
	if out == nil {
		out = &change.Outcome{}
		for _, part := range e.Plan.Parts {
			one := change.PartOutcome{GUN: part.GUN, Made: r.made}
			if one.Published = err == nil; one.Published {
				one.Proof = &change.Proof{}
			}
			out.Parts = append(out.Parts, one)
		}
	}
	return out, err
}

// guideRun is one execution.
type guideRun struct {
	*GuideBackend
	change.Execution
	runner        admin.Runner
	secrets, next int
	made          []model.KeyID
	now           time.Time
}

// clock is 40 ms later at every look.
func (r *guideRun) clock() time.Time {
	r.now = r.now.Add(40 * time.Millisecond)
	return r.now
}

func secretStep(words string) bool {
	return strings.HasPrefix(words, "unlock") || strings.HasPrefix(words, "choose")
}

func (r *guideRun) one(ctx context.Context, words string) error {
	if err := r.pass(ctx, words); err != nil {
		return err
	}
	for prefix, err := range r.Fails {
		if strings.HasPrefix(words, prefix) {
			return err
		}
	}
	if strings.HasPrefix(words, "make ") {
		r.made = append(r.made, Key(words))
	}
	if !secretStep(words) {
		return nil
	}
	r.runner.Asks(port.Passphrase)
	return r.ask(ctx, words)
}

// ask asks for a passphrase until the right one is given; one for a new key is
// always right.
func (r *guideRun) ask(ctx context.Context, words string) error {
	part := r.Plan.Parts[0]
	r.next++
	ask := port.SecretAsk{Repository: part.GUN, Step: r.next, Of: r.secrets}
	if strings.HasPrefix(words, "unlock") {
		ask.Key, ask.Purpose = r.Known.Keys[0], "sign root 1 of "+string(part.GUN)
	} else {
		_, name, _ := strings.Cut(words, "new ")
		label, _, _ := strings.Cut(name, " ")
		ask.New, ask.Key, ask.Purpose = true, model.PrivateKey{Label: label, GUN: part.GUN}, "keep it safe on this machine"
	}
	for {
		value, err := r.Secrets.Ask(ctx, ask)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.given = append(r.given, string(value))
		r.mu.Unlock()
		right := ask.New || bytes.Equal(value, []byte(Passphrase))
		clear(value)
		if right {
			return nil
		}
		ask.Wrong = &model.Fault{Kind: model.FaultSecret, Subject: ask.Key.Path, Text: "wrong passphrase"}
	}
}
