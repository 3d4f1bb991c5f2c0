package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
)

// Read reads an archive from anywhere. See backup.Archives of the use cases.
func (a *Archives) Read(ctx context.Context, path string, key backup.Decryption) (backup.Content, error) {
	file, err := openArchive(path)
	if err != nil {
		return backup.Content{}, fault(path, err)
	}
	defer func() { _ = file.Close() }()
	b, err := read(ctx, file, key)
	if err != nil {
		return backup.Content{}, fault(path, err)
	}
	return b, nil
}

// openArchive opens a regular file of reasonable size.
func openArchive(path string) (*os.File, error) {
	before, err := os.Stat(path)
	if err != nil {
		return nil, systemFlaw(Unreadable, "cannot be read", err)
	}
	if !before.Mode().IsRegular() {
		// To open a pipe would wait for whoever writes to it.
		return nil, flawf(Irregular, "is a folder, a pipe or a device, not a file")
	}
	if before.Size() > maxArchive {
		return nil, flawf(TooBig, "has %d MiB; the limit is %d", before.Size()>>20, maxArchive>>20)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, systemFlaw(Unreadable, "cannot be read", err)
	}
	return file, nil
}

// Form says by the first bytes of a file how it is encrypted. See backup.Archives of the use cases.
func (a *Archives) Form(path string) (backup.Form, error) {
	file, err := openArchive(path)
	if err != nil {
		return "", fault(path, err)
	}
	defer func() { _ = file.Close() }()
	form, err := formOf(file)
	if err != nil {
		return "", fault(path, err)
	}
	return form, nil
}

// formOf tells the form of an archive by its first bytes. in stands at its start again
// after that.
func formOf(in io.ReadSeeker) (backup.Form, error) {
	var head [64]byte
	n, err := io.ReadFull(in, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", systemFlaw(Unreadable, "cannot be read", err)
	}
	if err := rewind(in); err != nil {
		return "", err
	}
	switch begin := string(head[:n]); {
	case n == 0:
		return "", flawf(Truncated, "is empty")
	case strings.HasPrefix(begin, "\x1f\x8b"):
		return backup.Unencrypted, nil
	case strings.HasPrefix(begin, ageMagic):
		header, err := ageHeader(in)
		if err != nil {
			return "", err
		}
		if _, locked := scryptCost(header); locked {
			return backup.WithPassphrase, nil
		}
		return backup.WithRecipients, nil
	case strings.HasPrefix(begin, armorMagic):
		return "", flawf(Foreign, "is an age file in text form, which trustdeck doesn't read; decrypt it with age --decrypt to get the archive")
	case strings.HasPrefix(begin, "PK\x03\x04"), strings.HasPrefix(begin, "PK\x05\x06"):
		return "", flawf(Foreign, "is a zip archive, not a trustdeck backup")
	default:
		return "", flawf(Foreign, "is not a backup: it is neither a gzip nor an age file")
	}
}

// read opens an archive by its first bytes.
func read(ctx context.Context, file io.ReadSeeker, key backup.Decryption) (backup.Content, error) {
	form, err := formOf(file)
	if err != nil {
		return backup.Content{}, err
	}
	in := io.Reader(file)
	if form != backup.Unencrypted {
		if in, err = decrypt(file, form, key); err != nil {
			return backup.Content{}, err
		}
	}
	b, _, err := unpack(ctx, in)
	b.Form = form
	return b, err
}

// unpack reads the archive in, and the text of its manifest. Nothing of it is kept
// where anything about it is wrong.
func unpack(ctx context.Context, in io.Reader) (b backup.Content, text []byte, err error) {
	buffered := bufio.NewReader(in)
	packed, err := gzip.NewReader(buffered)
	if err != nil {
		return b, nil, streamFlaw(err)
	}
	packed.Multistream(false)
	u := &unpacking{stream: &limited{in: packed, left: maxTotal + maxManifest + 2*maxEntries*tarBlock}}
	u.tar = tar.NewReader(u.stream)
	if err = u.all(ctx); err == nil {
		err = u.ended(buffered)
	} else {
		err = u.blame(err)
	}
	b = u.backup
	if err != nil {
		b.Wipe()
		return backup.Content{}, nil, err
	}
	return b, u.text, nil
}

// blame finds out whether what is wrong with an archive is only what a failing medium
// has made of it: then the checksum at its end is wrong as well, and nobody is to be
// suspected.
func (u *unpacking) blame(err error) error {
	var found *flaw
	if !errors.As(err, &found) || found.Reason == TooBig || found.Reason == Truncated || found.Reason == Damaged {
		return err
	}
	if _, broken := io.Copy(io.Discard, u.stream); broken != nil {
		if flaw := streamFlaw(broken); errors.Is(flaw, Damaged) || errors.Is(flaw, Truncated) {
			return flaw
		}
	}
	return err
}

// tarBlock is what a header takes in a tar archive, in bytes.
const tarBlock = 512

// limited ends reading once an archive has unpacked to more than anybody needs.
type limited struct {
	in   io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, flawf(TooBig, "unpacks to more than the limit of %d MiB", maxTotal>>20)
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.in.Read(p)
	l.left -= int64(n)
	return n, err
}

// unpacking is an archive that is being read.
type unpacking struct {
	stream   *limited
	tar      *tar.Reader
	text     []byte
	manifest *manifest
	backup   backup.Content
	// wanted are the entries of the manifest that have not come yet, folders those
	// that may come.
	wanted  map[string]manifestEntry
	folders map[string]bool
	names   names
	entries int
}

