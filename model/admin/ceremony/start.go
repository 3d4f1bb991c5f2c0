package ceremony

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/transcript"
)

// Repositories is what preparing a ceremony needs of the place where a repository is published.
type Repositories interface {
	// Compile plans changes on the repository as it is now.
	Compile(ctx context.Context, gun model.GUN, changes []model.Change) (*plan.Plan, plan.Request, error)
	// RootChain reads the published roots, the current one last.
	RootChain(ctx context.Context, r plan.Request) ([][]byte, error)
	// ServerKey asks for the key with which the server signs a role, or for a new one.
	ServerKey(ctx context.Context, gun model.GUN, role model.RoleName, fresh bool) (model.PublicKey, error)
}

// Starting is a ceremony to be prepared.
type Starting struct {
	Repository model.GUN
	Changes    []model.Change
	Title      string
	Rehearsal  bool
	Dates      bundle.Dates
	// People who take part, in the order in which they act.
	People []bundle.Participant
	// Requests are those whose keys were taken, for the transcript.
	Requests []*bundle.Asked
	// Time is what a person says that it is; zero where no one was asked.
	Time time.Time
	// To is the new file.
	To string
}

// StartSteps lists what Start does, in order.
func StartSteps(w *Starting) []admin.Step {
	return admin.NewSteps("read "+string(w.Repository)+", and plan what is to be signed", "read its roots, and ask for the keys of the server", "verify the ceremony, and write it to "+w.To)
}

// Start prepares a ceremony on a repository as it is now, and writes its file. It publishes nothing;
// a server that signs roles is asked for its keys, and makes them where it has none.
func (s *Service) Start(ctx context.Context, at Repositories, w Starting, run Run) (*File, error) {
	if !w.Time.IsZero() {
		if err := CheckClock(s.Clock(), w.Time); err != nil {
			return nil, err
		}
	}
	steps := admin.Runner{Steps: StartSteps(&w), Watch: run.Watch, Stop: run.Stop, Clock: s.Clock}
	var p *plan.Plan
	var r plan.Request
	var b *bundle.Bundle
	var out *File
	err := steps.Run(ctx,
		func(ctx context.Context) (err error) {
			if p, r, err = at.Compile(ctx, w.Repository, w.Changes); err != nil {
				return err
			}
			if w.Changes, err = s.given(ctx, r, w.Changes, p.Parts[0].NewKeys, run, &steps); err != nil {
				return err
			}
			if p, r, err = at.Compile(ctx, w.Repository, w.Changes); err != nil {
				return err
			}
			return startable(&p.Parts[0])
		},
		func(ctx context.Context) error {
			roots, err := at.RootChain(ctx, r)
			if err != nil {
				return err
			}
			binding := plan.Binding{}
			for _, m := range p.Parts[0].NewKeys {
				if binding[m.Symbol], err = at.ServerKey(ctx, w.Repository, m.Role, m.Fresh); err != nil {
					return err
				}
			}
			sealed, err := plan.Seal(p, 0, r, binding)
			if err == nil {
				b, err = bundle.New(p, 0, r, sealed, roots, s.Clock().UTC().Truncate(time.Second))
			}
			return err
		},
		func(context.Context) error {
			b.Title, b.Rehearsal, b.Dates, b.Participants = w.Title, w.Rehearsal, w.Dates, w.People
			o, err := bundle.Open(b, s.Dialects, s.Clock())
			if err != nil {
				return about(w.To, err)
			}
			out = &File{Path: w.To, Opened: o}
			if err := s.Files.Create(w.To, b.Encode()); err != nil {
				return err
			}
			return s.started(out, &w)
		})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// started records what the machine is like, and that the ceremony was prepared.
func (s *Service) started(f *File, w *Starting) error {
	if s.Computer != nil {
		if err := s.Record(f, transcript.Entry{What: transcript.Checked, Text: s.machineLines(false)}); err != nil {
			return err
		}
	}
	text := []string{w.Title}
	for _, asked := range w.Requests {
		text = append(text, RequestWords(asked))
	}
	if !w.Time.IsZero() {
		text = append(text, "time: "+w.Time.UTC().Format(time.RFC3339))
	}
	return s.Record(f, transcript.Entry{What: transcript.Started, Text: text})
}

// startable refuses what needs no ceremony, and keys that are not there yet.
func startable(p *plan.Part) error {
	refuse := func(text, hint string) error {
		return &model.Fault{Kind: model.FaultUsage, Subject: string(p.GUN), Text: text, Hint: hint}
	}
	switch p.Verdict.State {
	case plan.Nothing, plan.Impossible:
		return refuse(p.Verdict.Text, "Ask for something else.")
	case plan.Ready, plan.Waiting:
	}
	for _, m := range p.NewKeys {
		if m.Source != model.KeyServer {
			return refuse("the plan makes a key: "+m.Name, "Make the key first, and plan with it, or give a request for it: trustdeck ceremony request")
		}
	}
	if !slices.ContainsFunc(p.Rewrites, func(r plan.Rewrite) bool { return r.Signer == plan.SignedHere && !r.Role.ListsFiles() }) {
		return refuse("no one has to sign anything", "Apply it without a ceremony.")
	}
	return nil
}

// Asking is what is asked of the keys of a repository, with keys from requests.
type Asking struct {
	// Join are requests of keys that are to be listed, and Leave the canonical IDs of root keys that
	// are not to be any more.
	Join  []*bundle.Asked
	Leave []model.KeyID
	// Threshold is how many root keys must sign; 0 leaves it as it is.
	Threshold int
}

// Changes are those that lead to the keys that are asked for, on a repository as it is now; nil
// where there is none, which is then created. Without any wish, the root is renewed.
func (a *Asking) Changes(d dialect.Writable, gun model.GUN, r *model.Repository) ([]model.Change, error) {
	refuse := func(text, hint string) ([]model.Change, error) {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: string(gun), Text: text, Hint: hint}
	}
	joining := map[model.RoleName]model.RoleKeys{}
	for _, asked := range a.Join {
		keys := joining[asked.Role]
		keys.Keys, keys.Threshold = append(keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: asked.Key}), 1
		joining[asked.Role] = keys
	}
	if r == nil {
		return a.create(joining, d.ServerKeys(), refuse)
	}
	root := r.Role(model.RoleRoot)
	file, err := d.Parse(model.RoleRoot, root.Raw)
	if err != nil {
		return refuse("the root can't be read: "+err.Error(), "Repair it first: trustdeck doctor")
	}
	next := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: cmp.Or(a.Threshold, root.Threshold)}}
	left := slices.Clone(a.Leave)
	for i, id := range root.Keys {
		if n := slices.Index(left, id); n >= 0 {
			left = slices.Delete(left, n, n+1)
			continue
		}
		if public := file.Key(root.Listed[i]); public != nil {
			next.Keys.Keys = append(next.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: *public})
		}
	}
	if len(left) > 0 {
		return refuse("the root lists no key "+left[0].Short(), "Choose one of its keys: trustdeck roots")
	}
	for role := range joining {
		if role != model.RoleRoot {
			return refuse("a request is for "+string(role)+", and only root keys are added to a repository that is there", "Use trustdeck rotate or delegation edit with -f, and start with that plan.")
		}
	}
	next.Keys.Keys = append(next.Keys.Keys, joining[model.RoleRoot].Keys...)
	switch {
	case len(a.Join) > 0 || len(a.Leave) > 0:
		return []model.Change{next}, nil
	case a.Threshold > 0:
		return []model.Change{model.SetThreshold{Role: model.RoleRoot, Threshold: a.Threshold}}, nil
	default:
		return []model.Change{model.Renew{Roles: []model.RoleName{model.RoleRoot}}}, nil
	}
}

