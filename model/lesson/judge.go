package lesson

import (
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
)

// World is what is known of the practice world now.
type World struct {
	Now time.Time
	// Look returns what was read of a repository; false where it has not been.
	Look func(model.GUN) (admin.Look, bool)
	// Keys are the private keys here; nil where they have not been read.
	Keys []admin.KeyUse
	// DialectOf tells the conventions of a repository.
	DialectOf dialect.Of
	// Seen reports whether something has been shown; nil where that is not known.
	Seen func(Sight) bool
}

// verdict is what a goal comes to.
type verdict int

const (
	// unknown is what cannot be told now: it stays what it was.
	unknown verdict = iota
	unmet
	met
)

func verdictOf(ok bool) verdict {
	if ok {
		return met
	}
	return unmet
}

// judge tells whether a goal about a repository is met.
func (g Goal) judge(of model.GUN, w World) verdict {
	if g.Watched() {
		if w.Seen == nil {
			return unknown
		}
		return verdictOf(w.Seen(g.sight(of)))
	}
	look, known := w.Look(of)
	switch {
	case !known || look.Stale:
		return unknown
	case look.Repository != nil:
		return g.judgeData(look, w)
	case look.Fault != nil && look.Fault.Kind == model.FaultNotFound:
		return unmet // there is nothing that could be in order
	default:
		return unknown
	}
}

// judgeData tells whether a condition on data is met, where there is trust data.
func (g Goal) judgeData(look admin.Look, w World) verdict {
	repo := look.Repository
	role := repo.Role(g.Role)
	usable := role != nil && role.Usable()
	switch g.Kind {
	case Initialised:
		return verdictOf(usableTargets(repo))
	case NoFinding:
		return verdictOf(usable && !finds(look, g))
	case ExpiresAfter:
		return verdictOf(usable && role.Expires.After(w.Now.AddDate(0, 0, g.Days)))
	case SignerReady:
		return verdictOf(ready(look, g.Signer))
	case NoKey:
		return verdictOf(usable && !slices.ContainsFunc(role.Keys, func(id model.KeyID) bool { return strings.HasPrefix(string(id), g.Key) }))
	case NonePending:
		return verdictOf(usable && len(role.Asked()) == 0)
	case TagFound:
		return verdictOf(w.DialectOf(look.GUN).Resolve(repo, g.Tag).OK)
	case Elsewhere:
		return g.judgeKeys(w, func(here []admin.KeyUse) bool {
			return usable && !slices.ContainsFunc(here, func(k admin.KeyUse) bool { return slices.Contains(role.Keys, k.ID) })
		})
	case BackedUp:
		return g.judgeKeys(w, func(here []admin.KeyUse) bool { return backedUp(repo, here) })
	default:
		return unknown
	}
}

// judgeKeys tells whether a condition on the private keys is met, where they have been read.
func (Goal) judgeKeys(w World, holds func([]admin.KeyUse) bool) verdict {
	if w.Keys == nil {
		return unknown
	}
	return verdictOf(holds(w.Keys))
}

// usableTargets reports whether clients can use what a repository signs.
func usableTargets(repo *model.Repository) bool {
	targets := repo.Role(model.RoleTargets)
	return targets != nil && targets.Usable()
}

// finds reports whether the finding that a goal names is among those of a look.
func finds(look admin.Look, g Goal) bool {
	for _, f := range look.Assessment.Findings {
		if f.Code == g.Code && f.Role == g.Role {
			return true
		}
	}
	return false
}

// ready reports whether a signer of this name has all that a signer needs.
func ready(look admin.Look, name string) bool {
	for _, s := range admin.Signers([]admin.Look{look}, nil) {
		if s.Name == name && s.Status() == admin.FullSigner {
			return true
		}
	}
	return false
}

// backedUp reports whether a repository has keys here, and an up-to-date backup of all of
// them.
func backedUp(repo *model.Repository, here []admin.KeyUse) bool {
	some := false
	for _, k := range here {
		listed, ok := repo.Key(k.ID)
		if !ok || len(listed.Roles) == 0 {
			continue
		}
		if !k.BackedUp() {
			return false
		}
		some = true
	}
	return some
}
