package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Binding gives the keys that a plan names by symbol. A nil Binding leaves them
// as they are.
type Binding map[model.KeyID]model.PublicKey

// An builder applies changes to a draft.
type builder struct {
	gun     model.GUN
	draft   dialect.Draft
	dialect dialect.Writable
	binding Binding
	makes   []NewKey
	// why gathers, by role, what was asked of it.
	why map[model.RoleName][]string
	// warnings are for the review.
	warnings []string
	// repository is the one that is changed, as it was verified; nil for a new one.
	repository *model.Repository
	// roles are those of repository, by name.
	roles map[model.RoleName]*model.Role
	// ids are the canonical IDs that id has worked out, by what a key is listed as.
	ids map[listedKey]model.KeyID
	// expired reports whether a role has expired.
	expired func(*model.Role) bool
	// former are earlier roots, the last one first.
	former [][]byte
	// legacy are the groups of their keys that sign a new root as well.
	legacy []dialect.Quorum
	// allow decides about delegations that cannot be signed here, and settled is what
	// happens to those that are touched. fresh are those whose file is to be replaced.
	allow          model.AllowUnsigned
	touched, fresh []model.RoleName
	settled        []Settlement
	// delegates are the delegations whose own delegations change.
	delegates map[model.RoleName]bool
	// unusable are leftover files above which nothing can be written.
	unusable map[model.RoleName]error
	// replaced are keys that no longer sign a role.
	replaced []replacement
	// absent is what was to be removed and is not there.
	absent []string
	// targets are the changes of targets, by role.
	targets map[model.RoleName]*targetChanges
	// lifetimes are those that are stated anew.
	lifetimes []lifetime
	// refresh is true where the server shall sign its files anew although nothing
	// else is published.
	refresh bool
}

// write makes the draft of a request.
func (a *builder) write(r Request, ownSnapshot bool) error {
	a.dialect, a.gun, a.repository, a.former = r.Dialect, r.GUN, r.Repository, r.Former
	a.why, a.unusable, a.delegates = map[model.RoleName][]string{}, map[model.RoleName]error{}, map[model.RoleName]bool{}
	a.ids, a.roles = map[listedKey]model.KeyID{}, map[model.RoleName]*model.Role{}
	if r.Repository != nil {
		for i := range r.Repository.Roles {
			if role := &r.Repository.Roles[i]; a.roles[role.Name] == nil {
				a.roles[role.Name] = role
			}
		}
	}
	a.draft = a.dialect.Draft(r.GUN, r.Repository, ownSnapshot)
	a.find(r.Leftovers)
	for _, change := range r.Changes {
		if err := a.apply(change); err != nil {
			return err
		}
	}
	a.explainTargets()
	if r.Repository == nil || Countersigns(r.Changes) {
		return nil // there is no file yet, or none changes
	}
	return a.resignAffected()
}

func (a *builder) apply(change model.Change) error {
	if _, init := change.(model.InitRepository); !init && a.draft.After(model.RoleTargets) == nil {
		return a.fault("Initialise it first.", "the repository has no trust data yet")
	}
	switch c := change.(type) {
	case model.InitRepository:
		return a.init(c)
	case model.AddSigner:
		return a.addSigner(c)
	case model.Renew:
		return a.renew(c)
	case model.Countersign:
		return a.countersign(c)
	case model.RestateKeys:
		return a.restate(c)
	case model.Witness:
		return a.witness(c)
	case model.RemoveSigner:
		return a.removeSigner(c)
	case model.RotateKey:
		return a.rotate(c)
	case model.AddTarget:
		return a.addTarget(c)
	case model.RemoveTarget:
		return a.removeTarget(c)
	case model.Unstage:
		return nil // it is done once the others are verified
	case model.AddDelegation:
		return a.addDelegation(c)
	case model.EditDelegation:
		return a.editDelegation(c)
	case model.RemoveDelegation:
		return a.removeDelegation(c)
	case model.SetThreshold:
		return a.setThreshold(c)
	case model.AllowUnsigned:
		a.allow = c
		return nil
	default:
		return fmt.Errorf("plan: no change of kind %q", change.Kind())
	}
}

