package change

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Request is what an administrator wants of one repository.
type Request struct {
	GUN     model.GUN
	Changes []model.Change
	// Init comes first where the repository has no trust data yet; nil never
	// does.
	Init *model.InitRepository
}

// Prepare reads the repositories now and says what the changes would do. It
// writes nothing and asks for no secret. The error is a *model.Fault: a
// repository that cannot be read, or a change that makes no sense.
func (d *Service) Prepare(ctx context.Context, asked []Request) (*plan.Plan, error) {
	p, _, err := d.Compile(ctx, asked)
	return p, err
}

// Compile is Prepare, and returns what the plan was computed from as well.
func (d *Service) Compile(ctx context.Context, asked []Request) (*plan.Plan, []plan.Request, error) {
	requests, err := d.requests(ctx, asked)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSignersKnown(requests); err != nil {
		return nil, nil, err
	}
	p, err := d.compileRetiring(ctx, requests)
	return p, requests, err
}

func (d *Service) compile(ctx context.Context, requests []plan.Request) (*plan.Plan, error) {
	keys, err := d.PrivateKeys(ctx, repositories(requests)...)
	if err != nil {
		return nil, err
	}
	return plan.Compile(requests, keys, d.Clock())
}

// repositories are those of some requests, each with the keys that it lists, and beside it
// with those that the changes bring.
func repositories(requests []plan.Request) []*model.Repository {
	var out []*model.Repository
	for _, r := range requests {
		if r.Repository != nil {
			out = append(out, r.Repository)
		}
		given := &model.Repository{GUN: r.GUN}
		for _, public := range plan.Given(r.Changes) {
			given.Keys = append(given.Keys, r.Dialect.Describe(public))
		}
		out = append(out, given)
	}
	return out
}

// Writable is the dialect of a repository, to change it in. The error says that it cannot be
// changed.
func (d *Service) Writable(gun model.GUN) (dialect.Writable, error) {
	if writable, ok := d.DialectOf(gun).(dialect.Writable); ok {
		return writable, nil
	}
	return nil, &model.Fault{
		Kind: model.FaultUsage, Subject: string(gun), Text: "repositories of this kind are read-only",
		Hint: "Change it with the tool that publishes it.",
	}
}

// requests reads each repository. One that does not exist is a request without a
// repository; what cannot be read now cannot be planned for.
func (d *Service) requests(ctx context.Context, asked []Request) ([]plan.Request, error) {
	var out []plan.Request
	var err error
	for _, a := range asked {
		writable, refused := d.Writable(a.GUN)
		if refused == nil {
			refused = d.wholly(ctx, a.GUN)
		}
		if refused != nil {
			return nil, refused
		}
		view := d.Open(ctx, a.GUN)
		r := plan.Request{Dialect: writable, GUN: a.GUN, Changes: a.Changes}
		switch {
		case view.Fault == nil:
			r.Repository = view.Repository
			if err := d.shown(ctx, r.Repository); err != nil {
				return nil, err
			}
			if r.Former, err = d.former(ctx, r); err != nil {
				return nil, err
			}
			r.ClientSnapshot = d.clientSnapshot(ctx, r.Repository)
			if r.Leftovers, err = d.leftovers(ctx, r); err != nil {
				return nil, err
			}
		case view.Fault.Kind == model.FaultNotFound && !view.Stale:
			if a.Init != nil {
				r.Changes = append([]model.Change{*a.Init}, a.Changes...)
			}
		case view.Fault.Kind == model.FaultNotFound:
			return nil, &model.Fault{
				Kind: model.FaultNotFound, Subject: string(a.GUN), Err: view.Fault,
				Text: d.SourceOf(a.GUN).Name + " no longer has trust data for it, but had some when it was last read here",
				Hint: "Ask the server's operator. To initialise it again on purpose, do so on a machine that has never seen it, then accept it here: trustdeck accept-root " + string(a.GUN),
			}
		default:
			return nil, view.Fault
		}
		out = append(out, r)
	}
	return out, nil
}

// shown refuses a repository whose root the server does not show: it is known here, and no
// new client could use what is published on top of it.
func (d *Service) shown(ctx context.Context, r *model.Repository) error {
	if root := r.Role(model.RoleRoot); root == nil || root.State != model.RoleVerified {
		return nil // that is said of the role
	}
	f, err := d.Remote.Read(ctx, r.GUN, port.Ref{Role: model.RoleRoot, Limit: d.DialectOf(r.GUN).Limit(model.RoleRoot)})
	if fault := model.FaultOf(err, model.RoleRoot); fault != nil {
		return &model.Fault{
			Kind: fault.Kind, Subject: string(r.GUN), Err: err,
			Text: "no change can be based on it: root could not be read: " + fault.Text, Hint: fault.Hint,
		}
	}
	if bytes.Equal(f.Bytes, r.Role(model.RoleRoot).Raw) {
		return nil
	}
	var parse *dialect.ParseError
	if _, err := d.DialectOf(r.GUN).Parse(model.RoleRoot, f.Bytes); errors.As(err, &parse) {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: string(r.GUN), Err: err,
			Text: "no change can be based on it: root is not readable: " + parse.Text, Hint: plan.NoTrustData,
		}
	}
	return &model.Fault{Kind: model.FaultStale, Subject: string(r.GUN), Text: "root changed while it was read", Hint: "Start again."}
}

