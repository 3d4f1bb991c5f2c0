package notary

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Parse reads a metadata file and checks its form, but nothing that needs a
// key: the signatures are not verified. Errors are *dialect.ParseError.
func Parse(role model.RoleName, raw []byte) (*File, error) { return parse(role, raw, newBudget()) }

// parse reads a file on a budget, which holds what stays of it beside its bytes.
func parse(role model.RoleName, raw []byte, b *dialect.Budget) (*File, error) {
	return newParser(role, raw, b).read(raw)
}

func newParser(role model.RoleName, raw []byte, b *dialect.Budget) *parser {
	return &parser{scanner: newScanner(raw), file: &File{Metadata: model.Metadata{Role: role}}, saw: map[string]bool{}, budget: b}
}

func (p *parser) read(raw []byte) (*File, error) {
	if len(raw) > MaxFile {
		return nil, &dialect.ParseError{Role: p.file.Role, Code: model.ProblemLimit, Text: fmt.Sprintf("the file has %d bytes; the limit is %d", len(raw), MaxFile)}
	}
	p.looseTop = true // the payload is a part of the output and must stay
	err := p.envelope()
	if err == nil {
		err = p.check()
	}
	if err == nil {
		err = p.settle(raw)
	}
	if err != nil {
		return nil, p.wrap(err)
	}
	payload := p.file.payload
	p.file.digest = sync.OnceValue(func() [sha256.Size]byte { return sha256.Sum256(payload) })
	return p.file, nil
}

// settle lets the payload be a part of the bytes that came, where it is one: it is as
// long as they are.
func (p *parser) settle(raw []byte) error {
	payload := p.file.payload
	if rest, ok := bytes.CutPrefix(raw, []byte(wireHead)); ok && bytes.HasPrefix(rest, payload) {
		p.file.payload = rest[:len(payload):len(payload)]
		return nil
	}
	return p.hold(len(payload))
}

// hold counts what stays in memory.
func (p *parser) hold(n int) error {
	if err := p.budget.Hold(int64(n)); err != nil {
		return p.fail(model.ProblemLimit, "%v", err)
	}
	return nil
}

// A parser fills a File while its scanner canonicalises.
type parser struct {
	*scanner
	file *File
	// kind is the _type that the file states.
	kind string
	// saw are the parts of the file that were read.
	saw    map[string]bool
	arena  []byte
	budget *dialect.Budget
	// unsigned is set for a file that no one has signed yet.
	unsigned bool
}

func (p *parser) wrap(err error) error {
	if pe, ok := err.(*dialect.ParseError); ok { //nolint:errorlint // made in this file, never wrapped
		return pe
	}
	return &dialect.ParseError{Role: p.file.Role, Code: model.ProblemMalformed, Text: err.Error()}
}

func (p *parser) fail(code model.ProblemCode, format string, args ...any) error {
	return &dialect.ParseError{Role: p.file.Role, Code: code, Text: fmt.Sprintf(format, args...)}
}

// unknown passes over a member that trustdeck does not know. Notary's decoder
// folds the case of names, so that "Version" would be read by it and ignored
// here: such twins are refused.
func (p *parser) unknown(object string, key []byte, known ...string) error {
	for _, k := range known {
		if strings.EqualFold(k, string(key)) {
			return p.fail(model.ProblemMalformed, "%s has a field %q besides or instead of %q", object, clip(key), k)
		}
	}
	if len(p.file.remarks) < 8 {
		p.file.remarks = append(p.file.remarks, fmt.Sprintf("%s has the unknown field %q", object, clip(key)))
	}
	return p.skip()
}

func (p *parser) envelope() error {
	_, err := p.object(func(key []byte) error {
		if p.saw[string(key)] {
			return p.fail(model.ProblemMalformed, "the file has two parts named %q", clip(key))
		}
		p.saw[string(key)] = true
		switch string(key) {
		case "signed":
			start := len(p.out)
			err := p.signed()
			p.file.payload = p.out[start:len(p.out):len(p.out)]
			return err
		case "signatures":
			return p.signatures()
		default:
			return p.unknown("the file", key, "signed", "signatures")
		}
	})
	if err != nil {
		return err
	}
	return p.end()
}

func (p *parser) signed() error {
	isNull, err := p.object(func(key []byte) (err error) {
		f := p.file
		switch string(key) {
		case "_type":
			p.kind, err = p.string()
			return err
		case "version":
			f.Version, err = p.integer()
			return err
		case "expires":
			f.Expires, err = p.time()
			return err
		}
		return p.content(key)
	})
	if err == nil && isNull {
		return p.fail(model.ProblemMalformed, "the signed part is null")
	}
	return err
}

