package flows

import (
	"slices"

	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// keyFolder is the ID of what is asked about the folder of a key.
const keyFolder = "folder"

// OwnFolder and TrustFolder are the answers: trustdeck's own folder of keys, and the one that it
// shares with other clients.
const (
	OwnFolder   = "own"
	TrustFolder = "trust"
)

// placeStep asks in which folder keys are to be kept, where several are in use.
func placeStep() flow.Step {
	return flow.Step{
		ID: keyFolder, Flag: keyFolder, Label: "Folder", Question: "In which folder do you want to keep it?", Kind: flow.Choice,
		Help: "A key is found in either folder, by its public half, and signs where a repository lists it.",
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			var out []flow.Option
			for _, p := range f.Places {
				out = append(out, flow.Option{Value: p.Value, Label: p.Label, Help: p.Help})
			}
			return out
		},
		Default: func(f flow.Facts, _ flow.Answers) []string { return []string{f.Places[0].Value} },
		When: func(f flow.Facts, a flow.Answers) bool {
			unused := slices.ContainsFunc(f.Places, func(p flow.KeyPlace) bool { return !p.InUse })
			return a.Values[keyFolder] != nil || len(f.Places) > 1 && !unused
		},
	}
}

// placeOf is the folder of the answer, and the usual one without an answer.
func placeOf(f flow.Facts, a flow.Answers) flow.KeyPlace {
	for _, p := range f.Places {
		if p.Value == a.First(keyFolder) {
			return p
		}
	}
	if len(f.Places) > 0 {
		return f.Places[0]
	}
	return flow.KeyPlace{Folder: f.Folder, Dialect: f.Dialect}
}

// placeDialect is the dialect for whose repositories the folder of the answer keeps keys.
func placeDialect(f flow.Facts, a flow.Answers) dialect.Dialect { return placeOf(f, a).Dialect }

// folderName is a folder in a sentence.
func folderName(p flow.KeyPlace) string {
	if p.Value == OwnFolder {
		return "trustdeck's key folder"
	}
	return "the trust folder"
}
