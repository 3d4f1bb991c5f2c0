package plan

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// addDelegation has keys sign a role, which is made where it does not exist.
func (a *builder) addDelegation(c model.AddDelegation) error {
	if _, err := a.dialect.ParseRole(string(c.Role)); err != nil {
		return a.fault("Choose another name.", "%v", err)
	}
	if c.Role.TopLevel() {
		return a.fault("Give the name of a delegation. To change the keys of "+string(c.Role)+", rotate it.", "%s is a top-level role, which cannot be delegated", c.Role)
	}
	from, err := a.delegator(c.Role, c.From)
	if err != nil {
		return err
	}
	fresh, err := a.made(c)
	if err != nil {
		return err
	}
	c.Keys = slices.Concat(c.Keys, fresh)
	if _, ok := a.draft.Delegated(from, c.Role); ok {
		return a.edit(model.EditDelegation{Role: c.Role, From: from, Keys: c.Keys, Paths: c.Paths, Threshold: c.Threshold})
	}
	if err := a.mayDelegate(from); err != nil {
		return err
	}
	if c.Keys, err = a.distinct(string(c.Role), c.Keys); err != nil {
		return err
	}
	if also := a.draft.Delegators(c.Role); len(c.Keys) == 0 && len(also) > 0 {
		there, _ := a.draft.Delegated(also[0], c.Role)
		c.Keys, c.Threshold = a.draft.Listed(c.Role), cmp.Or(c.Threshold, int(there.Threshold))
	}
	edge := model.Delegation{From: from, Name: c.Role, Threshold: int64(cmp.Or(c.Threshold, 1))}
	switch {
	case len(c.Keys) == 0:
		return a.fault("Give the public key of the person who is to sign it.", "%s has no key", c.Role)
	case edge.Threshold < 1:
		return a.fault("Use 1 or more.", "the threshold of %s is %d", c.Role, edge.Threshold)
	case edge.Threshold > int64(len(c.Keys)):
		return a.beyond(c.Role, c.Threshold, len(c.Keys))
	}
	if edge.Paths, err = a.withPaths(from, c.Role, nil, c.Paths); err != nil {
		return err
	}
	if err := a.formed(&edge, c); err != nil {
		return err
	}
	if len(edge.Paths)+len(edge.PathHashPrefixes) == 0 && edge.Bins == nil {
		a.warnings = append(a.warnings, string(c.Role)+" has no paths, so it can list nothing yet")
	}
	a.draft.Delegate(edge, c.Keys...)
	a.delegates[from] = true
	a.addReason(from, "to delegate to %s", c.Role)
	a.touch(c.Role)
	return a.checkSize(from)
}

// formed states what a new delegation is for beside its paths, where the dialect has such
// forms.
func (a *builder) formed(edge *model.Delegation, c model.AddDelegation) error {
	forms := a.dialect.Forms()
	edge.Terminating, edge.PathHashPrefixes = c.Terminating, c.PathHashPrefixes
	switch delegates := a.draft.After(edge.From); {
	case c.Terminating && !forms.Terminating, len(c.PathHashPrefixes) > 0 && !forms.HashPrefixes, c.Bins != 0 && forms.MaxBins == 0:
		return a.fault("Give paths.", "repositories of this kind have no such delegation")
	case len(c.PathHashPrefixes) > 0 && len(c.Paths) > 0, c.Bins != 0 && len(c.PathHashPrefixes)+len(c.Paths) > 0:
		return a.fault("Give one of them.", "%s can be for paths, for hash prefixes or for hash bins", c.Role)
	case c.Bins < 0 || c.Bins > forms.MaxBins:
		return a.fault(fmt.Sprintf("Give a number of bits from 1 to %d.", forms.MaxBins), "hash bins of %d bits can't be made", c.Bins)
	case c.Bins > 0 && delegates != nil && len(delegates.Roles) > 0:
		return a.fault("Remove those first, or delegate from another role.", "%s delegates to other roles, and hash bins would have to be all that it delegates to", edge.From)
	case c.Bins == 0:
		if err := a.unbinned(edge.From); err != nil {
			return err
		}
	}
	for _, prefix := range c.PathHashPrefixes {
		if prefix == "" || len(prefix) > 2*sha256.Size || strings.Trim(prefix, "0123456789abcdef") != "" {
			return a.fault("Give the first digits of a SHA-256 in lower-case hexadecimal.", "%q is no hash prefix", prefix)
		}
	}
	if c.Bins > 0 {
		edge.Bins = &model.HashBins{Bits: c.Bins, Prefix: string(c.Role)}
	}
	return nil
}