// content reads the members of signed that depend on the role.
func (p *parser) content(key []byte) (err error) {
	f := p.file
	switch name := string(key); {
	case f.Role == model.RoleRoot && name == "keys":
		return p.keys()
	case f.Role == model.RoleRoot && name == "roles":
		return p.rootRoles()
	case f.Role == model.RoleRoot && name == "consistent_snapshot":
		f.ConsistentSnapshot, err = p.boolean()
		return err
	case f.Role.HoldsTargets() && name == "delegations":
		return p.delegations()
	case f.Role.HoldsTargets() && name == "targets":
		return p.targets()
	case !f.Role.HoldsTargets() && f.Role != model.RoleRoot && name == "meta":
		return p.meta()
	}
	known := []string{"_type", "version", "expires"}
	switch {
	case f.Role == model.RoleRoot:
		known = append(known, "keys", "roles", "consistent_snapshot")
	case f.Role.HoldsTargets():
		known = append(known, "delegations", "targets")
	default:
		known = append(known, "meta")
	}
	return p.unknown("the signed part", key, known...)
}

func (p *parser) boolean() (bool, error) {
	if c := p.peek(); c != 't' && c != 'f' && c != 'n' {
		return false, p.unexpected("true or false")
	}
	value := p.peek() == 't'
	return value, p.skip()
}

// time reads a time as Notary's decoder does: without escapes, and a null as the zero
// time, which is long past.
func (p *parser) time() (time.Time, error) {
	var t time.Time
	if p.null() {
		return t, nil
	}
	from := p.pos
	text, err := p.string()
	if err != nil {
		return t, err
	}
	if bytes.IndexByte(p.in[from:p.pos], '\\') >= 0 {
		return t, p.errorf("a time is written with escapes")
	}
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return t, p.errorf("%q is not a time in RFC 3339 form", clip(text))
	}
	// Go reads an offset of a day, and cannot write it.
	if _, offset := t.Zone(); offset <= -24*60*60 || offset >= 24*60*60 {
		return t, p.errorf("%q has an offset of a day or more", clip(text))
	}
	return t, nil
}

// binary reads base64. The bytes live in an arena, so that a hundred thousand
// hashes are a few allocations.
func (p *parser) binary() ([]byte, error) {
	if p.null() {
		return nil, nil
	}
	if p.peek() != '"' {
		return nil, p.unexpected("a base64 string")
	}
	text, err := p.text()
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return []byte{}, nil // which is not null
	}
	if err := p.hold(len(text)); err != nil {
		return nil, err
	}
	const block = 64 << 10
	need := base64.StdEncoding.DecodedLen(len(text))
	if cap(p.arena)-len(p.arena) < need {
		p.arena = make([]byte, 0, max(need, min(block, len(p.in))))
	}
	start := len(p.arena)
	dst := p.arena[start : start+need]
	n, err := base64.StdEncoding.Decode(dst, text)
	if err != nil {
		return nil, p.errorf("a value is not base64")
	}
	p.arena = p.arena[:start+n]
	return dst[:n:n], nil
}

func (p *parser) keyID() (model.KeyID, error) {
	id, err := p.string()
	return model.KeyID(id), err
}

func (p *parser) signatures() error {
	_, err := p.array(func() error {
		if len(p.file.Signatures) >= MaxSignatures {
			return p.fail(model.ProblemLimit, "the file has more than %d signatures", MaxSignatures)
		}
		if err := p.hold(sizeSignature); err != nil {
			return err
		}
		var sig dialect.Signature
		isNull, err := p.object(func(key []byte) (err error) {
			switch string(key) {
			case "keyid":
				sig.KeyID, err = p.keyID()
			case "method":
				sig.Method, err = p.string()
				sig.Method = strings.ToLower(sig.Method)
			case "sig":
				sig.Sig, err = p.binary()
			default:
				err = p.unknown("a signature", key, "keyid", "method", "sig")
			}
			return err
		})
		if err == nil && isNull {
			return p.fail(model.ProblemMalformed, "a signature is null")
		}
		p.file.Signatures = append(p.file.Signatures, sig)
		return err
	})
	return err
}

