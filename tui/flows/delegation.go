package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// The IDs and answers of what is asked about delegations.
const (
	delegation = "role"
	delegator  = "from"
	scopeStep  = "paths"
	pathList   = "path"
	signatures = "threshold"

	// AllPaths is the answer to PathScope that stands for every target.
	AllPaths  = "all"
	somePaths = "some"
	samePaths = "same"
	// someHashes and hashBins are answers to PathScope where a dialect has such forms.
	someHashes = "hashes"
	hashBins   = "bins"
	prefixList = "hash-prefix"
	binBits    = "bins"

	// Ending asks whether a search ends at a delegation, and Terminating is the answer that it
	// does.
	Ending      = "ending"
	Terminating = "terminating"
	searchOn    = "on"
)

// PathScope asks which targets a delegation may list.
const PathScope = scopeStep

// pathFlags say how a command line says what a role may list.
func pathFlags(f flow.Facts, _ flow.Answers) string {
	if len(f.Dialect.AllPaths()) == 0 {
		return "Give --path, --hash-prefix or --bins."
	}
	return "Give --path, or --all-paths."
}

// DelegationAdd has keys sign a role below targets or below another delegation.
func DelegationAdd(d Backend) *flow.Flow {
	steps := []flow.Step{
		existingStep("In which repositories?"),
		{
			ID: delegation, Label: "Role", Question: "What is the name of the delegation?", Example: "qa", Kind: flow.Text,
			ExampleIn: func(d dialect.Conventions) string { return d.Words().RoleExample },
			HelpIn: func(d dialect.Conventions) string {
				words := d.Words()
				return sentences("A role that may sign some of the "+words.Targets()+dialect.Around(": ", words.RoleNames, "")+".",
					"If the role exists, the keys and paths that you give are added to it.")
			},
			Suggest: func(f flow.Facts, a flow.Answers) []string { return valuesOf(delegations(f, a)) },
			Check:   checkNewDelegation,
		},
		delegatorStep(true),
		{
			ID: signerKeys, Flag: "key", Label: "Keys", Question: "Which public keys may sign it?", Example: "alice.pub", Kind: flow.File, Optional: true,
			HelpIn: func(d dialect.Conventions) string {
				return sentences(keyFiles(d), "The holders keep the private keys.")
			},
			Without:  "Press Enter to have a new role's keys made on this machine, or to leave those of a role that exists.",
			Needed:   delegationKeysWanted,
			Check:    func(f flow.Facts, a flow.Answers) error { _, _, err := publicKeys(f, a, signerKeys); return err },
			Describe: describeKeyFile,
		},
		newKeysStep(wantsNewKeys),
		algorithmStep(givesNew),
		{
			ID: PathScope, Label: "Paths", Question: "What may the role list?", Kind: flow.Choice,
			Options: scopeOptions,
			Help:    "A role below another one may list only what that one may list, too.",
			Default: func(f flow.Facts, a flow.Answers) []string {
				if a.First(delegation) != "" && !edgeAnew(f, a) {
					return []string{samePaths}
				}
				return nil
			},
			Unanswered: pathFlags,
		},
		pathsStep(func(_ flow.Facts, a flow.Answers) bool { return a.First(PathScope) == somePaths }),
	}
	steps = append(append(steps, formSteps()...),
		flow.Step{
			ID: signatures, Flag: "threshold", Label: "Threshold", Question: "How many of the keys must sign?", Example: "2", Kind: flow.Text,
			Help: "A number from 1 to the number of keys. If it's more than 1, no single person can sign the role.",
			When: func(f flow.Facts, a flow.Answers) bool {
				return a.Values[signatures] != nil || len(a.Values[signerKeys])+countNew(a) > 1 && edgeAnew(f, a)
			},
			Default: func(flow.Facts, flow.Answers) []string { return []string{"1"} },
			Check:   func(_ flow.Facts, a flow.Answers) error { return number(a.First(signatures), 1, maxSignatures) },
		})
	return Planned(d, &flow.Flow{
		ID: "delegation-add", Title: "Add a delegation", Verb: "Add the delegation", Grade: flow.Accept,
		Command: switched(switched(command("delegation add", repositories, delegation), PathScope, AllPaths, "all-paths"), Ending, Terminating, "terminating"),
		Steps:   append(steps, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		add, err := delegates(f, a)
		return allowing(f, a, asked(a, add)), err
	})
}

// wantsNewKeys reports whether keys are made for the role: those of a new one have to come from
// somewhere.
func wantsNewKeys(f flow.Facts, a flow.Answers) bool {
	return a.Values[newKeys] != nil || len(a.Values[signerKeys]) == 0 && a.First(delegation) != "" && madeAnew(f, a)
}

// delegates makes a change of the answers.
func delegates(f flow.Facts, a flow.Answers) (model.AddDelegation, error) {
	out := model.AddDelegation{Role: model.RoleName(a.First(delegation)), From: model.RoleName(a.First(delegator))}
	var err error
	if out.Keys, out.Files, err = publicKeys(f, a, signerKeys); err != nil {
		return out, err
	}
	switch a.First(PathScope) {
	case AllPaths:
		out.Paths = f.Dialect.AllPaths()
	case somePaths:
		out.Paths = a.Values[pathList]
	case someHashes:
		out.PathHashPrefixes = a.Values[prefixList]
	case hashBins:
		out.Bins, _ = strconv.Atoi(a.First(binBits)) // it was checked before
	}
	for range countNew(a) {
		out.Make = append(out.Make, newKeyChoice(a).Algorithm)
	}
	out.Terminating = a.First(Ending) == Terminating
	out.Threshold, _ = strconv.Atoi(a.First(signatures)) // it was checked before
	return out, nil
}

// formSteps ask for the forms of a delegation that only some dialects have.
func formSteps() []flow.Step {
	return []flow.Step{
		{
			ID: prefixList, Flag: "hash-prefix", Label: "Prefixes", Question: "Which hash prefixes is it for?", Example: "0a", Kind: flow.List,
			When: func(_ flow.Facts, a flow.Answers) bool { return a.First(PathScope) == someHashes },
			Help: "One a line: the first hexadecimal digits of the SHA-256 of a path.",
		},
		{
			ID: binBits, Flag: "bins", Label: "Bins", Question: "By how many bits of their hashes do you want to spread the targets?", Example: "8", Kind: flow.Text,
			When: func(_ flow.Facts, a flow.Answers) bool { return a.First(PathScope) == hashBins },
			Help: "1 makes 2 roles, 8 makes 256, each with a file of its own. The role's name begins theirs.",
			Check: func(f flow.Facts, a flow.Answers) error {
				return number(a.First(binBits), 1, f.Dialect.Forms().MaxBins)
			},
		},
		{
			ID: Ending, Label: "Search", Question: "Does a search for a target of it end there?", Kind: flow.Choice,
			When: func(f flow.Facts, a flow.Answers) bool {
				return f.Dialect != nil && f.Dialect.Forms().Terminating && edgeAnew(f, a) && a.First(PathScope) != hashBins
			},
			Help:    "If it ends there, no later delegation can answer for what this one is for, even where this one lists nothing.",
			Options: endings,
			Default: func(flow.Facts, flow.Answers) []string { return []string{searchOn} },
		},
	}
}

// maxSignatures is more than anybody asks for.
const maxSignatures = 1000

// delegatorStep asks which role delegates, where the name of a delegation does not say it.
// anew is true where the delegation may be made.
func delegatorStep(anew bool) flow.Step {
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		var out []flow.Option
		for _, name := range delegators(f, a, anew) {
			out = append(out, flow.Option{Value: string(name), Label: string(name), Help: "Its keys must sign the change."})
		}
		return out
	}
	return flow.Step{
		ID: delegator, Flag: "from", Label: "Delegator", Question: "Which role delegates to it?", Kind: flow.Choice,
		Help:    "Several roles may delegate to the same one, each with keys and paths of its own.",
		Options: options,
		When: func(f flow.Facts, a flow.Answers) bool {
			if f.Dialect == nil || a.First(delegation) == "" {
				return false
			}
			_, named := f.Dialect.Delegator(model.RoleName(a.First(delegation)))
			return !named && (anew || len(delegators(f, a, anew)) > 1)
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			if have := delegators(f, a, false); len(have) == 1 {
				return []string{string(have[0])}
			}
			if anew && len(delegators(f, a, false)) == 0 {
				return []string{string(model.RoleTargets)}
			}
			return nil
		},
	}
}