func (a *builder) fault(hint, format string, args ...any) error {
	return &model.Fault{Kind: model.FaultUsage, Subject: string(a.gun), Text: fmt.Sprintf(format, args...), Hint: hint}
}

func (a *builder) addReason(role model.RoleName, format string, args ...any) {
	a.why[role] = append(a.why[role], fmt.Sprintf(format, args...))
}

// keys gives the public keys of a role, with symbols for those that are not known
// yet.
func (a *builder) keys(role model.RoleName, choices []model.KeyChoice) []model.PublicKey {
	var out []model.PublicKey
	made := map[model.Algorithm]int{}
	for _, c := range choices {
		if c.Source == model.KeyGiven {
			out = append(out, c.Public)
			continue
		}
		m := NewKey{Role: role, Source: c.Source, ID: c.ID, Algorithm: a.unusual(c.Algorithm), Certificate: role == model.RoleRoot && a.dialect.Certifies(), Given: c.Certificate}
		switch c.Source {
		case model.KeyHere:
			m.Symbol = "here:" + c.ID
			m.Name = "the " + string(role) + " key " + c.ID.Short()
		case model.KeyServer:
			m.Symbol = model.KeyID("server:" + string(role))
			m.Name = "the server's " + string(role) + " key"
		default:
			made[m.Algorithm]++
			m.Symbol, m.Name = model.KeyID("new:"+string(role)), "new "+string(role)+" key"
			if m.Algorithm != "" {
				// A run that was cut off leaves its keys to a plan that names them so.
				m.Symbol += model.KeyID(":" + m.Algorithm)
				m.Name = "new " + m.Algorithm.String() + " " + string(role) + " key"
			}
			if n := made[m.Algorithm]; n > 1 {
				m.Symbol += model.KeyID(":" + strconv.Itoa(n))
				m.Name += " " + strconv.Itoa(n)
			}
		}
		a.makes = append(a.makes, m)
		key, bound := a.binding[m.Symbol]
		if !bound {
			key = a.placeholder(m)
		}
		out = append(out, key)
	}
	return out
}

// unusual is an algorithm that is not the one of which keys are made where none is named.
func (a *builder) unusual(algorithm model.Algorithm) model.Algorithm {
	if algorithm == a.dialect.Algorithms()[0] {
		return ""
	}
	return algorithm
}

// checkAlgorithm refuses a key to be made that repositories of the dialect don't take.
func (a *builder) checkAlgorithm(algorithm model.Algorithm) error {
	all := a.dialect.Algorithms()
	if algorithm == "" || slices.Contains(all, algorithm) {
		return nil
	}
	var names []string
	for _, one := range all {
		names = append(names, one.String())
	}
	return a.fault("Choose another algorithm, or give the public key of a key that exists.", "no %s key can be made for it, only %s", algorithm, strings.Join(names, ", "))
}

// placeholder stands for a key that is not known yet.
func (a *builder) placeholder(m NewKey) model.PublicKey {
	kind := a.dialect.KeyType(m.Algorithm)
	if m.Certificate {
		kind = model.KeyECDSAX509
	}
	return model.PublicKey{ID: m.Symbol, Type: kind, Public: []byte(m.Symbol)}
}

func (a *builder) init(c model.InitRepository) error {
	if a.draft.Before(model.RoleRoot) != nil {
		return a.fault("Open the repository to see its trust data. To start over, delete it first.", "the repository already has trust data")
	}
	if _, err := model.ParseGUN(string(a.gun)); err != nil {
		return a.fault("Give a repository name without a tag, such as registry.example.org/team/app.", "%v", err)
	}
	given := map[model.RoleName]model.RoleKeys{model.RoleRoot: c.Root, model.RoleTargets: c.Targets, model.RoleSnapshot: c.Snapshot, model.RoleTimestamp: c.Timestamp}
	for _, role := range model.TopLevelRoles() {
		keys := given[role]
		if a.online(role) {
			keys = model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyServer}}, Threshold: 1}
		}
		if err := a.threshold(role, keys); err != nil {
			return err
		}
		a.draft.SetRole(role, keys.Threshold, a.keys(role, keys.Keys)...)
	}
	a.draft.Bump(model.RoleTargets)
	a.addReason(model.RoleRoot, "to initialise the repository")
	a.addReason(model.RoleTargets, "to initialise the repository")
	return nil
}

