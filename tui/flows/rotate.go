package flows

import (
	"cmp"
	"slices"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// The IDs of answers of Rotate.
const (
	rotated    = "role"
	nextRoot   = "next-root"
	nextHere   = "next-key"
	nextFiles  = "next-files"
	replaced   = "replaced"
	legacy     = "legacy"
	maxLegacy  = 100
	allLegacy  = "all"
	nobodySigs = "0"
	noKey      = "none"
	fromFile   = "file"
)

// Rotate has other keys sign a role from now on.
func Rotate(d Backend) *flow.Flow {
	steps := []flow.Step{
		existingStep("In which repositories?"),
		{
			ID: rotated, Label: "Role", Question: "Which role's key do you want to replace?", Kind: flow.Choice,
			Help:    "Afterwards the old key can no longer sign here. Its private key stays, unless you choose to remove it.",
			Options: rotatable,
			Default: selectedRole,
		},
	}
	root := nextRootSteps()
	steps = append(steps, replacedStep(), nextOnToken.step(), root[0], nextHereStep(), nextFilesStep())
	steps = append(append(steps, root[1:]...), rotatedSnapshotStep(), algorithmStep(rotationMakes), oldKeyStep(d), completeStep())
	f := Planned(d, &flow.Flow{
		ID: "rotate", Title: "Rotate a key", Verb: "Rotate the key", Grade: flow.TypeName,
		Command: switched(command("rotate", repositories, rotated), TheseAreAll, AreAll, "these-are-all"),
		Steps:   append(steps, unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		asked, _, err := rotations(f, a)
		return allowing(f, a, asked), err
	})
	return withLeftOut(f, func(f flow.Facts, a flow.Answers) []string {
		_, left, _ := rotations(f, a) // the plan was made without an error
		return left
	})
}

// nextHereStep asks for the key that signs a top-level role but root.
func nextHereStep() flow.Step {
	return flow.Step{
		ID: nextHere, Flag: "new-key", Label: "New key", Question: "Which key should sign instead?", Kind: flow.Choice,
		When: nextHereAsked,
		HelpIn: func(d dialect.Conventions) string {
			return "trustdeck re-signs root and the role. The " + d.Words().Targets() + " that signers published don't change."
		},
		Options: nextTop, Resolve: resolveKeysOr(nextHere, "that can sign this role", nextTop, newKey, fromFile, noKey),
		Default: nextOnToken.usually(func(_ flow.Facts, a flow.Answers) []string {
			if a.Values[nextFiles] != nil {
				return []string{fromFile}
			}
			return []string{newKey}
		}),
		Decided: nextOnToken.decides,
	}
}

// nextOnToken takes a token for the key on it that signs a role from now on, beside those of a root that
// stay.
var nextOnToken = tokenChoice{
	question: func(a flow.Answers) string {
		if a.First(rotated) == string(model.RoleRoot) {
			return nextRoot
		}
		return nextHere
	},
	options: func(f flow.Facts, a flow.Answers) []flow.Option {
		if a.First(rotated) != string(model.RoleRoot) {
			return nextTop(f, a)
		}
		return slices.DeleteFunc(nextRoots(f, a), func(o flow.Option) bool {
			return slices.Contains(keysIn(f, a, model.RoleRoot), model.KeyID(o.Value))
		})
	},
	when: func(f flow.Facts, a flow.Answers) bool { return rotates(model.RoleRoot)(f, a) || nextHereAsked(f, a) },
	flag: func(a flow.Answers) string {
		if a.First(rotated) == string(model.RoleRoot) {
			return "root-key"
		}
		return "new-key"
	},
}

// nextHereAsked tells whether one key takes the place of those of a role, or of some.
func nextHereAsked(f flow.Facts, a flow.Answers) bool {
	return rotates(model.RoleTargets)(f, a) || replacesSome(f, a)
}

// rotatedSnapshotStep asks where the next key of a snapshot is made.
func rotatedSnapshotStep() flow.Step {
	return flow.Step{
		ID: snapshotKey, Flag: "snapshot-key", Label: "Snapshot", Question: "Where do you want the new snapshot key?", Kind: flow.Choice,
		When:  func(f flow.Facts, a flow.Answers) bool { return rotates(model.RoleSnapshot)(f, a) && asksServer(f, a) },
		Check: checkServer,
		Help:  "The snapshot lists the current version of every file, and must be signed on every publish.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: onServer, Label: "On the server", Help: "Signers can publish without you."},
				{Value: here, Label: "On this machine", Help: "No one, not even a signer, can publish without this key."},
			}
		},
	}
}