// unbinned refuses a further delegation by a role that delegates to hash bins: its file has no place
// for any other.
func (a *builder) unbinned(from model.RoleName) error {
	if delegates := a.draft.After(from); delegates != nil && len(delegates.Roles) > 0 && delegates.Roles[0].Bins != nil {
		return a.fault("Delegate from one of the bins, or from another role.", "%s delegates to hash bins, so it can delegate to nothing else", from)
	}
	return nil
}

// delegator is the role whose delegation is meant: the one that is named, or the only one
// that there can be.
func (a *builder) delegator(role, named model.RoleName) (model.RoleName, error) {
	if only, ok := a.dialect.Delegator(role); ok {
		if named != "" && named != only {
			return "", a.fault("Leave the delegator out.", "only %s can delegate to %s", only, role)
		}
		return only, nil
	}
	if named != "" {
		return named, nil
	}
	switch have := a.draft.Delegators(role); len(have) {
	case 0:
		return model.RoleTargets, nil
	case 1:
		return have[0], nil
	default:
		return "", a.fault("Name the delegator.", "%s and %s both delegate to %s", have[0], have[1], role)
	}
}

// mayDelegate says why nothing can be changed in what a role delegates: it is not there,
// or no one has signed what its file says.
func (a *builder) mayDelegate(from model.RoleName) error {
	if !from.HoldsTargets() {
		return a.fault("Delegate from targets or a delegation.", "%s cannot delegate", from)
	}
	role := a.repositoryRole(from)
	switch {
	case role == nil && a.draft.Reached(from):
		return a.fault("Make them one after the other, in plans of their own.", "this plan only just makes %s", from)
	case role == nil || !a.draft.Reached(from):
		return a.fault("Add that delegation first.", "there is no role %q that could delegate", string(from))
	case role.State != model.RoleVerified && role.State != model.RoleUnpublished && from.Delegation():
		return a.fault("Witness it first: a signer then confirms its contents.", "%s cannot delegate in its present state: %s", from, worst(role))
	}
	return nil
}

// repositoryRole is a role as it was read; nil where there is none.
func (a *builder) repositoryRole(name model.RoleName) *model.Role {
	if a.repository == nil {
		return nil
	}
	return a.repository.Role(name)
}

// editDelegation changes a delegation that exists.
func (a *builder) editDelegation(c model.EditDelegation) error {
	from, err := a.delegator(c.Role, c.From)
	if err != nil {
		return err
	}
	c.From = from
	return a.edit(c)
}

// edit makes an edit of the delegation that c.From names.
func (a *builder) edit(c model.EditDelegation) error {
	edge, ok := a.draft.Delegated(c.From, c.Role)
	if !ok || c.Role.TopLevel() {
		return a.noDelegation(c.Role)
	}
	if err := a.mayDelegate(c.From); err != nil {
		return err
	}
	keys, err := a.changedKeys(edge, c)
	if err != nil {
		return err
	}
	if edge.Paths, err = a.withPaths(c.From, c.Role, edge.Paths, c.Paths); err != nil {
		return err
	}
	for _, path := range c.RemovePaths {
		if !slices.Contains(edge.Paths, path) {
			return a.fault("Check which paths it has.", "%s does not have the path %q", c.Role, path)
		}
	}
	edge.Paths = slices.DeleteFunc(edge.Paths, func(path string) bool { return slices.Contains(c.RemovePaths, path) })
	if c.Threshold != 0 {
		edge.Threshold = int64(c.Threshold)
	}
	if c.Terminating != nil {
		edge.Terminating = *c.Terminating
	}
	switch {
	case edge.Terminating && !a.dialect.Forms().Terminating:
		return a.fault("Leave that out.", "no delegation of this kind of repository ends a search")
	case edge.Threshold < 1:
		return a.fault("Use 1 or more.", "the threshold of %s is %d", c.Role, edge.Threshold)
	case c.Threshold != 0 && c.Threshold > a.counting(keys):
		return a.beyond(c.Role, c.Threshold, a.counting(keys))
	case int64(len(keys)) < edge.Threshold:
		return a.tooFew(c.Role, edge.Threshold, len(keys))
	}
	a.applyEdge(edge, keys)
	return a.checkSize(c.From)
}

