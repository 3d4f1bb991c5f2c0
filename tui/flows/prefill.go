package flows

import (
	"strconv"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
)

// Prefilled is the flow that leads to a change of a repository, with the answers that
// follow from the change. What it leaves open is asked for: what is to be accepted, too. ok is false where no flow
// makes such a change.
func Prefilled(gun model.GUN, change model.Change) (id string, given map[string][]string, ok bool) {
	given = map[string][]string{repositories: {string(gun)}}
	switch c := change.(type) {
	case model.InitRepository:
		return "init", given, true
	case model.AddSigner:
		given[signerName] = []string{c.Name}
		return "signer-add", given, true
	case model.RemoveSigner:
		if c.Name == "" {
			for _, key := range c.Keys {
				given[leavers] = append(given[leavers], string(key))
			}
			return "off-board", given, true
		}
		given[signerName] = []string{c.Name}
		return "signer-remove", given, true
	case model.Renew:
		given[roles] = model.Retype[string](c.Roles)
		return "renew", given, true
	case model.Witness:
		given[roles], given[content] = model.Retype[string](c.Roles), []string{unchanged}
		if c.Fresh {
			given[content] = []string{fresh}
		}
		return "witness", given, true
	case model.Countersign:
		given[roles] = model.Retype[string](c.Roles)
		return "countersign", given, true
	case model.RestateKeys:
		given[roles] = model.Retype[string](c.Roles)
		return "restate", given, true
	case model.RotateKey:
		given[rotated] = []string{string(c.Role)}
		return "rotate", given, true
	case model.AddDelegation:
		given[delegation] = []string{string(c.Role)}
		return "delegation-add", given, true
	case model.EditDelegation:
		given[delegation] = []string{string(c.Role)}
		return "delegation-edit", given, true
	case model.RemoveDelegation:
		given[roles] = []string{string(c.Role)}
		return "delegation-remove", given, true
	case model.SetThreshold:
		given[delegation], given[signatures] = []string{string(c.Role)}, []string{strconv.Itoa(c.Threshold)}
		return "threshold", given, true
	case model.AddTarget:
		given[Tags] = []string{c.Name}
		return "sign", given, true
	case model.RemoveTarget:
		given[Tags], given[targetRoles] = []string{c.Name}, []string{string(c.Role)}
		return "revoke", given, true
	case model.AcceptRoot:
		return "accept-root", given, true
	case model.AcceptRollback:
		return "accept-rollback", given, true
	default:
		return "", nil, false
	}
}

// BackupOfKey is the flow that backs up one key of this machine, with its answers; of
// everything where no key is named.
func BackupOfKey(id model.KeyID) (flow string, given map[string][]string) {
	if id == "" {
		return "backup-create", map[string][]string{backupWhat: {everything}}
	}
	return "backup-create", map[string][]string{backupWhat: {someKeys}, backupKeys: {string(id)}}
}

// Grade says how much it takes to confirm a plan: as much as the gravest of the flows
// that make its changes.
func Grade(p *plan.Plan) flow.Grade {
	most := flow.Accept
	for _, part := range p.Parts {
		for _, change := range part.Changes {
			if id, _, ok := Prefilled(part.GUN, change); ok {
				most = max(most, All(Ports{}).Find(id).Grade)
			}
		}
	}
	return most
}
