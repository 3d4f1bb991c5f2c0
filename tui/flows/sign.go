package flows

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers about what somebody sets beside the names of tags.
const (
	signExtras = "extras"
	ownDigest  = "digest"
	ownCustom  = "custom"
	ownRoles   = "roles"
)

// impliedSigning adds what other answers imply.
func impliedSigning(a flow.Answers) {
	for _, implied := range []struct{ answer, extra string }{{digest, ownDigest}, {size, ownDigest}, {customFile, ownCustom}, {targetRoles, ownRoles}} {
		if len(a.Values[implied.answer]) > 0 && !slices.Contains(a.Values[signExtras], implied.extra) {
			a.Values[signExtras] = append(a.Values[signExtras], implied.extra)
		}
	}
}

// Sign signs tags of images with the digests that a registry serves, or with one that is
// given.
func Sign(d Backend) *flow.Flow {
	role := signingRolesStep()
	role.When = extra(ownRoles)
	f := Planned(d, &flow.Flow{
		ID: "sign", Title: "Sign a tag", Verb: "Sign", Grade: flow.Accept,
		Command: command("sign", repositories),
		Steps: []flow.Step{
			existingStep("In which repositories do you want to sign?"),
			signedTagsStep(),
			signExtrasStep(d),
			{
				ID: digest, Flag: digest, Label: "Digest", Question: "What is the digest?", Example: "sha256:4f2a81c03d7e..", Kind: flow.Text, When: extra(ownDigest),
				Help:  "The SHA-256 of the manifest or index, in hexadecimal. Make sure where it comes from: clients pull what has this digest.",
				Check: func(_ flow.Facts, a flow.Answers) error { _, err := plan.ParseDigest(a.First(digest)); return err },
			},
			{
				ID: size, Flag: size, Label: "Size", Question: "How many bytes does it have?", Example: "1234", Kind: flow.Text, When: extra(ownDigest),
				HelpIn: func(d dialect.Conventions) string {
					return "The size of what has this digest" + dialect.Around(", that is of the ", d.Words().Measured, " and not of the image") + "."
				},
				Check: checkSize,
			},
			customStep(d, extra(ownCustom)),
			role,
		},
	}, nil)
	f.Survey = func(facts flow.Facts, a flow.Answers) (flow.Inquiry, error) {
		data, err := custom(d, a)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			asked, err := tagSignatures(ctx, d, facts, a, data)
			if err != nil {
				return nil, err
			}
			p, err := d.Prepare(ctx, remaining(facts, asked))
			return func(f *flow.Facts) {
				flow.Learn(f, images(nil)) // another plan asks again
				flow.Learn(f, p)
			}, err
		}, nil
	}
	return f
}

// extra tells whether somebody sets something beside the names of tags.
func extra(what string) func(flow.Facts, flow.Answers) bool {
	return func(_ flow.Facts, a flow.Answers) bool { return slices.Contains(a.Values[signExtras], what) }
}

// images are what the registry serves, by repository and tag.
type images map[model.GUN]map[string]model.Manifest

// signedTagsStep asks which tags are signed.
func signedTagsStep() flow.Step {
	step := tagsStep("Which tags do you want to sign?", checkTargetName)
	step.Suggest = suggestTags
	return step
}

// signExtrasStep asks what somebody sets beside the names of tags. What the registry serves is
// asked here: somebody who signs a digest of their own needs no registry.
func signExtrasStep(d Backend) flow.Step {
	return flow.Step{
		ID: signExtras, Label: "Options", Question: "What do you want to set yourself?", Kind: flow.Several, Optional: true,
		HelpIn: func(d dialect.Conventions) string {
			return sentences("trustdeck asks the registry for the digest and the size, and asks it again before it signs.",
				dialect.Around("It signs in the roles in which ", d.Words().Commands.Sign.Name(), " would sign."))
		},
		Without: "Press Enter to sign what the registry serves.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: ownDigest, Label: "Digest and size", Help: "You give them, and no registry is asked."},
				{Value: ownCustom, Label: "Custom data", Help: "A JSON value is signed with the digest."},
				{Value: ownRoles, Label: "Roles", Help: "You choose the roles, also those whose keys are elsewhere."},
			}
		},
		Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				if err := signableTags(f, a); err != nil {
					return nil, err
				}
				if given(a) {
					return func(*flow.Facts) {}, nil
				}
				found, err := served(ctx, d, f, a)
				return func(f *flow.Facts) { flow.Learn(f, found) }, err
			}
		},
	}
}

// signableTags says why tags can't be signed with what is set; nil where they can.
func signableTags(f flow.Facts, a flow.Answers) error {
	if n := distinctTags(a); given(a) && n > 1 {
		return &model.Fault{
			Kind: model.FaultUsage, Text: fmt.Sprintf("a digest belongs to one %s, and you sign %d", f.Dialect.Words().Target, n),
			Hint: "Sign them one after the other, or let trustdeck ask the registry.",
		}
	}
	if slices.Contains(a.Values[signExtras], ownRoles) {
		return nil
	}
	return unsignable(f, a)
}

// served asks the registry for the tags of the answers.
func served(ctx context.Context, d Backend, f flow.Facts, a flow.Answers) (images, error) {
	out := images{}
	for _, r := range named(f, a) {
		found, err := d.Manifests(ctx, r.GUN, tagsOf(a, r.GUN))
		if err != nil {
			return nil, err
		}
		out[r.GUN] = found
	}
	return out, nil
}

func checkSize(_ flow.Facts, a flow.Answers) error {
	if n, err := strconv.ParseInt(a.First(size), 10, 64); err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of bytes", text.Clean(a.First(size)))
	}
	return nil
}

// given reports whether the digest was given.
func given(a flow.Answers) bool { return slices.Contains(a.Values[signExtras], ownDigest) }

// alreadySigned signs what clients find already as it is signed there: with all its hashes, and its
// custom data.
func alreadySigned(f flow.Facts, r *model.Repository, add model.AddTarget) model.AddTarget {
	found := f.Dialect.Resolve(r, add.Name)
	if !found.OK || found.Target.Length != add.Length || !bytes.Equal(found.Target.Hashes.SHA256, add.SHA256) {
		return add
	}
	out := model.NewAddTarget(add.Role, found.Target)
	out.MediaType = add.MediaType
	return out
}

// tagSignatures are the changes that sign the tags of the answers in each repository.
func tagSignatures(ctx context.Context, d Backend, f flow.Facts, a flow.Answers, data json.RawMessage) ([]change.Request, error) {
	found := flow.Known[images](f)
	if found == nil && !given(a) {
		var err error
		if found, err = served(ctx, d, f, a); err != nil {
			return nil, err
		}
	}
	n, _ := strconv.ParseInt(a.First(size), 10, 64) // it was checked before
	var out []change.Request
	for _, r := range named(f, a) {
		asked := change.Request{GUN: r.GUN}
		for _, tag := range tagsOf(a, r.GUN) {
			m := found[r.GUN][tag]
			if given(a) {
				m = model.Manifest{Digest: a.First(digest), Size: n}
			}
			for _, role := range signingRoles(f, a, r, tag) {
				add, err := change.TargetOf(role, tag, m)
				if err != nil {
					return nil, err
				}
				if given(a) {
					add.MediaType = ""
				}
				if add = alreadySigned(f, r, add); data != nil {
					add.Custom = data
				}
				asked.Changes = append(asked.Changes, add)
			}
		}
		out = append(out, asked)
	}
	return out, nil
}
