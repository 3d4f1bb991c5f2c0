package backup

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
)

const (
	// workFactor is the cost of a passphrase, as a power of two of scrypt: about a
	// second and 256 MiB. maxWorkFactor is the most that is spent on a file, four
	// times that.
	workFactor    = 18
	maxWorkFactor = 20
	// maxIdentities is the size in bytes of a file of identities.
	maxIdentities = 1 << 20
)

// ageMagic begins a file of age, and armorMagic one in its text form.
const (
	ageMagic   = "age-encryption.org/"
	armorMagic = "-----BEGIN AGE ENCRYPTED FILE-----"
)

// encryption is how a new file is encrypted. Without recipients it is not.
type encryption struct {
	recipients []age.Recipient
	// witness holds the key of the file where it is encrypted for others: only so can
	// it be read back here.
	witness *witness
}

// newEncryption reads what is given. Its errors are flaws.
func newEncryption(lock backup.Encryption, cost int) (*encryption, error) {
	e := &encryption{}
	switch lock.Form() {
	case backup.Unencrypted:
		return e, nil
	case backup.WithPassphrase:
		r, err := age.NewScryptRecipient(string(lock.Passphrase))
		if err != nil {
			return nil, flawf(BadLock, "cannot be encrypted with this passphrase")
		}
		r.SetWorkFactor(cost)
		e.recipients = []age.Recipient{r}
		return e, nil
	default:
		return e, e.forRecipients(lock.Recipients)
	}
}

// forRecipients reads public keys.
func (e *encryption) forRecipients(keys []string) error {
	for _, text := range keys {
		parsed, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(parsed) != 1 {
			return flawf(BadLock, "cannot be encrypted for %s, which is not an age public key", recipientName(text))
		}
		e.recipients = append(e.recipients, parsed[0])
	}
	e.witness = &witness{Recipient: e.recipients[0]}
	e.recipients[0] = e.witness
	return nil
}

// recipientName shows what was given for a public key, unless it is a secret one.
func recipientName(text string) string {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY") {
		return "a secret key"
	}
	return printable(text)
}

// witness is a recipient that keeps the key of the file.
type witness struct {
	age.Recipient
	key []byte
}

// Wrap keeps the key, and lets the recipient wrap it.
func (w *witness) Wrap(key []byte) ([]*age.Stanza, error) {
	w.key = slices.Clone(key)
	return w.Recipient.Wrap(key)
}

// WrapWithLabels is Wrap for recipients that go only with their like.
func (w *witness) WrapWithLabels(key []byte) ([]*age.Stanza, []string, error) {
	if labelled, ok := w.Recipient.(age.RecipientWithLabels); ok {
		w.key = slices.Clone(key)
		return labelled.WrapWithLabels(key)
	}
	stanzas, err := w.Wrap(key)
	return stanzas, nil, err
}

// around encrypts what is written to it into out. The caller closes it.
func (e *encryption) around(out io.Writer) (io.WriteCloser, error) {
	if len(e.recipients) == 0 {
		return unencrypted{out}, nil
	}
	w, err := age.Encrypt(out, e.recipients...)
	if err != nil {
		if failed, ok := errors.AsType[*flaw](err); ok {
			return nil, failed
		}
		return nil, &flaw{Reason: BadLock, Text: "cannot be encrypted: these recipients cannot be combined", Cause: err}
	}
	return w, nil
}

type unencrypted struct{ io.Writer }

func (unencrypted) Close() error { return nil }

// reopen opens what was just written, by the key that was given or made for it.
func (e *encryption) reopen(in io.Reader, lock backup.Encryption) (io.Reader, backup.Form, error) {
	switch {
	case e.witness != nil:
		r, err := age.Decrypt(in, age.NewInjectedFileKeyIdentity(e.witness.key))
		return r, backup.WithRecipients, decryptFlaw(err)
	case len(e.recipients) > 0:
		r, err := withPassphrase(in, lock.Passphrase)
		return r, backup.WithPassphrase, err
	default:
		return in, backup.Unencrypted, nil
	}
}

