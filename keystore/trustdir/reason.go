package trustdir

import (
	"errors"
	"slices"
	"strings"

	"trustdeck/keystore/defect"
	"trustdeck/model"
	"trustdeck/model/display"
)

// Reason says what is wrong with a file. It is an error, so that
// errors.Is(fault, trustdir.WrongPassphrase) tells reasons apart.
type Reason string

// The reasons.
const (
	// WrongPassphrase: the passphrase is missing, or does not open the key.
	WrongPassphrase Reason = "wrong passphrase"
	// Missing: there is no file for this key.
	Missing Reason = "missing key"
	// Damaged: what is in the file is not a private key, or not all of one.
	Damaged Reason = "damaged file"
	// LoosePermissions: others than the owner may read or write the file.
	LoosePermissions Reason = "loose permissions"
	// SymbolicLink: the file, or a folder on the way to it, is a link.
	SymbolicLink Reason = "symbolic link"
	// Unreadable: the operating system refuses to open it.
	Unreadable Reason = "unreadable"
	// Irregular: it is a pipe, socket or device, or a file where a folder
	// belongs.
	Irregular Reason = "not a regular file"
	// BeyondLimit: too big, too many or too deep to be read.
	BeyondLimit Reason = "beyond limit"
	// Unsupported: a form of private key that can be named and not be read.
	Unsupported Reason = "unsupported form"
	// OtherKey: the file holds another key than its name says, or its name is
	// no key ID.
	OtherKey Reason = "name does not match"
	// UnreadableByNotary: it can be read here, and not by Notary and Docker.
	UnreadableByNotary Reason = "unreadable by notary"
	// Duplicate: the same key is in a second file, which is preferred.
	Duplicate Reason = "duplicate"
	// Misplaced: the file is where Notary lists it and cannot use it.
	Misplaced Reason = "misplaced"
	// BadHeader: the role or gun header cannot be believed.
	BadHeader Reason = "bad header"
	// SeveralBlocks: the file holds more than one PEM block; the first counts.
	SeveralBlocks Reason = "several PEM blocks"
	// BadName: the path below tuf is no repository name.
	BadName Reason = "bad repository name"
	// Present: a file of this name is there already.
	Present Reason = "already there"
	// Unwritable: the operating system refuses to write it.
	Unwritable Reason = "unwritable"
	// Locked: another trustdeck is changing the folder.
	Locked Reason = "locked"
	// Changed: it is not what it was when it was read.
	Changed Reason = "changed meanwhile"
	// NoPrivateKey: the file holds something else than private keys.
	NoPrivateKey Reason = "no private key"
	// Unconfirmed: the change was made, and may be lost with the power.
	Unconfirmed Reason = "unconfirmed"
	// Unfinished: a change of passphrases was cut off, and is to be finished first.
	Unfinished Reason = "unfinished change"
)

// Error returns the reason in words.
func (r Reason) Error() string { return string(r) }

// Blocks reports whether the file cannot be used for this reason. Where it
// does not, the reason is a warning and Unlock works.
func (r Reason) Blocks() bool {
	switch r {
	case LoosePermissions, UnreadableByNotary, Duplicate, Misplaced, BadHeader, SeveralBlocks:
		return false
	default:
		return true
	}
}

// hint says how to get out of it. path is ready to be pasted into a shell.
func (r Reason) hint(path string) string {
	switch r {
	case WrongPassphrase:
		return "Try again with the passphrase of this key. If you are sure it is right, the file is damaged: restore it from a backup."
	case Missing:
		return "Copy the file there from a backup, or from the machine that has the key."
	case Damaged:
		return "Restore " + path + " from a backup."
	case LoosePermissions:
		return "Run: chmod 600 " + path
	case SymbolicLink:
		return "Replace the link with the file or folder itself: " + path + "."
	case Unreadable:
		return "Give yourself permission to read " + path + ", or run trustdeck as its owner."
	case Irregular:
		return "Move " + path + " elsewhere: it doesn't belong there."
	case BeyondLimit:
		return "Look at " + path + ": Notary and Docker never write anything like it. Move files that don't belong there out of the folder."
	case Unsupported:
		return "Convert the key on the machine that made it: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA1"
	case OtherKey:
		return "Rename the file to the ID of its key, with the ending .key. If no one can have renamed it, it is damaged: restore it from a backup."
	case UnreadableByNotary:
		return "If Notary or Docker must use it, convert a copy: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA1 (RSA and ECDSA only)"
	case Duplicate:
		return "Compare the two files and move one of them out of the folder."
	case Misplaced:
		return "Move " + path + " directly into the folder private."
	case BadHeader:
		return "Correct the lines between BEGIN and the empty line in " + path + "."
	case SeveralBlocks:
		return "Give every key of " + path + " its own file."
	case BadName:
		return "Move the folder out of tuf: no server can hold a repository of this name."
	case Present:
		return "Use the existing key. To replace its file, first move that file out of the folder."
	case NoPrivateKey:
		return "Give the file of a private key: of notary, docker or openssl, in PEM form."
	case Unwritable:
		return "Nothing was changed. Check the free space and permissions of the folder of " + path + ", then try again."
	case Locked:
		return "Wait until the other trustdeck has finished, or stop it. That releases the lock."
	case Changed:
		return "List the keys again, check " + path + ", then try again."
	case Unfinished:
		return "Run: trustdeck resume"
	case Unconfirmed:
		return "The change took effect. Check the disk of " + path + ": a power cut could still undo it."
	default:
		return ""
	}
}

// flaw is a reason with the particulars, before it is known for which path.
type flaw = defect.Of[Reason]

func flawf(r Reason, format string, args ...any) *flaw { return defect.New(r, format, args...) }

// flaws are what is wrong with one file, in the order found.
type flaws []*flaw

// blocked reports whether any flaw makes the file unusable.
func (fs flaws) blocked() bool {
	return slices.ContainsFunc(fs, func(f *flaw) bool { return f.Reason.Blocks() })
}

// fault joins the flaws of the file at path into one, or returns nil where
// there are none. The unusable come first.
func (fs flaws) fault(path string) *model.Fault {
	if len(fs) == 0 {
		return nil
	}
	kind := model.FaultLocal
	var texts, hints []string
	var errs []error
	for _, blocking := range []bool{true, false} {
		for _, f := range fs {
			if f.Reason.Blocks() != blocking {
				continue
			}
			if f.Reason == WrongPassphrase {
				kind = model.FaultSecret
			}
			texts = append(texts, f.Text)
			hints = append(hints, f.Reason.hint(display.ShellFile(path)))
			errs = append(errs, f)
		}
	}
	return &model.Fault{
		Kind:    kind,
		Subject: display.Quote(path),
		Text:    strings.Join(texts, "; "),
		Hint:    strings.Join(hints, " "),
		Err:     errors.Join(errs...),
	}
}