// checkSize refuses what could not be read again.
func (a *builder) checkSize(from model.RoleName) error {
	if err := a.dialect.CheckSize(a.draft.After(from)); err != nil {
		return a.fault("Remove what is no longer needed first.", "%v", err)
	}
	return nil
}

// applyEdge changes the draft by an edit of a delegation, where it changes anything.
func (a *builder) applyEdge(edge model.Delegation, keys []model.PublicKey) {
	was, _ := a.draft.Delegated(edge.From, edge.Name)
	before := a.listedBy(was)
	if !sameKeys(before, keys) {
		a.draft.SetKeys(edge.From, edge.Name, keys...)
		a.addReason(edge.From, "to change the keys of %s", edge.Name)
		a.replace(before, keys, false)
		a.touch(edge.Name)
	}
	if !slices.Equal(was.Paths, edge.Paths) {
		a.addReason(edge.From, "to change the paths of %s", edge.Name)
		if len(edge.Paths) == 0 {
			a.warnings = append(a.warnings, string(edge.Name)+" has no paths left, so it can list nothing")
		}
	}
	if was.Threshold != edge.Threshold {
		a.addReason(edge.From, "to change the threshold of %s", edge.Name)
		a.touch(edge.Name)
	}
	if was.Terminating != edge.Terminating {
		a.addReason(edge.From, "to change whether a search ends at %s", edge.Name)
	}
	if was.Threshold != edge.Threshold || was.Terminating != edge.Terminating || !slices.Equal(was.Paths, edge.Paths) {
		a.draft.SetEdge(edge)
	}
	a.delegates[edge.From] = true
}

func (a *builder) noDelegation(role model.RoleName) error {
	return a.fault("Check which roles the repository has.", "there is no delegation %q", string(role))
}

// changedKeys are the keys of a delegation with those that come, and without those that go.
func (a *builder) changedKeys(edge model.Delegation, c model.EditDelegation) ([]model.PublicKey, error) {
	now := a.listedBy(edge)
	for _, id := range c.RemoveKeys {
		if !a.holds(now, id) {
			return nil, a.fault("Check which keys it has.", "%s does not list key %s", c.Role, id.Short())
		}
	}
	come, err := a.distinct(string(c.Role), c.Keys)
	if err != nil {
		return nil, err
	}
	next := a.substitute(now, c.RemoveKeys, nil)
	for _, k := range come {
		if !slices.ContainsFunc(next, func(have model.PublicKey) bool { return have.ID == k.ID }) {
			next = append(next, k)
		}
	}
	if len(next) == 0 && len(c.RemoveKeys) > 0 {
		return nil, a.fault("To take it away altogether, remove the delegation.", "%s would have no key left, so it could never be signed", c.Role)
	}
	return next, a.once(c.Role, next)
}

// listedBy are the keys that a delegator lists for a role, as it will list them.
func (a *builder) listedBy(edge model.Delegation) []model.PublicKey {
	file := a.draft.After(edge.From)
	var out []model.PublicKey
	for _, id := range edge.KeyIDs {
		if k := file.Key(id); k != nil {
			out = append(out, *k)
		}
	}
	return out
}

// withPaths adds paths to those of a delegation. One that the delegator cannot delegate is
// refused.
func (a *builder) withPaths(from, role model.RoleName, have, more []string) ([]string, error) {
	out := slices.Clone(have)
	permitted := reaching(a.dialect, a.edges).of(from).paths
	for _, path := range more {
		if slices.Contains(out, path) {
			continue
		}
		if err := a.dialect.CheckPath(path, permitted); err != nil {
			return nil, a.fault("Give a path that "+string(from)+" may list itself.", "%s cannot get a path: %v", role, err)
		}
		out = append(out, path)
	}
	return out, nil
}

