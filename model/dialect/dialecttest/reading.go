package dialecttest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Reading is a dialect that is tried by reading alone, on a repository that was made
// elsewhere.
type Reading struct {
	Dialect dialect.Dialect
	// Files are those of a sound repository with at least one delegation, and Older those of
	// an earlier state of it, with a lower version of targets.
	Files, Older map[model.RoleName][]byte
	// Signer, NoSigner and NoRole are those of a Subject.
	Signer, NoSigner, NoRole string
}

// readings are what the reading of a dialect must satisfy.
var readings = []struct {
	name string
	try  func(*Reading) error
}{
	{"no altered byte is verified", alterationShows},
	{"what has expired says so", expiryShows},
	{"roles have the edges that files state", edgesAreRead},
	{"names are read and refused", namesAreRead},
	{"a load asks for each file once, and within its limit", asksOnce},
	{"memory notices what is older", memoryNotices},
	{"a search ends as the target is resolved", searchResolves},
}

// CheckReading tries what needs no writing. The error names what does not hold.
func CheckReading(r Reading) error {
	var broken []error
	for _, p := range readings {
		if err := p.try(&r); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return errors.Join(broken...)
}

// load reads files as a client that begins with cfg.
func load(d dialect.Dialect, cfg dialect.Config, files map[model.RoleName][]byte) dialect.Load {
	cfg.GUN, cfg.FirstUse = GUN, model.AnchorFirstUse
	l := d.Load(cfg)
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, want := range wants {
			give(d, l, want, files)
		}
	}
	return l
}

// give answers a want as a server does that has only current files.
func give(d dialect.Dialect, l dialect.Load, want dialect.Want, files map[model.RoleName][]byte) {
	raw, ok := files[want.Role]
	if f, err := d.Parse(want.Role, raw); ok && want.Version != 0 && err == nil {
		ok = f.Version == want.Version
	}
	if ok {
		l.Give(want, raw, time.Time{}, nil)
		return
	}
	l.Give(want, nil, time.Time{}, &model.Fault{Kind: model.FaultNotFound, Subject: string(want.Role), Text: "not found"})
}

// repository is what a new client makes of files.
func (r *Reading) repository(at time.Time, files map[model.RoleName][]byte) *model.Repository {
	return load(r.Dialect, dialect.Config{At: at}, files).Repository()
}

func alterationShows(r *Reading) error {
	for role, raw := range r.Files {
		at := bytes.LastIndexAny(raw, "0123456789abcdef")
		if at < 0 {
			return fmt.Errorf("%s has no letter to alter", role)
		}
		spoilt := bytes.Clone(raw)
		spoilt[at] ^= 1
		files := maps.Clone(r.Files)
		files[role] = spoilt
		got := r.repository(At, files).Role(role)
		if got == nil || got.State == model.RoleVerified && bytes.Equal(got.Raw, spoilt) && !bytes.Equal(raw, spoilt) {
			return fmt.Errorf("an altered %s is verified", role)
		}
	}
	return nil
}

func expiryShows(r *Reading) error {
	end := r.repository(At, r.Files).Role(model.RoleTargets).Expires
	for _, c := range []struct {
		at      time.Time
		expired bool
	}{{end.Add(-time.Second), false}, {end.Add(time.Second), true}} {
		role := r.repository(c.at, r.Files).Role(model.RoleTargets)
		if role.Expired != c.expired {
			return fmt.Errorf("at %s targets, which ends at %s, has expired: %t", c.at, end, role.Expired)
		}
	}
	return nil
}

func edgesAreRead(r *Reading) error {
	repository, delegations := r.repository(At, r.Files), 0
	for name, raw := range r.Files {
		f, err := r.Dialect.Parse(name, raw)
		if err != nil {
			return err
		}
		if name.HoldsTargets() {
			delegations += len(f.Roles)
		}
		for _, stated := range f.Roles {
			role := repository.Role(stated.Name)
			if role == nil || !slices.ContainsFunc(role.Parents, func(d model.Delegation) bool {
				return d.From == name && d.Threshold == stated.Threshold && slices.Equal(d.KeyIDs, stated.KeyIDs) && slices.Equal(d.Paths, stated.Paths)
			}) {
				return fmt.Errorf("%s delegates to %s, which does not know it", name, stated.Name)
			}
			for i, id := range role.Listed {
				k := f.Key(id)
				if k == nil || r.Dialect.CanonicalID(*k) != role.Keys[i] || r.Dialect.Describe(*k).ID != role.Keys[i] {
					return fmt.Errorf("key %s of %s is %s", id, role.Name, role.Keys[i])
				}
			}
		}
	}
	if delegations == 0 {
		return errors.New("there is no delegation to be read")
	}
	return nil
}

