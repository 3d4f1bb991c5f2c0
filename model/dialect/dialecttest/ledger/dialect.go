package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Dialect is the invented dialect.
type Dialect struct{}

var _ dialect.Writable = Dialect{}

// Name is the constant Name.
func (Dialect) Name() model.Dialect { return Name }

// Parse reads a file.
func (Dialect) Parse(role model.RoleName, raw []byte) (*dialect.File, error) {
	f, err := parse(role, raw)
	if err != nil {
		return nil, err
	}
	return f.parsed(), nil
}

// ParsePayload reads the content of an envelope.
func (Dialect) ParsePayload(role model.RoleName, payload []byte) (*dialect.File, error) {
	f := &file{payload: payload}
	if err := f.content(role, payload); err != nil {
		return nil, err
	}
	if again := (&file{Metadata: f.Metadata}).encode(); !bytes.Equal(again, payload) {
		return nil, &dialect.ParseError{Role: role, Code: model.ProblemNotEmission, Text: "it is not spelled as a scribe spells it"}
	}
	return f.parsed(), nil
}

// Beyond is nothing: a ledger says no more than its metadata.
func (Dialect) Beyond(*dialect.File) []string { return nil }

// Join puts a payload into an envelope.
func (d Dialect) Join(role model.RoleName, payload []byte, signatures []dialect.Signature, _ []byte) ([]byte, error) {
	if _, err := d.ParsePayload(role, payload); err != nil {
		return nil, err
	}
	return (&file{payload: payload, signatures: signatures}).wire(), nil
}

// Deviation compares bytes.
func (Dialect) Deviation(f *dialect.File, raw []byte) string { return deviation(own(f), raw) }

// Limit is the same for all.
func (Dialect) Limit(model.RoleName) int64 { return maxFile }

// Online is the timestamp.
func (Dialect) Online() []model.RoleName { return []model.RoleName{model.RoleTimestamp} }

// CheckSize takes any size.
func (Dialect) CheckSize(*model.Metadata) error { return nil }

// ServerKeys is true, as the timestamp is online.
func (Dialect) ServerKeys() bool { return true }

// ParseRole accepts words with spaces between them, and no paths.
func (Dialect) ParseRole(name string) (model.RoleName, error) {
	if name == "" || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' }) {
		return "", fmt.Errorf("no role is called %q", name)
	}
	return model.RoleName(name), nil
}

// Delegator is never said by a name.
func (Dialect) Delegator(role model.RoleName) (model.RoleName, bool) {
	return model.RoleRoot, role.TopLevel()
}

// CheckPath takes words, whichever role delegates.
func (Dialect) CheckPath(path string, _ []string) error {
	if path == "" {
		return errors.New("the path is empty")
	}
	return nil
}

// AllPaths is a star.
func (Dialect) AllPaths() []string { return []string{"*"} }

// Restrict takes nothing away.
func (Dialect) Restrict(_, paths []string) []string { return paths }

// Matcher takes names as they are, or all.
func (Dialect) Matcher(edge model.Delegation) func(string) bool {
	return func(name string) bool { return slices.Contains(edge.Paths, "*") || slices.Contains(edge.Paths, name) }
}

// Short is the whole name.
func (Dialect) Short(role model.RoleName) string { return string(role) }

// Issuer wraps a file.
func (Dialect) Issuer(f *dialect.File) dialect.Issuer { return issuer{own(f)} }

type issuer struct{ file *file }

func (i issuer) Version() int64 { return i.file.Version }

func (i issuer) PolicyID(role model.RoleName) string {
	if edge := i.file.Delegation(role); edge != nil {
		return fmt.Sprint(edge.Threshold, slices.Sorted(slices.Values(edge.KeyIDs)))
	}
	return ""
}

func (i issuer) Judge(f *dialect.File) dialect.Verdict {
	signatures, _ := count(own(f), i.file.Keys, i.file.Delegation(f.Role))
	v := dialect.Verdict{Met: met(own(f), i.file)}
	for _, s := range signatures {
		if s.State == model.SignatureValid {
			v.Signers = append(v.Signers, s.Key)
		}
	}
	if !v.Met {
		v.Problems = []model.Problem{{Code: model.ProblemThreshold, Severity: model.Failure, Role: f.Role, Text: fmt.Sprintf("%s lacks signatures", f.Role)}}
	}
	return v
}

// Keyring returns an empty ring.
func (Dialect) Keyring() dialect.Keyring { return &keyring{} }

type keyring struct{ keys []model.PublicKey }

func (r *keyring) Add(f *dialect.File) { r.keys = append(r.keys, f.Keys...) }

func (r *keyring) Signed(f *dialect.File) []model.KeyID {
	var out []model.KeyID
	for _, sig := range own(f).signatures {
		for _, k := range r.keys {
			if k.ID == sig.KeyID && !slices.Contains(out, k.ID) && verify(k, own(f).payload, sig) == nil {
				out = append(out, k.ID)
			}
		}
	}
	return out
}

