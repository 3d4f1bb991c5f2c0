package bundle

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Quorum is a group of keys of which so many must sign a payload. A new root has two: that of the
// root that it replaces, and its own.
type Quorum struct {
	Role model.RoleName
	// GrantedBy is the role whose file names the keys, and Version that file's.
	GrantedBy model.RoleName
	Version   int64
	// Former is true for the keys of the root that is replaced.
	Former    bool
	Threshold int
	// Members are the keys in listed order, each once however often it is listed.
	Members []Member
}

// Member is a key that may sign, and the person who has it.
type Member struct {
	// Person is empty where the bundle names no one for the key, and Serial where it names no
	// token.
	Person, Serial string
	// ID is the canonical ID of the key, and Listed are the keys as the quorum lists them: more
	// than one where it is listed under several IDs.
	ID     model.KeyID
	Listed []model.PublicKey
	// Signed is true where a valid signature of the key counts for the quorum.
	Signed bool
	// Unusable says why no signature of the key can count; empty where one can.
	Unusable string
	// Leaves is true for a key of the root that is replaced which its successor does not name, and
	// Joins for one that only the successor names.
	Leaves, Joins bool
}

// Signed counts the keys that have signed.
func (q *Quorum) Signed() int {
	n := 0
	for _, m := range q.Members {
		if m.Signed {
			n++
		}
	}
	return n
}

// Missing is how many further keys must sign.
func (q *Quorum) Missing() int { return max(0, q.Threshold-q.Signed()) }

// member is the one that has a listed key.
func (q *Quorum) member(id model.KeyID) *Member {
	for i := range q.Members {
		if slices.ContainsFunc(q.Members[i].Listed, func(k model.PublicKey) bool { return k.ID == id }) {
			return &q.Members[i]
		}
	}
	return nil
}

// openQuorums finds out who must sign each payload. Each quorum must be within reach, and each role.
func (o *Opened) openQuorums() error {
	for _, f := range o.files {
		if root := o.root(); root != nil && f.Role == model.RoleRoot {
			f.quorums = append(f.quorums, o.quorum(f.Role, root, true))
		}
		by, err := o.delegators(f.Role)
		if err != nil {
			return err
		}
		for _, from := range by {
			f.quorums = append(f.quorums, o.quorum(f.Role, from, false))
		}
		if q := f.quorums; len(q) == 2 && q[0].Former && q[0].equal(&q[1]) {
			f.quorums = q[1:]
		}
		if err := o.checkIDs(f.quorums); err != nil {
			return err
		}
		markMoves(f.quorums)
		for i := range f.quorums {
			if err := f.quorums[i].reachable(); err != nil {
				return err
			}
		}
	}
	return o.checkReach()
}

// checkReach refuses a role that clients never come to, and a root that leaves a role without the
// keys that it needs: it would be the last.
func (o *Opened) checkReach() error {
	reached := map[model.RoleName]bool{}
	for found := true; found; {
		found = false
		for _, f := range o.files {
			from := func(q Quorum) bool { return o.file(q.GrantedBy) == nil || reached[q.GrantedBy] }
			if !reached[f.Role] && (f.Role.TopLevel() || slices.ContainsFunc(f.quorums, from)) {
				reached[f.Role], found = true, true
			}
		}
	}
	for _, f := range o.files {
		if !reached[f.Role] {
			return refuse(BadPayload, "nothing in the ceremony file delegates to %s", f.Role)
		}
	}
	if root := o.file(model.RoleRoot); root != nil {
		for _, role := range model.TopLevelRoles() {
			if q := o.quorum(role, root.file, false); q.reachable() != nil {
				return q.reachable()
			}
		}
	}
	return nil
}

// delegators are the files that name who signs a role, as they will be.
func (o *Opened) delegators(role model.RoleName) ([]*dialect.File, error) {
	if role.TopLevel() {
		if root := o.file(model.RoleRoot); root != nil {
			return []*dialect.File{root.file}, nil
		}
		return []*dialect.File{o.root()}, nil
	}
	var out []*dialect.File
	for _, f := range o.files {
		if f.Role.HoldsTargets() && f.file.Delegation(role) != nil {
			out = append(out, f.file)
		}
	}
	for _, from := range o.bundle.Base {
		f := o.base[from.Role]
		if from.Role == role || o.file(from.Role) != nil || f.file.Delegation(role) == nil {
			continue
		}
		if f.problem != "" {
			return nil, refuse(BadBase, "%s can't say who signs %s: %s", from.Role, role, f.problem)
		}
		o.need(from.Role)
		out = append(out, f.file)
	}
	return out, nil
}

// need marks a published file, and those above it.
func (o *Opened) need(role model.RoleName) {
	f := o.base[role]
	if f == nil || f.needed {
		return
	}
	f.needed = true
	for _, from := range o.published(role) {
		o.need(from.Role)
	}
}

