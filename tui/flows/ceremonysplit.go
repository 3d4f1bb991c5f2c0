package flows

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/display"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// CeremonySplit is whether so many keys are replaced at once that those who stay can't sign alone: AtOnce,
// or in two ceremonies.
const (
	CeremonySplit = "at-once"
	inTwo         = "two"
	AtOnce        = "one"
)

// splitOf says how the keys that leave and join are divided between two ceremonies; nil where one will
// do.
func splitOf(f flow.Facts, a flow.Answers) *ceremony.Split {
	root := startRoot(f, a)
	if root == nil || byPlan(f, a) {
		return nil
	}
	asking := askingFor(f, a)
	return asking.Split(root)
}

// splitStep asks whether to go there in two ceremonies.
func splitStep() flow.Step {
	return flow.Step{
		ID: CeremonySplit, Label: "Ceremonies", Question: "In how many ceremonies do you want to replace them?", Kind: flow.Choice,
		Help: "A new root needs the signatures of enough of the old keys, and of enough of the new ones. If those who leave are needed, they must still come.",
		When: func(f flow.Facts, a flow.Answers) bool { return splitOf(f, a) != nil },
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			split := splitOf(f, a)
			if split == nil {
				return nil
			}
			return []flow.Option{
				{Value: inTwo, Label: "In two", Help: wouldStay(f, a, split) + " In each of the two they can. This is the first."},
				{Value: AtOnce, Label: "In one", Help: "Those who leave and those who join must sign."},
			}
		},
		Unanswered: func(f flow.Facts, a flow.Answers) string {
			split := splitOf(f, a)
			first, second := splitCommands(f, a, split)
			return strings.Join([]string{
				wouldStay(f, a, split), "Replace them in two ceremonies. In each of them, those who stay can sign on their own:",
				first, "When that is published:", second,
				"Nothing was prepared. With --at-once it is one ceremony, for which those who leave and those who join must sign.",
			}, "\n")
		},
	}
}

// wouldStay says why those who stay can't sign on their own.
func wouldStay(f flow.Facts, a flow.Answers, split *ceremony.Split) string {
	root, stay := startRoot(f, a), "None"
	if split.Stay > 0 {
		stay = text.Number(split.Stay)
	}
	return fmt.Sprintf("%s of the %d root keys would stay, and %d must sign: those who stay could not sign on their own.", stay, len(root.Keys), root.Threshold)
}

// splitCommands are the command lines of two ceremonies. What is about a moment, and about people whom the
// first one names, is in the first alone; a new threshold is that of the second.
func splitCommands(f flow.Facts, a flow.Answers, split *ceremony.Split) (first, second string) {
	join, leave, to := a.Values[ceremonyJoin], a.Values[ceremonyLeave], a.First(ceremonyTo)
	if to == "" {
		to = "root.ceremony"
	}
	next := strings.TrimSuffix(to, filepath.Ext(to)) + "-2" + filepath.Ext(to)
	line := func(people, to string, join, leave []string, dates []startDate, also ...string) string {
		words := slices.Concat([]string{"trustdeck"}, f.Program.Words, []string{"ceremony", "start"})
		add := func(flag string, values ...string) {
			for _, value := range values {
				if value != "" {
					words = append(words, "--"+flag, value)
				}
			}
		}
		add("people", people)
		add("add", join...)
		add("remove", leave...)
		for _, id := range append([]string{ceremonyMakers, ceremonyTitle}, also...) {
			add(id, a.Values[id]...)
		}
		for _, d := range dates {
			add(d.flag, a.Values[d.id]...)
		}
		if a.First(CeremonyReal) == Rehearsal {
			words = append(words, "--rehearsal")
		}
		add("to", to)
		words = append(words, string(startGUN(f, a)))
		for i, word := range words {
			words[i] = display.ShellWord(word)
		}
		return strings.Join(words, " ")
	}
	first = line(a.First(ceremonyEarlier), to, join[:split.Join], leave[:split.Leave], ceremonyDates, ceremonyPersons)
	second = line(to, next, join[split.Join:], leave[split.Leave:], nil, ceremonyThreshold)
	return first, second
}

// askingFor is what the answers ask of the keys.
func askingFor(f flow.Facts, a flow.Answers) ceremony.Asking {
	out := ceremony.Asking{Join: flow.Known[startRequests](f)}
	for _, id := range a.Values[ceremonyLeave] {
		out.Leave = append(out.Leave, model.KeyID(id))
	}
	return out
}
