package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
)

// The IDs and answers of what is asked about roles that no key of this machine can sign.
const (
	unsigned     = "unsigned"
	joinKey      = "join-key"
	leavePending = "leave-pending"
	keepTags     = "keep-tags"

	joining = "join"
	pending = "pending"
	stop    = "stop"
)

// unsignedSteps ask, once there is a plan, about delegations that need a file which no key
// of this machine can sign, and about the tags of files that are replaced. mayWait offers
// to leave them pending.
func unsignedSteps(mayWait bool) []flow.Step {
	steps := []flow.Step{{
		ID: unsigned, Label: "Unsigned", Question: "A role needs a signature that no key on this machine can make. What do you want to do?", Kind: flow.Choice, Late: true,
		HelpIn: func(d dialect.Conventions) string {
			const help = "A removed or replaced key signed its file, or the server still has the file of a role that was removed before."
			return sentences(help, cmp.Or(d.Words().Refusing, "Clients refuse such a file."))
		},
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option { return unsignedOptions(f, mayWait) },
		When:    func(f flow.Facts, _ flow.Answers) bool { return len(asking(f)) > 0 },
		Unanswered: func(f flow.Facts, _ flow.Answers) string {
			return ways(f, mayWait)
		},
	}}
	if mayWait {
		steps = append(steps, flow.Step{
			ID: leavePending, Flag: leavePending, Implies: true, Label: "Pending", Question: "Which roles do you want to leave pending?", Kind: flow.Several, Late: true,
			Help:    "They cannot be used until their signers sign them. One of your keys joins the other roles.",
			Options: func(f flow.Facts, _ flow.Answers) []flow.Option { return pendingOptions(f) },
			Default: func(f flow.Facts, _ flow.Answers) []string { return rolesOf(asking(f)) },
			When: func(f flow.Facts, a flow.Answers) bool {
				return len(asking(f)) > 0 && a.First(unsigned) == pending
			},
		})
	}
	return append(steps, flow.Step{
		ID: joinKey, Flag: joinKey, Label: "Join", Question: "Which of your keys do you want to add to the role, to sign it?", Kind: flow.Choice, Late: true,
		Help:    "The key may sign the role until you remove it. Choosing the repository's targets key gives it no new power.",
		Options: joinOptions,
		When: func(f flow.Facts, a flow.Answers) bool {
			return a.First(unsigned) == joining && len(asking(f)) > 0 || a.First(unsigned) == pending && len(joined(f, a)) > 0
		},
		Unanswered: func(f flow.Facts, _ flow.Answers) string { return ways(f, mayWait) },
	}, flow.Step{
		ID: keepTags, Flag: keepTags, Label: "Tags", Question: "Which tags of the replaced files do you want to keep?", Kind: flow.Several, Optional: true, Late: true,
		Help:    "A new file replaces the one on the server. It has only the tags that you choose here, and you sign them. Without an answer it has none.",
		Options: func(f flow.Facts, a flow.Answers) []flow.Option { return tagOptions(replacing(f, a)) },
		When:    func(f flow.Facts, a flow.Answers) bool { return len(tagOptions(replacing(f, a))) > 0 },
	})
}

// settled are the settlements of the plan, of all repositories.
func settled(f flow.Facts) []plan.Settlement {
	p := PlanOf(f.Outcome)
	if p == nil {
		return nil
	}
	var out []plan.Settlement
	for _, part := range p.Parts {
		out = append(out, part.Settled...)
	}
	return out
}

// asking are those that no key of this machine can carry out.
func asking(f flow.Facts) []plan.Settlement {
	return slices.DeleteFunc(settled(f), func(s plan.Settlement) bool { return !s.Asked })
}

// joined are those of them that are not left pending.
func joined(f flow.Facts, a flow.Answers) []plan.Settlement {
	return slices.DeleteFunc(asking(f), func(s plan.Settlement) bool { return slices.Contains(a.Values[leavePending], string(s.Role)) })
}

// replacing are the settlements by which a fresh file takes the place of another one.
func replacing(f flow.Facts, a flow.Answers) []plan.Settlement {
	return slices.DeleteFunc(settled(f), func(s plan.Settlement) bool {
		if s.Asked {
			return a.First(joinKey) == "" || slices.Contains(a.Values[leavePending], string(s.Role))
		}
		return s.Action != plan.Replace
	})
}

func rolesOf(list []plan.Settlement) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, string(s.Role)) {
			out = append(out, string(s.Role))
		}
	}
	return out
}

func unsignedOptions(f flow.Facts, mayWait bool) []flow.Option {
	roles := strings.Join(rolesOf(asking(f)), ", ")
	out := []flow.Option{{Value: joining, Label: "Add one of your keys", Help: fmt.Sprintf("trustdeck adds a key from this machine to %s. It signs a new file with the tags that you choose.", roles)}}
	if mayWait {
		out = append(out, flow.Option{Value: pending, Label: "Leave it pending", Help: fmt.Sprintf("%s cannot be used until its signers sign.", roles)})
	}
	return append(out, flow.Option{Value: stop, Label: "Stop", Help: "Nothing is changed. You can save the plan for the holder of the key."})
}

