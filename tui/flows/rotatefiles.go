package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// fileOption stands for public keys in files.
func fileOption() flow.Option {
	return flow.Option{Value: fromFile, Label: "A public key from a file", Help: "Its holder keeps the private key. You are asked for the file next."}
}

// nextFilesStep asks for public keys that sign from now on.
func nextFilesStep() flow.Step {
	return flow.Step{
		ID: nextFiles, Flag: "key", Label: "New keys", Question: "Which public keys should sign it now?", Example: "alice.pub", Kind: flow.File, Optional: true,
		When: func(f flow.Facts, a flow.Answers) bool { return rotatesDelegation(f, a) || takesFiles(f, a) },
		HelpIn: func(d dialect.Conventions) string {
			return sentences(keyFiles(d), "For a delegation, trustdeck makes a new key on this machine if you give no file. Several repositories need a file, because they share the new key.")
		},
		Without: "Press Enter to have trustdeck make a new key on this machine.",
		Needed:  nextFileWanted,
		Check:   checkNextFiles, Describe: describeKeyFile,
	}
}

// takesFiles reports whether public keys from files are among those of a top-level role.
func takesFiles(f flow.Facts, a flow.Answers) bool {
	role := model.RoleName(a.First(rotated))
	switch {
	case !role.TopLevel() || f.Dialect == nil || slices.Contains(f.Dialect.Online(), role):
		return false
	case role == model.RoleRoot:
		return slices.Contains(a.Values[nextRoot], fromFile)
	case role == model.RoleTargets || replacesSome(f, a):
		return a.First(nextHere) == fromFile
	default: // it has no question but this one
		return a.Values[nextFiles] != nil && !f.Dialect.ServerKeys()
	}
}

// checkNextFiles refuses new keys that are those of the delegation already, everywhere.
func checkNextFiles(f flow.Facts, a flow.Answers) error {
	keys, _, err := publicKeys(f, a, nextFiles)
	if err != nil || len(keys) == 0 {
		return err
	}
	role := model.RoleName(a.First(rotated))
	for _, r := range named(f, a) {
		if !sameKeys(f, keys, keysOf(r, role)) {
			return nil
		}
	}
	return fmt.Errorf("%s already has these keys", role)
}

// nextFileWanted says why the file of a key must be given.
func nextFileWanted(f flow.Facts, a flow.Answers) error {
	if takesFiles(f, a) {
		return flow.Needed(flow.File)
	}
	if alone(a) {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Text: "several repositories need the file of a public key: a new key would be another one in each",
		Hint: "Give the file of the signer's new public key: --key FILE.",
	}
}
