package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
)

// Review is what a payload changes, worked out from its bytes and those that it replaces. With the
// summary it says all that the payload says.
type Review struct {
	Role model.RoleName
	// From is 0 where there is no published file.
	From, To int64
	// ExpiresBefore is zero where there is no published file.
	ExpiresBefore, ExpiresAfter time.Time
	// Unverified says why the published file is not compared with: it is not signed as it must
	// be, so that anyone may have made it. All that the payload says is then new. It is empty
	// where the file is signed.
	Unverified string
	// Lines say in words what the rows of the summary do not.
	Lines []string
	// Beyond are members for which there are no words, as the payload has them: "+" where it has
	// one that the published file has not, "-" where it is the other way round.
	Beyond []string
}

// Summary is what changes, role by role, as a plan says it. Of a role that is not signed here the
// versions are 0.
func (o *Opened) Summary() []plan.RoleSummary { return slices.Clone(o.summary) }

// Reviews are what each payload changes, in the order of signing.
func (o *Opened) Reviews() []Review { return slices.Clone(o.reviews) }

// Raw is the published file of a payload and what would be published, without signatures, one
// value a line, for those who want to read all of it; was is nil where there is none.
func (o *Opened) Raw(role model.RoleName) (was, will []string) {
	lines := func(f *dialect.File) []string {
		wire, err := o.dialect.Join(role, f.Payload, nil, nil)
		var out bytes.Buffer
		if err != nil || json.Indent(&out, wire, "", "  ") != nil {
			return strings.Split(string(f.Payload), "\n")
		}
		return strings.Split(out.String(), "\n")
	}
	f := o.file(role)
	if f == nil {
		return nil, nil
	}
	if before := o.before(role); before != nil {
		was = lines(before)
	}
	return was, lines(f.file)
}

// review works out what changes.
func (o *Opened) review() {
	for _, f := range o.files {
		o.reviews = append(o.reviews, o.reviewOf(f))
	}
	o.summary = o.rows()
}

// trusted is the published file of a role, where it is signed as it must be.
func (o *Opened) trusted(role model.RoleName) *dialect.File {
	if f := o.base[role]; f != nil && f.problem != "" {
		return nil
	}
	return o.before(role)
}

func (o *Opened) reviewOf(f *unsigned) Review {
	out := Review{Role: f.Role, To: f.file.Version, ExpiresAfter: f.file.Expires.UTC()}
	was, beyond := &model.Metadata{Role: f.Role}, []string(nil)
	if before := o.before(f.Role); before != nil {
		out.From, out.ExpiresBefore = before.Version, before.Expires.UTC()
		if trusted := o.trusted(f.Role); trusted != nil {
			was, beyond = trusted.Metadata, o.dialect.Beyond(trusted)
		} else {
			out.Unverified = o.base[f.Role].problem
		}
	}
	c := comparison{o: o, was: was, is: f.file.Metadata, file: f.file}
	c.keys()
	c.edges()
	c.targets()
	out.Lines, out.Beyond = c.lines, differing(beyond, o.dialect.Beyond(f.file))
	if out.From > 0 && out.Unverified == "" && len(out.Beyond) == 0 && unchanged(*was, *f.file.Metadata) {
		out.Lines = []string{"contents unchanged"}
	}
	return out
}

// unchanged reports whether two versions differ in nothing but version and expiry.
func unchanged(was, is model.Metadata) bool {
	was.Version, was.Expires = is.Version, is.Expires
	return reflect.DeepEqual(was, is)
}

// differing are the lines that only one of two sorted lists has.
func differing(was, is []string) []string {
	had, has := setOf(was), setOf(is)
	var out []string
	for _, line := range was {
		if !has[line] {
			out = append(out, "- "+line)
		}
	}
	for _, line := range is {
		if !had[line] {
			out = append(out, "+ "+line)
		}
	}
	return out
}

