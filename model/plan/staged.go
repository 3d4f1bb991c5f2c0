package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
)

// StagedEntry is what it comes to to publish a staged change after those before it.
type StagedEntry struct {
	// Changes do what the staged change does; none where Refused says why nothing can.
	// Refused is a *model.Fault.
	Changes []model.Change
	Refused error
	// Lacking says which signatures its file needs that cannot be made with the keys of
	// this machine; empty where all can.
	Lacking string
}

// Staged makes changes of a plan of what another client has staged for a repository, in
// their order. One that cannot be applied is passed over, so that those after it are judged
// as if it were not there.
func Staged(r Request, keys []model.PrivateKey, at time.Time, staged []model.StagedChange) []StagedEntry {
	s := stager{request: r, at: at}
	out := make([]StagedEntry, len(staged))
	if s.refused = s.begin(staged); s.refused == nil {
		s.refused = s.again()
	}
	for i := range staged {
		out[i].Changes, out[i].Refused = s.take(&staged[i])
	}
	s.lacking(keys, out)
	return out
}

// stager applies staged changes to a draft, one after the other.
type stager struct {
	request Request
	at      time.Time
	author  *builder
	// own tells that the snapshot is signed here.
	own bool
	// taken are the changes so far.
	taken []model.Change
	// refused is why nothing can be built on the repository.
	refused error
}

// begin refuses a repository on which nothing can be built, whatever is staged.
func (s *stager) begin(staged []model.StagedChange) error {
	c := compiler{request: s.request, circumstances: circumstances{at: s.at.UTC().Round(0)}}
	for _, change := range staged {
		if change.Type == model.StagedWitness {
			c.request.Changes = append(c.request.Changes, model.Witness{Roles: []model.RoleName{change.Role}})
		}
	}
	c.out.OwnSnapshot = c.ownSnapshot()
	s.own = c.out.OwnSnapshot
	return c.sound()
}

// again makes the draft of what was taken so far.
func (s *stager) again() error {
	r := s.request
	r.Changes = slices.Clone(s.taken)
	s.author = &builder{expired: func(role *model.Role) bool { return role.Expired }}
	return s.author.write(r, s.own)
}

// take applies one staged change.
func (s *stager) take(c *model.StagedChange) ([]model.Change, error) {
	if s.refused != nil {
		return nil, s.refused
	}
	if c.Refused != "" {
		return nil, s.author.fault("Drop it.", "%s", c.Refused)
	}
	changes, err := s.author.staged(c)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		if err := s.author.apply(change); err != nil {
			// What was applied of it is undone.
			s.refused = s.again()
			return nil, err
		}
	}
	s.taken = append(s.taken, changes...)
	return changes, nil
}

// staged makes changes of one that another client has staged.
func (a *builder) staged(c *model.StagedChange) ([]model.Change, error) {
	switch {
	case c.Type == model.StagedTarget && c.Action == model.StagedDelete:
		return []model.Change{model.RemoveTarget{Role: c.Role, Name: c.Path}}, nil
	case c.Type == model.StagedTarget:
		return []model.Change{model.NewAddTarget(c.Role, *c.Target)}, nil
	case c.Type == model.StagedWitness:
		return []model.Change{model.Witness{Roles: []model.RoleName{c.Role}}}, nil
	case c.Type == model.StagedRole:
		return nil, a.fault("Rotate the keys of the role instead.", "keys of %s are not replaced from a changelist", c.Path)
	default:
		return a.stagedDelegation(c)
	}
}

// lacking says of entries which signatures their files need that no key here can make.
func (s *stager) lacking(keys []model.PrivateKey, entries []StagedEntry) {
	r := s.request
	r.Changes = s.taken
	if len(s.taken) == 0 {
		return
	}
	p, err := Compile([]Request{r}, keys, s.at)
	if err != nil {
		return // an entry is refused then, or all are
	}
	lacks := map[model.RoleName]string{}
	for _, w := range p.Parts[0].Rewrites {
		lacks[w.Role] = w.lacks()
	}
	for i := range entries {
		for _, change := range entries[i].Changes {
			for _, role := range s.writes(change) {
				if lacks[role] != "" {
					entries[i].Lacking = lacks[role]
				}
			}
		}
	}
}

// writes are the files that a change rewrites.
func (s *stager) writes(change model.Change) []model.RoleName {
	switch c := change.(type) {
	case model.AddTarget:
		return []model.RoleName{c.Role}
	case model.RemoveTarget:
		return []model.RoleName{c.Role}
	case model.Witness:
		return c.Roles
	case model.AddDelegation:
		return []model.RoleName{c.From}
	case model.EditDelegation:
		return []model.RoleName{c.From}
	case model.RemoveDelegation:
		return []model.RoleName{c.From}
	default:
		return nil
	}
}

// lacks says which signatures of a rewrite cannot be made here; empty where all can.
func (r *Rewrite) lacks() string {
	for _, n := range r.Needs {
		have, others := n.signers()
		switch {
		case n.Optional || have >= n.Threshold:
		case have+len(others) < n.Threshold:
			return fmt.Sprintf("%s needs %s, but %s lists too few keys", r.Role, model.Count(n.Threshold, "signature"), n.GrantedBy)
		default:
			return fmt.Sprintf("%s needs %s more, by %s", r.Role, model.Count(n.Threshold-have, "signature"), strings.Join(others, " or "))
		}
	}
	return ""
}
