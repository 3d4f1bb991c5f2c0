package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The question about keys that no backup holds as they are, and its answers.
const (
	removeBackup = "backup"
	backupFirst  = "first"
	noBackup     = "none"
)

// KeyRemove deletes private keys from this machine.
func KeyRemove(k KeyFiles) *flow.Flow {
	which := keysStep("Which keys do you want to remove from this machine?",
		"trustdeck deletes their files. No one can recreate a key. Repositories still list it: to revoke a key, rotate it or remove its signer.",
		model.PrivateKey.Usable)
	which.Inquire = func(flow.Facts, flow.Answers) flow.Inquiry {
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			survey, err := k.Survey(ctx)
			return func(f *flow.Facts) { flow.Learn(f, survey) }, err
		}
	}
	return &flow.Flow{
		ID: "key-remove", Title: "Remove keys", Verb: "Remove", Grade: flow.TypeName, Source: k,
		Command: command("key remove", NamedKeys),
		Steps: []flow.Step{which, {
			ID: removeBackup, Flag: "backup", Label: "Backup", Question: "No backup holds these keys as they are now. What do you want to do?", Kind: flow.Choice,
			Help: "trustdeck knows only the backups that it made or checked on this machine.",
			When: func(f flow.Facts, a flow.Answers) bool {
				return len(unsaved(f, a)) > 0 || a.Values[removeBackup] != nil
			},
			Options: func(f flow.Facts, a flow.Answers) []flow.Option {
				return []flow.Option{
					{Value: backupFirst, Label: "Back up first", Help: "Nothing is removed. The review shows the command for the backup: " + backupCommand(unsaved(f, a))},
					{Value: noBackup, Label: "Remove them without a backup", Help: "If you have no other copy, what only these keys can sign can never be signed again."},
				}
			},
			Unanswered: func(flow.Facts, flow.Answers) string { return "Back up the keys first, or give --backup none." },
		}},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &removingKeys{files: k, keys: keysNamed(f, a), survey: survey(f), unsaved: unsaved(f, a)}
			out.first = a.First(removeBackup) == backupFirst
			return out
		},
		Words: flow.Words{Executing: "removing keys", Preparing: "Reading the keys, and the repositories that may list them."},
	}
}

// survey is what is known of the keys.
func survey(f flow.Facts) *admin.KeySurvey {
	if s := flow.Known[*admin.KeySurvey](f); s != nil {
		return s
	}
	return &admin.KeySurvey{}
}

// unsaved are the keys that no known backup holds as they are.
func unsaved(f flow.Facts, a flow.Answers) []model.PrivateKey {
	s := survey(f)
	return slices.DeleteFunc(keysNamed(f, a), func(k model.PrivateKey) bool {
		use := s.Key(k.ID)
		return use != nil && use.BackedUp()
	})
}

// backupCommand makes a backup of keys.
func backupCommand(keys []model.PrivateKey) string {
	var out strings.Builder
	out.WriteString("trustdeck backup create")
	for _, k := range keys {
		out.WriteString(" --key " + string(k.ID[:min(16, len(k.ID))]))
	}
	out.WriteString(" FILE")
	return out.String()
}

// removingKeys deletes private keys.
type removingKeys struct {
	files   KeyFiles
	keys    []model.PrivateKey
	survey  *admin.KeySurvey
	unsaved []model.PrivateKey
	// first is true where they are to be backed up first.
	first bool
}

var (
	_ flow.Outcome = (*removingKeys)(nil)
	_ flow.Named   = (*removingKeys)(nil)
)

// Ready reports whether they can be removed.
func (r *removingKeys) Ready() (ok bool, why string) {
	switch {
	case len(r.keys) == 0:
		return false, "there is no key to remove"
	case r.first:
		return false, "back up the keys first: " + backupCommand(r.unsaved)
	}
	return true, ""
}

// Challenge is what must be typed: the beginning of the key ID, or how many keys they are.
func (r *removingKeys) Challenge() flow.Challenge {
	out := flow.Challenge{Why: "No one can recreate a removed key."}
	if len(r.keys) == 1 {
		const digits = 8
		id := string(r.keys[0].ID)
		out.Word, out.What = id[:min(digits, len(id))], "the first 8 digits of the key ID"
	} else {
		out.Word, out.What = fmt.Sprint(len(r.keys)), "the number of keys"
	}
	return out
}

// Steps lists what will be done.
func (r *removingKeys) Steps() []admin.Step { return keyfile.RemoveSteps(r.keys) }