// create makes a repository of the keys that are asked for.
func (a *Asking) create(joining map[model.RoleName]model.RoleKeys, serverKeys bool, refuse func(text, hint string) ([]model.Change, error)) ([]model.Change, error) {
	if len(a.Leave) > 0 {
		return refuse("it has no trust data yet, so no key can leave", "Leave that out.")
	}
	server := model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyServer}}}
	if serverKeys {
		for _, role := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
			if len(joining[role].Keys) == 0 {
				joining[role] = server
			}
		}
	}
	root := joining[model.RoleRoot]
	root.Threshold = cmp.Or(a.Threshold, len(root.Keys))
	for _, role := range model.TopLevelRoles() {
		if len(joining[role].Keys) == 0 {
			return refuse(fmt.Sprintf("it has no trust data yet, and no key for its %s was given", role), "Give a request for each role: trustdeck ceremony request --role "+string(role))
		}
	}
	return []model.Change{model.InitRepository{Root: root, Targets: joining[model.RoleTargets], Snapshot: joining[model.RoleSnapshot], Timestamp: joining[model.RoleTimestamp]}}, nil
}

// People are those who made requests, each once, with their keys and the tokens that those are proved
// to be on.
func People(requests []*bundle.Asked) []bundle.Participant {
	var out []bundle.Participant
	for _, asked := range requests {
		does := "custodian"
		if asked.Role != model.RoleRoot {
			does = "signs " + string(asked.Role)
		}
		out = append(out, bundle.Participant{Name: asked.Name, Does: does, Keys: []bundle.Held{{ID: asked.Key.ID, Serial: serialOf(asked.Chain)}}})
	}
	return Together(out)
}

// Together has each of some people once, with all of their keys: someone who gets a new key has the old
// one too. What is said of a key first counts.
func Together(people ...[]bundle.Participant) []bundle.Participant {
	var out []bundle.Participant
	told := map[model.KeyID]bool{}
	for _, p := range slices.Concat(people...) {
		keys := slices.DeleteFunc(slices.Clone(p.Keys), func(k bundle.Held) bool { return told[k.ID] })
		for _, k := range keys {
			told[k.ID] = true
		}
		i := slices.IndexFunc(out, func(other bundle.Participant) bool { return strings.EqualFold(other.Name, p.Name) })
		switch {
		case i >= 0:
			out[i].Keys = append(out[i].Keys, keys...)
		case len(keys) > 0 || len(p.Keys) == 0:
			p.Keys = keys
			out = append(out, p)
		}
	}
	return out
}

// Earlier are the people of an earlier ceremony whose keys some roles list, each with those of their keys
// that are listed. They are its author's word.
func (s *Service) Earlier(path string, roles ...*model.Role) ([]bundle.Participant, error) {
	b, err := s.read(path)
	if err != nil {
		return nil, err
	}
	unlisted := func(k bundle.Held) bool {
		return !slices.ContainsFunc(roles, func(r *model.Role) bool { return r != nil && slices.Contains(r.Listed, k.ID) })
	}
	var out []bundle.Participant
	for _, p := range b.Participants {
		p.Keys = slices.DeleteFunc(slices.Clone(p.Keys), unlisted)
		if len(p.Keys) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}
