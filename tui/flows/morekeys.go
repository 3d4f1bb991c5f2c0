package flows

import (
	"strconv"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

// newKeys is the ID of how many keys are made for a role.
const newKeys = "new-keys"

// newKeysStep asks how many keys are made for a role on this machine.
func newKeysStep(when func(flow.Facts, flow.Answers) bool) flow.Step {
	return flow.Step{
		ID: newKeys, Flag: newKeys, Label: "New keys", Question: "How many new keys do you want to make for it?", Example: "1", Kind: flow.Text, When: when,
		Help:  "A number from 1 to 20. trustdeck makes all of them on this machine, with passphrases that you choose.",
		Check: func(_ flow.Facts, a flow.Answers) error { return number(a.First(newKeys), 1, maxRootKeys) },
		Unanswered: func(flow.Facts, flow.Answers) string {
			return "Give the file of each public key that may sign it: --key FILE. To have keys made, give --new-keys N."
		},
	}
}

// countNew is how many keys are made for a role.
func countNew(a flow.Answers) int {
	n, _ := strconv.Atoi(a.First(newKeys)) // it is checked
	return n
}

// givesNew reports whether an answer has keys made for a role.
func givesNew(_ flow.Facts, a flow.Answers) bool { return countNew(a) > 0 }

// givenKeys are the public keys in the files of an answer.
func givenKeys(f flow.Facts, a flow.Answers, id string) ([]model.KeyChoice, error) {
	keys, paths, err := publicKeys(f, a, id)
	var out []model.KeyChoice
	for i, k := range keys {
		out = append(out, model.KeyChoice{Source: model.KeyGiven, Public: k, File: paths[i]})
	}
	return out, err
}

// moreKeys are the keys that a role gets beside those that it has.
func moreKeys(f flow.Facts, a flow.Answers) ([]model.KeyChoice, error) {
	out, err := givenKeys(f, a, signerKeys)
	for range countNew(a) {
		out = append(out, newKeyChoice(a))
	}
	return out, err
}