// edges are the delegations to a role, as they will be.
func (a *builder) edges(role model.RoleName) []model.Delegation {
	var out []model.Delegation
	for _, from := range a.draft.Delegators(role) {
		if edge, ok := a.draft.Delegated(from, role); ok {
			out = append(out, edge)
		}
	}
	return out
}

// removeDelegation takes a delegation away.
func (a *builder) removeDelegation(c model.RemoveDelegation) error {
	from, err := a.delegator(c.Role, c.From)
	if err != nil {
		return err
	}
	edge, ok := a.draft.Delegated(from, c.Role)
	if !ok || c.Role.TopLevel() {
		return a.noDelegation(c.Role)
	}
	if err := a.mayDelegate(from); err != nil {
		return err
	}
	a.replace(a.listedBy(edge), nil, false)
	a.draft.Undelegate(from, c.Role)
	a.delegates[from] = true
	a.addReason(from, "to remove %s", c.Role)
	return nil
}

// setThreshold changes how many keys must sign a role.
func (a *builder) setThreshold(c model.SetThreshold) error {
	switch {
	case a.repository == nil:
		return a.fault("Initialise it with the threshold that you want it to have.", "this plan only just initialises the repository")
	case c.Threshold < 1:
		return a.fault("Use 1 or more.", "the threshold of %s is %d", c.Role, c.Threshold)
	case a.serverMay(c.Role):
		return a.fault("Choose root, targets or a delegation.", "%s is signed with one key on every publish, so its threshold stays 1", c.Role)
	}
	come, err := a.more(c.Role, c.Add)
	if err != nil {
		return err
	}
	if c.Role.Delegation() {
		return a.editDelegation(model.EditDelegation{Role: c.Role, From: c.From, Threshold: c.Threshold, Keys: come})
	}
	spec, ok := a.draft.Delegated(model.RoleRoot, c.Role)
	keys := append(a.draft.Listed(c.Role), come...)
	switch {
	case !ok:
		return a.fault("Check which roles the repository has.", "there is no role %q", string(c.Role))
	case a.counting(keys) < c.Threshold:
		return a.beyond(c.Role, c.Threshold, a.counting(keys))
	case spec.Threshold == int64(c.Threshold) && len(come) == 0:
		return nil
	}
	if err := a.once(c.Role, keys); err != nil {
		return err
	}
	before := a.draft.Stands(c.Role)
	a.draft.SetRole(c.Role, c.Threshold, keys...)
	if len(come) > 0 {
		a.addReason(model.RoleRoot, "to add keys to %s", c.Role)
	}
	if spec.Threshold != int64(c.Threshold) {
		a.addReason(model.RoleRoot, "to change the threshold of %s", c.Role)
	}
	if c.Role == model.RoleTargets && before && !a.draft.Stands(c.Role) {
		a.draft.Bump(c.Role)
		a.addReason(c.Role, "because more of its keys must sign it now")
	}
	return nil
}

// more are keys that a role gets beside those that it has.
func (a *builder) more(role model.RoleName, choices []model.KeyChoice) ([]model.PublicKey, error) {
	for _, c := range choices {
		if err := a.checkAlgorithm(c.Algorithm); err != nil {
			return nil, err
		}
	}
	return a.keys(role, choices), nil
}

// made are the keys that are made for a delegation.
func (a *builder) made(c model.AddDelegation) ([]model.PublicKey, error) {
	var choices []model.KeyChoice
	for _, algorithm := range c.Make {
		choices = append(choices, model.KeyChoice{Source: model.KeyNew, Algorithm: algorithm})
	}
	return a.more(c.Role, choices)
}

// counting is how many of some keys can make signatures that count.
func (a *builder) counting(keys []model.PublicKey) int {
	return examine(a, "", []model.Delegation{edgeTo(keys)}, keys).Keys
}

// beyond refuses a threshold that no keys can meet.
func (a *builder) beyond(role model.RoleName, threshold, keys int) error {
	return a.fault("Give it more keys first, or choose a lower threshold.",
		"%s has only %s that can sign, so it could never get %s", role, model.Count(keys, "key"), model.Count(threshold, "signature"))
}
