package admin

import (
	"bytes"
	"cmp"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/quorum"
)

// LossOutcome is what the loss of a token means for a role.
type LossOutcome int

// The outcomes, the worst first.
const (
	// LossFinal: no one can publish the role any more, nor have others take it over.
	LossFinal LossOutcome = iota
	// LossReplace: no one can publish the role until those who delegate to it list other keys.
	LossReplace
	// LossSpare: the other keys that the role lists are enough.
	LossSpare
	// LossCopied: this machine has a copy of each of the lost keys.
	LossCopied
)

// String returns "final", "replace", "spare" or "copied".
func (o LossOutcome) String() string {
	return [...]string{"final", "replace", "spare", "copied"}[o]
}

// TokenLoss is what happens to a role when a token is lost: a rehearsal, which changes nothing.
type TokenLoss struct {
	GUN     model.GUN
	Role    model.RoleName
	Outcome LossOutcome
	// Keys are those on the token that the role lists, by their canonical IDs.
	Keys []model.KeyID
	// Before and After are what it takes to publish the role with the token, and without it. They
	// are the same where Outcome is LossCopied.
	Before, After quorum.Role
	// Here are the counts of the keys on this machine; nil where the role takes none of them.
	Here *KeyLoss
	// By are the roles that list the keys of this one, with what it takes to publish each without
	// the token: it is their holders who replace keys.
	By []quorum.Role
	// Copies are the stores with another copy of one of Keys.
	Copies []string
	// Repair is the change that lists other keys; nil where no one can make it, and for a role
	// that signers share, which changes with the signer's own.
	Repair model.Change
	// Backups are the files of the newest backups of Keys that are known; none where none is.
	Backups []string
}

// LoseToken rehearses the loss of a token on what is known: each role that lists one of its keys,
// by repository, in the order of their roles. holders is what the settings tell of the holders of
// keys.
func LoseToken(t *TokenUse, survey *KeySurvey, holders quorum.Known, of dialect.Of) []TokenLoss {
	var out []TokenLoss
	gone, here := lostIDs(t), here(survey)
	counts := map[Use]KeyLoss{}
	for _, loss := range survey.Losses(gone) {
		counts[Use{loss.GUN, loss.Role}] = loss
	}
	for _, look := range survey.Looks {
		if look.Repository == nil || !lists(look.Repository, t) {
			continue
		}
		l := repositoryLoss{repository: look.Repository, token: t, survey: survey, conventions: of(look.GUN)}
		known := holders
		known.Here = here
		l.roles = quorum.Examine(look.Repository, known)
		for _, loss := range l.losses() {
			if count, ok := counts[Use{loss.GUN, loss.Role}]; ok && count.Before > 0 {
				loss.Here = &count
			}
			out = append(out, loss)
		}
	}
	slices.SortStableFunc(out, func(a, b TokenLoss) int { return cmp.Compare(a.GUN, b.GUN) })
	return out
}

// lists reports whether a repository lists a key of the token: to work out its quorums takes time.
func lists(r *model.Repository, t *TokenUse) bool {
	return slices.ContainsFunc(t.Slots, func(s SlotUse) bool {
		return slices.ContainsFunc(s.Uses, func(u Use) bool { return u.GUN == r.GUN })
	})
}

// lostIDs are the IDs of the keys on a token that have no copy.
func lostIDs(t *TokenUse) []model.KeyID {
	var out []model.KeyID
	for i := range t.Slots {
		if s := &t.Slots[i]; s.HasKey() && len(s.Copies) == 0 {
			out = append(out, s.IDs...)
		}
	}
	return out
}

// here are the IDs of the private keys on this machine.
func here(survey *KeySurvey) []model.KeyID {
	var out []model.KeyID
	for i := range survey.Keys {
		if survey.Keys[i].Usable() {
			out = append(out, survey.Keys[i].IDs()...)
		}
	}
	return out
}

// repositoryLoss rehearses the loss of a token in one repository.
type repositoryLoss struct {
	repository *model.Repository
	token      *TokenUse
	survey     *KeySurvey
	// conventions tell which change gives a role other keys.
	conventions dialect.Conventions
	roles       []quorum.Role
}

