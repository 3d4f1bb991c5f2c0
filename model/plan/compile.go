package plan

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Compile says what the changes would do. keys are the private keys of this
// machine; at is now. The error is a *model.Fault: of kind FaultUsage where what is
// asked for makes no sense, of another where a repository could not be read. That keys
// are missing is no error but a verdict.
func Compile(requests []Request, keys []model.PrivateKey, at time.Time) (*Plan, error) {
	here := map[model.KeyID]model.PrivateKey{}
	for _, k := range keys {
		for _, id := range k.IDs() {
			if have, twice := here[id]; k.Usable() && (!twice || have.Fault != nil) {
				here[id] = k
			}
		}
	}
	return compile(requests, func(int) circumstances { return circumstances{at: at.UTC().Round(0), here: here} })
}

// compile compiles each request under its circumstances.
func compile(requests []Request, under func(i int) circumstances) (*Plan, error) {
	p := &Plan{}
	for i, r := range requests {
		c := compiler{request: r, circumstances: under(i)}
		part, err := c.part()
		if err != nil {
			return nil, err
		}
		p.Planned = c.at
		p.Parts = append(p.Parts, *part)
	}
	return p, p.identified(requests)
}

type compiler struct {
	circumstances
	request Request
	author  *builder
	out     Part
	// asked are the keys of which it was asked where they are.
	asked map[model.KeyID]bool
	// bridged are the roles that clients accept before and after they have the new root.
	bridged []model.RoleName
	// signers are those who have a key, by its canonical ID: see signersByKey.
	signers map[model.KeyID][]string
}

// find is the private half of a key, where it is here.
func (c *compiler) find(id model.KeyID) (model.PrivateKey, bool) {
	if c.asked == nil {
		c.asked = map[model.KeyID]bool{}
	}
	c.asked[id] = true
	return c.private(id)
}

func (c *compiler) part() (*Part, error) {
	c.out = Part{GUN: c.request.GUN, Changes: c.request.Changes, Summary: []RoleSummary{}}
	if c.out.OwnSnapshot = c.circumstances.ownSnapshot; !c.none {
		c.out.OwnSnapshot = c.ownSnapshot()
		if err := c.sound(); err != nil {
			return nil, err
		}
		if err := c.checkKeys(); err != nil {
			return nil, err
		}
	}
	c.author = &builder{expired: c.hasExpired}
	if err := c.author.write(c.request, c.out.OwnSnapshot); err != nil {
		return nil, err
	}
	if err := c.alone(); err != nil {
		return nil, err
	}
	c.out.OwnSnapshot = c.author.draft.OwnSnapshot()
	if err := c.checkJoinKey(); err != nil {
		return nil, err
	}
	c.weigh()
	c.out.NewKeys, c.out.Settled = c.author.makes, c.author.settled
	c.out.Base = Base(c.request, c.out.OwnSnapshot)
	c.out.Grants = c.grants()
	c.paths()
	for _, role := range c.author.draft.Rewritten() {
		c.out.Rewrites = append(c.out.Rewrites, c.rewrite(role))
	}
	if len(c.out.Rewrites) == 0 && !c.author.refresh {
		c.out.Verdict = Verdict{Nothing, "the repository already has this change; there is nothing to write"}
		if len(c.author.absent) > 0 {
			c.out.Verdict.Text = "there is no " + strings.Join(c.author.absent, " or ") + "; there is nothing to write"
		}
	} else {
		c.unmet()
		c.serverFiles()
		c.out.Summary = c.summary()
		c.out.Quorums = c.quorums()
		c.out.Cautions = c.author.draft.Cautions(c.bridged)
		c.pending()
		c.retire()
		c.out.Verdict = c.verdict()
		c.out.Impact = c.impact()
		c.flaws()
	}
	c.out.Here, c.out.Served = c.stated(), c.servedNow()
	return &c.out, nil
}

// flaws warns of the files of keys that sign and have something wrong with them.
func (c *compiler) flaws() {
	var said []model.KeyID
	for _, r := range c.out.Rewrites {
		for _, n := range r.Needs {
			for _, k := range n.Keys {
				if private := c.here[k.ID]; k.Sign && private.Fault != nil && !slices.Contains(said, k.ID) {
					said = append(said, k.ID)
					c.out.Local.Warnings = append(c.out.Local.Warnings, fmt.Sprintf("the file of %s %s; it is used anyway", k.Name, private.Fault.Text))
				}
			}
		}
	}
}

