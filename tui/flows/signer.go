package flows

import (
	"encoding/pem"
	"errors"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

const (
	signerName = "name"
	signerKeys = "keys"
)

// SignerAdd lets somebody sign tags of repositories, which are initialised first
// where they have no trust data.
func SignerAdd(d Backend) *flow.Flow {
	steps := []flow.Step{
		{
			ID: signerName, Label: "Name", Question: "What is the name of the signer?", Example: "alice", Kind: flow.Text,
			HelpIn: func(d dialect.Conventions) string {
				return "A person or a robot" + dialect.Around(": ", d.Words().SignerNames, "") + "."
			},
			Check: func(f flow.Facts, a flow.Answers) error { return checkSignerName(f, a.First(signerName)) },
		},
		repositoriesStep("Which repositories may the signer sign for?"),
		{
			ID: signerKeys, Flag: "key", Label: "Key", Question: "Which public keys does the signer have?", Example: "alice.pub", Kind: flow.File, Optional: true,
			HelpIn: func(d dialect.Conventions) string {
				return sentences(keyFiles(d), "Any one of the keys is enough to sign. The signer keeps the private keys.")
			},
			Without:  "Press Enter to use the keys that the signer's role already lists.",
			Needed:   keysWanted,
			Check:    func(f flow.Facts, a flow.Answers) error { _, _, err := publicKeys(f, a, signerKeys); return err },
			Describe: describeKeyFile,
		},
	}
	return Planned(d, &flow.Flow{
		ID: "signer-add", Title: "Add a signer", Verb: "Add the signer", Grade: flow.Accept,
		Command: command("signer add", signerName, repositories),
		Steps:   append(append(steps, rootSteps(someNew)...), unsignedSteps(true)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		first, err := initialise(f, a)
		if err != nil {
			return nil, err
		}
		var out []change.Request
		for _, name := range a.Values[repositories] {
			keys, paths, err := publicKeys(f, a, signerKeys)
			if len(keys) == 0 && err == nil {
				keys, err = ownKeys(f, f.Repositories[name], a.First(signerName))
			}
			if err != nil {
				return nil, err
			}
			out = append(out, change.Request{GUN: model.GUN(name), Changes: []model.Change{model.AddSigner{Name: a.First(signerName), Keys: keys, Files: paths}}, Init: &first})
		}
		return allowing(f, a, out), nil
	})
}

// keyFiles says what a public key is read from.
func keyFiles(d dialect.Conventions) string {
	return "Files in PEM form, " + dialect.Around("as ", d.Words().Commands.MakeKey.Name(), " makes them, ") + "or certificates."
}

// someNew reports whether one of the repositories must be initialised first.
func someNew(f flow.Facts, a flow.Answers) bool {
	return slices.ContainsFunc(a.Values[repositories], func(name string) bool { return f.Repositories[name] == nil })
}

// checkSignerName says why a new signer cannot have a name.
func checkSignerName(f flow.Facts, name string) error {
	if err := f.Dialect.SignerName(name); err != nil {
		return err
	}
	if _, err := f.Dialect.SignerEdges(name); err != nil {
		return &model.Fault{Kind: model.FaultUsage, Text: err.Error(), Hint: "Choose a shorter name."}
	}
	return nil
}

// keysWanted says why public keys must be given: a repository has no role of the signer
// whose keys could be taken.
func keysWanted(f flow.Facts, a flow.Answers) error {
	for _, name := range a.Values[repositories] {
		if _, err := ownKeys(f, f.Repositories[name], a.First(signerName)); err != nil {
			return err
		}
	}
	return nil
}

// ownKeys are the keys that a signer's role lists, as it lists them.
func ownKeys(f flow.Facts, r *model.Repository, name string) ([]model.PublicKey, error) {
	wanted := &model.Fault{
		Kind: model.FaultUsage, Subject: name, Text: "a public key is needed, because there is no role of that name with keys to use",
		Hint: "Give the file of the signer's public key: --key FILE.",
	}
	if r == nil {
		return nil, wanted
	}
	role := r.Signer(name)
	if role == nil {
		return nil, wanted
	}
	var out []model.PublicKey
	for _, listed := range role.Listed {
		k, err := relist(f, r, listed)
		if err != nil {
			return nil, wanted
		}
		out = append(out, k)
	}
	return out, nil
}

var errOtherwiseListed = errors.New("the key is not listed bare or in one certificate")

// relist makes of a key that is listed what lists it again under the same ID.
func relist(f flow.Facts, r *model.Repository, listed model.KeyID) (model.PublicKey, error) {
	known, _ := r.Key(listed)
	candidates := [][]byte{pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: known.SPKI})}
	for _, c := range known.Certificates {
		candidates = append(candidates, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	for _, text := range candidates {
		if k, err := f.Dialect.ParsePublicFile(text); err == nil && k.ID == listed {
			return k, nil
		}
	}
	return model.PublicKey{}, errOtherwiseListed
}