func (l *repositoryLoss) losses() []TokenLoss {
	var out []TokenLoss
	for i := range l.roles {
		role := &l.roles[i]
		onToken, lost, copies := l.lost(role)
		if info := l.repository.Role(role.Name); info == nil || info.Online || len(onToken) == 0 {
			continue
		}
		loss := TokenLoss{GUN: l.repository.GUN, Role: role.Name, Keys: onToken, Copies: copies, Before: *role, After: *role, By: l.repairers(role.Name)}
		switch {
		case len(lost) == 0:
			loss.Outcome = LossCopied
		case role.MayLose(lost...):
			loss.Outcome = LossSpare
		case l.replaceable(role.Name, map[model.RoleName]bool{}):
			loss.Outcome = LossReplace
		default:
			loss.Outcome = LossFinal
		}
		if loss.Outcome != LossFinal {
			loss.Repair = l.repair(role.Name)
		}
		if len(lost) > 0 {
			loss.After = role.Without(lost...)
			loss.Backups = l.backups(lost)
		}
		out = append(out, loss)
	}
	return out
}

// repair is the change that gives a role other keys. A role that signers share has none of its own:
// the repair of the signer's role reaches it.
func (l *repositoryLoss) repair(name model.RoleName) model.Change {
	if slices.ContainsFunc(l.conventions.Shared(), func(edge model.Delegation) bool { return edge.Name == name }) {
		return nil
	}
	if _, signer := l.conventions.SignerOf(name); name.Delegation() && !signer {
		return model.EditDelegation{Role: name}
	}
	return model.RotateKey{Role: name}
}

// lost are the keys of a role that are on the token, those of them that have no copy, and where
// the others have theirs.
func (l *repositoryLoss) lost(role *quorum.Role) (onToken []model.KeyID, lost []*quorum.Key, copies []string) {
	for _, key := range role.Keys {
		i := slices.IndexFunc(l.token.Slots, func(s SlotUse) bool { return s.HasKey() && l.is(&s, key) })
		if i < 0 {
			continue
		}
		onToken = append(onToken, key.ID())
		if len(l.token.Slots[i].Copies) == 0 {
			lost = append(lost, key)
		}
		for _, store := range l.token.Slots[i].Copies {
			if !slices.Contains(copies, store) {
				copies = append(copies, store)
			}
		}
	}
	return onToken, lost, copies
}

// is compares public keys: the IDs of a repository's own form may be others than the token's.
func (l *repositoryLoss) is(s *SlotUse, key *quorum.Key) bool {
	public, ok := l.repository.Key(key.ID())
	return ok && public.SPKI != nil && bytes.Equal(public.SPKI, s.SPKI)
}

// delegators are the roles whose files list the keys of a role.
func (l *repositoryLoss) delegators(name model.RoleName) []model.RoleName {
	var out []model.RoleName
	if role := l.repository.Role(name); role != nil {
		for _, edge := range role.Parents {
			if !slices.Contains(out, edge.From) {
				out = append(out, edge.From)
			}
		}
	}
	return out
}

// repairers are the delegators of a role, without the token.
func (l *repositoryLoss) repairers(name model.RoleName) []quorum.Role {
	var out []quorum.Role
	for _, from := range l.delegators(name) {
		i := slices.IndexFunc(l.roles, func(r quorum.Role) bool { return r.Name == from })
		if i < 0 {
			out = append(out, quorum.Role{Name: from, Unreachable: "it could not be read"})
			continue
		}
		_, lost, _ := l.lost(&l.roles[i])
		out = append(out, l.roles[i].Without(lost...))
	}
	return out
}

// replaceable reports whether each role that lists the keys of one can still be published, or be
// repaired by those above it. Roles that delegate in a circle don't repair each other.
func (l *repositoryLoss) replaceable(name model.RoleName, asked map[model.RoleName]bool) bool {
	if asked[name] || name == model.RoleRoot {
		return false
	}
	asked[name] = true
	by := l.delegators(name)
	for _, from := range by {
		i := slices.IndexFunc(l.roles, func(r quorum.Role) bool { return r.Name == from })
		if i < 0 {
			return false
		}
		if _, lost, _ := l.lost(&l.roles[i]); !l.roles[i].MayLose(lost...) && !l.replaceable(from, asked) {
			return false
		}
	}
	return len(by) > 0
}

// backups are the files of the newest backups of some keys.
func (l *repositoryLoss) backups(lost []*quorum.Key) []string {
	var out []string
	for _, key := range lost {
		for _, id := range key.IDs {
			if use := l.survey.Key(id); use != nil && use.Backup != (port.BackupMark{}) && !slices.Contains(out, use.Backup.File) {
				out = append(out, use.Backup.File)
			}
		}
	}
	return out
}
