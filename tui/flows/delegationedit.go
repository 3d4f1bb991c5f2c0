package flows

import (
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
)

// The IDs and answers of what is asked about a delegation that changes.
const (
	// Edits asks what changes.
	Edits       = "edits"
	lostKeys    = "remove-key"
	lostPaths   = "remove-path"
	editKeys    = "add-keys"
	editLost    = "remove-keys"
	editPaths   = "add-paths"
	editNoPaths = "remove-paths"
	editQuorum  = "threshold"
	// EditAllPaths and EditNotAll are answers to Edits: the role may list everything, or
	// no longer everything.
	EditAllPaths = "all-paths"
	EditNotAll   = "not-all-paths"
	// EditEnds and EditGoesOn are answers to Edits: a search ends at the role, or goes on.
	EditEnds   = "terminating"
	EditGoesOn = "not-terminating"
)

// DelegationEdit changes keys, paths and threshold of a delegation.
func DelegationEdit(d Backend) *flow.Flow {
	steps := []flow.Step{
		existingStep("In which repositories?"),
		{
			ID: delegation, Label: "Role", Question: "Which delegation do you want to change?", Kind: flow.Choice,
			Help:    "The role that delegates to it gets a new version. The role itself is re-signed if its signatures are no longer enough.",
			Options: delegations, None: noDelegations, Default: selectedDelegation,
		},
		delegatorStep(false),
		{
			ID: Edits, Label: "Changes", Question: "What do you want to change?", Kind: flow.Several,
			Help: "Mark all that you want to change in one plan.", Options: editOptions,
			Unanswered: func(flow.Facts, flow.Answers) string {
				return "Give --key, --remove-key, --path, --remove-path, --all-paths, --not-all-paths, --terminating, --not-terminating or --threshold."
			},
		},
		{
			ID: signerKeys, Flag: "key", Label: "New keys", Question: "Which public keys may sign it as well?", Example: "alice.pub", Kind: flow.File, When: edits(editKeys),
			Help:     "Files in PEM form, or certificates. The holders keep the private keys.",
			Check:    func(f flow.Facts, a flow.Answers) error { _, _, err := publicKeys(f, a, signerKeys); return err },
			Describe: describeKeyFile,
		},
		{
			ID: lostKeys, Flag: "remove-key", Label: "Old keys", Question: "Which keys do you want to remove?", Kind: flow.Several, When: edits(editLost),
			Help: "Afterwards they can no longer sign the role. Published files that only they signed are signed again.", Options: lostKeyOptions,
			Resolve: resolveKeys(lostKeys, "of this role", lostKeyOptions),
		},
		pathsStep(edits(editPaths)),
		{
			ID: lostPaths, Flag: "remove-path", Label: "Old paths", Question: "Which paths do you want to remove?", Kind: flow.Several, When: edits(editNoPaths),
			Help:    "Clients ignore what the role lists outside its paths.",
			Options: func(f flow.Facts, a flow.Answers) []flow.Option { return pathOptions(f, a) },
		},
		{
			ID: signatures, Flag: "threshold", Label: "Threshold", Question: "How many of the keys must sign?", Example: "2", Kind: flow.Text, When: edits(editQuorum),
			Help:  "A number from 1 to the number of keys.",
			Check: func(_ flow.Facts, a flow.Answers) error { return number(a.First(signatures), 1, maxSignatures) },
		},
	}
	return Planned(d, &flow.Flow{
		ID: "delegation-edit", Title: "Edit a delegation", Verb: "Edit the delegation", Grade: flow.TypeName,
		Command: editCommand(),
		Steps:   append(steps, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		edit, err := edited(f, a)
		return allowing(f, a, asked(a, edit)), err
	})
}

// editCommand is the command, with a switch for what needs no further answer.
func editCommand() *flow.Command {
	out := command("delegation edit", repositories, delegation)
	for _, edit := range []string{EditAllPaths, EditNotAll, EditEnds, EditGoesOn} {
		out = switched(out, Edits, edit, edit)
	}
	return out
}

// edited makes a change of the answers.
func edited(f flow.Facts, a flow.Answers) (model.EditDelegation, error) {
	out := model.EditDelegation{Role: model.RoleName(a.First(delegation)), From: model.RoleName(a.First(delegator))}
	marked := func(what string) bool { return slices.Contains(a.Values[Edits], what) }
	if marked(editKeys) {
		var err error
		if out.Keys, out.Files, err = publicKeys(f, a, signerKeys); err != nil {
			return out, err
		}
	}
	if marked(editLost) {
		out.RemoveKeys = model.Retype[model.KeyID](a.Values[lostKeys])
	}
	if marked(editPaths) {
		out.Paths = slices.Clone(a.Values[pathList])
	}
	if marked(editNoPaths) {
		out.RemovePaths = slices.Clone(a.Values[lostPaths])
	}
	if marked(EditAllPaths) {
		out.Paths = append(out.Paths, f.Dialect.AllPaths()...)
	}
	if marked(EditNotAll) {
		out.RemovePaths = append(out.RemovePaths, f.Dialect.AllPaths()...)
	}
	if ends := marked(EditEnds); ends || marked(EditGoesOn) {
		out.Terminating = &ends
	}
	if marked(editQuorum) {
		out.Threshold, _ = strconv.Atoi(a.First(signatures)) // it was checked before
	}
	return out, nil
}

// edits tells whether something is among what changes.
func edits(what string) func(flow.Facts, flow.Answers) bool {
	return func(_ flow.Facts, a flow.Answers) bool { return slices.Contains(a.Values[Edits], what) }
}

// selectedDelegation is the role that was selected, where it is a delegation.
func selectedDelegation(f flow.Facts, a flow.Answers) []string {
	role := a.First(SelectedRole)
	if slices.ContainsFunc(delegations(f, a), func(o flow.Option) bool { return o.Value == role }) {
		return []string{role}
	}
	return nil
}

func editOptions(f flow.Facts, a flow.Answers) []flow.Option {
	out := []flow.Option{{Value: editKeys, Label: "Add keys", Help: "More people may sign the role."}}
	if len(lostKeyOptions(f, a)) > 0 { // the last one may be replaced
		out = append(out, flow.Option{Value: editLost, Label: "Remove keys", Help: "Their holders can no longer sign the role."})
	}
	out = append(out, flow.Option{Value: editPaths, Label: "Add paths", Help: "The role may list more."})
	if len(pathOptions(f, a)) > 0 {
		out = append(out, flow.Option{Value: editNoPaths, Label: "Remove paths", Help: "The role may list less."})
	}
	all := f.Dialect.AllPaths()
	listsAll := slices.ContainsFunc(edgesOf(f, a), func(e model.Delegation) bool {
		return len(all) > 0 && !slices.ContainsFunc(all, func(path string) bool { return !slices.Contains(e.Paths, path) })
	})
	switch words := f.Dialect.Words(); {
	case len(all) == 0:
	case listsAll:
		out = append(out, flow.Option{Value: EditNotAll, Label: "No longer every " + words.Target, Help: "The role may list only what its other paths permit."})
	default:
		out = append(out, flow.Option{Value: EditAllPaths, Label: "Every " + words.Target, Help: "The role may list any name."})
	}
	if f.Dialect.Forms().Terminating {
		ends := slices.ContainsFunc(edgesOf(f, a), func(e model.Delegation) bool { return e.Terminating })
		if ends {
			out = append(out, flow.Option{Value: EditGoesOn, Label: "Let searches go on", Help: "What the role doesn't list may be in a later one."})
		} else {
			out = append(out, flow.Option{Value: EditEnds, Label: "End searches there", Help: "No later role can answer for what it is for."})
		}
	}
	return append(out, flow.Option{Value: editQuorum, Label: "Change the threshold", Help: "How many of its keys must sign."})
}

// edgesOf are the delegations that the answers mean, one of each repository that has one.
func edgesOf(f flow.Facts, a flow.Answers) []model.Delegation {
	var out []model.Delegation
	for _, r := range named(f, a) {
		role := r.Role(model.RoleName(a.First(delegation)))
		if role == nil {
			continue
		}
		for _, edge := range role.Parents {
			if from := model.RoleName(a.First(delegator)); from == "" || edge.From == from {
				out = append(out, edge)
				break
			}
		}
	}
	return out
}

// lostKeyOptions are the keys of the delegation.
func lostKeyOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	edges := edgesOf(f, a)
	for _, r := range named(f, a) {
		for _, k := range r.Keys {
			listed := slices.ContainsFunc(edges, func(e model.Delegation) bool {
				return slices.ContainsFunc(e.KeyIDs, k.Has)
			})
			if listed && !slices.ContainsFunc(out, func(o flow.Option) bool { return o.Value == string(k.ID) }) {
				out = append(out, flow.Option{Value: string(k.ID), Label: keyName(k.ID, f.Dialect.Short(model.RoleName(a.First(delegation))), ""), Help: stopped(k.Algorithm)})
			}
		}
	}
	return out
}