// delegators are the roles that delegate to the one of the answer, or that may where it is
// made.
func delegators(f flow.Facts, a flow.Answers, anew bool) []model.RoleName {
	var out []model.RoleName
	add := func(name model.RoleName) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	name := model.RoleName(a.First(delegation))
	for _, r := range named(f, a) {
		for i := range r.Roles {
			role := &r.Roles[i]
			if anew && role.Name.HoldsTargets() && role.Name != name {
				add(role.Name)
			}
			if !anew && role.Name == name {
				for _, edge := range role.Parents {
					add(edge.From)
				}
			}
		}
	}
	return out
}

// checkNewDelegation refuses names that no delegation can have, or that lie below a role
// which is not there.
func checkNewDelegation(f flow.Facts, a flow.Answers) error {
	name, err := f.Dialect.ParseRole(a.First(delegation))
	switch {
	case err != nil:
		return err
	case name.TopLevel():
		return fmt.Errorf("%s is a top-level role, which cannot be delegated", name)
	}
	from, ok := f.Dialect.Delegator(name)
	if !ok {
		return nil
	}
	for _, r := range named(f, a) {
		if r.Role(from) == nil {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: string(r.GUN), Text: fmt.Sprintf("there is no role %q that could delegate", string(from)),
				Hint: "Add that delegation first.",
			}
		}
	}
	return nil
}