// SelectedRole is an answer that no question of Rotate asks for: the role that was
// selected where it began, and that is offered first.
const SelectedRole = "selected-role"

// selectedRole is the role that was selected, where its keys can be rotated.
func selectedRole(f flow.Facts, a flow.Answers) []string {
	role := a.First(SelectedRole)
	if slices.ContainsFunc(rotatable(f, a), func(o flow.Option) bool { return o.Value == role }) {
		return []string{role}
	}
	return nil
}

// rotates tells whether it is the key of a role that is replaced.
func rotates(role model.RoleName) func(flow.Facts, flow.Answers) bool {
	return func(_ flow.Facts, a flow.Answers) bool { return a.First(rotated) == string(role) }
}

func rotatesDelegation(_ flow.Facts, a flow.Answers) bool {
	return model.RoleName(a.First(rotated)).Delegation()
}

// nextRootSteps ask which keys shall sign the root from now on.
func nextRootSteps() []flow.Step {
	root := rotates(model.RoleRoot)
	making := func(f flow.Facts, a flow.Answers) bool {
		return root(f, a) && slices.Contains(a.Values[nextRoot], newKey)
	}
	return []flow.Step{
		{
			ID: nextRoot, Flag: "root-key", Label: "Root keys", Question: "Which keys should sign the root?", Kind: flow.Several, When: root,
			Help: "Mark all of them, including those that stay. Both the old and the new keys sign the new root, so that everyone who trusts the old root accepts it. " +
				"Several repositories take keys that already exist: to use a new key, make it in one of them first.",
			Options: nextRoots, Resolve: resolveKeysOr(nextRoot, "that can sign this root", nextRoots, newKey, fromFile),
			Default: defaultRoots, Decided: nextOnToken.decides,
		},
		{
			ID: rootKeys, Flag: "root-keys", Label: "How many", Question: "How many new root keys do you want?", Example: "3", Kind: flow.Text, When: making,
			Help:    "A number from 1 to 20. trustdeck makes all of them here; give them to their holders afterwards.",
			Default: func(flow.Facts, flow.Answers) []string { return []string{"1"} },
			Check:   func(_ flow.Facts, a flow.Answers) error { return number(a.First(rootKeys), 1, maxRootKeys) },
		},
		{
			ID: threshold, Flag: "root-threshold", Label: "Threshold", Question: "How many of them must sign?", Example: "2", Kind: flow.Text,
			When: func(f flow.Facts, a flow.Answers) bool { return root(f, a) && rootCount(a) > 1 },
			HelpIn: func(d dialect.Conventions) string {
				return sentences("A number from 1 to the number of keys.", rootQuorum(d, "%s can change such a root only where enough of the keys are in one trust folder."))
			},
			Default: func(f flow.Facts, a flow.Answers) []string {
				most := 1
				for _, r := range named(f, a) {
					most = max(most, min(r.Role(model.RoleRoot).Threshold, rootCount(a)))
				}
				return []string{strconv.Itoa(most)}
			},
			Check: func(_ flow.Facts, a flow.Answers) error { return number(a.First(threshold), 1, rootCount(a)) },
		},
		{
			ID: certificate, Flag: "root-certificate", Label: "Certificate", Question: "Do you have a certificate for the root key?", Example: "root.crt", Kind: flow.File, Optional: true,
			When: func(f flow.Facts, a flow.Answers) bool {
				return f.Dialect.Certifies() && root(f, a) && alone(a) && len(a.Values[nextRoot]) == 1 && a.First(nextRoot) != newKey
			},
			Help:    "If you give no file, trustdeck makes one for ten years. Your own must be for this key and this name, and must not be a CA's.",
			Without: "Press Enter to have trustdeck make a certificate.",
			Check:   checkCertificate(nextRoot), Describe: describeCertificate,
		},
		{
			ID: legacy, Flag: "legacy", Label: "Old roots", Question: "How many earlier roots' keys should also sign?", Example: "1", Kind: flow.Text,
			When: func(f flow.Facts, a flow.Answers) bool {
				_, lapses := f.Dialect.(dialect.Lapsing)
				return lapses && root(f, a) && slices.ContainsFunc(named(f, a), func(r *model.Repository) bool { return r.Role(model.RoleRoot).Version > 1 })
			},
			Help:    "The keys of the replaced root always sign. Earlier keys help clients that have missed a rotation and can't get the roots in between. Give a number, or all; only keys on this machine can sign.",
			Default: func(flow.Facts, flow.Answers) []string { return []string{nobodySigs} },
			Check: func(_ flow.Facts, a flow.Answers) error {
				if a.First(legacy) == allLegacy {
					return nil
				}
				return number(a.First(legacy), 0, maxLegacy)
			},
		},
	}
}

