package dialect

import (
	"strings"

	"trustdeck/model"
)

// Words are what sentences take from a dialect: the names of its clients, the commands that
// people can copy, and the sentences that only this dialect makes true. One that is empty
// is left out, with what is said about it. Where a sentence is true of every dialect, only
// the name in it comes from here.
type Words struct {
	// Pull is the client that finds targets for people: "docker pull". Puller is its
	// program: "docker". Neither is ever empty.
	Pull, Puller string
	// Clients are the other clients with which administrators sign: "notary and docker
	// trust". None is never empty: plans say what they see.
	Clients string
	// Programs are those which remember the versions that they have seen, and whose prompts
	// take passphrases of at least 8 characters: "notary and docker".
	Programs string
	// Writer is whose spelling of metadata is the right one: "Notary".
	Writer string

	// Target is what people call a target, in the singular: "tag". Find is what clients do to
	// get one, and Found what becomes of it: "pull", "pulled". None is ever empty.
	Target, Find, Found string
	// Measured is what the length of a target is that of, where targets are images and not
	// files: "manifest".
	Measured string

	// RootQuorum says what another client cannot do with a root that needs several
	// signatures; empty where all can do everything.
	RootQuorum string
	// RootKeys says how many root keys others make, and RootAccepted what becomes of their
	// memory where a root is accepted here.
	RootKeys, RootAccepted string
	// Deleted says what clients meet once a repository was deleted on its server, Remade what
	// those meet that know it where it is made again, and DeletedHere what the clients of
	// this machine do next where only the copy here was deleted. Each is a sentence, or empty.
	Deleted, Remade, DeletedHere string
	// OwnSnapshot and ServerSnapshot say who else has the snapshot signed there.
	OwnSnapshot, ServerSnapshot string
	// SignerNames says what a signer can be called, after a colon and before a full stop.
	SignerNames string
	// RoleNames says what a delegation can be called, and Paths what its paths are; each
	// after a colon and before a full stop.
	RoleNames, Paths string
	// RoleExample is the name of a delegation, as an example, and PathExample a path of one.
	RoleExample, PathExample string
	// Refusing says which clients refuse a file that nobody may sign who has signed it.
	Refusing string
	// OldLayout is the layout of private keys that are marked as such.
	OldLayout string

	Commands Commands
	Staging  Staging
}

// Targets is Target in the plural.
func (w Words) Targets() string { return w.Target + "s" }

// Images reports whether targets are images, which a registry serves under their names.
func (w Words) Images() bool { return w.Measured != "" }

// Commands are command lines of other clients.
type Commands struct {
	// Pull gets REPOSITORY:TAG and verifies it, PullDigest gets REPOSITORY@DIGEST.
	Pull, PullDigest Command
	// Sign signs and publishes REPOSITORY:TAG.
	Sign Command
	// Look are those that show a REPOSITORY, the usual one first.
	Look []Command
	// MakeKey makes the key of a signer, AddSigner adds one, Delegate adds a delegation, and
	// Undelegate takes one away.
	MakeKey, AddSigner, Delegate, Undelegate Command
}

// Staging is how another client keeps changes until they are published.
type Staging struct {
	// Kept says where changes are kept, and Loss who drops them unasked.
	Kept, Loss string
	// Stage stages a change. First publishes a REPOSITORY that was never published.
	Stage, First Command
	// Waiting says what to do about staged changes, and Unpublished about a repository
	// that was never published.
	Waiting, Unpublished string
}

// Command is a command line in which words in capitals stand for what it is about, as in
// "docker trust sign REPOSITORY:TAG". It is empty where the clients have no such command.
type Command string

// With fills in words, each followed by what it stands for.
func (c Command) With(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(string(c))
}

// Name is the command without what it is about: "docker trust sign".
func (c Command) Name() string {
	words := strings.Fields(string(c))
	for i, word := range words {
		if strings.HasPrefix(word, "-") || word[0] >= 'A' && word[0] <= 'Z' {
			words = words[:i]
			break
		}
	}
	return strings.Join(words, " ")
}

// Needing names the commands of other clients that sign a role.
func (w Words) Needing(role model.RoleName) []string {
	commands := []Command{w.Commands.Sign}
	switch {
	case role == model.RoleTargets:
		commands = []Command{w.Commands.AddSigner, w.Commands.Delegate, w.Commands.Undelegate}
	case role.TopLevel():
		commands = nil
	}
	var out []string
	for _, c := range commands {
		if c != "" {
			out = append(out, c.Name())
		}
	}
	return out
}

// Around puts a word of a dialect into a sentence, with what is said about it; where there
// is no such word it is empty.
func Around(before, word, after string) string {
	if word == "" {
		return ""
	}
	return before + word + after
}

// SharedRole is the role that all signers sign beside their own; empty where there is none.
func SharedRole(c Conventions) string {
	for _, edge := range c.Shared() {
		return string(edge.Name)
	}
	return ""
}