// madeAnew reports whether a repository does not have the delegation of the answer yet.
func madeAnew(f flow.Facts, a flow.Answers) bool {
	return slices.ContainsFunc(named(f, a), func(r *model.Repository) bool { return r.Role(model.RoleName(a.First(delegation))) == nil })
}

// edgeAnew reports whether in a repository the delegator of the answer does not delegate to the
// role of the answer yet.
func edgeAnew(f flow.Facts, a flow.Answers) bool {
	from := model.RoleName(a.First(delegator))
	return madeAnew(f, a) || from != "" && slices.ContainsFunc(named(f, a), func(r *model.Repository) bool {
		role := r.Role(model.RoleName(a.First(delegation)))
		return !slices.ContainsFunc(role.Parents, func(edge model.Delegation) bool { return edge.From == from })
	})
}

// delegationKeysWanted says why public keys must be given: each repository would get other new
// ones.
func delegationKeysWanted(f flow.Facts, a flow.Answers) error {
	if !madeAnew(f, a) || alone(a) {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: a.First(delegation), Text: "a public key is needed: the role is new, and several repositories share its keys",
		Hint: "Give the file of the public key of each person who is to sign it: --key FILE.",
	}
}

func scopeOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	words := f.Dialect.Words()
	if len(f.Dialect.AllPaths()) > 0 {
		out = append(out, flow.Option{Value: AllPaths, Label: "Every " + words.Target, Help: "The role may list any name."})
	}
	out = append(out, flow.Option{Value: somePaths, Label: "Some " + words.Targets(), Help: "You give the paths."})
	forms := f.Dialect.Forms()
	if forms.HashPrefixes {
		out = append(out, flow.Option{Value: someHashes, Label: "By hash prefix", Help: "Targets whose hashed paths begin with what you give."})
	}
	if forms.MaxBins > 0 {
		out = append(out, flow.Option{Value: hashBins, Label: "In hash bins", Help: "The targets are spread evenly over many roles with the same keys."})
	}
	if len(named(f, a)) > 0 && !edgeAnew(f, a) {
		out = append(out, flow.Option{Value: samePaths, Label: "What it may list now", Help: "Its paths stay as they are."})
	}
	return out
}

// endings are whether a search goes on behind a delegation.
func endings(flow.Facts, flow.Answers) []flow.Option {
	return []flow.Option{
		{Value: searchOn, Label: "No, it goes on", Help: "What this role doesn't list may be in a later one."},
		{Value: Terminating, Label: "Yes, it ends there", Help: "No later role can answer for it."},
	}
}

// pathsStep asks for paths that a delegation gets.
func pathsStep(when func(flow.Facts, flow.Answers) bool) flow.Step {
	return flow.Step{
		ID: pathList, Flag: "path", Label: "Paths", Question: "Which paths may it list?", Example: "v1.", Kind: flow.List, When: when,
		ExampleIn: func(d dialect.Conventions) string { return d.Words().PathExample },
		HelpIn: func(d dialect.Conventions) string {
			return "One a line" + dialect.Around(": ", d.Words().Paths, "") + "."
		},
		Check: checkPaths,
	}
}

// checkPaths refuses paths that the delegator cannot delegate.
func checkPaths(f flow.Facts, a flow.Answers) error {
	from, ok := f.Dialect.Delegator(model.RoleName(a.First(delegation)))
	if !ok {
		from = model.RoleName(a.First(delegator))
	}
	for _, r := range named(f, a) {
		permitted := f.Dialect.AllPaths()
		if role := r.Role(from); role != nil && from.Delegation() {
			permitted = role.Effective
		}
		for _, path := range a.Values[pathList] {
			if err := f.Dialect.CheckPath(path, permitted); err != nil {
				return err
			}
		}
	}
	return nil
}

// noDelegations says why there is no delegation to choose: what cannot be read of a
// repository, or that it has none.
func noDelegations(f flow.Facts, a flow.Answers) error {
	for _, r := range named(f, a) {
		if all := r.AllProblems(); len(all) > 0 && all[0].IsFailure() {
			return &model.Fault{
				Kind: model.FaultUnusable, Subject: string(r.GUN), Text: "no delegation can be read: " + all[0].Text,
				Hint: "Look at the repository first: trustdeck doctor.",
			}
		}
	}
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: strings.Join(a.Values[repositories], ", "), Text: "there is no delegation",
		Hint: "Add one with: trustdeck delegation add.",
	}
}

// delegations are those of the repositories, with how they are.
func delegations(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	for _, r := range named(f, a) {
		for i := range r.Roles {
			role := &r.Roles[i]
			if role.Name.Delegation() && !slices.ContainsFunc(out, func(o flow.Option) bool { return o.Value == string(role.Name) }) {
				out = append(out, flow.Option{Value: string(role.Name), Label: string(role.Name), Help: standing(f, role)})
			}
		}
	}
	return out
}
