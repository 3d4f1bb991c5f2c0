package admin

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/quorum"
)

// Explain says in a sentence what happens to the role.
func (l *TokenLoss) Explain() string {
	switch l.Outcome {
	case LossCopied:
		return "Nothing is lost: there is a copy in " + strings.Join(l.Copies, ", ") + "."
	case LossSpare:
		return fmt.Sprintf("It can still be signed: %s, for example by %s.", l.After.Needs(), l.After.Holders.Names())
	case LossReplace:
		return "No one can sign it until its keys are replaced: " + l.After.Unreachable + "."
	case LossFinal:
	}
	return "No one can sign it any more, nor replace its keys: " + l.After.Unreachable + "."
}

// Plan says in sentences what to do, in their order. Names come from metadata and settings as they
// are.
func (l *TokenLoss) Plan() []string {
	var out []string
	if l.Here != nil && l.Here.Lost() && l.Outcome == LossSpare {
		out = append(out, fmt.Sprintf("This machine alone has too few keys for it then: %d of %d.", l.Here.After, l.Here.Threshold))
	}
	for _, file := range l.Backups {
		out = append(out, "Restore the key from its backup: "+file+".")
	}
	if l.Outcome != LossFinal && l.Repair == nil {
		return append(out, "Replacing the key in the signer's own role replaces it here too.")
	}
	switch l.Outcome {
	case LossCopied:
		return append(out, "Rotate the key if someone else may have the token.")
	case LossSpare:
		return append(out, "Replace the lost key with the others.")
	case LossReplace:
		for i := range l.By {
			out = append(out, "Have the holders of "+holdersOf(&l.By[i])+" list another key.")
		}
		return out
	case LossFinal:
	}
	if l.Role != model.RoleRoot {
		for i := range l.By {
			out = append(out, "First repair "+string(l.By[i].Name)+", which lists its keys.")
		}
		return out
	}
	if len(l.Backups) == 0 {
		out = append(out, "No backup is known. Look for one, and for a second token with the key.")
	}
	return append(out, "Without it, begin a new repository, and give its root to all clients.")
}

// SumUpLosses says in sentences how many roles the loss of a token means what for, the worst
// first. looks are those on which it was rehearsed: where none has read a repository, nothing is known.
func SumUpLosses(losses []TokenLoss, looks []Look) []string {
	if !slices.ContainsFunc(looks, func(l Look) bool { return l.Repository != nil }) {
		return []string{"Not known: no repository was read."}
	}
	count := map[LossOutcome]int{}
	for i := range losses {
		count[losses[i].Outcome]++
	}
	var out []string
	for outcome, words := range [...]string{
		LossFinal: "%s can't be signed any more, nor repaired.", LossReplace: "%s can't be signed until others replace the key.",
		LossSpare: "%s can still be signed with other keys.", LossCopied: "Nothing is lost for %s: the key has a copy here.",
	} {
		if n := count[LossOutcome(outcome)]; n > 0 {
			out = append(out, fmt.Sprintf(words, model.Count(n, "role")))
		}
	}
	if out == nil {
		return []string{"Nothing changes: no role that was read lists one of its keys."}
	}
	return out
}

// holdersOf names a role, and who can sign it: "targets (1 of 2, for example alice)".
func holdersOf(r *quorum.Role) string {
	if r.Unreachable != "" {
		return string(r.Name)
	}
	return fmt.Sprintf("%s (%s, for example %s)", r.Name, r.Needs(), r.Holders.Names())
}