// online reports whether a server always signs a role.
func (a *builder) online(role model.RoleName) bool {
	return slices.Contains(a.dialect.Online(), role)
}

func (a *builder) threshold(role model.RoleName, k model.RoleKeys) error {
	server := 0
	for _, c := range k.Keys {
		if c.Source == model.KeyServer {
			server++
		}
		if err := a.checkAlgorithm(c.Algorithm); err != nil {
			return err
		}
	}
	switch {
	case len(k.Keys) == 0:
		return a.fault("Name at least one key.", "%s has no key", role)
	case k.Threshold < 1:
		return a.fault("Use 1 or more.", "the threshold of %s is %d", role, k.Threshold)
	case k.Threshold > len(k.Keys):
		return a.fault("Name more keys, or lower the threshold.",
			"the threshold of %s is %d, but it has only %s, so it could never be signed", role, k.Threshold, model.Count(len(k.Keys), "key"))
	case server > 0 && !a.serverMay(role):
		return a.fault("Give keys that administrators hold.", "the server cannot sign %s", role)
	case server > 0 && len(k.Keys) > 1:
		return a.fault("Let the server hold the only key, or keep all keys yourself.", "the server signs with one key only, but %s has %d keys", role, len(k.Keys))
	}
	return nil
}

func (a *builder) addSigner(c model.AddSigner) error {
	if err := a.dialect.SignerName(c.Name); err != nil {
		return a.fault("Choose another name. It starts with a lower-case letter or digit, and contains only lower-case letters, digits, - and _.", "%v", err)
	}
	if len(c.Keys) == 0 {
		return a.fault("Give the signer's public key.", "%s has no key", c.Name)
	}
	edges, err := a.dialect.SignerEdges(c.Name)
	if err != nil {
		return a.fault("Choose a shorter name.", "%v", err)
	}
	if c.Keys, err = a.distinct(c.Name, c.Keys); err != nil {
		return err
	}
	a.remarkKeys(c)
	changed := map[model.RoleName]bool{}
	for _, edge := range edges {
		if err := a.unbinned(edge.From); err != nil {
			return err
		}
		if a.draft.Delegate(edge, c.Keys...) && !changed[edge.From] {
			changed[edge.From] = true
			a.addReason(edge.From, "to add %s's keys", c.Name)
		}
		a.touch(edge.Name)
	}
	return nil
}

// distinct leaves out keys that are there twice. One that is there in two forms is
// refused: which of them shall be listed is not for us to say.
func (a *builder) distinct(whose string, keys []model.PublicKey) ([]model.PublicKey, error) {
	var out []model.PublicKey
	seen := map[model.KeyID]model.KeyID{}
	for _, k := range keys {
		bare := a.dialect.CanonicalID(k)
		switch other, ok := seen[bare]; {
		case !ok:
			seen[bare] = k.ID
			out = append(out, k)
		case other != k.ID:
			return nil, a.fault("Give the key once: bare, or in the certificate to list.",
				"the keys %s and %s of %s are the same key in two forms", other.Short(), k.ID.Short(), whose)
		}
	}
	return out, nil
}

// remarkKeys warns where a key is listed already, for somebody else or in another
// form.
func (a *builder) remarkKeys(c model.AddSigner) {
	targets := a.draft.After(model.RoleTargets)
	bare := map[model.KeyID]model.KeyID{}
	for _, k := range targets.Keys {
		bare[k.ID] = a.dialect.CanonicalID(k)
	}
	for _, edge := range targets.Roles {
		whose, ok := a.dialect.SignerOf(edge.Name)
		if !ok {
			continue
		}
		for _, id := range edge.KeyIDs {
			for _, k := range c.Keys {
				switch {
				case bare[id] != a.dialect.CanonicalID(k):
				case whose != c.Name:
					a.warnings = append(a.warnings, fmt.Sprintf("key %s is also %s's key, so their signatures could not be told apart", k.ID.Short(), whose))
				case id != k.ID:
					a.warnings = append(a.warnings, fmt.Sprintf("%s already has key %s in another form: %s", whose, k.ID.Short(), id.Short()))
				}
			}
		}
	}
}
