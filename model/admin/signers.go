package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// SignerStatus is what a key can do as a signer.
type SignerStatus int

// The standings, the ones to look at first. A signer as Docker makes it has a
// role of its own, targets/NAME, and its key stands in targets/releases as well;
// clients pull what targets/releases lists.
const (
	// OnlyReleases: the key may sign what is pulled and belongs to no signer:
	// an off-boarding that stopped half way.
	OnlyReleases SignerStatus = iota
	// RoleUnusable: the key has a role of its own that clients cannot rely on.
	RoleUnusable
	// OnlyOwnRole: the key has a role of its own and is not in
	// targets/releases, so that nothing it signs is pulled.
	OnlyOwnRole
	// WithoutReleases: as OnlyOwnRole, and there is no targets/releases.
	WithoutReleases
	// WithoutOwnRole: the key signs targets/releases itself, in a repository
	// that has no signers.
	WithoutOwnRole
	// BelowSigner: the role lies below that of a signer. Docker knows no such
	// signers; Notary's clients find their tags.
	BelowSigner
	// FullSigner: the key signs in its own name, and what it signs is pulled.
	FullSigner
)

var standings = [...]struct {
	word, meaning string
	severity      model.Severity
}{
	{"only in releases", "may sign TARGETS that clients FIND, but belongs to no signer", model.Warning},
	{"role unusable", "has a role that clients don't accept", model.Failure},
	{"not in releases", "signs in its own role, but nothing of it is FOUND: SHARED doesn't list the key", model.Warning},
	{"no releases role", "signs in its own role; the repository has no SHARED for PULLER to FIND from", model.Notice},
	{"no own role", "signs SHARED itself, in a repository that has no signers", model.Notice},
	{"below a signer", "signs in a role below that of a signer", model.Notice},
	{"signer", "signs in its own role, and TARGETS that clients FIND", model.Notice},
}

// String returns the standing in a few words.
func (s SignerStatus) String() string { return standings[s.index()].word }

// Meaning says what the key does, or does not do, in words that follow its name.
func (s SignerStatus) Meaning(c dialect.Conventions) string {
	words, meaning := c.Words(), standings[s.index()].meaning
	if s == BelowSigner && c.Searched() != nil {
		meaning += ", which PULLER never reads"
	}
	return strings.NewReplacer("SHARED", dialect.SharedRole(c), "PULLER", words.Puller, "TARGETS", words.Targets(), "FIND", words.Find, "FOUND", words.Found).Replace(meaning)
}

// Severity grades the standing; model.Notice is nothing to do about. The
// findings about it, with the way out, are those of package health.
func (s SignerStatus) Severity() model.Severity { return standings[s.index()].severity }

func (s SignerStatus) index() SignerStatus { return max(min(s, FullSigner), OnlyReleases) }

// KnownSigner is a key under the name of a person or robot, in all repositories that
// were looked at. A person with two keys is two of them, and so is a key with
// two names: each says of the other.
type KnownSigner struct {
	// Name of the role without "targets/"; empty for a key that stands in
	// targets/releases only and has no name anywhere.
	Name string
	// Key is the canonical ID.
	Key model.KeyID
	// Algorithm as model.Key.Algorithm.
	Algorithm string
	// Places, those to look at first, then by repository. A place where the key stands in targets/releases
	// only is among those of every name that the key has.
	Places []SignerPlace
	// OtherNames are those of the same key, OtherKeys those of the same name,
	// sorted.
	OtherNames []string
	OtherKeys  []model.KeyID
	// Local is the private key, where it is here.
	Local *model.PrivateKey
}

// SignerPlace is a repository in which a signer can do something.
type SignerPlace struct {
	GUN model.GUN
	// Role is the signer's own; empty where the key is only in
	// targets/releases.
	Role model.RoleName
	// Shared is the role that all signers of the repository sign; empty where there is
	// none.
	Shared   model.RoleName
	Standing SignerStatus
	// Releases tells whether targets/releases lists the key.
	Releases bool
	// Unpublished tells that Role never had content.
	Unpublished bool
	// Signed are the files in force, of Role and of targets/releases, that
	// carry a valid signature of the key.
	Signed []SignedFile
	// Others are further roles of the repository that list the key.
	Others []model.RoleName
	// Stale is true where this is known from the cache only.
	Stale bool
}

