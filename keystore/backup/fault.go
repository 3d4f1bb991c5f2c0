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
		return "Check the path, or connect the medium with the backup."
	case Unreadable:
		return "Check the file's permissions and its medium. If it still can't be read, use another copy of the backup."
	case Irregular, Foreign:
		return "Give the file that trustdeck backup create wrote."
	case Newer:
		return "Use the trustdeck that made it, or a newer version. tar can unpack it too."
	case Truncated, Damaged:
		return "Use another copy of the backup: this copy is incomplete, or its medium is failing. tar can still unpack the readable part."
	case TooBig:
		return "trustdeck doesn't write archives like this. Find out where it comes from. To list its contents, run tar tzvf on a machine with enough space."
	case Escapes, NotPlain, Duplicate:
		return "trustdeck doesn't write archives like this, and unpacking it could overwrite other files. Don't unpack it; find out who made it."
	case Mismatch:
		return "The archive was changed after it was made. Use another copy, and find out who had access to this one."
	case WrongKey:
		return "Try again with the passphrase of the archive, not that of a key. If it is encrypted for recipients, give the secret key file with --identity."
	case Costly:
		return "trustdeck doesn't write files like this. If you are sure it is yours, decrypt it first with age --decrypt."
	case Present:
		return "Choose another name: a backup never replaces an existing file."
	case Inside:
		return "Save it on another disk, ideally a medium kept elsewhere, so that losing the trust folder doesn't mean losing its backup."
	case Unwritable:
		return "No partial file remains. Check the free space and permissions of the folder, then try again."
	case Unconfirmed:
		return "Check the disk: a power cut could still lose the file. Then check the backup with trustdeck backup check."
	case Unfit:
		return "Back up in parts: select fewer keys with --repository, --role or --key."
	case BadLock:
		return "To encrypt, give a public key as age-keygen prints it (age1…). To open, give the file that age-keygen wrote."
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
	return &model.Fault{Kind: model.FaultCanceled, Subject: printable(path), Text: "was not finished; no partial file remains", Err: err}
}

// systemFlaw wraps an error of the operating system.
func systemFlaw(r Reason, what string, err error) *flaw {
	if errors.Is(err, fs.ErrNotExist) && r == Unreadable {
		return &flaw{Reason: Missing, Text: "does not exist", Cause: err}
	}
	return defect.System(r, what, err)
}

// printable is how a name of unknown origin stands in a sentence.
func printable(s string) string { return display.Quote(display.Cut(s, 200)) }
