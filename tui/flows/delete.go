package flows

import (
	"context"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The IDs and answers of what Delete asks.
const (
	DeleteWhat   = "delete"
	deleteHere   = "here"
	DeleteRemote = "remote"

	ArchiveFirst = "archive-first"
	archiveYes   = "yes"
	NoArchive    = "no"
	archiveTo    = "archive-to"
)

// Delete deletes the trust data of a repository: what this machine has cached of it, or the
// server's as well.
func Delete(d Backend) *flow.Flow {
	c := command("delete", repositories)
	return &flow.Flow{
		ID: "delete", Title: "Delete trust data", Verb: "Delete", Grade: flow.TypeName, Source: d,
		Command: switched(switched(c, DeleteWhat, DeleteRemote, "remote"), ArchiveFirst, NoArchive, "no-archive"),
		Steps: []flow.Step{
			{
				ID: repositories, Names: true, Label: "Repository", Question: "Of which repository do you want to delete the trust data?", Example: "registry.example.org/team/app", Kind: flow.Text,
				Help:    "Give the full name, with the registry and without a tag: registry.example.org/team/app. trustdeck reads it first, and deletes nothing yet.",
				Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
				Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[repositories]) },
			},
			{
				ID: DeleteWhat, Label: "What", Question: "What do you want to delete?", Kind: flow.Choice,
				HelpIn: func(d dialect.Conventions) string {
					if d.Words().Images() {
						return "Private keys stay in either case, and so do images."
					}
					return "Private keys stay in either case."
				},
				Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: deleteHere, Label: "The copy on this machine", Help: sentences("Cached trust data and staged changes in the trust folder. The server keeps its own.", f.Dialect.Words().DeletedHere)},
						{Value: DeleteRemote, Label: "Everything, on the server too", Help: "Every version of every role, for everyone. It can't be undone."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{deleteHere} },
				Inquire: deletionOf(d),
			},
			{
				ID: ArchiveFirst, Label: "Archive", Question: "Do you want to archive the trust data first?", Kind: flow.Choice,
				Help: "Once it is deleted, only an archive shows who could sign what. trustdeck saves every version that the server still has, and checks it.",
				When: func(f flow.Facts, a flow.Answers) bool { return a.First(DeleteWhat) == DeleteRemote && archivable(f) },
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: archiveYes, Label: "Yes, archive it first", Help: "If the archive isn't complete, nothing is deleted."},
						{Value: NoArchive, Label: "No", Help: "No one can read it again."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{archiveYes} },
			},
			{
				ID: archiveTo, Flag: archiveTo, Path: true, Label: "Where", Question: "Which folder do you want to archive to?", Example: "/media/trust-2026", Kind: flow.Text,
				Help: "A new or empty folder, or an archive, to which trustdeck adds. Open it with: trustdeck --archive FOLDER.",
				When: func(_ flow.Facts, a flow.Answers) bool { return a.First(ArchiveFirst) == archiveYes },
				Default: func(f flow.Facts, _ flow.Answers) []string {
					return []string{"~/trust-archive-" + f.Now.UTC().Format("2006-01-02")}
				},
			},
		},
		// Read again: what is reviewed is what is there now.
		Survey: func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) { return deletionOf(d)(f, a), nil },
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &deleting{backend: d, words: f.Dialect.Words(), p: flow.Known[*change.Deletion](f), archive: a.First(archiveTo)}
		},
		Words: flow.Words{Executing: "deleting trust data", Accept: "to delete it"},
	}
}

// deletionOf finds out what there is to delete.
func deletionOf(d Backend) func(flow.Facts, flow.Answers) flow.Inquiry {
	return func(_ flow.Facts, a flow.Answers) flow.Inquiry {
		gun, remote := model.GUN(a.First(repositories)), a.First(DeleteWhat) == DeleteRemote
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			p, err := d.ProposeDeletion(ctx, gun, remote)
			return func(f *flow.Facts) { flow.Learn(f, p) }, err
		}
	}
}

// archivable reports whether the server has something that can be archived.
func archivable(f flow.Facts) bool {
	p := flow.Known[*change.Deletion](f)
	return p != nil && p.Served != nil
}

