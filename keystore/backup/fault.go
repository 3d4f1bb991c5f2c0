package backup

import (
	"errors"
	"io/fs"

	"trustdeck/keystore/defect"
	"trustdeck/model"
	"trustdeck/model/display"
)

// Reason says why a file was not read or written. It is an error, so that
// errors.Is(fault, backup.Truncated) tells reasons apart.
type Reason string

// The reasons.
const (
	// Missing: there is no such file.
	Missing Reason = "missing"
	// Unreadable: the system refuses to read it.
	Unreadable Reason = "unreadable"
	// Irregular: it is a folder, a pipe or a device.
	Irregular Reason = "not a file"
	// Foreign: it is something else than a backup of trustdeck.
	Foreign Reason = "not a backup"
	// Newer: it was made by a trustdeck with another form of backups.
	Newer Reason = "another form"
	// Truncated: its end is missing.
	Truncated Reason = "truncated"
	// Damaged: it is not what was written.
	Damaged Reason = "damaged"
	// TooBig: it is, or unpacks to, more than is read.
	TooBig Reason = "beyond limit"
	// Escapes: a path in it leads elsewhere.
	Escapes Reason = "path leads elsewhere"
	// NotPlain: it holds a link, a device or the like.
	NotPlain Reason = "not a plain file"
	// Duplicate: two of its files are one.
	Duplicate Reason = "duplicate"
	// Mismatch: it is not what its manifest says.
	Mismatch Reason = "manifest does not match"
	// WrongKey: the passphrase or identity does not open it.
	WrongKey Reason = "wrong key"
	// Costly: its passphrase would take more memory than is given.
	Costly Reason = "too costly"
	// Present: there is a file of that name already.
	Present Reason = "already there"
	// Inside: the file would be in the trust folder.
	Inside Reason = "in the trust folder"
	// Unwritable: the system refuses to write it.
	Unwritable Reason = "unwritable"
	// Unconfirmed: it was written, and may be lost with the power.
	Unconfirmed Reason = "unconfirmed"
	// Unfit: what is in the trust folder could not be read from a backup.
	Unfit Reason = "cannot be in a backup"
	// BadLock: what was given to encrypt or open with cannot be used.
	BadLock Reason = "bad recipient or identity"
)

// Error returns the reason in words.
func (r Reason) Error() string { return string(r) }

// kind tells whose fault it is.
func (r Reason) kind() model.FaultKind {
	switch r {
	case Missing, Unreadable, Irregular, Unwritable, Unconfirmed:
		return model.FaultLocal
	case Present, Inside, Unfit, BadLock:
		return model.FaultUsage
	case WrongKey:
		return model.FaultSecret
	default:
		return model.FaultBadData
	}
}

// hint is the way out.
func (r Reason) hint() string {
	switch r {
	case Missing:
		return "Look at the path, or connect the medium that holds the backup."
	case Unreadable:
		return "Look at the rights of the file and at the medium; use another copy of the backup where it cannot be read."
	case Irregular, Foreign:
		return "Name the file that trustdeck backup create has written."
	case Newer:
		return "Use the trustdeck that made it, or a newer one. Plain tar unpacks it too."
	case Truncated, Damaged:
		return "Use another copy of the backup: this one was not copied whole, or its medium is failing. What can be had of it, plain tar still unpacks."
	case TooBig:
		return "trustdeck writes no such archive. Find out where it comes from; look into it with tar tzvf on a machine that can spare the space."
	case Escapes, NotPlain, Duplicate:
		return "trustdeck writes no such archive, and unpacking it could overwrite other files. Do not unpack it; find out who has made it."
	case Mismatch:
		return "Somebody or something has changed the archive after it was made. Use another copy, and find out who had this one."
	case WrongKey:
		return "Try again with the passphrase of the archive, which is not that of a key; for recipients, name the file of the secret key with --identity."
	case Costly:
		return "trustdeck writes no such file. Where it is surely yours, decrypt it first with age --decrypt."
	case Present:
		return "Choose another name: a backup never takes the place of a file."
	case Inside:
		return "Put it on another disk, best on a medium that is kept elsewhere: what happens to the trust folder must not happen to its backup."
	case Unwritable:
		return "Nothing was left behind. Look at the free space and at the rights of the folder, then try again."
	case Unconfirmed:
		return "Look at the disk: a power cut could still lose the file. Then try it with trustdeck backup check."
	case Unfit:
		return "Back up in parts: narrow it with --repository, --role or --key."
	case BadLock:
		return "Give a public key as age-keygen prints it (age1…) to encrypt, or the file that age-keygen wrote to open."
	default:
		return ""
	}
}

// flaw is a reason with the particulars, before it is known for which file.
type flaw = defect.Of[Reason]

func flawf(r Reason, format string, args ...any) *flaw { return defect.New(r, format, args...) }

// fault makes the Fault of a file for err: a flaw, a Fault, or the end of a context.
func fault(path string, err error) error {
	if ready, ok := errors.AsType[*model.Fault](err); ok {
		return ready
	}
	if f, ok := errors.AsType[*flaw](err); ok {
		return &model.Fault{Kind: f.Reason.kind(), Subject: printable(path), Text: f.Text, Hint: f.Reason.hint(), Err: f}
	}
	return &model.Fault{Kind: model.FaultCanceled, Subject: printable(path), Text: "was not finished, and nothing was left behind", Err: err}
}

// systemFlaw wraps an error of the operating system.
func systemFlaw(r Reason, what string, err error) *flaw {
	if errors.Is(err, fs.ErrNotExist) && r == Unreadable {
		return &flaw{Reason: Missing, Text: "is not there", Cause: err}
	}
	return defect.System(r, what, err)
}

// printable is how a name of unknown origin stands in a sentence.
func printable(s string) string { return display.Quote(display.Cut(s, 200)) }