// quorum is what a file asks of a role.
func (o *Opened) quorum(role model.RoleName, by *dialect.File, former bool) Quorum {
	q := Quorum{Role: role, GrantedBy: by.Role, Version: by.Version, Former: former}
	edge := by.Delegation(role)
	if edge == nil {
		return q
	}
	q.Threshold = int(max(min(edge.Threshold, 1<<30), 0))
	members, seen := map[string]int{}, map[model.KeyID]bool{}
	for _, id := range edge.KeyIDs {
		listed := by.Key(id)
		if listed == nil || seen[id] {
			continue
		}
		seen[id] = true
		m := Member{ID: o.dialect.CanonicalID(*listed), Listed: []model.PublicKey{*listed}, Unusable: o.unusable(role, *listed, former)}
		m.Person, m.Serial = o.people[id].person, o.people[id].serial
		if i, known := members[o.identity(*listed)]; known {
			q.Members[i].join(m)
			continue
		}
		members[o.identity(*listed)] = len(q.Members)
		q.Members = append(q.Members, m)
	}
	return q
}

// join adds another ID under which a key is listed. One under which it cannot sign is left out where
// it can under another.
func (m *Member) join(as Member) {
	switch {
	case m.Unusable == "" && as.Unusable != "":
	case m.Unusable != "" && as.Unusable == "":
		m.Listed, m.Unusable = as.Listed, ""
	default:
		m.Listed = append(m.Listed, as.Listed...)
	}
	if m.Person == "" {
		m.Person, m.Serial = as.Person, as.Serial
	}
}

// identity is the same for all forms of one key.
func (o *Opened) identity(k model.PublicKey) string {
	if fingerprint := o.dialect.Fingerprint(k); fingerprint != "" {
		return fingerprint
	}
	return string(k.Type) + " " + k.Scheme + " " + string(k.Public)
}

// unusable says why a key cannot sign. Of a root that is replaced, certificates may have expired.
func (o *Opened) unusable(role model.RoleName, k model.PublicKey, former bool) string {
	gun := model.GUN("")
	if role == model.RoleRoot && !former {
		gun = o.bundle.Repository
	}
	var err error
	switch {
	case former && o.dialect.Fingerprint(k) != "":
	default:
		err = o.dialect.CheckKey(k, gun, o.at)
	}
	if err == nil {
		return ""
	}
	return reasonOf(err)
}

// reachable refuses a quorum that can never be met.
func (q *Quorum) reachable() error {
	if text := q.obstacle(); text != "" {
		return refuse(CannotBeSigned, "%s %d %s", q.GrantedBy, q.Version, text)
	}
	return nil
}

// obstacle is why a quorum can never be met, after the name of who asks for it; empty where it can.
func (q *Quorum) obstacle() string {
	usable, why := 0, ""
	for _, m := range q.Members {
		if m.Unusable == "" {
			usable++
		} else if why == "" {
			why = ": key " + m.Listed[0].ID.Short() + ": " + m.Unusable
		}
	}
	switch {
	case q.Threshold < 1:
		return fmt.Sprintf("asks for no signature of %s, so nothing would protect it", q.Role)
	case usable < q.Threshold:
		return fmt.Sprintf("asks for %s of %s and names %s that can sign%s", model.Count(q.Threshold, "signature"), q.Role, model.Count(usable, "key"), why)
	default:
		return ""
	}
}

// equal reports whether two quorums ask for the same keys under the same IDs.
func (q *Quorum) equal(other *Quorum) bool {
	ids := func(q *Quorum) []model.KeyID {
		var out []model.KeyID
		for _, m := range q.Members {
			for _, k := range m.Listed {
				out = append(out, k.ID)
			}
		}
		slices.Sort(out)
		return out
	}
	return q.Threshold == other.Threshold && slices.Equal(ids(q), ids(other))
}

// checkIDs refuses an ID that stands for one key in a quorum and for another in the next: a
// signature names nothing but the ID.
func (o *Opened) checkIDs(quorums []Quorum) error {
	seen := map[model.KeyID]string{}
	for _, q := range quorums {
		for _, m := range q.Members {
			for _, k := range m.Listed {
				key := o.identity(k)
				if other, ok := seen[k.ID]; ok && other != key {
					return refuse(CannotBeSigned, "key ID %s stands for two keys that may sign %s", k.ID.Short(), q.Role)
				}
				seen[k.ID] = key
			}
		}
	}
	return nil
}

// markMoves marks the keys that only one of two roots names.
func markMoves(quorums []Quorum) {
	if len(quorums) != 2 || !quorums[0].Former {
		return
	}
	has := func(q *Quorum, id model.KeyID) bool {
		return slices.ContainsFunc(q.Members, func(m Member) bool { return m.ID == id })
	}
	for i := range quorums[0].Members {
		m := &quorums[0].Members[i]
		m.Leaves = !has(&quorums[1], m.ID)
	}
	for i := range quorums[1].Members {
		m := &quorums[1].Members[i]
		m.Joins = !has(&quorums[0], m.ID)
	}
}

// Quorums are those of a payload, that of the root that is replaced first, with who has signed.
func (o *Opened) Quorums(role model.RoleName) []Quorum {
	f := o.file(role)
	if f == nil {
		return nil
	}
	out := slices.Clone(f.quorums)
	for i := range out {
		out[i].Members = slices.Clone(out[i].Members)
		for j := range out[i].Members {
			m := &out[i].Members[j]
			m.Signed = m.Unusable == "" && slices.ContainsFunc(m.Listed, func(k model.PublicKey) bool { _, ok := f.signatures[k.ID]; return ok })
		}
	}
	return out
}