// decrypt opens a file of age from anywhere. in is read again from its start where a
// passphrase was wrong.
func decrypt(in io.ReadSeeker, form backup.Form, key backup.Decryption) (io.Reader, error) {
	if form == backup.WithRecipients {
		return withIdentities(in, key.Identities)
	}
	header, err := ageHeader(in)
	if err != nil {
		return nil, err
	}
	if cost, _ := scryptCost(header); cost > maxWorkFactor {
		return nil, flawf(Costly, "needs more than %d MiB of memory to try a passphrase", 128*8<<maxWorkFactor>>20)
	}
	if len(key.Identities) > 0 {
		return nil, flawf(WrongKey, "is encrypted with a passphrase, so no identity opens it")
	}
	var wrong error
	for {
		passphrase, err := key.Passphrase(wrong)
		if err != nil {
			return nil, err
		}
		if err := rewind(in); err != nil {
			return nil, err
		}
		r, err := withPassphrase(in, passphrase)
		clear(passphrase)
		if !errors.Is(err, WrongKey) {
			return r, err
		}
		wrong = err
	}
}

// ageHeader reads the head of a file of age. in stands at its start again after that.
func ageHeader(in io.ReadSeeker) (string, error) {
	header, err := age.ExtractHeader(io.LimitReader(in, 64<<10))
	if err != nil {
		return "", headerFlaw(err)
	}
	return string(header), rewind(in)
}

// scryptCost finds the work factor of a passphrase in the head of a file; ok is false
// where it takes none. One that is no number is left to age to refuse.
func scryptCost(header string) (cost int, ok bool) {
	for line := range strings.Lines(header) {
		rest, found := strings.CutPrefix(line, "-> scrypt ")
		if !found {
			continue
		}
		_, number, _ := strings.Cut(strings.TrimSpace(rest), " ")
		cost, _ = strconv.Atoi(number)
		return cost, true
	}
	return 0, false
}

func rewind(in io.Seeker) error {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return systemFlaw(Unreadable, "cannot be read", err)
	}
	return nil
}

func withPassphrase(in io.Reader, passphrase []byte) (io.Reader, error) {
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, flawf(WrongKey, "needs a passphrase")
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(in, identity)
	return r, decryptFlaw(err)
}

func withIdentities(in io.ReadSeeker, files []string) (io.Reader, error) {
	if len(files) == 0 {
		return nil, flawf(WrongKey, "is encrypted for recipients, but no identity was given")
	}
	var all []age.Identity
	for _, path := range files {
		some, err := readIdentities(path)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if err := rewind(in); err != nil {
		return nil, err
	}
	r, err := age.Decrypt(in, all...)
	return r, decryptFlaw(err)
}

// readIdentities reads a file of secret keys. Its content is in no error.
func readIdentities(path string) ([]age.Identity, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault(path, systemFlaw(Unreadable, "cannot be read", err))
	}
	defer func() { _ = file.Close() }()
	found, err := age.ParseIdentities(io.LimitReader(file, maxIdentities))
	if err != nil {
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: printable(path), Text: "contains no age secret key (AGE-SECRET-KEY-…)",
			Hint: "Give the file that age-keygen wrote. If it is encrypted, decrypt it first.",
		}
	}
	return found, nil
}

// decryptFlaw says why age does not open a file.
func decryptFlaw(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &none), errors.Is(err, age.ErrIncorrectIdentity):
		return flawf(WrongKey, "wrong passphrase or identity")
	default:
		return headerFlaw(err)
	}
}

// headerFlaw is for a head of age that cannot be read.
func headerFlaw(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &flaw{Reason: Truncated, Text: "is cut short in its header", Cause: err}
	}
	return &flaw{Reason: Damaged, Text: "is damaged: its header cannot be read", Cause: err}
}