// SignedFile is a file in force with its version, and when the server stored
// it; zero where the server does not say.
type SignedFile struct {
	Role    model.RoleName
	Version int64
	At      time.Time
}

// Status is the one to look at first among those of the places.
func (s *KnownSigner) Status() SignerStatus {
	worst := FullSigner
	for _, p := range s.Places {
		worst = min(worst, p.Standing)
	}
	return worst
}

// Repositories is in how many repositories the signer can do something.
func (s *KnownSigner) Repositories() int {
	return len(s.GUNs())
}

// GUNs are those repositories, sorted.
func (s *KnownSigner) GUNs() []model.GUN {
	guns := make([]model.GUN, len(s.Places))
	for i, p := range s.Places {
		guns[i] = p.GUN
	}
	slices.Sort(guns)
	return slices.Compact(guns)
}

// LastSigned is the newest file in force that the key has signed. Older ones
// are not looked for: ok is false where no file in force carries a signature of
// the key, which is not to say that it never signed. Where the server tells no
// times, the first is as good as any.
func (s *KnownSigner) LastSigned() (last SignedFile, gun model.GUN, ok bool) {
	for _, p := range s.Places {
		for _, f := range p.Signed {
			if !ok || f.At.After(last.At) {
				last, gun, ok = f, p.GUN, true
			}
		}
	}
	return last, gun, ok
}

// Signers joins the signers of all views, by name and key: those to look at
// first come first, then by name. A repository that could not be read has none.
func Signers(views []Look, local []KeyUse) []KnownSigner {
	j := signerJoin{named: map[signerID]*KnownSigner{}, names: map[model.KeyID][]string{}, loose: map[model.KeyID][]SignerPlace{}, algorithms: map[model.KeyID]string{}}
	for _, v := range views {
		if v.Repository != nil {
			j.add(v)
		}
	}
	j.spread()
	return j.finish(local)
}

// signerID is what makes a KnownSigner.
type signerID struct {
	name string
	key  model.KeyID
}

type signerJoin struct {
	named map[signerID]*KnownSigner
	// names of each key.
	names map[model.KeyID][]string
	// loose are the places where a key stands in targets/releases only.
	loose      map[model.KeyID][]SignerPlace
	algorithms map[model.KeyID]string
}

// add takes the signers of one repository.
func (j *signerJoin) add(v Look) {
	repo := v.Repository
	releases := j.shared(repo)
	// What belongs to a signer is what health.Assess takes for it.
	belongs := map[model.KeyID]bool{}
	names := map[model.RoleName]string{}
	for i := range repo.Roles {
		role := &repo.Roles[i]
		if !role.Name.Delegation() || releases != nil && role.Name == releases.Name {
			continue
		}
		names[role.Name] = strings.TrimPrefix(names[role.Parent()]+"/"+role.Short, "/")
		for _, key := range role.Keys {
			if role.Parent() == model.RoleTargets {
				belongs[key] = true
			}
			j.place(names[role.Name], key, j.describe(v, role, releases, key))
		}
	}
	if releases == nil {
		return
	}
	for _, key := range releases.Keys {
		if !belongs[key] {
			p := j.describe(v, nil, releases, key)
			if len(belongs) == 0 {
				p.Standing = WithoutOwnRole
			}
			j.loose[key] = append(j.loose[key], p)
		}
	}
}

// shared is the role that all signers sign beside their own; nil where there is none.
func (j *signerJoin) shared(repo *model.Repository) *model.Role {
	if len(repo.Shared) == 0 {
		return nil
	}
	return repo.Role(repo.Shared[0])
}

// place notes that a key stands under a name in one repository.
func (j *signerJoin) place(name string, key model.KeyID, p SignerPlace) {
	id := signerID{name, key}
	s := j.named[id]
	if s == nil {
		s = &KnownSigner{Name: name, Key: key}
		j.named[id] = s
		j.names[key] = append(j.names[key], name)
	}
	s.Places = append(s.Places, p)
}

