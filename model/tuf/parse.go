package tuf

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Parse reads a metadata file and checks its form, but nothing that needs a key: the
// signatures are not verified. Errors are *dialect.ParseError.
func Parse(role model.RoleName, raw []byte) (*File, error) {
	if limit := limitOf(role); int64(len(raw)) > limit {
		return nil, &dialect.ParseError{Role: role, Code: model.ProblemLimit, Text: fmt.Sprintf("the file has %d bytes; the limit is %d", len(raw), limit)}
	}
	e, err := version1.open(newDecoder(role, raw))
	if err != nil {
		return nil, err
	}
	p := &parser{file: &File{Metadata: model.Metadata{Role: role}, Signed: e.raw}}
	for _, name := range e.unknown {
		p.remark(model.ProblemMalformed, model.Notice, "%s has the unknown part %q besides the signed part", role, clip(name))
	}
	p.at("signatures", e.signatures, p.signatures)
	p.at("signed", e.signed, p.signed)
	if p.err != nil {
		return nil, p.err
	}
	p.file.payload = appendCanonical(make([]byte, 0, len(e.raw)), e.signed)
	if string(p.file.payload) == string(e.raw) {
		p.file.payload = e.raw // it is as long as the file, and need not be held twice
	}
	return p.file, nil
}

// limitOf is the most bytes that a file of a role may have.
func limitOf(role model.RoleName) int64 {
	switch role {
	case model.RoleRoot:
		return MaxRoot
	case model.RoleTimestamp:
		return MaxTimestamp
	default:
		return MaxFile
	}
}

// A parser fills a File from plain values. The first error stays; it names the place.
type parser struct {
	file *File
	path []string
	err  error
}

func (p *parser) fail(code model.ProblemCode, format string, args ...any) {
	if p.err == nil {
		p.err = &dialect.ParseError{Role: p.file.Role, Code: code, Text: place(p.path) + " " + fmt.Sprintf(format, args...)}
	}
}

func (p *parser) remark(code model.ProblemCode, severity model.Severity, format string, args ...any) {
	const most = 32
	if len(p.file.remarks) < most {
		p.file.remarks = append(p.file.remarks, remark{code, severity, fmt.Sprintf(format, args...)})
	}
}

// at reads a value below the place where the parser is.
func (p *parser) at(name string, v any, read func(any)) {
	if p.err != nil {
		return
	}
	p.path = append(p.path, name)
	read(v)
	if p.err == nil {
		p.path = p.path[:len(p.path)-1]
	}
}

// object is a value that must be an object; nil where it is not.
func (p *parser) object(v any) map[string]any {
	o, ok := v.(map[string]any)
	if !ok {
		p.fail(model.ProblemMalformed, "is %s but must be an object", kindOf(v))
	}
	return o
}

// each reads the members of an object in the order of their names.
func (p *parser) each(v any, read func(name string, v any)) {
	o := p.object(v)
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p.at(name, o[name], func(v any) { read(name, v) })
	}
}

// list reads the elements of an array of at most so many.
func (p *parser) list(v any, most int, read func(any)) {
	a, ok := v.([]any)
	switch {
	case !ok:
		p.fail(model.ProblemMalformed, "is %s but must be a list", kindOf(v))
	case len(a) > most:
		p.fail(model.ProblemLimit, "has %d elements; the limit is %d", len(a), most)
	default:
		for i, v := range a {
			p.at(strconv.Itoa(i), v, read)
		}
	}
}

func (p *parser) text(v any) string {
	s, ok := v.(string)
	if !ok {
		p.fail(model.ProblemMalformed, "is %s but must be a string", kindOf(v))
	}
	return s
}

// short is a text of at most so many bytes.
func (p *parser) short(text string, most int) string {
	if len(text) > most {
		p.fail(model.ProblemLimit, "is %d bytes long; the limit is %d", len(text), most)
	}
	return text
}

func (p *parser) integer(v any, least int64) int64 {
	number, ok := v.(json.Number)
	if !ok {
		p.fail(model.ProblemMalformed, "is %s but must be a whole number", kindOf(v))
		return 0
	}
	n, err := number.Int64()
	if err != nil || n < least {
		p.fail(model.ProblemMalformed, "is %s but must be at least %d", clip(string(number)), least)
	}
	return n
}

func (p *parser) boolean(v any) bool {
	b, ok := v.(bool)
	if !ok {
		p.fail(model.ProblemMalformed, "is %s but must be true or false", kindOf(v))
	}
	return b
}

// kindOf names what a value is.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "missing or null"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