// pathOptions are the paths of the delegation, but those that stand for everything.
func pathOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var out []flow.Option
	for _, edge := range edgesOf(f, a) {
		for _, path := range edge.Paths {
			if !slices.Contains(f.Dialect.AllPaths(), path) && !slices.ContainsFunc(out, func(o flow.Option) bool { return o.Value == path }) {
				out = append(out, flow.Option{Value: path, Label: path, Help: "Names that begin with it, or match it."})
			}
		}
	}
	return out
}

// resolveKeys takes the first digits of a key ID for the whole of it. The options are keys.
func resolveKeys(id, where string, options func(flow.Facts, flow.Answers) []flow.Option) func(flow.Facts, flow.Answers) ([]string, error) {
	return func(f flow.Facts, a flow.Answers) ([]string, error) {
		known := model.Retype[model.KeyID](valuesOf(options(f, a)))
		var typed []string
		for _, word := range a.Values[id] {
			typed = append(typed, asListed(f, known, word))
		}
		meant, err := model.MatchKeys(known, typed, where)
		return model.Retype[string](meant), err
	}
}

// resolveKeysOr is resolveKeys where some words stand for something else than a key: they stay, and
// so does what begins the ID of none.
func resolveKeysOr(id, where string, options func(flow.Facts, flow.Answers) []flow.Option, words ...string) func(flow.Facts, flow.Answers) ([]string, error) {
	return func(f flow.Facts, a flow.Answers) ([]string, error) {
		var keys []model.KeyID
		for _, o := range options(f, a) {
			if !slices.Contains(words, o.Value) {
				keys = append(keys, model.KeyID(o.Value))
			}
		}
		var out []string
		for _, word := range a.Values[id] {
			meant, err := model.MatchKeys(keys, []string{asListed(f, keys, word)}, where)
			switch {
			case slices.Contains(words, word):
				out = append(out, word)
			case err == nil:
				out = append(out, model.Retype[string](meant)...)
			case slices.ContainsFunc(keys, func(id model.KeyID) bool { return strings.HasPrefix(string(id), strings.ToLower(word)) }):
				return nil, err
			default:
				out = append(out, word) // that it is none of the choices is said of it
			}
		}
		return out, nil
	}
}

// asListed makes of the ID that a key of this machine has in its folder, or its first digits,
// the one by which repositories know it, where that is one of some. Another word stays.
func asListed(f flow.Facts, listed []model.KeyID, word string) string {
	digits := strings.ToLower(strings.Join(strings.Fields(word), ""))
	begins := func(id model.KeyID) bool { return strings.HasPrefix(string(id), digits) }
	if len(digits) < model.MinKeyDigits || slices.ContainsFunc(listed, begins) {
		return word
	}
	var found []model.KeyID
	for _, k := range f.Keys {
		if !slices.ContainsFunc(k.IDs(), begins) {
			continue
		}
		for _, id := range listed {
			if k.Is(id) && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	if len(found) != 1 {
		return word
	}
	return string(found[0])
}