// deleting deletes trust data.
type deleting struct {
	backend Backend
	words   dialect.Words
	p       *change.Deletion
	// archive is where everything is saved first; empty is nowhere.
	archive string
}

var (
	_ flow.Outcome = (*deleting)(nil)
	_ flow.Idle    = (*deleting)(nil)
	_ flow.Named   = (*deleting)(nil)
	_ flow.About   = (*deleting)(nil)
)

// DeletionOf is what an outcome of Delete deletes; nil where it is another one.
func DeletionOf(o flow.Outcome) *change.Deletion {
	if j, ok := o.(*deleting); ok {
		return j.p
	}
	return nil
}

// GUNs are the repository.
func (j *deleting) GUNs() []model.GUN { return []model.GUN{j.p.GUN} }

// Idle reports that there is nothing to delete.
func (j *deleting) Idle() bool { return j.p.Nothing() }

// Ready reports whether anything can be deleted.
func (j *deleting) Ready() (ok bool, why string) {
	if j.p.Remote {
		return !j.Idle(), "neither the server nor this machine has trust data of " + string(j.p.GUN)
	}
	return !j.Idle(), "the trust folder has no trust data of " + string(j.p.GUN)
}

// Challenge is the name of the repository, where the server's trust data is deleted.
func (j *deleting) Challenge() flow.Challenge {
	if !j.p.Remote {
		return flow.Challenge{Word: "yes"}
	}
	return flow.Challenge{Word: string(j.p.GUN), What: "the repository's name", Why: "This deletes it for everyone."}
}

// Steps lists what will be done.
func (j *deleting) Steps() []admin.Step { return change.DeletionSteps(j.p, j.archive) }

// Review lists what would be deleted, what others meet then, and what stays.
func (j *deleting) Review() flow.Review {
	if ok, why := j.Ready(); !ok {
		return flow.Review{Verdict: text.Sentence(why)}
	}
	out := flow.Review{
		Verdict: "Ready: trustdeck can delete the cached trust data on this machine.", About: string(j.p.GUN),
		Table: flow.Table{Columns: []flow.Column{{Title: "WHERE"}, {Title: "WHAT", Word: "what"}, {Title: "AFTERWARDS", Word: "afterwards"}}},
	}
	row := func(where, what, afterwards string) {
		out.Table.Rows = append(out.Table.Rows, flow.Row{Cells: []string{where, what, afterwards}})
	}
	switch {
	case j.p.Remote:
		out.Verdict = "Ready: trustdeck can delete all trust data, on the server too."
		row("server", j.served(), "deleted")
	case j.p.Served != nil || j.p.Unread != nil:
		row("server", j.served(), "stays")
	default:
		row("server", "none found", "none")
	}
	row("trust folder", text.Count(j.p.Local, "file"), "deleted")
	if j.p.Staged > 0 {
		row("staged", text.Count(j.p.Staged, "change"), "deleted")
	}
	if len(j.p.Keys) > 0 {
		row("private keys", text.Count(len(j.p.Keys), "key"), "stay")
	}
	out.Facts = j.facts()
	if len(j.p.Keys) > 0 {
		keys := flow.Section{Head: "PRIVATE KEYS THAT STAY"}
		for _, k := range j.p.Keys {
			keys.Lines = append(keys.Lines, keyName(k.ID, k.Label, k.GUN))
		}
		out.Details = append(out.Details, keys)
	}
	out.Details = append(out.Details, inOrder(j.Steps()))
	return out
}

// served is what the server has, in a few words.
func (j *deleting) served() string {
	switch r := j.p.Served; {
	case r != nil:
		return fmt.Sprintf("%s, %s", text.Count(len(r.Roles), "role"), text.Count(len(r.Signers), "signer"))
	case j.p.Unread != nil:
		return "not readable"
	default:
		return "none found"
	}
}