func setOf[T comparable](list []T) map[T]bool {
	out := make(map[T]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// A comparison says in words how a file differs from the one that it replaces, where the rows of
// the summary do not. The order in which the keys of a role are listed says nothing.
type comparison struct {
	o       *Opened
	was, is *model.Metadata
	// file is that of is.
	file  *dialect.File
	lines []string
}

func (c *comparison) say(format string, args ...any) {
	c.lines = append(c.lines, fmt.Sprintf(format, args...))
}

// key names a listed key for people: who has it first.
func (c *comparison) key(id model.KeyID) string {
	name := dialect.NameIn(c.o.dialect, id, c.is, c.was)
	if owner := c.o.people[id].person; owner != "" {
		return owner + "'s " + name
	}
	return name
}

// keys says which keys are listed for nothing, and of which a file says something else under the
// same ID.
func (c *comparison) keys() {
	used, uses := usedBy(c.was), usedBy(c.is)
	for _, k := range c.is.Keys {
		had := c.was.Key(k.ID)
		other := had != nil && (had.Type != k.Type || had.Scheme != k.Scheme || !bytes.Equal(had.Public, k.Public))
		if err := c.o.dialect.CheckKey(k, "", c.o.at); err != nil && (had == nil || other) {
			c.say("%s can't be used: %s", c.key(k.ID), reasonOf(err))
		}
		if had == nil || other {
			c.say("%s is %s", c.key(k.ID), c.kind(k))
		}
		switch {
		case other:
			c.say("another public key is listed as %s", k.ID.Short())
		case !uses[k.ID] && had == nil:
			c.say("%s is listed, and no role uses it", c.key(k.ID))
		case !uses[k.ID] && used[k.ID]:
			c.say("%s stays listed, but no role uses it any more", c.key(k.ID))
		}
	}
	for _, k := range c.was.Keys {
		if c.is.Key(k.ID) == nil && !used[k.ID] {
			c.say("%s, which no role uses, is not listed any more", c.key(k.ID))
		}
	}
}

// kind says of what kind a key is, for people and as the file says it.
func (c *comparison) kind(k model.PublicKey) string {
	out := fmt.Sprintf("%s, listed as %q", c.o.dialect.Describe(k).Algorithm, string(k.Type))
	if k.Scheme != "" {
		out += fmt.Sprintf(" with the scheme %q", k.Scheme)
	}
	return out
}

// usedBy are the keys that a role of a file has.
func usedBy(f *model.Metadata) map[model.KeyID]bool {
	out := map[model.KeyID]bool{}
	for _, d := range f.Roles {
		for _, id := range d.KeyIDs {
			out[id] = true
		}
	}
	return out
}

// edges says what delegations are for, beside paths, and their order.
func (c *comparison) edges() {
	had, has := edgesOf(c.was), edgesOf(c.is)
	for _, name := range has.order {
		for n, will := range has.of[name] {
			was := had.nth(name, n)
			if was == nil {
				was = &model.Delegation{}
			}
			c.edge(was, &will)
		}
	}
	inBoth := func(list []model.RoleName, other edges) []model.RoleName {
		return slices.DeleteFunc(slices.Clone(list), func(r model.RoleName) bool { return other.of[r] == nil })
	}
	if !slices.Equal(inBoth(had.order, has), inBoth(has.order, had)) {
		c.say("delegations are searched in the order %s (was %s)", quoted(has.order), quoted(had.order))
	}
}

func (c *comparison) edge(was, will *model.Delegation) {
	if was.Terminating != will.Terminating {
		c.say("a search that reaches %s %s", will.Name, map[bool]string{true: "now ends there", false: "no longer ends there"}[will.Terminating])
	}
	if !slices.Equal(was.PathHashPrefixes, will.PathHashPrefixes) {
		c.say("hash prefixes of %s are %s (was %s)", will.Name, quoted(will.PathHashPrefixes), quoted(was.PathHashPrefixes))
	}
	if !reflect.DeepEqual(was.Bins, will.Bins) {
		c.say("%s stands for %s (was %s)", will.Name, binsOf(will.Bins), binsOf(was.Bins))
	}
	if q := c.o.quorum(will.Name, c.file, false); was.Threshold != will.Threshold || !slices.Equal(was.KeyIDs, will.KeyIDs) {
		if text := q.obstacle(); text != "" {
			c.say("%s %s", c.is.Role, text)
		}
	}
	for _, id := range will.KeyIDs {
		if c.is.Key(id) == nil {
			c.say("key %s may sign %s, and the file doesn't contain it", id.Short(), will.Name)
		}
	}
}

// edges are the delegations of a file by their names, of each name in listed order. Hash bins,
// which are alike, are there once.
type edges struct {
	order []model.RoleName
	of    map[model.RoleName][]model.Delegation
}

func edgesOf(f *model.Metadata) edges {
	out := edges{of: map[model.RoleName][]model.Delegation{}}
	if f == nil {
		return out
	}
	bins := map[string]bool{}
	for _, d := range f.Roles {
		if d.Bins != nil {
			if bins[d.Bins.Prefix] {
				continue
			}
			bins[d.Bins.Prefix] = true
		}
		if d.From = f.Role; out.of[d.Name] == nil {
			out.order = append(out.order, d.Name)
		}
		out.of[d.Name] = append(out.of[d.Name], d)
	}
	return out
}

// nth is the delegation of a name that comes after n others of it; nil where there is none.
func (e edges) nth(role model.RoleName, n int) *model.Delegation {
	if list := e.of[role]; n < len(list) {
		return &list[n]
	}
	return nil
}

func binsOf(b *model.HashBins) string {
	if b == nil {
		return "one role"
	}
	return fmt.Sprintf("%d hash bins called %q and a number", 1<<b.Bits, b.Prefix)
}

func quoted[T ~string](texts []T) string {
	if len(texts) == 0 {
		return "none"
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = fmt.Sprintf("%q", string(text))
	}
	return strings.Join(out, " ")
}

// targets says of each target that differs how it does.
func (c *comparison) targets() {
	noun, was, is := c.o.dialect.Words().Target, c.was.Targets, c.is.Targets
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(was) == 0 || len(is) > 0 && is[0].Name < was[0].Name:
			c.say("%s %q added: %s", noun, is[0].Name, contentOf(is[0]))
			is = is[1:]
		case len(is) == 0 || was[0].Name < is[0].Name:
			c.say("%s %q removed (was %s)", noun, was[0].Name, contentOf(was[0]))
			was = was[1:]
		default:
			if !was[0].Equal(is[0]) {
				c.say("%s %q is %s (was %s)", noun, is[0].Name, contentOf(is[0]), contentOf(was[0]))
			}
			was, is = was[1:], is[1:]
		}
	}
}

// contentOf is all that is listed of a target.
func contentOf(t model.Target) string {
	words := []string{model.Count(int(t.Length), "byte")}
	add := func(name string, sum []byte) {
		if sum != nil {
			words = append(words, fmt.Sprintf("%s:%x", name, sum))
		}
	}
	add("sha256", t.Hashes.SHA256)
	add("sha512", t.Hashes.SHA512)
	for _, name := range slices.Sorted(maps.Keys(t.Hashes.Other)) {
		sum := t.Hashes.Other[name]
		if sum == nil {
			words = append(words, fmt.Sprintf("%q:null", name))
		}
		add(fmt.Sprintf("%q", name), sum)
	}
	if t.Custom != nil {
		words = append(words, fmt.Sprintf("custom data %q", t.Custom))
	}
	return strings.Join(words, ", ")
}
