package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
)

// algorithm is the ID of what is asked about keys that are made.
const algorithm = "algorithm"

// algorithmHelp says what speaks for each kind of key.
var algorithmHelp = map[model.Algorithm]string{
	model.ECDSAP256: "The usual kind. Small and fast.",
	model.ECDSAP384: "A larger curve, for rules that ask for 192 bits of strength.",
	model.Ed25519:   "Small and fast. Its signatures need no random numbers.",
	model.RSA3072:   "Larger and slower than the others. It signs with PSS.",
	model.MLDSA65:   "Withstands quantum computers. Signatures of 3 KB, and few clients know it: the review names those that don't.",
	model.MLDSA87:   "The strongest ML-DSA, with signatures of 5 KB.",
	model.MLDSA44:   "The smallest ML-DSA, with signatures of 2 KB.",
}

// algorithmStep asks of which kind new keys are to be, where a dialect has several.
func algorithmStep(making func(flow.Facts, flow.Answers) bool) flow.Step {
	return algorithmStepIn(making, func(f flow.Facts, _ flow.Answers) dialect.Dialect { return f.Dialect })
}

// algorithmStepIn is algorithmStep where another answer decides about the dialect.
func algorithmStepIn(making func(flow.Facts, flow.Answers) bool, in func(flow.Facts, flow.Answers) dialect.Dialect) flow.Step {
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		var out []flow.Option
		if d := in(f, a); d != nil {
			for _, kind := range d.Algorithms() {
				out = append(out, flow.Option{Value: string(kind), Label: kind.String(), Help: algorithmHelp[kind]})
			}
		}
		return out
	}
	return flow.Step{
		ID: algorithm, Flag: "algorithm", Label: "Algorithm", Question: "Which kind of key do you want to make?", Kind: flow.Choice,
		Help:    "All keys that are made now are of this kind. Every client that reads the repository must be able to verify it.",
		Options: options,
		Default: func(f flow.Facts, a flow.Answers) []string { return []string{options(f, a)[0].Value} },
		When: func(f flow.Facts, a flow.Answers) bool {
			return making(f, a) && (len(options(f, a)) > 1 || a.Values[algorithm] != nil)
		},
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			kind, all := model.ParseAlgorithm(a.First(algorithm)), options(f, a)
			if len(all) == 1 && all[0].Value != string(kind) {
				return nil, &model.Fault{
					Kind: model.FaultUsage, Text: fmt.Sprintf("keys of this kind of repository are made as %s only, not as %s", all[0].Label, kind),
					Hint: algorithmHint(f),
				}
			}
			return []string{string(kind)}, nil
		},
	}
}

// newKeyChoice is a key to be made of the kind of the answer.
func newKeyChoice(a flow.Answers) model.KeyChoice {
	return model.KeyChoice{Source: model.KeyNew, Algorithm: model.Algorithm(a.First(algorithm))}
}

// hereChoice is a key of this machine, with its kind where that is known and could be made.
func hereChoice(f flow.Facts, id model.KeyID) model.KeyChoice {
	out := model.KeyChoice{Source: model.KeyHere, ID: id}
	for _, k := range f.Keys {
		kind := model.ParseAlgorithm(k.Algorithm)
		if all := f.Dialect.Algorithms(); k.Is(id) && kind != all[0] && slices.Contains(all, kind) {
			out.Algorithm = kind
		}
	}
	return out
}

// makes reports whether one of some keys is to be made.
func makes(keys []model.KeyChoice) bool {
	return slices.ContainsFunc(keys, func(k model.KeyChoice) bool { return k.Source == model.KeyNew })
}

// algorithmHint is the way out where keys of one kind only are made.
func algorithmHint(f flow.Facts) string {
	if len(f.Places) > 1 {
		return "Leave --algorithm out, or give --folder " + OwnFolder + "."
	}
	return "Leave --algorithm out. To use another kind of key, give its public key."
}