// ownSnapshot reports whether a client signs the snapshot, and not the server. A server
// cannot be asked whether it holds a key without making it one, so where no snapshot key
// is here, and it is not known that a client has it, the server is taken to hold it; that
// is found out before any key is made.
func (c *compiler) ownSnapshot() bool {
	for _, change := range c.request.Changes {
		switch change := change.(type) {
		case model.InitRepository:
			return !heldByServer(change.Snapshot)
		case model.RotateKey:
			if change.Role == model.RoleSnapshot {
				return !heldByServer(change.Keys)
			}
		}
	}
	if c.request.Repository == nil || c.request.ClientSnapshot {
		return c.request.ClientSnapshot || !c.request.Dialect.ServerKeys()
	}
	snapshot := c.request.Repository.Role(model.RoleSnapshot)
	if !c.request.Dialect.ServerKeys() {
		return snapshot == nil || !snapshot.Online
	}
	return snapshot != nil && slices.ContainsFunc(snapshot.Keys, func(id model.KeyID) bool { _, ok := c.find(id); return ok })
}

// NoTrustData is the way out where something else than trust data is found.
const NoTrustData = "This is not trust data: check where the repository is. If that is right, the data is damaged or was tampered with."

func heldByServer(k model.RoleKeys) bool {
	return len(k.Keys) > 0 && k.Keys[0].Source == model.KeyServer
}

// Sound refuses a repository that was read again where nothing can be built on it any
// more, for the reasons for which Compile does.
func (p *Part) Sound(r Request, at time.Time) error {
	c := compiler{request: r, circumstances: circumstances{at: at.UTC().Round(0)}, out: Part{OwnSnapshot: p.OwnSnapshot}}
	return c.sound()
}

// sound refuses a base on which nothing can be built: one whose top-level files
// could not be read, or do not verify. An expired one can be built on.
func (c *compiler) sound() error {
	r := c.request.Repository
	if r == nil {
		return nil
	}
	if Countersigns(c.request.Changes) {
		return nil // each file is checked by itself
	}
	for _, name := range model.TopLevelRoles() {
		role := r.Role(name)
		if role == nil || role.State != model.RoleVerified && !c.made(role) && !c.witnesses(role) {
			text := "there is no verified " + string(name)
			if role != nil && len(role.Problems) > 0 {
				text = role.Problems[0].Text
			}
			f := &model.Fault{
				Kind: model.FaultUsage, Subject: string(r.GUN), Text: "no change can be based on it: " + text,
				Hint: "Check the repository first. What doesn't verify must be repaired, or may be an attack.",
			}
			switch {
			case role == nil:
			case role.State == model.RoleUnavailable && len(role.Problems) > 0 && role.Problems[0].Fault != nil:
				f.Kind, f.Hint = role.Problems[0].Fault.Kind, role.Problems[0].Fault.Hint
			case role.State == model.RoleUnreadable:
				f.Kind = model.FaultBadData
				f.Hint = NoTrustData
			}
			return f
		}
	}
	return nil
}

// witnesses reports whether a role is under-signed, and is witnessed for that.
func (c *compiler) witnesses(role *model.Role) bool {
	return role.Name == model.RoleTargets && mendable(role) && slices.ContainsFunc(c.request.Changes, func(change model.Change) bool {
		w, ok := change.(model.Witness)
		return ok && slices.Contains(w.Roles, model.RoleTargets)
	})
}

// made reports whether the server cannot show a file now and makes it anew with
// what is published: with an expired root it no longer renews what it signs.
func (c *compiler) made(role *model.Role) bool {
	servers := role.Online || role.Name == model.RoleSnapshot && !c.out.OwnSnapshot
	root := c.request.Repository.Role(model.RoleRoot)
	return servers && role.State == model.RoleUnavailable && c.hasExpired(root) && c.rewritesRoot()
}

// rewritesRoot reports whether what is asked for gives the repository a new root.
func (c *compiler) rewritesRoot() bool {
	return slices.ContainsFunc(c.request.Changes, func(change model.Change) bool {
		switch change := change.(type) {
		case model.Renew:
			return slices.Contains(change.Roles, model.RoleRoot)
		case model.RotateKey:
			return change.Role.TopLevel()
		case model.SetThreshold:
			return change.Role.TopLevel()
		case model.RestateKeys:
			return slices.Contains(change.Roles, model.RoleRoot)
		default:
			return false
		}
	})
}

// Base lists the files that a plan is computed from. What is signed online is not ours to
// renew, and neither is a snapshot that is not signed here.
func Base(r Request, ownSnapshot bool) []BaseFile {
	if r.Repository == nil {
		return nil
	}
	var out []BaseFile
	for _, role := range r.Repository.Roles {
		if role.Raw == nil || role.Online || role.Name == model.RoleSnapshot && !ownSnapshot {
			continue
		}
		out = append(out, BaseFile{role.Name, role.Version, hex.EncodeToString(role.SHA256[:])})
	}
	return append(out, leftoverBase(r.Dialect, r.Leftovers)...)
}