func namesAreRead(r *Reading) error {
	repository := r.repository(At, r.Files)
	for i := range repository.Roles {
		name := repository.Roles[i].Name
		if got, err := r.Dialect.ParseRole(string(name)); err != nil || got != name {
			return fmt.Errorf("%s is read as %q, %w", name, got, err)
		}
	}
	if got, err := r.Dialect.ParseRole(r.NoRole); err == nil {
		return fmt.Errorf("%q is the role %q", r.NoRole, got)
	}
	if err := r.Dialect.SignerName(r.Signer); err != nil {
		return err
	}
	if r.Dialect.SignerName(r.NoSigner) == nil {
		return fmt.Errorf("%q is the name of a signer", r.NoSigner)
	}
	return nil
}

func asksOnce(r *Reading) error {
	l := r.Dialect.Load(dialect.Config{GUN: GUN, At: At, FirstUse: model.AnchorFirstUse})
	asked := map[dialect.Want]bool{}
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, want := range wants {
			if asked[want] {
				return fmt.Errorf("%s is asked for twice", want.Role)
			}
			if want.Limit < 1 || want.Limit > r.Dialect.Limit(want.Role) || want.Limit > dialect.MaxFile {
				return fmt.Errorf("%s may have %d bytes, and its limit is %d", want.Role, want.Limit, r.Dialect.Limit(want.Role))
			}
			asked[want] = true
			give(r.Dialect, l, want, r.Files)
		}
	}
	if len(asked) < len(model.TopLevelRoles()) {
		return fmt.Errorf("only %d files are asked for", len(asked))
	}
	return nil
}

func memoryNotices(r *Reading) error {
	stored := map[model.RoleName]dialect.Stored{}
	for role, raw := range r.Files {
		stored[role] = dialect.Stored{Raw: raw}
	}
	record, ok := dialect.Remember(r.Dialect, stored)
	if !ok {
		return errors.New("sound files make no memory")
	}
	targets := load(r.Dialect, dialect.Config{At: At, Memory: record}, r.Older).Repository().Role(model.RoleTargets)
	if !slices.ContainsFunc(targets.Problems, func(p model.Problem) bool { return p.Code == model.ProblemRollback }) {
		return errors.New("an older targets file is no rollback")
	}
	if _, ok := load(r.Dialect, dialect.Config{At: At, Memory: record}, r.Files).Look(); ok {
		return errors.New("there is something to remember before anything was verified")
	}
	return nil
}

func searchResolves(r *Reading) error {
	repository := r.repository(At, r.Files)
	names := []string{"what no role lists"}
	for _, tag := range r.Dialect.Tags(repository) {
		names = append(names, tag.Name)
	}
	for _, name := range names {
		search, resolved := r.Dialect.Search(repository, name), r.Dialect.Resolve(repository, name)
		if search.Resolution.OK != resolved.OK || search.Resolution.Role != resolved.Role || search.Path != name {
			return fmt.Errorf("the search for %q ends with %+v, and it resolves to %+v", name, search.Resolution, resolved)
		}
		if len(search.Steps) == 0 {
			return fmt.Errorf("the search for %q has no steps", name)
		}
		last := search.Steps[len(search.Steps)-1]
		if ends := last.Outcome == model.SearchFound; ends != (resolved.Role != "") || ends && last.Edge.Name != resolved.Role {
			return fmt.Errorf("the search for %q ends at %s: %s", name, last.Edge.Name, last.Outcome)
		}
		for _, step := range search.Steps {
			if step.Reason == "" || repository.Role(step.Edge.Name) == nil {
				return fmt.Errorf("the search for %q has the step %+v", name, step)
			}
		}
	}
	return nil
}
