package admin

import (
	"context"
	"errors"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
	"trustdeck/model/port"
)

// looks is how often a repository is looked at where another trustdeck has remembered
// another root of it meanwhile.
const looks = 3

// stored are the files of a cache; nil where there are none.
func stored(saved port.Saved) map[model.RoleName]dialect.Stored {
	if len(saved.Files) == 0 {
		return nil
	}
	out := make(map[model.RoleName]dialect.Stored, len(saved.Files))
	for role, f := range saved.Files {
		out[role] = dialect.Stored{Raw: f.Bytes, Modified: f.Modified}
	}
	return out
}

// recall adds what is remembered to what a repository is verified against. Where
// nothing is, because trustdeck had no memory when it looked last, the files in the
// cache count: they were verified then.
func (d *Service) recall(ctx context.Context, cfg *dialect.Config) {
	if d.Memories != nil {
		r, ok, err := d.Memories.Load(ctx, cfg.GUN)
		if err != nil {
			d.warn("memory", err.Error())
			// A memory that is there and cannot be read is none, and not in silence.
			cfg.Anchors = append(cfg.Anchors, dialect.Anchor{Kind: model.AnchorOwn, Source: subjectOf(err)})
			return
		}
		if ok {
			cfg.Memory = r
			return
		}
	}
	cfg.Memory, _ = dialect.Remember(d.DialectOf(cfg.GUN), cfg.Cached)
}

func subjectOf(err error) string {
	var fault *model.Fault
	if errors.As(err, &fault) && fault.Subject != "" {
		return fault.Subject
	}
	return "trustdeck's own state"
}

// errMoved says that another trustdeck has remembered another root than the one that a
// look rests on.
var errMoved = errors.New("a different root was recorded in the meantime")

// remember keeps what a look has verified. Nothing is kept where the root is refused or
// in dispute: what an attacker serves must neither become an anchor nor hide a
// rollback. It reports true where the look must be repeated, because it does not rest
// on what is remembered by now; never at the last try. known is what it was verified
// against.
func (d *Service) remember(ctx context.Context, known memory.Record, load dialect.Load, repo *model.Repository, last bool) (again bool) {
	look, ok := load.Look()
	if d.Memories == nil || !ok {
		return false
	}
	err := d.Memories.Update(ctx, repo.GUN, func(r memory.Record, ok bool, damage error) (memory.Record, error) {
		switch {
		case damage != nil:
			return r, damage
		case !ok:
			r = known // that of the cache, or none
		}
		if !r.Fits(look) {
			return r, errMoved
		}
		return r.Merge(look), nil
	})
	switch {
	case err == nil:
		return false
	case errors.Is(err, errMoved) && !last:
		return true
	}
	d.warn("memory", err.Error())
	repo.Problems = append(repo.Problems, model.Problem{
		Code: model.ProblemMemory, Severity: model.Warning,
		Text: "what was verified could not be recorded, so a later rollback may go unnoticed: " + err.Error(),
	})
	model.SortProblems(repo.Problems)
	return false
}