func (p *parser) keys() error {
	_, err := p.object(func(id []byte) error {
		if len(p.file.Keys) >= MaxKeys {
			return p.fail(model.ProblemLimit, "the file has more than %d keys", MaxKeys)
		}
		if err := p.hold(sizeKey + len(id)); err != nil {
			return err
		}
		key := PublicKey{ID: model.KeyID(id)}
		if err := p.key(&key); err != nil {
			return err
		}
		p.file.Keys = append(p.file.Keys, key)
		return nil
	})
	slices.SortFunc(p.file.Keys, func(a, b PublicKey) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return err
}

func (p *parser) key(k *PublicKey) error {
	_, err := p.object(func(key []byte) error {
		switch string(key) {
		case "keytype":
			text, err := p.string()
			k.Type = model.KeyType(text)
			return err
		case "keyval":
			_, err := p.object(func(key []byte) (err error) {
				switch string(key) {
				case "public":
					k.Public, err = p.binary()
					return err
				case "private":
					private, err := p.binary()
					if private != nil {
						p.file.remarks = append(p.file.remarks, "a public key object contains a private key")
						clear(private)
					}
					return err
				default:
					return p.unknown("a key", key, "public", "private")
				}
			})
			return err
		default:
			return p.unknown("a key", key, "keytype", "keyval")
		}
	})
	return err
}

func (p *parser) rootRoles() error {
	_, err := p.object(func(name []byte) error {
		spec := model.Delegation{Name: model.RoleName(name)}
		if err := p.roleSpec(&spec, false); err != nil {
			return err
		}
		return p.addRole(spec)
	})
	slices.SortFunc(p.file.Roles, func(a, b model.Delegation) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return err
}

func (p *parser) addRole(spec model.Delegation) error {
	if len(p.file.Roles) >= MaxRoles {
		return p.fail(model.ProblemLimit, "the file has more than %d roles", MaxRoles)
	}
	p.file.Roles = append(p.file.Roles, spec)
	return p.hold(sizeRole + len(spec.Name))
}

// roleSpec reads a role object; those of delegations also have name and paths.
func (p *parser) roleSpec(spec *model.Delegation, delegation bool) error {
	_, err := p.object(func(key []byte) (err error) {
		switch name := string(key); {
		case name == "keyids":
			spec.KeyIDs, err = list(p, MaxKeyIDs, sizeKeyID, "keys in one role", p.keyID)
		case name == "threshold":
			spec.Threshold, err = p.integer()
		case delegation && name == "name":
			var text string
			text, err = p.string()
			spec.Name = model.RoleName(text)
		case delegation && name == "paths":
			spec.Paths, err = list(p, MaxPaths, sizePath, "paths in one role", p.string)
		default:
			known := []string{"keyids", "threshold"}
			if delegation {
				known = append(known, "name", "paths")
			}
			err = p.unknown("a role", key, known...)
		}
		return err
	})
	return err
}

// list reads an array; a null reads as nil, an empty array as an empty slice.
func list[T ~string](p *parser, most, size int, what string, read func() (T, error)) ([]T, error) {
	out := []T{}
	isNull, err := p.array(func() error {
		if len(out) >= most {
			return p.fail(model.ProblemLimit, "the file has more than %d %s", most, what)
		}
		v, err := read()
		if err != nil {
			return err
		}
		out = append(out, v)
		return p.hold(size + len(v))
	})
	if isNull {
		return nil, err
	}
	return out, err
}

func (p *parser) delegations() error {
	_, err := p.object(func(key []byte) error {
		switch string(key) {
		case "keys":
			return p.keys()
		case "roles":
			p.file.Roles = []model.Delegation{}
			isNull, err := p.array(func() error {
				var spec model.Delegation
				if err := p.roleSpec(&spec, true); err != nil {
					return err
				}
				return p.addRole(spec)
			})
			if isNull {
				p.file.Roles = nil
			}
			return err
		default:
			return p.unknown("delegations", key, "keys", "roles")
		}
	})
	return err
}

// check tests what Notary's structure checks test (notary-v1, 1.4 to 1.7).
func (p *parser) check() error {
	f := p.file
	switch want := typeOf(f.Role); {
	case !p.saw["signed"]:
		return p.fail(model.ProblemMalformed, "the signed part is missing")
	case p.kind != want:
		return p.fail(model.ProblemWrongType, "the file states type %q, but %s must be of type %q", clip(p.kind), f.Role, want)
	case f.Version < 1:
		return p.fail(model.ProblemMalformed, "the version is %d but must be at least 1", f.Version)
	case len(f.Signatures) == 0 && !p.unsigned:
		return p.fail(model.ProblemNoSignatures, "the file has no signatures")
	}
	if f.Role == model.RoleRoot {
		for _, name := range model.TopLevelRoles() {
			if f.Delegation(name) == nil {
				return p.fail(model.ProblemMalformed, "the root lists no keys for %s", name)
			}
		}
	}
	for i := range f.Roles {
		if err := p.checkRole(&f.Roles[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) checkRole(spec *model.Delegation) error {
	f := p.file
	if f.Role.HoldsTargets() {
		name, err := ParseRole(string(spec.Name))
		switch {
		case strings.HasPrefix(string(f.Role)+"/", string(spec.Name)+"/"):
			return p.fail(model.ProblemCycle, "%s delegates back to %s", f.Role, spec.Name)
		case err != nil:
			return p.fail(model.ProblemDelegation, "a delegation has a name that is not allowed: %v", err)
		case Parent(name) != f.Role:
			return p.fail(model.ProblemDelegation, "%s delegates to %s, which is not directly below it", f.Role, name)
		}
	}
	if spec.Threshold < 1 {
		return p.fail(model.ProblemMalformed, "the threshold of %s is %d but must be at least 1", spec.Name, spec.Threshold)
	}
	for _, id := range spec.KeyIDs {
		if f.Key(id) == nil {
			return p.fail(model.ProblemMalformed, "%s lists the key %s, but the file doesn't contain it", spec.Name, clip(id))
		}
	}
	return nil
}
