package bundle

import (
	"errors"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/plan"
)

// Opened is a bundle that was verified. What it says is worked out from bytes that are signed, or
// that are to be signed; only the names of people and their tokens, the dates and the title are its
// author's word. It is not safe for concurrent use.
type Opened struct {
	bundle  Bundle
	digest  Digest
	dialect dialect.Writable
	at      time.Time
	// roots are the published ones, and base the published files of other roles.
	roots []*dialect.File
	// ring are the keys of the roots.
	ring dialect.Keyring
	base map[model.RoleName]*published
	// files are what is signed, in the order of the payloads.
	files []*unsigned
	// people are the participants by the keys that they have.
	people map[model.KeyID]owner

	reviews []Review
	summary []plan.RoleSummary
}

// published is a file of a role that is replaced, or that says who signs one.
type published struct {
	raw  []byte
	file *dialect.File
	// problem says why it is not signed as its delegators ask; empty where it is.
	problem string
	// needed is set where a payload needs it.
	needed bool
}

// unsigned is a payload that was read.
type unsigned struct {
	Payload
	file    *dialect.File
	message []byte
	quorums []Quorum
	// signatures are the verified ones, by the ID under which the key is listed.
	signatures map[model.KeyID]dialect.Signature
}

// owner is the participant who has a key.
type owner struct{ person, serial string }

// Open verifies a bundle at a moment, and believes nothing of it: the roots must follow from each
// other, each payload must be the next version of a published file, and each signature must be one
// over a payload by a key that counts for it. dialects are those that are known, by their names.
// The error is a *Refusal.
func Open(b *Bundle, dialects map[model.Dialect]dialect.Writable, at time.Time) (*Opened, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	d, known := dialects[b.Dialect]
	if !known {
		return nil, refuse(UnknownDialect, "this version of trustdeck doesn't know the metadata format %s", display.Quote(display.Cut(string(b.Dialect), MaxText)))
	}
	o := &Opened{bundle: *b, digest: b.Digest(), dialect: d, at: at, ring: d.Keyring(), base: map[model.RoleName]*published{}, people: map[model.KeyID]owner{}}
	o.bundle.Signatures = nil
	for _, p := range b.Participants {
		for _, k := range p.Keys {
			o.people[k.ID] = owner{p.Name, k.Serial}
		}
	}
	for _, step := range []func() error{o.openRoots, o.openBase, o.openPayloads, o.openQuorums, o.checkNeeded} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if !at.Before(b.Dates.Expires) {
		return nil, refuse(Expired, "the ceremony expired at %s", model.Moment(b.Dates.Expires))
	}
	for _, s := range b.Signatures {
		if err := o.Add(s.Role, s.Signature); err != nil {
			return nil, err
		}
	}
	o.review()
	return o, nil
}

// openRoots verifies the published roots, link by link.
func (o *Opened) openRoots() error {
	for i, raw := range o.bundle.Roots {
		root, err := o.dialect.Parse(model.RoleRoot, raw)
		if err != nil {
			return refuse(BadRoots, "root %d of %d in the ceremony file is not readable: %s", i+1, len(o.bundle.Roots), reasonOf(err))
		}
		prev := root
		if i > 0 {
			if prev = o.roots[i-1]; root.Version != prev.Version+1 {
				return refuse(BadRoots, "after root %d comes root %d in the ceremony file", prev.Version, root.Version)
			}
		}
		if p := o.dialect.Succeeds(o.bundle.Repository, o.at, prev, root); p != nil {
			return refuse(BadRoots, "the roots in the ceremony file don't follow from each other: %s", reasonOf(errors.New(p.Text)))
		}
		o.roots = append(o.roots, root)
		o.ring.Add(root)
	}
	return nil
}

// reasonOf is why bytes are not a file, without the name of the role, fit to be shown.
func reasonOf(err error) string {
	const most = 300
	if parse, ok := errors.AsType[*dialect.ParseError](err); ok {
		return display.Strip(parse.Text, most)
	}
	return display.Strip(err.Error(), most)
}

// root is the current root; nil where the repository is new.
func (o *Opened) root() *dialect.File {
	if len(o.roots) == 0 {
		return nil
	}
	return o.roots[len(o.roots)-1]
}

// role checks that a role can be called so.
func (o *Opened) role(name model.RoleName, reason Reason) error {
	if role, err := o.dialect.ParseRole(string(name)); err != nil || role != name {
		return refuse(reason, "no role can be called %s", display.Quote(display.Cut(string(name), model.MaxNameLength)))
	}
	return nil
}

