package quorum

import (
	"slices"

	"trustdeck/model"
)

// HolderKind tells holders that have a name from those that do not need one. Names come
// from metadata and settings: one that reads "server" is not the server.
type HolderKind int

// The kinds.
const (
	// HolderUnknown: nobody knows who has the key, or more than one holder is stated.
	HolderUnknown HolderKind = iota
	// HolderNamed: a person or robot with a name.
	HolderNamed
	// HolderHere: the private key is on this machine.
	HolderHere
	// HolderServer: a server or a robot signs with the key.
	HolderServer
)

// String is the kind in a word, as JSON has it.
func (k HolderKind) String() string { return [...]string{"unknown", "named", "here", "server"}[k] }

// Holder is who has a private key.
type Holder struct {
	Kind HolderKind
	// Name is set for HolderNamed.
	Name string
}

// The names of the holders that have none of their own, in texts and in
// Known.Organisations.
const (
	NameHere   = "you"
	NameServer = "server"
)

// String is the name of the holder.
func (h Holder) String() string {
	switch h.Kind {
	case HolderNamed:
		return h.Name
	case HolderHere:
		return NameHere
	case HolderServer:
		return NameServer
	case HolderUnknown:
	}
	return "unknown"
}

// Known is what is known of holders beside the metadata.
type Known struct {
	// Holders names the holder of a key, by its ID, the ID of one of its certificates, or
	// its fingerprint. NameHere and NameServer are those.
	Holders map[string]string
	// Organisations names the organisation of a holder, by the holder's name, NameHere or
	// NameServer.
	Organisations map[string]string
	// Here are the keys whose private half is on this machine.
	Here []model.KeyID
}

// organisation is that of a holder; empty where it is not known. Somebody whose name reads
// like NameServer is not taken for the server.
func (k *Known) organisation(h Holder) string {
	if h.Kind == HolderUnknown || h.Kind == HolderNamed && (h.Name == NameHere || h.Name == NameServer) {
		return ""
	}
	return k.Organisations[h.String()]
}

// Stated is who has a key as the metadata says, else as the settings do.
func (k *Known) Stated(key *model.Key) Holder {
	holder, ok := k.stated([]*model.Key{key})
	if !ok && key.Online {
		holder.Kind = HolderServer
	}
	return holder
}

// stated is who has a key by its name in the metadata, else in the settings; ok is false
// where neither has one.
func (k *Known) stated(class []*model.Key) (h Holder, ok bool) {
	var stated, set []string
	for _, key := range class {
		stated = append(stated, key.Holder)
		set = append(set, k.Holders[key.Fingerprint()], k.Holders[string(key.ID)])
		for _, id := range key.ListedAs {
			set = append(set, k.Holders[string(id)])
		}
	}
	if stated = distinct(stated); len(stated) > 0 {
		return named(stated), true
	}
	set = distinct(set)
	switch {
	case slices.Equal(set, []string{NameHere}):
		return Holder{Kind: HolderHere}, true
	case slices.Equal(set, []string{NameServer}):
		return Holder{Kind: HolderServer}, true
	default:
		return named(set), len(set) > 0
	}
}

// identity is what makes two listed keys one: the fingerprint, and the ID where there is
// none.
func identity(k *model.Key) string {
	if fingerprint := k.Fingerprint(); fingerprint != "" {
		return fingerprint
	}
	return string(k.ID)
}

// A registry knows the keys of a repository: which are one, who holds them, what they are
// worth.
type registry struct {
	// keys are by every ID under which they are listed, and by the canonical one.
	keys map[model.KeyID]*Key
}

func newRegistry(r *model.Repository, known *Known) *registry {
	reg := &registry{keys: map[model.KeyID]*Key{}}
	use := newUses(r, known)
	for i := range r.Roles {
		for _, s := range r.Roles[i].Signatures {
			use.signature(s)
		}
	}
	for _, class := range classes(r.Keys) {
		key := use.key(class)
		for _, k := range class {
			reg.keys[k.ID] = key
			for _, id := range k.ListedAs {
				reg.keys[id] = key
			}
		}
	}
	return reg
}

// classes are the listed keys, together those that are one.
func classes(keys []model.Key) map[string][]*model.Key {
	out := map[string][]*model.Key{}
	for i := range keys {
		id := identity(&keys[i])
		out[id] = append(out[id], &keys[i])
	}
	return out
}

