package flows

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The IDs of what is asked about a target that is a file.
const (
	// TargetFile asks for the file, and TargetName for its name.
	TargetFile = "file"
	TargetName = "target"
	sha256Sum  = "sha256"
	sha512Sum  = "sha512"
)

// measured is a file that was hashed.
type measured struct {
	path   string
	target model.Target
}

// TargetAdd signs a file, or hashes that are given, under any name.
func TargetAdd(d Backend) *flow.Flow {
	role := signingRolesStep()
	role.Default = func(f flow.Facts, a flow.Answers) []string {
		var out []string
		for _, r := range named(f, a) {
			out = append(out, roleValue(a, r.GUN, model.RoleTargets))
		}
		return out
	}
	hashes := func(_ flow.Facts, a flow.Answers) bool { return a.First(TargetFile) == "" }
	f := Planned(d, &flow.Flow{
		ID: "target-add", Title: "Add a target", Verb: "Add the target", Grade: flow.Accept,
		Command: command("target add", repositories, TargetName, TargetFile),
		Steps: []flow.Step{
			oneRepositoryStep("In which repository?"),
			{
				ID: TargetName, Label: "Name", Question: "Under which name do you want to sign it?", Example: "release/notes.txt", Kind: flow.Text,
				Help: "Any name that the role may list. A target of that name is replaced.",
			},
			{
				ID: TargetFile, Label: "File", Question: "Which file do you want to sign?", Example: "notes.txt", Kind: flow.Text, Path: true, Optional: true,
				Help:    "trustdeck hashes it with SHA-256 and SHA-512. The file itself stays where it is.",
				Without: "Press Enter to give the hashes yourself.",
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					path := a.First(TargetFile)
					if path == "" {
						return nil
					}
					return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
						target, err := d.Measure(ctx, path)
						return func(f *flow.Facts) { flow.Learn(f, measured{path, target}) }, err
					}
				},
			},
			{
				ID: size, Flag: size, Label: "Size", Question: "How many bytes does it have?", Example: "1234", Kind: flow.Text, When: hashes,
				Help: "The exact size of the content.", Check: checkSize,
			},
			hashStep(sha256Sum, "What is its SHA-256 hash?", 32, hashes, nil),
			hashStep(sha512Sum, "What is its SHA-512 hash?", 64, hashes, func(_ flow.Facts, a flow.Answers) error {
				if a.First(sha256Sum) != "" {
					return nil
				}
				return &model.Fault{Kind: model.FaultUsage, Subject: a.First(TargetName), Text: "a target needs a hash", Hint: "Give --sha256 or --sha512, or the file."}
			}),
			role,
			customStep(d, nil),
		},
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		target, err := addedTarget(d, f, a)
		if err != nil {
			return nil, err
		}
		var out []change.Request
		for _, r := range named(f, a) {
			asked := change.Request{GUN: r.GUN}
			for _, name := range rolesIn(a, r.GUN) {
				asked.Changes = append(asked.Changes, model.NewAddTarget(name, target))
			}
			if len(asked.Changes) > 0 {
				out = append(out, asked)
			}
		}
		return out, nil
	})
	last := &f.Steps[len(f.Steps)-1]
	last.Optional, last.Without = true, "Press Enter to sign no custom data."
	return f
}

// hashStep asks for a hash of so many bytes.
func hashStep(id, question string, bytes int, when func(flow.Facts, flow.Answers) bool, needed func(flow.Facts, flow.Answers) error) flow.Step {
	return flow.Step{
		ID: id, Flag: id, Label: text.Capital(id), Question: question, Example: "4f2a81c03d7e..", Kind: flow.Text, Optional: true, When: when, Needed: needed,
		Help: "In hexadecimal. One of the two hashes is enough.",
		Check: func(_ flow.Facts, a flow.Answers) error {
			if sum, err := hex.DecodeString(a.First(id)); err != nil || len(sum) != bytes {
				return fmt.Errorf("%q does not have %d hexadecimal digits", text.Clean(a.First(id)), 2*bytes)
			}
			return nil
		},
	}
}

// addedTarget is the target of the answers.
func addedTarget(d Backend, f flow.Facts, a flow.Answers) (model.Target, error) {
	out := model.Target{}
	if path := a.First(TargetFile); path != "" {
		known := flow.Known[measured](f)
		if known.path != path {
			return out, errors.New("the file was not read")
		}
		out = known.target
	} else {
		out.Length, _ = strconv.ParseInt(a.First(size), 10, 64) // they were checked before
		if sum, _ := hex.DecodeString(a.First(sha256Sum)); len(sum) > 0 {
			out.Hashes.SHA256 = sum
		}
		if sum, _ := hex.DecodeString(a.First(sha512Sum)); len(sum) > 0 {
			out.Hashes.SHA512 = sum
		}
	}
	out.Name = a.First(TargetName)
	data, err := custom(d, a)
	out.Custom = data
	return out, err
}
