package flows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The IDs and answers of what is asked about targets.
const (
	// Tags are the names of targets: of those of every repository, or of one that is named
	// before them, as REPOSITORY:TAG.
	Tags        = "tags"
	targetRoles = "target-roles"
	digest      = "digest"
	size        = "size"
	customFile  = "custom"
)

// tagsStep asks for names of targets. check says why one of a repository cannot be meant.
func tagsStep(question string, check func(flow.Facts, *model.Repository, string) error) flow.Step {
	return flow.Step{
		ID: Tags, Flag: "tag", Label: "Tags", Question: question, Example: "1.0", Kind: flow.List,
		HelpIn: func(d dialect.Conventions) string {
			target := d.Words().Target
			return fmt.Sprintf("One %s a line. With several repositories, write REPOSITORY:%s for a %s of only one of them.", target, strings.ToUpper(target), target)
		},
		Check: func(f flow.Facts, a flow.Answers) error {
			seen := map[string]bool{}
			for _, value := range a.Values[Tags] {
				if seen[value] {
					return fmt.Errorf("%q is given twice", text.Clean(value))
				}
				seen[value] = true
			}
			for _, r := range named(f, a) {
				tags := tagsOf(a, r.GUN)
				if len(tags) == 0 {
					return fmt.Errorf("there is no %s for %s", f.Dialect.Words().Target, r.GUN)
				}
				for _, tag := range tags {
					if err := check(f, r, tag); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// tagsOf are the names of the answer that are about a repository.
func tagsOf(a flow.Answers, gun model.GUN) []string {
	var out []string
	for _, value := range a.Values[Tags] {
		name, of := value, string(gun)
		for _, repository := range a.Values[repositories] {
			if rest, ok := strings.CutPrefix(value, repository+":"); ok && rest != "" {
				name, of = rest, repository
			}
		}
		if of == string(gun) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// oneRepositoryStep asks for one repository that has trust data.
func oneRepositoryStep(question string) flow.Step {
	step := existingStep(question)
	existing := step.Check
	step.Single = true
	step.Check = func(f flow.Facts, a flow.Answers) error {
		if len(a.Values[repositories]) > 1 {
			return errors.New("this is done in one repository at a time; give one name")
		}
		return existing(f, a)
	}
	return step
}

// distinctTags counts the names of the answer.
func distinctTags(a flow.Answers) int {
	seen := map[string]bool{}
	for _, name := range a.Values[repositories] {
		for _, tag := range tagsOf(a, model.GUN(name)) {
			seen[tag] = true
		}
	}
	return len(seen)
}

// QualifiedTag is the answer to Tags that names a target of one repository.
func QualifiedTag(gun model.GUN, tag string) string { return string(gun) + ":" + tag }

// checkTargetName refuses names that people cannot ask for.
func checkTargetName(f flow.Facts, r *model.Repository, tag string) error {
	if err := f.Dialect.TargetName(tag); err != nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: string(r.GUN), Text: err.Error(), Hint: "Give another name. To sign a file under any name: trustdeck target add"}
	}
	return nil
}

// listedIn are the roles of a repository that list a target.
func listedIn(r *model.Repository, name string) []model.RoleName {
	var out []model.RoleName
	for i := range r.Roles {
		if targetIn(&r.Roles[i], name) != nil {
			out = append(out, r.Roles[i].Name)
		}
	}
	return out
}

// targetIn is the target that a role lists under a name; nil where it lists none.
func targetIn(role *model.Role, name string) *model.Target {
	i, ok := slices.BinarySearchFunc(role.Targets, name, func(t model.Target, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return nil
	}
	return &role.Targets[i]
}

// signedTag refuses a name that no role lists.
func signedTag(f flow.Facts, r *model.Repository, tag string) error {
	if len(listedIn(r, tag)) > 0 {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultNotFound, Subject: string(r.GUN), Text: fmt.Sprintf("no role lists the %s %q", f.Dialect.Words().Target, text.Clean(tag)),
		Hint: "List them with: trustdeck tags " + display.ShellWord(string(r.GUN)),
	}
}

// mostSuggested is how many names are offered while somebody types.
const mostSuggested = 500

// suggestTags are the targets of the repositories; none where there are too many to choose
// from.
func suggestTags(f flow.Facts, a flow.Answers) []string {
	seen := map[string]bool{}
	for _, r := range named(f, a) {
		for i := range r.Roles {
			if len(r.Roles[i].Targets) > mostSuggested {
				return nil
			}
			for _, t := range r.Roles[i].Targets {
				seen[t.Name] = true
			}
		}
	}
	var out []string
	for name := range seen {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// has reports of canonical key IDs whether the key is on this machine.
func has(f flow.Facts) func(model.KeyID) bool {
	return func(id model.KeyID) bool {
		return slices.ContainsFunc(f.Keys, func(k model.PrivateKey) bool { return k.Is(id) && k.Usable() })
	}
}

// signingRoles are the roles in which a target is signed: those that were chosen, else
// those of the dialect.
func signingRoles(f flow.Facts, a flow.Answers, r *model.Repository, tag string) []model.RoleName {
	if chosen := a.Values[targetRoles]; chosen != nil {
		return rolesIn(a, r.GUN)
	}
	return f.Dialect.SigningRoles(r, tag, has(f))
}

// rolesIn are the chosen roles of a repository.
func rolesIn(a flow.Answers, gun model.GUN) []model.RoleName {
	var out []model.RoleName
	for _, value := range a.Values[targetRoles] {
		if of, role := roleIn(a, value); of == string(gun) {
			out = append(out, role)
		}
	}
	return out
}

// unsignable says why no role would be signed with the keys of this machine; nil where there
// is one for every target.
func unsignable(f flow.Facts, a flow.Answers) error {
	for _, r := range named(f, a) {
		for _, tag := range tagsOf(a, r.GUN) {
			if len(signingRoles(f, a, r, tag)) == 0 {
				return &model.Fault{
					Kind: model.FaultUsage, Subject: string(r.GUN), Text: fmt.Sprintf("no key on this machine may sign the %s %q", f.Dialect.Words().Target, text.Clean(tag)),
					Hint: "Choose the roles yourself, to see who must sign (--role), or bring a signer's key: trustdeck signers " + display.ShellWord(string(r.GUN)),
				}
			}
		}
	}
	return nil
}

// targetRolesStep asks in which roles. may tells which can be chosen.
func targetRolesStep(question, help string, may func(flow.Facts, flow.Answers, *model.Repository, *model.Role) bool) flow.Step {
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		return roleOptions(f, a, a.Values[repositories], func(r *model.Repository, role *model.Role) bool {
			return role.Name.HoldsTargets() && may(f, a, r, role)
		})
	}
	return flow.Step{
		ID: targetRoles, Flag: "role", Label: "Roles", Question: question, Kind: flow.Several, Help: help, Options: options,
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			b := flow.Answers{Values: map[string][]string{repositories: a.Values[repositories], roles: a.Values[targetRoles]}}
			return resolveRoles(f, b, a.Values[repositories]), nil
		},
	}
}

// signingRolesStep asks in which roles targets are signed.
func signingRolesStep() flow.Step {
	return targetRolesStep("In which roles do you want to sign?", "The plan names the roles whose keys are on other machines.",
		func(flow.Facts, flow.Answers, *model.Repository, *model.Role) bool { return true })
}

// roleValue is the answer to targetRolesStep that means a role of a repository.
func roleValue(a flow.Answers, gun model.GUN, role model.RoleName) string {
	if alone(a) {
		return string(role)
	}
	return string(gun) + " " + string(role)
}

// customStep asks for a file with custom data, and reads it.
func customStep(d Backend, when func(flow.Facts, flow.Answers) bool) flow.Step {
	return flow.Step{
		ID: customFile, Flag: "custom", Label: "Custom data", Question: "Which file has the custom data?", Example: "custom.json", Kind: flow.Text, Path: true, When: when,
		Help:  "A JSON value that is signed with the hashes. Anyone can read it.",
		Check: func(_ flow.Facts, a flow.Answers) error { _, err := custom(d, a); return err },
	}
}

// custom is the custom data of the answer, in the form in which it is signed; nil where none
// is given.
func custom(d Backend, a flow.Answers) (json.RawMessage, error) {
	path := a.First(customFile)
	if path == "" {
		return nil, nil
	}
	raw, err := d.ReadCustom(path)
	if err != nil {
		return nil, err
	}
	value, err := compactJSON(raw)
	if err != nil {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "the file " + path + " has no JSON value: " + err.Error(), Hint: "Check the file with a JSON tool."}
	}
	return value, nil
}

// compactJSON writes a JSON value without white space, with its members sorted.
func compactJSON(raw []byte) (json.RawMessage, error) {
	read := json.NewDecoder(bytes.NewReader(raw))
	read.UseNumber()
	var value any
	if err := read.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := read.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	var out bytes.Buffer
	write := json.NewEncoder(&out)
	write.SetEscapeHTML(false)
	if err := write.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