// PrepareSaved compiles a plan that was saved, on the repositories as they are now. It
// refuses one whose file says something else than its changes come to, and returns a
// *StalePlan where others have published since.
func (d *Service) PrepareSaved(ctx context.Context, saved *plan.Saved) (*plan.Plan, error) {
	p, _, err := d.CompileSaved(ctx, saved)
	return p, err
}

// CompileSaved is PrepareSaved, and returns what the plan was computed from as well.
func (d *Service) CompileSaved(ctx context.Context, saved *plan.Saved) (*plan.Plan, []plan.Request, error) {
	var asked []Request
	for _, r := range saved.Requests {
		asked = append(asked, Request{GUN: r.GUN, Changes: r.Changes})
	}
	requests, err := d.requests(ctx, asked)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.compileRetiring(ctx, requests)
	if m := changedSince(saved.Requests, requests); len(m) > 0 {
		return nil, nil, &StalePlan{Now: p, Moved: m} // what made sense before may make none now
	}
	if err != nil {
		return nil, nil, err
	}
	if err := saved.Altered(requests); err != nil {
		return nil, nil, err
	}
	if p.Digest() != saved.Digest {
		return nil, nil, &StalePlan{Now: p} // as where the snapshot key has come here
	}
	return p, requests, nil
}

// StalePlan says that the repositories are no longer those that a plan was
// computed from.
type StalePlan struct {
	// Now is the plan as it would be today; it wants to be reviewed. It is nil
	// where what was asked for makes no sense any more.
	Now *plan.Plan
	// Moved says which files others have changed.
	Moved []Moved
	// Drifts are tags under which a registry no longer serves what was to be signed.
	Drifts []Drift
}

// Moved is a file that is not the one that a plan was computed from.
type Moved struct {
	GUN  model.GUN
	Role model.RoleName
	// From and To are versions; 0 is none.
	From, To int64
}

// Error says so in a sentence.
func (s *StalePlan) Error() string {
	if len(s.Drifts) > 0 {
		var all []string
		for _, d := range s.Drifts {
			all = append(all, d.String())
		}
		return "the plan is out of date: " + strings.Join(all, "; ")
	}
	if len(s.Moved) == 0 {
		return "the plan is out of date: applied now, it would do something else"
	}
	var b bytes.Buffer
	b.WriteString("the plan is out of date: ")
	for i, m := range s.Moved {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.String())
	}
	b.WriteString(" in the meantime")
	return b.String()
}

// String says what moved.
func (m Moved) String() string {
	name := string(m.Role) + " of " + string(m.GUN)
	switch {
	case m.From == 0:
		return name + " was published"
	case m.To == 0:
		return name + " was removed"
	case m.From == m.To:
		return name + " was replaced"
	default:
		return name + " went from version " + number(m.From) + " to " + number(m.To)
	}
}

// changedSince compares the files that a plan was computed from with those that
// were read.
func changedSince(before []plan.SavedRequest, now []plan.Request) []Moved {
	var out []Moved
	for i, r := range now {
		if r.Repository == nil {
			out = append(out, moved(r.GUN, before[i].Base, nil)...)
			continue
		}
		is := plan.Base(r, false)
		if slices.ContainsFunc(before[i].Base, func(f plan.BaseFile) bool { return f.Role == model.RoleSnapshot }) {
			is = plan.Base(r, true)
		}
		out = append(out, moved(r.GUN, before[i].Base, is)...)
	}
	return out
}

func moved(gun model.GUN, before, after []plan.BaseFile) []Moved {
	var out []Moved
	find := func(in []plan.BaseFile, role model.RoleName) (plan.BaseFile, bool) {
		for _, f := range in {
			if f.Role == role {
				return f, true
			}
		}
		return plan.BaseFile{}, false
	}
	for _, was := range before {
		if is, ok := find(after, was.Role); !ok || is != was {
			out = append(out, Moved{gun, was.Role, was.Version, is.Version})
		}
	}
	for _, is := range after {
		if _, ok := find(before, is.Role); !ok {
			out = append(out, Moved{gun, is.Role, 0, is.Version})
		}
	}
	return out
}
