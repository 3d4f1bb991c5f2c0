package flows

import (
	"fmt"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/display"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// CopySource asks of which target the signature is copied.
const CopySource = "source"

// CopyTag signs other names with the hashes, length and custom data of a target.
func CopyTag(d Backend) *flow.Flow {
	tags := tagsStep("Under which tags do you want to sign it?", checkTargetName)
	tags.Help, tags.HelpIn = "One a line. A tag that is already signed gets the new content instead.", nil
	role := signingRolesStep()
	role.Default = defaultSigning
	role.Unanswered = func(flow.Facts, flow.Answers) string {
		return "No key on this machine may sign it. Choose the roles with --role, to see who must sign."
	}
	return Planned(d, &flow.Flow{
		ID: "copy", Title: "Copy a signature", Verb: "Copy the signature", Grade: flow.Accept,
		Command: command("copy", repositories),
		Steps: []flow.Step{
			oneRepositoryStep("In which repository?"),
			{
				ID: CopySource, Flag: CopySource, Label: "From", Question: "Of which tag do you want to copy the signature?", Example: "1.0", Kind: flow.Text,
				Help: "The other tags get its digest, size and custom data. No registry is asked.", Suggest: suggestTags,
				Check: func(f flow.Facts, a flow.Answers) error { _, err := copied(f, a); return err },
			},
			tags, role,
		},
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		source, err := copied(f, a)
		if err != nil {
			return nil, err
		}
		var out []change.Request
		for _, r := range named(f, a) {
			asked := change.Request{GUN: r.GUN}
			for _, tag := range tagsOf(a, r.GUN) {
				for _, name := range rolesIn(a, r.GUN) {
					target := source
					target.Name = tag
					asked.Changes = append(asked.Changes, model.NewAddTarget(name, target))
				}
			}
			out = append(out, asked)
		}
		return out, nil
	})
}

// defaultSigning are the roles in which the targets of the answers are signed.
func defaultSigning(f flow.Facts, a flow.Answers) []string {
	var out []string
	for _, r := range named(f, a) {
		for _, tag := range tagsOf(a, r.GUN) {
			for _, name := range f.Dialect.SigningRoles(r, tag, has(f)) {
				out = append(out, roleValue(a, r.GUN, name))
			}
		}
	}
	return deduplicated(out)
}

// copied is the target whose signature is copied: what clients find, or the only content
// under its name.
func copied(f flow.Facts, a flow.Answers) (model.Target, error) {
	r, name := f.Repositories[a.First(repositories)], a.First(CopySource)
	if err := signedTag(f, r, name); err != nil {
		return model.Target{}, err
	}
	if found := f.Dialect.Resolve(r, name); found.OK {
		return found.Target, nil
	}
	var only model.Target
	for i, role := range listedIn(r, name) {
		t := targetIn(r.Role(role), name)
		if i > 0 && (only.Length != t.Length || !only.Hashes.Equal(t.Hashes)) {
			return model.Target{}, &model.Fault{
				Kind: model.FaultUsage, Subject: string(r.GUN), Text: fmt.Sprintf("clients don't find %q, and roles list it with different contents", text.Clean(name)),
				Hint: "Sign the digest that you want with: trustdeck sign --digest DIGEST --size N " + display.ShellWord(string(r.GUN)+":TAG"),
			}
		}
		only = *t
	}
	return only, nil
}