// uses is what the roles of a repository tell of its keys, by canonical ID.
type uses struct {
	known   *Known
	here    map[model.KeyID]bool
	online  map[model.KeyID]bool
	top     map[model.KeyID]bool
	signers map[model.KeyID][]string
	// hash is the shortest one under a valid signature, bad a key that cannot count.
	hash map[model.KeyID]int
	bad  map[model.KeyID]bool
}

func newUses(r *model.Repository, known *Known) *uses {
	u := &uses{
		known: known, here: map[model.KeyID]bool{}, online: map[model.KeyID]bool{}, top: map[model.KeyID]bool{},
		signers: map[model.KeyID][]string{}, hash: map[model.KeyID]int{}, bad: map[model.KeyID]bool{},
	}
	for _, id := range known.Here {
		u.here[id] = true
	}
	// Where the metadata says which keys of a role are online, the others are not.
	says := map[model.KeyID]bool{}
	for _, k := range r.Keys {
		says[k.ID] = k.Online
	}
	for i := range r.Roles {
		role := &r.Roles[i]
		server := role.Online && !slices.ContainsFunc(role.Keys, func(id model.KeyID) bool { return says[id] })
		for _, id := range role.Keys {
			u.online[id] = u.online[id] || server
			u.top[id] = u.top[id] || !role.Name.Delegation()
		}
	}
	for _, s := range r.Signers {
		if role := r.Role(s.Role); role == nil || role.Threshold > 1 {
			continue // who has to sign with others is not one holder
		}
		for _, id := range s.Keys {
			u.signers[id] = append(u.signers[id], s.Name)
		}
	}
	return u
}

func (u *uses) signature(s model.Signature) {
	switch s.State {
	case model.SignatureBadKey:
		u.bad[s.Key], u.bad[s.KeyID] = true, true
	case model.SignatureValid:
		if bits := hashOf(s.Method); bits > 0 && (u.hash[s.Key] == 0 || bits < u.hash[s.Key]) {
			u.hash[s.Key] = bits
		}
	default:
	}
}

// key joins what is known of the listed keys that are one.
func (u *uses) key(class []*model.Key) *Key {
	key := &Key{Fingerprint: class[0].Fingerprint(), Usable: class[0].SPKI != nil}
	hash := 0
	for _, k := range class {
		key.IDs = append(key.IDs, k.ID)
		if u.bad[k.ID] {
			key.Usable = false
		}
		if bits := u.hash[k.ID]; bits > 0 && (hash == 0 || bits < hash) {
			hash = bits
		}
	}
	slices.Sort(key.IDs)
	key.Algorithm = algorithmOf(class[0], hash)
	key.Holder = u.holder(class)
	key.Organisation = u.known.organisation(key.Holder)
	return key
}

// holder is who has a key. What the metadata states counts first, then the settings, then
// where the key is, then whose role lists it. Where one source states two names the holder
// is not known: each of them may have the key, or only one.
func (u *uses) holder(class []*model.Key) Holder {
	var signers []string
	var here, online, top bool
	for _, k := range class {
		signers = append(signers, u.signers[k.ID]...)
		here, online, top = here || u.here[k.ID], online || k.Online || u.online[k.ID], top || u.top[k.ID]
	}
	stated, ok := u.known.stated(class)
	switch {
	case ok:
		return stated
	case here:
		return Holder{Kind: HolderHere}
	case online:
		return Holder{Kind: HolderServer}
	case top:
		// The key of a top-level role that also signs in the role of a signer is not that
		// signer's.
		return Holder{}
	default:
		return named(distinct(signers))
	}
}

func named(names []string) Holder {
	if len(names) != 1 {
		return Holder{}
	}
	return Holder{Kind: HolderNamed, Name: names[0]}
}

// distinct are the names that are not empty, each once.
func distinct(names []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

// Holders says who has each key of a repository, by every ID under which it is listed and
// by the canonical one.
func Holders(r *model.Repository, known Known) map[model.KeyID]Holder {
	out := make(map[model.KeyID]Holder, len(r.Keys))
	use := newUses(r, &known)
	for _, class := range classes(r.Keys) {
		holder := use.holder(class)
		for _, k := range class {
			out[k.ID] = holder
			for _, id := range k.ListedAs {
				out[id] = holder
			}
		}
	}
	return out
}
