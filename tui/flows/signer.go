package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/tui/flow"
)

const (
	signerName = "name"
	signerKeys = "keys"
)

// SignerAdd lets somebody sign tags of repositories, which are initialised first
// where they have no trust data.
func SignerAdd() *flow.Flow {
	steps := []flow.Step{
		{
			ID: signerName, Label: "Name", Question: "What is the name of the signer?", Kind: flow.Text,
			Help:  "A person or a robot: lower-case letters, digits, - and _. It becomes the role targets/NAME.",
			Check: func(_ flow.Facts, a flow.Answers) error { return notary.AllowedName(a.First(signerName)) },
		},
		{
			ID: signerKeys, Flag: "key", Label: "Key", Question: "Which public keys does the signer have?", Kind: flow.File,
			Help:  "Files in PEM form, as docker trust key generate makes them, or certificates. Any one of the keys suffices to sign. The private halves stay with the signer.",
			Check: func(_ flow.Facts, a flow.Answers) error { _, err := publicKeys(a); return err },
		},
		repositoriesStep("For which repositories may the signer sign?"),
	}
	return &flow.Flow{
		ID: "signer-add", Title: "Add a signer", Verb: "Add the signer", Grade: flow.Accept,
		Steps: append(steps, rootSteps(someNew)...),
		Changes: func(_ flow.Facts, a flow.Answers) ([]admin.Asked, error) {
			keys, err := publicKeys(a)
			if err != nil {
				return nil, err
			}
			first, err := initialise(a)
			if err != nil {
				return nil, err
			}
			var out []admin.Asked
			for _, name := range a.Values[repositories] {
				out = append(out, admin.Asked{GUN: model.GUN(name), Changes: []model.Change{model.AddSigner{Name: a.First(signerName), Keys: keys}}, Init: &first})
			}
			return out, nil
		},
	}
}

// someNew reports whether one of the repositories must be initialised first.
func someNew(f flow.Facts, a flow.Answers) bool {
	return slices.ContainsFunc(a.Values[repositories], func(name string) bool { return f.Repositories[name] == nil })
}

// publicKeys reads the files of the answer.
func publicKeys(a flow.Answers) ([]model.PublicKey, error) {
	var out []model.PublicKey
	for _, path := range a.Values[signerKeys] {
		key, err := notary.ParsePublicFile(a.Files[path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, key)
	}
	return out, nil
}
