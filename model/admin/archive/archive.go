package archive

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Service saves trust data for ever.
type Service struct {
	Admin *admin.Service
	Vault Vault
}

// Save saves everything that the remote has of the repositories: every
// version of every role, also of delegations that only older versions name, and
// the verdict on each. A second run on the same vault asks for what is new.
//
// A fault in one file or repository is listed in the result and stops nothing
// else. The error is that of the vault, or that the context was cancelled: then
// the result says how far the run came, and what it has saved stays.
// progress is called from one goroutine at a time; it may be nil.
func (s *Service) Save(ctx context.Context, guns []model.GUN, progress func(Progress)) (Result, error) {
	d, vault := s.Admin, s.Vault
	guns = distinctGUNs(guns)
	run := &archiving{
		service: d, vault: vault, progress: progress, total: len(guns),
		slots: make(chan struct{}, d.Requests()),
	}
	result := Result{
		Server: d.Remote.Source().Name, Started: d.Clock(),
		Repositories: make([]Outcome, len(guns)),
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(d.Requests())
	for i, gun := range guns {
		group.Go(func() error {
			outcome, err := run.repository(inner, gun)
			result.Repositories[i] = outcome
			return err
		})
	}
	err := group.Wait()
	if err == nil && ctx.Err() != nil {
		err = archiveStopped(ctx)
	}
	result.Finished = d.Clock()
	return result, errors.Join(err, vault.Seal(context.WithoutCancel(ctx), result))
}

func distinctGUNs(guns []model.GUN) []model.GUN {
	var out []model.GUN
	for _, gun := range guns {
		if !slices.Contains(out, gun) {
			out = append(out, gun)
		}
	}
	return out
}

func archiveStopped(ctx context.Context) *model.Fault {
	return &model.Fault{
		Kind: model.FaultCanceled, Text: "stopped before everything was saved", Err: context.Cause(ctx),
		Hint: "Run the same command again; it continues where this run stopped.",
	}
}

// An archiving is one run of Save.
type archiving struct {
	service *admin.Service
	vault   Vault
	// slots bounds the requests of all repositories together.
	slots chan struct{}

	// mu guards what follows, and keeps calls of progress apart.
	mu          sync.Mutex
	progress    func(Progress)
	done, total int
}

// tell reports progress.
func (a *archiving) tell(p Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.Phase == Done {
		a.done++
	}
	if a.progress != nil {
		p.Done, p.Total = a.done, a.total
		a.progress(p)
	}
}

// repository archives one. The error is that of the vault.
func (a *archiving) repository(ctx context.Context, gun model.GUN) (Outcome, error) {
	c := newCollection(a, gun)
	defer func() { c.tell(Done, "") }()
	archived, err := c.archive(ctx)
	if err != nil && model.KindOf(err) != model.FaultCanceled {
		archived.Fault = model.FaultOf(err, "")
		return outcomeOf(archived), err
	}
	if ctx.Err() != nil {
		// What was saved stays; the next run records it.
		archived.Fault, archived.Complete = archiveStopped(ctx), false
		return outcomeOf(archived), nil
	}
	return outcomeOf(archived), a.vault.Record(ctx, archived)
}

// archive reads and verifies everything there is of a repository.
func (c *collection) archive(ctx context.Context) (Repository, error) {
	out := Repository{GUN: c.gun, Server: c.source().Name, Read: c.run.service.Clock(), Puller: c.dialect().Words().Puller}
	held, err := c.run.vault.Held(ctx, c.gun)
	if err != nil {
		return out, err
	}
	c.begin(held)
	out.View = c.look(ctx)
	if out.Fault = out.View.Fault; out.Fault != nil {
		return out, c.failed()
	}
	c.collect(ctx, out.View.Repository)
	out.Changes = c.changes(ctx)
	if err := c.failed(); err != nil || ctx.Err() != nil {
		return out, err
	}
	c.tell(Verifying, "")
	out.Tags = c.dialect().Tags(out.View.Repository)
	v := newAudit(c, out.View.Repository)
	if err := v.verify(ctx); err != nil {
		return out, err
	}
	out.Files, out.Certificates = v.files(), v.certificates
	out.Problems, out.Complete = c.judgement()
	out.Absent = c.absentRanges()
	for i := range out.Files {
		if out.Files[i].New {
			out.New++
		} else {
			out.Kept++
		}
	}
	return out, nil
}

// outcomeOf makes the short form.
func outcomeOf(r Repository) Outcome {
	out := Outcome{
		GUN: r.GUN, Read: r.Read, Complete: r.Complete && r.Fault == nil, Assessment: r.View.Assessment,
		Files: r.New + r.Kept, New: r.New, Problems: slices.Clone(r.Problems), Fault: r.Fault,
	}
	if repo := r.View.Repository; repo != nil {
		out.Problems = append(out.Problems, repo.AllProblems()...)
	}
	out.Problems = append(out.Problems, r.PastProblems()...)
	model.SortProblems(out.Problems)
	return out
}

// PastProblems are those of the saved versions that the present state does not
// have, worst first.
func (r Repository) PastProblems() []model.Problem {
	type kind struct {
		code model.ProblemCode
		role model.RoleName
	}
	known := map[kind]bool{}
	if repo := r.View.Repository; repo != nil {
		for _, p := range repo.AllProblems() {
			known[kind{p.Code, p.Role}] = true
		}
	}
	var out []model.Problem
	for i := range r.Files {
		for _, p := range r.Files[i].Problems {
			if !r.Files[i].Current || !known[kind{p.Code, p.Role}] {
				out = append(out, p)
			}
		}
	}
	model.SortProblems(out)
	return out
}