// defaultRoots are the keys that stay, and what comes in place of the others or beside them.
// Who leaves is for people to say: without an answer, nobody of several does.
func defaultRoots(f flow.Facts, a flow.Answers) []string {
	onToken := nextOnToken.chosen(f, a)
	if !alone(a) && (onToken == "" || manyKeys(f, a)) {
		return nil
	}
	next := cmp.Or(onToken, newKey)
	if a.Values[nextFiles] != nil {
		next = fromFile
	}
	if !manyKeys(f, a) {
		return []string{next}
	}
	return append(slices.DeleteFunc(model.Retype[string](rotatedKeys(f, a)), func(id string) bool {
		return slices.Contains(a.Values[replaced], id)
	}), next)
}

// nextRoots are a new key, the keys that sign the root now, and the other root keys of this
// machine. Several repositories get no new key, which would be another one in each, and none
// that is not here.
func nextRoots(f flow.Facts, a flow.Answers) []flow.Option {
	options := rootOptions(f, a)
	out, others := options[len(options)-1:], options[:len(options)-1]
	if !alone(a) {
		out = nil
	}
	signs := func(o flow.Option) bool {
		return slices.ContainsFunc(named(f, a), func(r *model.Repository) bool {
			return slices.Contains(keysOf(r, model.RoleRoot), model.KeyID(o.Value))
		})
	}
	for _, o := range others {
		if signs(o) && !alone(a) {
			o.Help = "It signs the root now. Mark it to keep it. " + o.Help
			out = append(out, o)
		}
	}
	if alone(a) {
		for _, id := range keysIn(f, a, model.RoleRoot) {
			out = append(out, flow.Option{
				Value: string(id), Label: held(f, a, id, "Root key "+id.Short()),
				Help: "It signs the root now. Mark it to keep it. " + whereIs(f, id),
			})
		}
	}
	for _, o := range others {
		if !signs(o) {
			o.Help = "It doesn't sign this root now. " + o.Help
			out = append(out, o)
		}
	}
	if !f.Dialect.Certifies() {
		out = append(out, fileOption())
	}
	return out
}

// held adds to the name of a key its holder, where a repository says who that is.
func held(f flow.Facts, a flow.Answers, id model.KeyID, name string) string {
	for _, r := range named(f, a) {
		if key, ok := r.Key(id); ok && key.Holder != "" {
			return name + " of " + key.Holder
		}
	}
	return name
}

// whereIs says which private key of this machine a listed key is, or that there is none.
func whereIs(f flow.Facts, id model.KeyID) string {
	for _, k := range f.Keys {
		if k.Usable() && k.IsAny([]model.KeyID{id}) {
			return describePrivate(f, k)
		}
	}
	return "Key ID " + string(id) + ". Its private key is not on this machine."
}

// rootCount is how many keys the new root will have.
func rootCount(a flow.Answers) int {
	n := len(a.Values[nextRoot])
	if slices.Contains(a.Values[nextRoot], fromFile) {
		n += len(a.Values[nextFiles]) - 1
	}
	if more, err := strconv.Atoi(a.First(rootKeys)); err == nil && slices.Contains(a.Values[nextRoot], newKey) {
		n += more - 1
	}
	return n
}