func (j *signerJoin) learn(repo *model.Repository, key model.KeyID) model.Key {
	k, _ := repo.Key(key)
	j.algorithms[key] = cmp.Or(j.algorithms[key], k.Algorithm)
	return k
}

// describe says what a key can do in one repository; own is nil where it has no
// role of its own.
func (j *signerJoin) describe(v Look, own, releases *model.Role, key model.KeyID) SignerPlace {
	p := SignerPlace{GUN: v.GUN, Stale: v.Stale}
	if releases != nil {
		p.Shared, p.Releases = releases.Name, slices.Contains(releases.Keys, key)
	}
	for _, role := range []*model.Role{own, releases} {
		if role != nil && hasSigned(role, key) {
			p.Signed = append(p.Signed, SignedFile{Role: role.Name, Version: role.Version, At: role.Modified})
		}
	}
	if own != nil {
		p.Role, p.Unpublished = own.Name, own.State == model.RoleUnpublished
	}
	for _, name := range j.learn(v.Repository, key).Roles {
		if name != p.Role && (releases == nil || name != releases.Name) {
			p.Others = append(p.Others, name)
		}
	}
	alone := len(v.Repository.Shared) == 0
	p.Standing = standing(own, alone || releases != nil, alone || p.Releases)
	return p
}

func standing(own *model.Role, hasReleases, released bool) SignerStatus {
	switch {
	case own == nil:
		return OnlyReleases
	case own.State != model.RoleUnpublished && !own.Usable():
		return RoleUnusable
	case own.Parent() != model.RoleTargets:
		return BelowSigner
	case !hasReleases:
		return WithoutReleases
	case !released:
		return OnlyOwnRole
	default:
		return FullSigner
	}
}

func hasSigned(role *model.Role, key model.KeyID) bool {
	return slices.ContainsFunc(role.Signatures, func(s model.Signature) bool {
		return s.Key == key && s.State == model.SignatureValid
	})
}

// spread hands the places where a key is in targets/releases only to all of its
// names, or to a signer without one.
func (j *signerJoin) spread() {
	for key, places := range j.loose {
		names := j.names[key]
		if len(names) == 0 {
			j.named[signerID{"", key}] = &KnownSigner{Key: key, Places: places}
			continue
		}
		for _, name := range names {
			s := j.named[signerID{name, key}]
			s.Places = append(s.Places, places...)
		}
	}
}

// finish adds what the signers say of one another, and sorts.
func (j *signerJoin) finish(local []KeyUse) []KnownSigner {
	here := map[model.KeyID]*model.PrivateKey{}
	for i := range local {
		for _, id := range local[i].IDs() {
			here[id] = &local[i].PrivateKey
		}
	}
	keys := map[string][]model.KeyID{}
	for id := range j.named {
		if id.name != "" {
			keys[id.name] = append(keys[id.name], id.key)
		}
	}
	out := make([]KnownSigner, 0, len(j.named))
	for id, s := range j.named {
		s.Algorithm, s.Local = j.algorithms[id.key], here[id.key]
		s.OtherNames = others(j.names[id.key], id.name)
		s.OtherKeys = others(keys[id.name], id.key)
		slices.SortStableFunc(s.Places, func(a, b SignerPlace) int {
			return cmp.Or(int(a.Standing)-int(b.Standing), strings.Compare(string(a.GUN), string(b.GUN)), strings.Compare(string(a.Role), string(b.Role)))
		})
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b KnownSigner) int {
		return cmp.Or(int(a.Status())-int(b.Status()), strings.Compare(a.Name, b.Name), strings.Compare(string(a.Key), string(b.Key)))
	})
	return out
}

// others are all but one, sorted.
func others[T cmp.Ordered](all []T, one T) []T {
	var out []T
	for _, o := range all {
		if o != one {
			out = append(out, o)
		}
	}
	slices.Sort(out)
	return out
}
