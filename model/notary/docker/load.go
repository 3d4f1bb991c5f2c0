package docker

import (
	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Load is that of Notary, with the signers of Docker's convention in the repository.
func (d Dialect) Load(cfg dialect.Config) dialect.Load { return load{d.Format.Load(cfg), d} }

type load struct {
	dialect.Load
	dialect Dialect
}

// Repository adds to what is verified who the signers are.
func (l load) Repository() *model.Repository {
	r := l.Load.Repository()
	l.dialect.AddSigners(r)
	return r
}

// AddSigners fills in the signers of a repository: those that have a delegation directly
// below targets.
func (d Dialect) AddSigners(r *model.Repository) {
	released := map[model.KeyID]bool{}
	r.Shared = []model.RoleName{Releases}
	if role := r.Role(Releases); role != nil {
		for _, id := range role.Keys {
			released[id] = true
		}
	}
	for i := range r.Roles {
		role := &r.Roles[i]
		name, ok := d.SignerOf(role.Name)
		if !ok {
			continue
		}
		s := model.Signer{Name: name, Role: role.Name, Keys: role.Keys}
		for _, id := range role.Keys {
			if released[id] {
				s.Shared = append(s.Shared, id)
			}
		}
		r.Signers = append(r.Signers, s)
	}
}
