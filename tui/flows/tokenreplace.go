package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of TokenReplace.
const (
	oldKeys  = "old-keys"
	tokenKey = "new-token-key"
)

// TokenReplace has another key sign wherever the keys of a token may, which is lost or is not to be
// used any longer.
func TokenReplace(d Backend) *flow.Flow {
	onNew := tokenChoice{question: always(tokenKey), options: newTokenKeys, flag: always("new")}
	f := Planned(d, &flow.Flow{
		ID: "token-replace", Title: "Replace a token", Verb: "Replace it", Grade: flow.TypeName,
		Command: command("token replace", repositories),
		Steps: []flow.Step{
			existingStep("In which repositories is it used?"),
			{
				ID: oldKeys, Flag: "old", Label: "Old keys", Question: "Which keys were on the old token?", Kind: flow.Several,
				Help: "Every role that lists one of them lists the new key instead. For a root, enough of its old keys must sign too: " +
					"if the old token is lost, the other root keys must be enough.",
				Resolve: resolveKeys(oldKeys, "in these repositories", oldKeyOptions),
				Options: oldKeyOptions,
				Default: func(f flow.Facts, a flow.Answers) []string {
					var out []string
					for _, id := range listedKeys(f, a) {
						if k := privateOf(f, id); k != nil && a.First(SelectedToken) != "" && onToken(k, a.First(SelectedToken)) {
							out = append(out, string(id))
						}
					}
					return out
				},
			},
			onNew.step(),
			{
				ID: tokenKey, Flag: "new", Label: "New key", Question: "Which key takes their place?", Kind: flow.Choice,
				Help:    "A key of this machine, best one on the new token. To make one there first: trustdeck token generate",
				Options: newTokenKeys,
				None: func(flow.Facts, flow.Answers) error {
					return &model.Fault{Kind: model.FaultUsage, Text: "no other key is on this machine that could take their place", Hint: "Plug in the new token, and make a key on it: trustdeck token generate"}
				},
				Resolve: resolveKeys(tokenKey, "on this machine", newTokenKeys),
				Default: onNew.usually(nil), Decided: onNew.decides,
			},
		},
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		asked, _, err := replacements(f, a)
		return asked, err
	})
	return withLeftOut(f, func(f flow.Facts, a flow.Answers) []string {
		_, left, _ := replacements(f, a) // the plan was made without an error
		return left
	})
}

// listedKeys are the keys that administrators hold and that the repositories list, in any role.
func listedKeys(f flow.Facts, a flow.Answers) []model.KeyID {
	var out []model.KeyID
	for _, r := range named(f, a) {
		for i := range r.Roles {
			role := &r.Roles[i]
			if slices.Contains(f.Dialect.Online(), role.Name) {
				continue
			}
			for _, id := range role.Keys {
				if !slices.Contains(out, id) {
					out = append(out, id)
				}
			}
		}
	}
	return out
}

// privateOf is the private key of this machine that is a listed one; nil where there is none. One on
// a token comes before a file of the same key.
func privateOf(f flow.Facts, id model.KeyID) *model.PrivateKey {
	var out *model.PrivateKey
	for i := range f.Keys {
		if k := &f.Keys[i]; k.IsAny([]model.KeyID{id}) && k.Usable() && (out == nil || k.Place == model.PlaceToken) {
			out = k
		}
	}
	return out
}

// onToken reports whether a key is on the token with a serial number; an empty one is any.
func onToken(k *model.PrivateKey, serial string) bool {
	return k.Place == model.PlaceToken && (serial == "" || strings.HasSuffix(k.Store, " "+serial))
}

// onWhich says which token a key is on, as the end of a label; nothing of a key in a file.
func onWhich(k *model.PrivateKey) string {
	if !onToken(k, "") {
		return ""
	}
	return ", on " + text.Clean(k.Store)
}

// oldKeyOptions are the keys that can be replaced: those on tokens first, then those that are not
// here, then the others.
func oldKeyOptions(f flow.Facts, a flow.Answers) []flow.Option {
	var groups [3][]flow.Option
	for _, id := range listedKeys(f, a) {
		o, group := flow.Option{Value: string(id), Label: held(f, a, id, "Key "+id.Short()), Help: signsIn(f, a, id) + " " + whereIs(f, id)}, 1
		if k := privateOf(f, id); k != nil {
			group = 2
			if onToken(k, "") {
				group, o.Label = 0, o.Label+onWhich(k)
			}
		}
		groups[group] = append(groups[group], o)
	}
	return slices.Concat(groups[:]...)
}