func (p *parser) signatures(v any) {
	seen := map[model.KeyID]bool{}
	p.list(v, MaxSignatures, func(v any) {
		o := p.object(v)
		var sig dialect.Signature
		p.at("keyid", o["keyid"], func(v any) { sig.KeyID = model.KeyID(p.text(v)) })
		p.at("sig", o["sig"], func(v any) { sig.Sig = p.signature(sig.KeyID, p.text(v)) })
		sig.Method, _ = o["method"].(string)
		if seen[sig.KeyID] && !slices.Contains(p.file.twice, sig.KeyID) {
			p.file.twice = append(p.file.twice, sig.KeyID)
		}
		seen[sig.KeyID] = true
		p.file.Signatures = append(p.file.Signatures, sig)
	})
}

// signature reads the text of one: hexadecimal, or base64 as Uptane's programs write it.
// What is neither stays as it is, and verifies nothing.
func (p *parser) signature(id model.KeyID, text string) []byte {
	if raw, err := hex.DecodeString(text); err == nil {
		if strings.ToLower(text) != text {
			p.remark(model.ProblemMalformed, model.Notice, "the signature by key %s uses capital hexadecimal digits", clip(id.Short()))
		}
		return raw
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
		p.remark(model.ProblemClients, model.Warning, "the signature by key %s is in base64, not in hexadecimal: some clients don't read it", clip(id.Short()))
		return raw
	}
	return []byte(text)
}

func (p *parser) signed(v any) {
	f, o := p.file, p.object(v)
	p.at("_type", o["_type"], p.kind)
	p.at("spec_version", o["spec_version"], p.specVersion)
	p.at("version", o["version"], func(v any) { f.Version = p.integer(v, 1) })
	p.at("expires", o["expires"], func(v any) { f.Expires = p.time(p.text(v)) })
	p.period(f.Role, o)
	switch {
	case p.err != nil:
	case f.Role == model.RoleRoot:
		p.root(o)
	case f.Role.HoldsTargets():
		p.targets(o)
	default:
		p.at("meta", o["meta"], p.meta)
	}
}

// kind compares _type with what a file of the role must say.
func (p *parser) kind(v any) {
	want := string(p.file.Role)
	if p.file.Role.HoldsTargets() {
		want = string(model.RoleTargets)
	}
	switch got := p.text(v); {
	case p.err != nil || got == want:
	case strings.EqualFold(got, want):
		p.file.looseType = true
		p.remark(model.ProblemClients, model.Warning, "%s states type %q instead of %q: some clients refuse it", p.file.Role, got, want)
	default:
		p.fail(model.ProblemWrongType, "is %q, but a file of %s must be of type %q", clip(got), p.file.Role, want)
	}
}

// specVersion accepts version 1, whatever its minor version.
func (p *parser) specVersion(v any) {
	if v == nil {
		p.remark(model.ProblemClients, model.Warning, "%s does not state the version of the specification: some clients refuse it", p.file.Role)
		return
	}
	text := p.text(v)
	major, _, _ := strings.Cut(text, ".")
	switch n, err := strconv.ParseUint(major, 10, 32); {
	case p.err != nil:
	case err != nil:
		p.fail(model.ProblemMalformed, "is %q, which is not a version of the specification such as 1.0.31", clip(text))
	case n != 1:
		p.fail(model.ProblemMalformed, "is %q, but only version 1 of the specification is supported", clip(text))
	}
	p.file.SpecVersion = text
}

// expiresForm is how the specification spells an expiry (TUF 4.3).
const expiresForm = "2006-01-02T15:04:05Z"

// time reads an expiry. Repositories of the wild have fractions and offsets too.
func (p *parser) time(text string) time.Time {
	if t, err := time.Parse(expiresForm, text); err == nil && t.Format(expiresForm) == text {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.fail(model.ProblemMalformed, "is %q but must be a time such as %s", clip(text), expiresForm)
		return t
	}
	p.file.looseExpiry = true
	p.remark(model.ProblemClients, model.Notice, "%s writes its expiry as %q instead of %s: some clients refuse it", p.file.Role, clip(text), expiresForm)
	return t
}

// maxDays bounds periods, which are stated in days, so that they can be calculated with.
const maxDays = 36500

// The members that state periods, in days.
const (
	signingPeriod = "x-tuf-on-ci-signing-period"
	expiryPeriod  = "x-tuf-on-ci-expiry-period"
)

// periods are how long a role's versions are, as tuf-on-ci states it.
type periods struct {
	// signing is how long before the end of a version the next is to be signed, and expiry
	// after how long a version ends; zero where it is not stated.
	signing, expiry time.Duration
}

// period reads what is stated of a role's versions.
func (p *parser) period(role model.RoleName, o map[string]any) {
	days := func(member string) time.Duration {
		number, _ := o[member].(json.Number)
		n, err := number.Int64()
		if err != nil || n <= 0 || n > maxDays {
			return 0
		}
		return time.Duration(n) * 24 * time.Hour
	}
	stated := periods{days(signingPeriod), days(expiryPeriod)}
	if stated == (periods{}) {
		return
	}
	if p.file.periods == nil {
		p.file.periods = map[model.RoleName]periods{}
	}
	p.file.periods[role] = stated
}