// facts are what cannot be undone, what others meet, and what is kept.
func (j *deleting) facts() []flow.Fact {
	var out []flow.Fact
	say := func(label, sentence string) {
		if sentence != "" {
			out = append(out, flow.Fact{Label: label, Text: sentence})
		}
	}
	if j.p.Remote {
		j.sayRemote(say)
	} else {
		say(flow.Warning, j.words.DeletedHere)
		if j.p.Served == nil && j.p.Unread == nil {
			say(flow.Warning, "the server has no trust data of this repository, so this may be the last copy. Back it up: trustdeck backup create --repository "+display.ShellWord(string(j.p.GUN))+" FILE")
		}
	}
	if j.p.Staged > 0 {
		say(flow.Final, text.Count(j.p.Staged, "staged change")+" will be lost. To keep their files, drop them first: trustdeck reset --entry all "+display.ShellWord(string(j.p.GUN)))
	}
	if j.p.Remembered {
		say("trustdeck", "keeps what it has verified of the repository. If it's made again with another root, confirm that with trustdeck accept-root.")
	}
	return out
}

func (j *deleting) sayRemote(say func(label, sentence string)) {
	if j.archive == "" {
		say(flow.Final, "the server deletes every version of every role, and no archive is made.")
	} else {
		say(flow.Final, "the server deletes every version of every role. The archive in "+j.archive+" is for reading: it can't be published again.")
	}
	if len(j.p.Longer) > 0 {
		say(flow.Warning, "some servers also delete repositories whose names begin with this name: "+few(model.Retype[string](j.p.Longer))+". trustdeck checks afterwards.")
	}
	clients := j.words.Deleted
	if j.p.Served != nil && clients != "" {
		if stamp := j.p.Served.Role(model.RoleTimestamp); stamp != nil {
			clients += " It expires " + text.Date(stamp.Expires) + "."
		}
	}
	say("Clients", clients)
	say("Made again", j.words.Remade)
}

// Do deletes it.
func (j *deleting) Do(ctx context.Context, r flow.Run) (*flow.Report, error) {
	out, err := j.backend.Delete(ctx, j.p, change.DeletionRun{Archive: j.archive, Watch: r.Watch, Stop: r.Stop})
	report := &flow.Report{Usable: "Nothing was deleted.", Final: err == nil, Next: hints(err)}
	if out.Archived != "" {
		report.Done = append(report.Done, "Archived: every version, in "+out.Archived)
	}
	if out.Deleted {
		report.Usable = "The trust data of " + string(j.p.GUN) + " is deleted. A new client finds none."
		report.Done = append(report.Done, "Deleted on the server")
	}
	if out.Removed > 0 {
		report.Done = append(report.Done, text.Sentence(text.Count(out.Removed, "file")+" removed from the trust folder"))
		if !out.Deleted {
			report.Usable = "The cached trust data of " + string(j.p.GUN) + " is deleted on this machine."
		}
	}
	if len(out.Left) > 0 {
		report.NotDone = append(report.NotDone, "Still in its folder, because trustdeck doesn't know what it is: "+strings.Join(out.Left, ", "))
	}
	if len(out.Lost) > 0 {
		report.NotDone = append(report.NotDone, "The server has deleted these as well: "+few(model.Retype[string](out.Lost)))
		report.Next = append(report.Next, "Tell the administrators of these repositories; they must be made again.")
	}
	if err == nil {
		report.More = append(report.More, j.stays(out))
	}
	return report, err
}

// stays lists what is left of the repository.
func (j *deleting) stays(out *change.DeletionOutcome) flow.Section {
	s := flow.Section{Head: "WHAT IS LEFT"}
	if !j.p.Remote && j.p.Served != nil {
		s.Lines = append(s.Lines, "The server's trust data.")
	}
	for _, k := range j.p.Keys {
		s.Lines = append(s.Lines, "On this machine: "+keyName(k.ID, k.Label, k.GUN)+".")
	}
	if j.p.Remembered {
		s.Lines = append(s.Lines, "What trustdeck has verified, in its memory.")
	}
	if out.Archived != "" {
		s.Lines = append(s.Lines, "The archive: trustdeck --archive "+display.ShellFile(out.Archived)+" inspect "+display.ShellWord(string(j.p.GUN)))
	}
	if len(s.Lines) == 0 {
		s.Lines = []string{"Nothing."}
	}
	return s
}