func (c *compiler) rewrite(role model.RoleName) Rewrite {
	draft := c.author.draft
	if role.ListsFiles() {
		draft.Bump(role)
	}
	before, after := draft.Before(role), draft.After(role)
	out := Rewrite{
		Role: role, To: after.Version, Signer: SignedHere,
		Lifetime: draft.Lifetime(role), ExpiresAfter: c.at.UTC().Add(draft.Lifetime(role)),
		Why: c.author.why[role],
	}
	if before != nil {
		out.From, out.ExpiresBefore = before.Version, before.Expires.UTC()
	} else {
		before = &model.Metadata{Role: role}
	}
	switch {
	case role == model.RoleSnapshot:
		out.Why, out.Diff = []string{"to list the files above in their new versions"}, c.listed()
		if len(out.Diff) == 0 {
			out.Why = []string{"to renew it"}
		}
	case role == model.RoleTimestamp && slices.Contains(draft.Rewritten(), model.RoleSnapshot):
		out.Why, out.Diff = []string{"to list the new snapshot"}, []string{"snapshot changed"}
	case role == model.RoleTimestamp:
		out.Why = []string{"to renew it"}
	default:
		out.Diff = dialect.ChangesNamed(before, after, func(id model.KeyID) string { return c.name(id, after, before) })
	}
	if out.From == 0 && len(out.Why) == 0 {
		out.Why = []string{"because a search that reaches " + string(role) + " fails without it"}
	}
	if role == model.RoleRoot && out.From == 0 {
		out.Diff = c.rootKeys(after)
	}
	out.Diff = append(out.Diff, c.author.lifetimeDiff(role)...)
	if out.From > 0 && len(out.Diff) == 0 {
		out.Diff = []string{"contents unchanged"}
	}
	signed, countersigned := draft.Signed(role)
	for _, a := range draft.Quorums(role) {
		out.Needs = append(out.Needs, c.need(a))
		if countersigned {
			c.countersigners(&out.Needs[len(out.Needs)-1], signed)
		}
	}
	if countersigned {
		out.Lifetime, out.ExpiresAfter = 0, after.Expires.UTC()
	}
	if role == model.RoleRoot {
		out.Needs = append(out.Needs, c.legacy(out.Needs)...)
	}
	out.Needs = append(out.Needs, c.outgoing(role, out.Needs)...)
	return out
}

// rootKeys says of a first root who signs what.
func (c *compiler) rootKeys(root *model.Metadata) []string {
	var out []string
	for _, name := range model.TopLevelRoles() {
		for _, spec := range root.Roles {
			if spec.Name != name {
				continue
			}
			for _, id := range spec.KeyIDs {
				out = append(out, fmt.Sprintf("%s is signed with %s, %d of %d", name, c.name(id, root), spec.Threshold, len(spec.KeyIDs)))
			}
		}
	}
	return out
}

// listed says which entries of a snapshot change.
func (c *compiler) listed() []string {
	var out []string
	for _, role := range c.author.draft.Rewritten() {
		if !role.ListsFiles() && c.author.draft.Lists(role) {
			out = append(out, fmt.Sprintf("%s changed", role))
		}
	}
	for _, role := range c.author.draft.Unlisted() {
		out = append(out, fmt.Sprintf("%s is no longer listed", role))
	}
	for _, role := range c.author.draft.Relisted() {
		out = append(out, fmt.Sprintf("%s is listed again", role))
	}
	return out
}

// name is a key for people, by the ID or symbol under which one of the files lists it.
func (c *compiler) name(id model.KeyID, files ...*model.Metadata) string {
	for _, m := range c.author.makes {
		if m.Symbol == id {
			return m.Name
		}
	}
	return dialect.NameIn(c.request.Dialect, id, files...)
}

// serverFiles adds what the server rewrites by itself, or a robot that finds the others.
func (c *compiler) serverFiles() {
	if Countersigns(c.request.Changes) && len(c.out.Pending) > 0 {
		return // the file is not published yet
	}
	signer, why := SignedByServer, "because the server re-signs it on every publish"
	switch {
	case !c.request.Dialect.ServerKeys():
		signer, why = SignedByRobot, "because the robot that has its key lists what changed"
	case len(c.out.Rewrites) == 0:
		why = "because the server re-signs it on every publish, even an empty one"
	}
	for _, name := range c.author.draft.Served() {
		out := Rewrite{
			Role: name, To: 1, Signer: signer, Lifetime: c.author.draft.Lifetime(name), ExpiresAfter: c.at.UTC().Add(c.author.draft.Lifetime(name)),
			Why: []string{why},
		}
		for _, s := range c.servedNow() {
			if s.Role == name {
				out.From, out.To, out.ExpiresBefore = s.Version, s.Version+1, s.Expires
			}
		}
		c.out.Rewrites = append(c.out.Rewrites, out)
	}
}