// openBase reads the published files, and finds out which of them are signed as they must be.
func (o *Opened) openBase() error {
	if len(o.bundle.Base) > 0 && o.root() == nil {
		return refuse(BadBase, "the ceremony file has published files, and no root that says who may sign them")
	}
	for _, f := range o.bundle.Base {
		if err := o.role(f.Role, BadBase); err != nil {
			return err
		}
		file, err := o.dialect.Parse(f.Role, f.Raw)
		if err != nil {
			return refuse(BadBase, "the published file of %s in the ceremony file is not readable: %s", f.Role, reasonOf(err))
		}
		o.base[f.Role] = &published{raw: f.Raw, file: file}
	}
	o.judgeBase()
	return nil
}

// judgeBase finds out which published files have the signatures that a delegator asks for that has
// its own. It goes from delegator to delegation until no further file is found to be signed: in
// some dialects files delegate in circles.
func (o *Opened) judgeBase() {
	type edge struct{ from, to model.RoleName }
	judged := map[edge]bool{}
	for _, f := range o.base {
		f.problem = "the ceremony file has no signed file that delegates to it"
	}
	for found := true; found; {
		found = false
		for _, f := range o.bundle.Base {
			for _, from := range o.published(f.Role) {
				above, to, is := o.base[from.Role], edge{from.Role, f.Role}, o.base[f.Role]
				if is.problem == "" || above != nil && above.problem != "" || judged[to] {
					continue
				}
				judged[to] = true
				if is.problem = "it is not signed as " + string(from.Role) + " requires"; o.dialect.Issuer(from).Judge(is.file).Met {
					is.problem, found = "", true
				}
			}
		}
	}
}

// published are the published files that delegate to a role.
func (o *Opened) published(role model.RoleName) []*dialect.File {
	if role.TopLevel() {
		if root := o.root(); root != nil {
			return []*dialect.File{root}
		}
		return nil
	}
	var out []*dialect.File
	for _, f := range o.bundle.Base {
		if file := o.base[f.Role].file; f.Role != role && file.Delegation(role) != nil {
			out = append(out, file)
		}
	}
	return out
}

// file is what is signed of a role; nil where nothing is.
func (o *Opened) file(role model.RoleName) *unsigned {
	if i := slices.IndexFunc(o.files, func(f *unsigned) bool { return f.Role == role }); i >= 0 {
		return o.files[i]
	}
	return nil
}

// before is the published file of a role, whether or not it is signed as it must be; nil where
// there is none.
func (o *Opened) before(role model.RoleName) *dialect.File {
	if role == model.RoleRoot {
		return o.root()
	}
	if f := o.base[role]; f != nil {
		return f.file
	}
	return nil
}

// openPayloads reads what is to be signed. Each must be the next version of a published file.
func (o *Opened) openPayloads() error {
	for _, p := range o.bundle.Payloads {
		if err := o.role(p.Role, BadPayload); err != nil {
			return err
		}
		file, err := o.dialect.ParsePayload(p.Role, p.Bytes)
		if err != nil {
			return refuse(BadPayload, "what is to be signed for %s is not readable: %s", p.Role, reasonOf(err))
		}
		if err := o.next(p, file); err != nil {
			return err
		}
		o.files = append(o.files, &unsigned{Payload: p, file: file, message: o.bundle.Message(p), signatures: map[model.KeyID]dialect.Signature{}})
		if f := o.base[p.Role]; f != nil {
			f.needed = true
		}
	}
	if o.root() == nil && o.file(model.RoleRoot) == nil {
		return refuse(BadRoots, "the ceremony file has no root")
	}
	return nil
}

// next checks version and expiry of a payload.
func (o *Opened) next(p Payload, file *dialect.File) error {
	before := o.before(p.Role)
	switch {
	case before != nil && file.Version != before.Version+1:
		return refuse(WrongVersion, "%s would get version %d after version %d", p.Role, file.Version, before.Version)
	case before == nil && p.Role.TopLevel() && o.root() != nil:
		return refuse(BadBase, "the published file of %s is missing in the ceremony file", p.Role)
	case before == nil && p.Role.TopLevel() && file.Version != 1:
		return refuse(WrongVersion, "%s would begin with version %d", p.Role, file.Version)
	}
	if _, offset := file.Expires.Zone(); offset != 0 {
		return refuse(BadPayload, "the expiry of %s %d is not in UTC", p.Role, file.Version)
	}
	switch expires := file.Expires; {
	case !o.at.Before(expires):
		return refuse(Expired, "%s %d expired at %s", p.Role, file.Version, model.Moment(expires))
	case p.From.After(expires):
		return refuse(BadPayload, "%s %d would expire before it is valid", p.Role, file.Version)
	case o.bundle.Dates.Expires.After(expires):
		return refuse(BadPayload, "%s %d expires at %s, before the ceremony does", p.Role, file.Version, model.Moment(expires))
	}
	return nil
}

// checkNeeded refuses published files that say nothing of what is signed: no one would look at
// them.
func (o *Opened) checkNeeded() error {
	for _, f := range o.bundle.Base {
		if !o.base[f.Role].needed {
			return refuse(BadBase, "the ceremony file has the published file of %s, which it does not need", f.Role)
		}
	}
	return nil
}