// signsIn says which roles list a key, in a sentence.
func signsIn(f flow.Facts, a flow.Answers, id model.KeyID) string {
	var names []string
	for _, r := range named(f, a) {
		for i := range r.Roles {
			if slices.Contains(r.Roles[i].Keys, id) {
				names = append(names, string(r.Roles[i].Name)+" of "+string(r.GUN))
			}
		}
	}
	return "Signs " + few(names) + "."
}

// newTokenKeys are the keys of this machine that are none of the old ones, those on tokens first.
func newTokenKeys(f flow.Facts, a flow.Answers) []flow.Option {
	var onTokens, others []flow.Option
	for _, k := range f.Keys {
		if !k.Usable() || k.IsAny(model.Retype[model.KeyID](a.Values[oldKeys])) {
			continue
		}
		o := flow.Option{Value: string(k.ID), Label: keyName(k.ID, k.Label, k.GUN) + onWhich(&k), Help: describePrivate(f, k)}
		if onToken(&k, "") {
			onTokens = append(onTokens, o)
		} else {
			others = append(others, o)
		}
	}
	return append(onTokens, others...)
}

// replacements are what is asked of each repository, and what keeps an old key.
func replacements(f flow.Facts, a flow.Answers) (asked []change.Request, left []string, err error) {
	old := model.Retype[model.KeyID](a.Values[oldKeys])
	for _, r := range named(f, a) {
		request := change.Request{GUN: r.GUN}
		for i := range r.Roles {
			role := &r.Roles[i]
			lists := slices.ContainsFunc(role.Keys, func(id model.KeyID) bool { return slices.Contains(old, id) })
			if !lists || slices.Contains(f.Dialect.Online(), role.Name) || replacedWith(f, role.Name) {
				continue
			}
			if _, signer := f.Dialect.SignerOf(role.Name); role.Name.Delegation() && !signer {
				left = append(left, fmt.Sprintf("%s of %s keeps the old key: it is below another signer's role", role.Name, r.GUN))
				continue
			}
			c, err := replacement(f, a, r, role)
			if err != nil {
				return nil, nil, err
			}
			request.Changes = append(request.Changes, c)
		}
		if len(request.Changes) == 0 {
			left = append(left, string(r.GUN)+": no role lists any of the old keys")
			continue
		}
		asked = append(asked, request)
	}
	if len(asked) == 0 && len(left) > 0 {
		return nil, nil, &model.Fault{Kind: model.FaultUsage, Text: "nothing is left to replace: " + left[0], Hint: "Choose other keys, or other repositories."}
	}
	return asked, left, nil
}

// replacedWith reports whether the keys of a role are replaced together with those of its signers.
func replacedWith(f flow.Facts, role model.RoleName) bool {
	return slices.ContainsFunc(f.Dialect.Shared(), func(edge model.Delegation) bool { return edge.Name == role })
}

// replacement has the new key sign a role in place of the old ones.
func replacement(f flow.Facts, a flow.Answers, r *model.Repository, role *model.Role) (model.RotateKey, error) {
	next := a.First(tokenKey)
	var goes, stays []string
	for _, id := range role.Keys {
		if slices.Contains(a.Values[oldKeys], string(id)) {
			goes = append(goes, string(id))
		} else {
			stays = append(stays, string(id))
		}
	}
	has := slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool {
		return string(k.ID) == next && k.IsAny(model.Retype[model.KeyID](stays))
	})
	as := flow.Answers{Values: map[string][]string{
		repositories: {string(r.GUN)}, rotated: {string(role.Name)}, replaced: goes, nextHere: {next}, threshold: {strconv.Itoa(role.Threshold)},
	}}
	if has {
		as.Values[nextHere] = []string{noKey}
	}
	if role.Name.Delegation() {
		id, err := model.ParseKeyID(next)
		return model.RotateKey{
			Role: role.Name, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{hereChoice(f, id)}}, Replaced: model.Retype[model.KeyID](goes),
		}, err
	}
	if role.Name != model.RoleRoot {
		return partRotation(f, r, as)
	}
	if as.Values[nextRoot] = stays; !has {
		as.Values[nextRoot] = append(stays, next)
	}
	return rootRotation(f, r, as)
}
