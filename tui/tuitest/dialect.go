package tuitest

import (
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
)

// Dialect is Docker's, but for that it believes what roles say of themselves: enough for
// pictures.
func Dialect() dialect.Writable { return credulous{} }

type credulous struct{ docker.Dialect }

// Tags believes every role.
func (credulous) Tags(r *model.Repository) []model.Tag { return tags(r) }

// Resolve believes every role.
func (credulous) Resolve(r *model.Repository, name string) model.Resolution { return resolve(r, name) }

func tags(r *model.Repository) []model.Tag {
	byName := map[string]*model.Tag{}
	var names []string
	for i := range r.Roles {
		role := &r.Roles[i]
		for _, target := range role.Targets {
			tag := byName[target.Name]
			if tag == nil {
				tag = &model.Tag{Name: target.Name, Length: target.Length, Hashes: target.Hashes}
				byName[target.Name] = tag
				names = append(names, target.Name)
			}
			if role.Usable() {
				tag.Roles = append(tag.Roles, role.Name)
			} else {
				tag.Unusable = append(tag.Unusable, role.Name)
			}
			tag.Pulled = tag.Pulled || role.Usable() && role.Name == docker.Releases
		}
	}
	slices.SortFunc(names, strings.Compare)
	out := make([]model.Tag, len(names))
	for i, name := range names {
		out[i] = *byName[name]
	}
	return out
}

func resolve(r *model.Repository, name string) model.Resolution {
	for _, tag := range tags(r) {
		if tag.Name != name || !tag.Pulled {
			continue
		}
		return model.Resolution{
			Tag: name, OK: true, Role: docker.Releases, Signers: tag.Roles[1:],
			Target: model.Target{Name: name, Length: tag.Length, Hashes: tag.Hashes},
			Reason: "targets/releases lists it, and clients look there first",
		}
	}
	return model.Resolution{Tag: name, Reason: "no role that clients look at lists this tag"}
}
