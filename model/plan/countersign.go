package plan

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// countersign adds signatures to files as they are.
func (a *builder) countersign(c model.Countersign) error {
	if len(c.Roles) == 0 {
		return a.fault("Name at least one role that waits for signatures.", "no role named to countersign")
	}
	for _, name := range c.Roles {
		role := a.roles[name]
		switch {
		case role == nil || role.Version == 0:
			return a.fault("Check which roles the repository has.", "there is no file of a role %q", string(name))
		case !role.AwaitsSignatures():
			return a.fault("To sign it again as a new version, renew or witness it.", "%s doesn't wait for signatures", name)
		}
		if err := a.draft.Countersign(name); err != nil {
			return a.fault("Check the repository first. What doesn't verify must be repaired, or may be an attack.", "%s cannot be countersigned: %v", name, err)
		}
		a.addReason(name, "to add signatures; it stays as it is")
		if role.Replaces == nil {
			a.warnings = append(a.warnings, fmt.Sprintf(
				"what %s %d replaces is not known here, so all that it says is shown as new: open the published version first to see the difference", name, role.Version))
		}
	}
	return nil
}

// Countersigns reports whether files are signed as they are, and none is made.
func Countersigns(changes []model.Change) bool {
	return slices.ContainsFunc(changes, func(c model.Change) bool {
		_, ok := c.(model.Countersign)
		return ok
	})
}

// alone refuses a countersignature beside changes that make new files: what is signed would
// be published with them.
func (c *compiler) alone() error {
	if !Countersigns(c.request.Changes) || len(c.request.Changes) == 1 {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: string(c.request.GUN), Text: "a file is countersigned as it is, and other changes are requested too",
		Hint: "Countersign in a plan of its own.",
	}
}

// countersigners has those keys of a quorum sign that are here and have not.
func (c *compiler) countersigners(q *Quorum, have []model.KeyID) {
	for i := range q.Keys {
		k := &q.Keys[i]
		k.Signed = slices.Contains(have, k.Listed)
		k.Sign = !k.Signed && k.Place == PlaceHere
	}
}

// unmet are the files that lack signatures when the part is applied. They can be countersigned
// by others afterwards.
func (c *compiler) unmet() {
	for _, r := range c.out.Rewrites {
		if _, ok := c.author.draft.Signed(r.Role); !ok {
			continue
		}
		for _, q := range r.Needs {
			if have, _ := q.signers(); have < q.Threshold && !q.Optional {
				c.out.Pending = append(c.out.Pending, Pending{Role: r.Role, Quorum: q})
			}
		}
	}
}

// countersigned is the verdict on a part that adds signatures: one is enough, though others
// may have to sign besides.
func (c *compiler) countersigned() Verdict {
	var signs, lacks []string
	elsewhere := false
	for _, r := range c.out.Rewrites {
		for _, q := range r.Needs {
			have, others := q.signers()
			elsewhere = elsewhere || len(others) > 0
			if slices.ContainsFunc(q.Keys, func(k Key) bool { return k.Sign }) {
				signs = append(signs, string(r.Role))
			}
			if have < q.Threshold {
				lacks = append(lacks, fmt.Sprintf("%s then needs %s more, by %s", r.Role, model.Count(q.Threshold-have, "signature"), strings.Join(others, " or ")))
			}
		}
	}
	switch {
	case len(signs) == 0 && elsewhere:
		return Verdict{Waiting, "no key that has yet to sign is on this machine"}
	case len(signs) == 0:
		return Verdict{Nothing, "every key has signed it; there is nothing to add"}
	case len(lacks) > 0:
		return Verdict{Ready, strings.Join(slices.Compact(lacks), "; ")}
	default:
		return Verdict{Ready, "with your signatures it has all that it needs"}
	}
}