// Review says what depends on the keys.
func (r *removingKeys) Review() flow.Review {
	out := flow.Review{
		Verdict: "Ready: trustdeck deletes " + text.Count(len(r.keys), "key") + " from this machine.",
		Table:   flow.Table{Columns: []flow.Column{{Title: "KEY"}, {Title: "BACKUP", Word: "backup"}, {Title: "COUNTS IN", Word: "counts in"}}},
	}
	if ok, why := r.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	ids, uses := flow.Section{Head: "KEY IDS"}, flow.Section{Head: "ROLES THAT LIST THEM"}
	losses := r.survey.Losses(r.ids())
	for _, k := range r.keys {
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{keyName(k.ID, k.Label, k.GUN), r.backup(k), countsIn(losses, k.ID)}})
		ids.Lines = append(ids.Lines, string(k.ID)+", in "+k.Path)
	}
	lost := flow.Section{Head: "NO LONGER SIGNED HERE"}
	for i := range losses {
		l := &losses[i]
		line := fmt.Sprintf("%s of %s: %d of %d needed keys here (was %d)", l.Role, l.GUN, l.After, l.Threshold, l.Before)
		uses.Lines = append(uses.Lines, line)
		if l.Lost() {
			lost.Lines = append(lost.Lines, line)
		}
	}
	out.Facts = r.facts(lost.Lines)
	for _, s := range []flow.Section{lost, uses, ids, inOrder(r.Steps())} {
		if len(s.Lines) > 0 {
			out.Details = append(out.Details, s)
		}
	}
	return out
}

func (r *removingKeys) ids() []model.KeyID { return model.KeyIDs(r.keys) }

// facts are what cannot be undone, what is lost, and what isn't known.
func (r *removingKeys) facts(lost []string) []flow.Fact {
	out := []flow.Fact{{Label: flow.Final, Text: "without a backup or another copy, no one can ever sign with these keys again."}}
	if n := len(lost); n > 0 {
		shown := strings.Join(lost[:min(3, n)], "; ")
		if n > 3 {
			shown += fmt.Sprintf("; and %d more", n-3)
		}
		out = append(out, flow.Fact{Label: flow.Warning, Text: text.Count(n, "role") + " can no longer be signed on this machine: " + shown + "."})
	}
	if n := len(r.unsaved); n > 0 && !r.first {
		out = append(out, flow.Fact{Label: flow.Warning, Text: text.Count(n, "key") + " without an up-to-date backup. To make one: " + backupCommand(r.unsaved)})
	}
	if unread := r.survey.Unread(); len(unread) > 0 {
		out = append(out, flow.Fact{Label: flow.Warning, Text: text.Count(len(unread), "repository") + " could not be read, and may need the keys: " + strings.Join(model.Retype[string](unread[:min(3, len(unread))]), ", ") + "."})
	}
	return append(out, flow.Fact{Label: "Repositories", Text: "don't change. They still list the keys; trustdeck knows only the repositories that you have seen here."})
}

// backup says what is known of the backups of a key.
func (r *removingKeys) backup(k model.PrivateKey) string {
	use := r.survey.Key(k.ID)
	switch {
	case use == nil || use.Backup.BackedUp.IsZero():
		return "never"
	case !use.BackedUp():
		return "outdated"
	case use.Backup.Checked.IsZero():
		return "not checked"
	default:
		return "checked"
	}
}

// countsIn counts the roles that list a key.
func countsIn(losses []admin.KeyLoss, id model.KeyID) string {
	n := 0
	for i := range losses {
		if slices.Contains(losses[i].Keys, id) {
			n++
		}
	}
	if n == 0 {
		return "no known role"
	}
	return text.Count(n, "known role")
}

// Do deletes them.
func (r *removingKeys) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	results, err := r.files.Remove(ctx, r.keys, keyfile.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	out := &flow.Report{}
	for _, one := range results {
		name := keyName(one.Key.ID, one.Key.Label, one.Key.GUN)
		switch {
		case one.Removed:
			out.Done = append(out.Done, "Removed: "+name)
		case one.Err != nil:
			out.NotDone = append(out.NotDone, text.Sentence(name+" stays: "+one.Err.Error()))
		default:
			out.NotDone = append(out.NotDone, "Not tried, and still here: "+name+".")
		}
	}
	out.Usable = text.Count(len(out.Done), "key") + " removed from this machine. Each file is whole or gone."
	out.Next = hints(err)
	if len(out.Done) > 0 {
		out.Next = append(out.Next, "To get a key back from a backup: trustdeck backup restore FILE")
	}
	return out, err
}