// pendingOptions are the roles that can be left pending, with what that means.
func pendingOptions(f flow.Facts) []flow.Option {
	var out []flow.Option
	for _, s := range asking(f) {
		if slices.ContainsFunc(out, func(o flow.Option) bool { return o.Value == string(s.Role) }) {
			continue
		}
		help := "No client accepts it until it is signed with its own keys."
		if s.Returns {
			help = fmt.Sprintf("Version %d, which the server has, is signed with its key; clients see its tags again: %s.", s.Version, strings.Join(s.Tags, ", "))
		}
		out = append(out, flow.Option{Value: string(s.Role), Label: string(s.Role), Help: help})
	}
	return out
}

// joinOptions are the keys of this machine that may join: those that gain no power by it
// come first.
func joinOptions(f flow.Facts, _ flow.Answers) []flow.Option {
	p := PlanOf(f.Outcome)
	if p == nil {
		return nil
	}
	var first, others []flow.Option
	for _, k := range f.Keys {
		may := false
		for _, part := range p.Parts {
			r := f.Repositories[string(part.GUN)]
			may = may || r != nil && plan.MayJoin(k, r) && slices.ContainsFunc(part.Settled, func(s plan.Settlement) bool { return s.Asked })
		}
		o := flow.Option{Value: string(k.ID), Label: keyName(k.ID, k.Label, k.GUN) + usedIn(f, k), Help: describePrivate(f, k)}
		switch {
		case !may:
		case k.Label == string(model.RoleTargets):
			first = append(first, o)
		default:
			others = append(others, o)
		}
	}
	return append(first, others...)
}

func tagOptions(list []plan.Settlement) []flow.Option {
	where := map[string][]string{}
	var order []string
	for _, s := range list {
		for _, tag := range s.Tags {
			if where[tag] == nil {
				order = append(order, tag)
			}
			where[tag] = append(where[tag], fmt.Sprintf("%s %d", s.Role, s.Version))
		}
	}
	slices.Sort(order)
	var out []flow.Option
	for _, tag := range order {
		out = append(out, flow.Option{Value: tag, Label: tag, Help: "In " + strings.Join(where[tag], ", ") + "."})
	}
	return out
}

// ways names the answers on the command line.
func ways(f flow.Facts, mayWait bool) string {
	roles := rolesOf(asking(f))
	out := fmt.Sprintf("For %s, add one of your keys to sign it (--%s ID)", strings.Join(roles, " and "), joinKey)
	if mayWait {
		out += fmt.Sprintf(", leave it pending (--%s %s)", leavePending, strings.Join(roles, " --"+leavePending+" "))
	}
	return out + ", or stop here: nothing was changed."
}

// allowing adds to what is asked what was decided about roles that cannot be signed here.
func allowing(f flow.Facts, a flow.Answers, asked []change.Request) []change.Request {
	if f.Outcome == nil {
		return asked // nobody knows yet what is to be decided
	}
	allow := model.AllowUnsigned{KeepTags: a.Values[keepTags], Pending: model.Retype[model.RoleName](a.Values[leavePending])}
	if id := a.First(joinKey); id != "" {
		allow.JoinKey = model.KeyID(id)
		allow.Join = model.Retype[model.RoleName](rolesOf(joined(f, a)))
	}
	if len(allow.Join)+len(allow.Pending)+len(allow.KeepTags) == 0 {
		return asked
	}
	for i := range asked {
		asked[i].Changes = append(asked[i].Changes, allow)
	}
	return asked
}

// Implied is what flags say of the question that they answer before it is asked.
func Implied(a flow.Answers) {
	switch {
	case len(a.Values[leavePending]) > 0:
		a.Values[unsigned] = []string{pending}
	case len(a.Values[joinKey]) > 0:
		a.Values[unsigned] = []string{joining}
	}
	if len(a.Values[pathList]) > 0 && a.Values[PathScope] == nil {
		a.Values[PathScope] = []string{somePaths}
	}
	if len(a.Values[prefixList]) > 0 && a.Values[PathScope] == nil {
		a.Values[PathScope] = []string{someHashes}
	}
	if len(a.Values[binBits]) > 0 && a.Values[PathScope] == nil {
		a.Values[PathScope] = []string{hashBins}
	}
	impliedSigning(a)
	for _, implied := range []struct{ answer, edit string }{
		{signerKeys, editKeys}, {lostKeys, editLost}, {pathList, editPaths}, {lostPaths, editNoPaths}, {signatures, editQuorum},
	} {
		if len(a.Values[implied.answer]) > 0 {
			a.Values[Edits] = append(a.Values[Edits], implied.edit)
		}
	}
	if len(a.Values[archiveTo]) > 0 {
		a.Values[ArchiveFirst] = []string{archiveYes}
	}
	if len(a.Values[SourceFile]) > 0 && a.Values[importedKey] == nil {
		a.Values[importedKey] = []string{fromFile}
	}
	if len(a.Values[expiringIn]) > 0 {
		a.Values[renewScope] = []string{scopeAll}
	}
}