// Succeeds asks both roots.
func (Dialect) Succeeds(_ model.GUN, _ time.Time, prev, next *dialect.File) *model.Problem {
	if met(own(next), own(prev)) && met(own(next), own(next)) {
		return nil
	}
	return &model.Problem{Code: model.ProblemRootReplaced, Severity: model.Failure, Role: model.RoleRoot, Text: "the root does not follow from the one before"}
}

// Refusal is the first failure.
func (Dialect) Refusal(r *model.Repository) *model.Problem {
	for _, p := range r.AllProblems() {
		if p.Severity == model.Failure {
			return &p
		}
	}
	return nil
}

// Restatable are none.
func (Dialect) Restatable(*model.Repository) []model.RoleName { return nil }

// ParseChange knows no staged changes.
func (Dialect) ParseChange([]byte) (model.StagedChange, error) {
	return model.StagedChange{}, errors.New("nothing is ever staged")
}

// CheckTarget asks for a name and a hash.
func (Dialect) CheckTarget(t model.Target) error {
	if t.Name == "" || t.Hashes.SHA256 == nil {
		return errors.New("a line has a name and a hash")
	}
	return nil
}

// Load begins a download.
func (Dialect) Load(cfg dialect.Config) dialect.Load { return newLoad(cfg) }

// Draft begins a change.
func (Dialect) Draft(_ model.GUN, r *model.Repository, ownSnapshot bool) dialect.Draft {
	return newDraft(r, ownSnapshot)
}

// Tags lists what usable roles list.
func (Dialect) Tags(r *model.Repository) []model.Tag {
	var out []model.Tag
	for i := range r.Roles {
		role := &r.Roles[i]
		for _, t := range role.Targets {
			tag := model.Tag{Name: t.Name, Length: t.Length, Hashes: t.Hashes, Pulled: role.Usable()}
			if role.Usable() {
				tag.Roles = []model.RoleName{role.Name}
			} else {
				tag.Unusable = []model.RoleName{role.Name}
			}
			out = append(out, tag)
		}
	}
	slices.SortStableFunc(out, func(a, b model.Tag) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Resolve is what Search ends with.
func (d Dialect) Resolve(r *model.Repository, name string) model.Resolution {
	return d.Search(r, name).Resolution
}

// Search takes the first usable role that lists a name.
func (Dialect) Search(r *model.Repository, name string) model.Search {
	s := model.Search{Path: name, Resolution: model.Resolution{Tag: name, Reason: "no role lists it"}}
	for i := range r.Roles {
		role := &r.Roles[i]
		if !role.Name.HoldsTargets() || len(role.Parents) == 0 {
			continue
		}
		step := model.SearchStep{Edge: role.Parents[0], Outcome: model.SearchAbsent, Reason: fmt.Sprintf("%s does not list it", role.Name)}
		at := slices.IndexFunc(role.Targets, func(t model.Target) bool { return t.Name == name })
		switch {
		case !role.Usable():
			step.Outcome, step.Reason = model.SearchPassed, fmt.Sprintf("%s is %s", role.Name, role.Condition())
		case at >= 0:
			step.Outcome, step.Reason = model.SearchFound, fmt.Sprintf("%s lists it", role.Name)
			s.Resolution = model.Resolution{Tag: name, OK: true, Role: role.Name, Target: role.Targets[at], Reason: step.Reason}
		}
		if s.Steps = append(s.Steps, step); s.Resolution.OK {
			break
		}
	}
	return s
}

// Explain says little.
func (Dialect) Explain(s model.Served) model.Pull { return model.Pull{Verdict: s.State.String()} }

// Words are invented.
func (Dialect) Words() dialect.Words {
	return dialect.Words{Pull: "a reader", Puller: "a reader", Clients: "other scribes", Writer: "a scribe", Target: "line", Find: "read", Found: "read"}
}

// SignerName accepts what a role can be called.
func (d Dialect) SignerName(name string) error {
	_, err := d.SignerEdges(name)
	return err
}

// SignerEdges are one: from targets.
func (d Dialect) SignerEdges(name string) ([]model.Delegation, error) {
	role, err := d.ParseRole(name)
	if err == nil && role.TopLevel() {
		err = fmt.Errorf("%q is a role of every ledger", name)
	}
	if err != nil {
		return nil, err
	}
	return []model.Delegation{{From: model.RoleTargets, Name: role, Threshold: 1, Paths: []string{"*"}}}, nil
}

// Shared are none.
func (Dialect) Shared() []model.Delegation { return nil }

// Searched is everything.
func (Dialect) Searched() []model.RoleName { return nil }

// Forms are none.
func (Dialect) Forms() dialect.Forms { return dialect.Forms{} }

// Lifetimes are the same in all repositories.
func (Dialect) Lifetimes() bool { return false }

// TargetName refuses the empty name.
func (Dialect) TargetName(name string) error {
	if name == "" {
		return errors.New("a line has a name")
	}
	return nil
}

// SigningRoles is the first role of which a key is there.
func (d Dialect) SigningRoles(r *model.Repository, name string, have func(model.KeyID) bool) []model.RoleName {
	return dialect.FirstSigner(d, r, name, have)
}

// SignerOf is the name of every delegation.
func (Dialect) SignerOf(role model.RoleName) (string, bool) { return string(role), role.Delegation() }