// rotatedKeys are the keys of the role in any of the repositories.
func rotatedKeys(f flow.Facts, a flow.Answers) []model.KeyID {
	return keysIn(f, a, model.RoleName(a.First(rotated)))
}

// keysIn are the keys of a role in any of the repositories.
func keysIn(f flow.Facts, a flow.Answers, role model.RoleName) []model.KeyID {
	var out []model.KeyID
	for _, r := range named(f, a) {
		for _, id := range keysOf(r, role) {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// rotationMakes reports whether a key is made for the role in any of the repositories.
func rotationMakes(f flow.Facts, a flow.Answers) bool {
	return slices.ContainsFunc(named(f, a), func(r *model.Repository) bool {
		if len(keysOf(r, model.RoleName(a.First(rotated)))) == 0 {
			return false
		}
		c, err := rotation(f, a, r)
		return err == nil && makes(c.Keys.Keys)
	})
}

// rotation makes of the answers which keys sign the role of a repository from now on.
func rotation(f flow.Facts, a flow.Answers, r *model.Repository) (model.RotateKey, error) {
	out := model.RotateKey{Role: model.RoleName(a.First(rotated)), Keys: model.RoleKeys{Threshold: 1}}
	one := func(k model.KeyChoice) { out.Keys.Keys = append(out.Keys.Keys, k) }
	switch {
	case out.Role == model.RoleRoot:
		return rootRotation(f, r, a)
	case replacesSome(f, a):
		return partRotation(f, r, a)
	case takesFiles(f, a), out.Role.Delegation() && len(a.Values[nextFiles]) > 0:
		given, err := givenKeys(f, a, nextFiles)
		if err != nil {
			return out, err
		}
		out.Keys.Keys = given
	case out.Role == model.RoleTargets && a.First(nextHere) != newKey:
		id, err := model.ParseKeyID(a.First(nextHere))
		if err != nil {
			return out, err
		}
		one(hereChoice(f, id))
	case slices.Contains(f.Dialect.Online(), out.Role), out.Role == model.RoleSnapshot && a.First(snapshotKey) == onServer:
		one(model.KeyChoice{Source: model.KeyServer})
	default:
		one(newKeyChoice(a))
	}
	if out.Role.Delegation() {
		for _, id := range model.Retype[model.KeyID](a.Values[replaced]) {
			if slices.Contains(keysOf(r, out.Role), id) {
				out.Replaced = append(out.Replaced, id)
			}
		}
	}
	return out, nil
}

// rootRotation takes the keys of the answer. One that stays beside others stays under
// the certificate that it has; where all stay as they are, new certificates are wanted.
func rootRotation(f flow.Facts, r *model.Repository, a flow.Answers) (model.RotateKey, error) {
	root := r.Role(model.RoleRoot)
	same := len(a.Values[nextRoot]) == len(root.Keys)
	for _, id := range root.Keys {
		same = same && slices.Contains(a.Values[nextRoot], string(id))
	}
	out := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 1}}
	for _, value := range a.Values[nextRoot] {
		if value == fromFile {
			given, err := givenKeys(f, a, nextFiles)
			if err != nil {
				return out, err
			}
			out.Keys.Keys = append(out.Keys.Keys, given...)
			continue
		}
		if value == newKey {
			n, _ := strconv.Atoi(a.First(rootKeys)) // it was checked before
			for range max(n, 1) {
				out.Keys.Keys = append(out.Keys.Keys, newKeyChoice(a))
			}
			continue
		}
		id, err := model.ParseKeyID(value)
		if err != nil {
			return out, err
		}
		if at := slices.Index(root.Keys, id); at >= 0 && !same {
			if k, err := relist(f, r, root.Listed[at]); err == nil {
				out.Keys.Keys = append(out.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: k})
				continue
			}
		}
		k := hereChoice(f, id)
		k.Certificate, k.File = a.Files[a.First(certificate)], a.First(certificate)
		out.Keys.Keys = append(out.Keys.Keys, k)
	}
	if n, err := strconv.Atoi(a.First(threshold)); err == nil {
		out.Keys.Threshold = n
	}
	if a.First(legacy) == allLegacy {
		out.CosignRoots = -1
	} else if n, err := strconv.Atoi(a.First(legacy)); err == nil {
		out.CosignRoots = n
	}
	return out, nil
}