// all reads every entry.
func (u *unpacking) all(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		head, err := u.tar.Next()
		if errors.Is(err, io.EOF) {
			return u.complete()
		}
		if err != nil {
			return u.nextFlaw(err)
		}
		if u.entries++; u.entries > 2*maxEntries {
			return flawf(TooBig, "contains more than the limit of %d files and folders", 2*maxEntries)
		}
		if err := u.entry(head); err != nil {
			return err
		}
	}
}

// nextFlaw says why there is no next entry: what is not tar from its very start is
// something else.
func (u *unpacking) nextFlaw(err error) error {
	if errors.Is(err, tar.ErrHeader) && u.entries == 0 {
		return flawf(Foreign, "is not a backup: it is compressed, but contains no tar archive")
	}
	return streamFlaw(err)
}

// entry reads one entry, the manifest before all others.
func (u *unpacking) entry(head *tar.Header) error {
	if u.manifest == nil {
		if head.Name == manifestName && head.Typeflag != tar.TypeReg {
			return flawf(NotPlain, "contains %s, which is %s", manifestName, typeName(head.Typeflag))
		}
		if head.Name != manifestName {
			return flawf(Foreign, "is an archive of something else: it starts with %s instead of %s", printable(head.Name), manifestName)
		}
		return u.begin(head)
	}
	switch head.Typeflag {
	case tar.TypeReg:
		return u.file(head)
	case tar.TypeDir:
		name := strings.TrimSuffix(head.Name, "/")
		if err := checkPath(name); err != nil {
			return err
		}
		if !u.folders[name] {
			return flawf(Mismatch, "contains the folder %s, which has no file in its manifest", printable(name))
		}
		return nil
	default:
		return flawf(NotPlain, "contains %s, which is %s", printable(head.Name), typeName(head.Typeflag))
	}
}

// begin reads the manifest.
func (u *unpacking) begin(head *tar.Header) error {
	content, err := u.content(head)
	if err != nil {
		return err
	}
	m, err := decodeManifest(content)
	if err != nil {
		return err
	}
	u.text, u.manifest, u.backup, u.names = content, m, m.backup(), newNames()
	u.wanted, u.folders = map[string]manifestEntry{}, map[string]bool{}
	for _, f := range m.Files {
		u.wanted[f.Path] = f
		for _, folder := range parents(f.Path) {
			u.folders[folder] = true
		}
	}
	return nil
}

// file reads a file that the manifest lists.
func (u *unpacking) file(head *tar.Header) error {
	if err := u.names.add(head.Name); err != nil {
		return err
	}
	want, ok := u.wanted[head.Name]
	if !ok {
		return flawf(Mismatch, "contains %s, which its manifest doesn't list", printable(head.Name))
	}
	delete(u.wanted, head.Name)
	if head.Size != want.Size {
		return flawf(Mismatch, "contains %s with %d bytes, but its manifest lists %d", printable(head.Name), head.Size, want.Size)
	}
	content, err := u.content(head)
	if err != nil {
		return err
	}
	u.backup.Files = append(u.backup.Files, port.TrustFile{Path: head.Name, Bytes: content})
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want.SHA256 {
		return flawf(Mismatch, "contains %s with a different SHA-256 than its manifest lists", printable(head.Name))
	}
	return nil
}

// content reads what is in an entry, which states its size. What a big one states is
// not believed before it comes.
func (u *unpacking) content(head *tar.Header) ([]byte, error) {
	if most := limitOf(head.Name); head.Size > most {
		return nil, flawf(TooBig, "contains %s with %d bytes; the limit is %d", printable(head.Name), head.Size, most)
	}
	if head.Size <= maxKey {
		content := make([]byte, head.Size)
		if _, err := io.ReadFull(u.tar, content); err != nil {
			clear(content)
			return nil, streamFlaw(err)
		}
		return content, nil
	}
	var content bytes.Buffer
	if _, err := io.Copy(&content, u.tar); err != nil {
		return nil, streamFlaw(err)
	}
	return content.Bytes(), nil
}

// complete looks for what the manifest lists and the archive lacks.
func (u *unpacking) complete() error {
	if u.manifest == nil {
		return flawf(Foreign, "is not a backup: it is an empty archive")
	}
	for _, f := range u.manifest.Files {
		if _, missing := u.wanted[f.Path]; missing {
			return flawf(Mismatch, "lacks %s, which its manifest lists", printable(f.Path))
		}
	}
	return nil
}

// ended reads to the very end, where the checksums are, and sees that nothing follows.
func (u *unpacking) ended(rest *bufio.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(u.stream, one[:])
	if n == 0 && errors.Is(err, io.EOF) {
		n, err = io.ReadFull(rest, one[:])
	}
	switch {
	case n > 0:
		return flawf(Mismatch, "has data after its end")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return streamFlaw(err)
	}
}

// streamFlaw says why reading did not go on.
func streamFlaw(err error) error {
	var found *flaw
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &found):
		return found
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &flaw{Reason: Truncated, Text: "is incomplete: it was cut off", Cause: err}
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, tar.ErrHeader), errors.As(err, &corrupt):
		return &flaw{Reason: Damaged, Text: "is damaged", Cause: err}
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return systemFlaw(Unreadable, "cannot be read", err)
	}
	// What is left are the errors of age.
	return &flaw{Reason: Damaged, Text: "is damaged or cut off: its encrypted content was changed", Cause: err}
}

// typeName names what is no file.
func typeName(flag byte) string {
	switch flag {
	case tar.TypeSymlink:
		return "a symbolic link"
	case tar.TypeLink:
		return "a hard link"
	case tar.TypeChar, tar.TypeBlock:
		return "a device"
	case tar.TypeFifo:
		return "a pipe"
	default:
		return "not a regular file"
	}
}
