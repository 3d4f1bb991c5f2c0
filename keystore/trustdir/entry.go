package trustdir

import (
	"bytes"
	"crypto"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/mldsa/x509"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
)

// place is where all keys of this package are, in model.PrivateKey.
const place = "file"

// entry is one private key file, or something that is in the way of one.
type entry struct {
	key model.PrivateKey
	// rel is the path below private, with slashes.
	rel    string
	layout layout
	flaws  flaws
	// file is the parsed file; nil where there is nothing to unlock.
	file *keyFile
}

// listed returns the description of the key with all its flaws.
func (e *entry) listed() model.PrivateKey {
	k := e.key
	k.Fault = e.flaws.fault(k.Path)
	k.Warned = k.Fault != nil && !e.flaws.blocked()
	k.Second = slices.ContainsFunc(e.flaws, func(f *flaw) bool { return f.Reason == Duplicate })
	return k
}

// below returns a path as seen from private, with slashes. The error is a Fault.
func (s *Store) below(at string) (string, error) {
	private := filepath.Join(s.dir, privateDir)
	rel, err := filepath.Rel(private, at)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return "", fault(at, flawf(Missing, "is not in the folder %s", display.Quote(private)))
	}
	return filepath.ToSlash(rel), nil
}

// reload reads the one key file at this path. The error is a Fault.
func (s *Store) reload(at string) (entry, error) {
	rel, err := s.below(at)
	if err != nil {
		return entry{}, err
	}
	top, ok, err := s.enter(privateDir)
	if err != nil {
		return entry{}, err
	}
	if !ok {
		return entry{}, fault(at, flawf(Missing, "does not exist"))
	}
	defer top.close()
	in := top
	if dir := path.Dir(rel); dir != "." {
		if in, err = top.descend(dir); err != nil {
			return entry{}, fault(at, err)
		}
		defer in.close()
	}
	e, err := load(s.layout, in, rel)
	if err != nil {
		return entry{}, fault(at, err)
	}
	return e, nil
}

// load reads the file at rel, which lies in f. Its flaws are in the entry; the
// error only says that there is no such file. The caller wipes entry.file.
func load(kept layout, f *folder, rel string) (entry, error) {
	name := path.Base(rel)
	e := kept.identify(rel)
	e.key.Path = filepath.Join(f.path, name)
	data, info, err := f.read(name, maxKeyFile)
	defer clear(data)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, err
	}
	if info != nil {
		e.key.Modified = info.ModTime()
		e.checkMode(info.Mode())
	}
	if err == nil {
		e.file, err = parseIn(kept, data)
	}
	if err != nil {
		e.add(err)
		return e, nil
	}
	e.describe()
	return e, nil
}

// newEntry begins the entry of a file at a path below private, and parts that.
func newEntry(f layout, rel string) (e entry, dir, name string) {
	dir, name = path.Split(rel)
	return entry{layout: f, rel: rel, key: model.PrivateKey{Place: place}}, strings.TrimSuffix(dir, "/"), strings.TrimSuffix(name, keyEnding)
}

// named takes the ID from the name of the file.
func (e *entry) named(name string) {
	if id, err := model.ParseKeyID(name); err == nil {
		e.key.ID = id
	}
}

// checkMode warns where others may read or change the file. Notary does not care, so
// the key can be used: refusing it would also keep its owner from replacing it. Who could
// change the file cannot put another key in it, for its name is compared with the key
// when it is opened; whose file it is does not matter for the same reason.
func (e *entry) checkMode(mode fs.FileMode) {
	if disk.Exposed(mode) {
		e.key.Exposed = true
		what := "can be read by other users"
		if mode.Perm()&0o022 != 0 {
			what = "can be changed by other users"
		}
		e.flaws = append(e.flaws, flawf(LoosePermissions, "%s (mode %04o)", what, mode.Perm()))
	}
}

// describe takes from the file what it says of itself.
func (e *entry) describe() {
	e.key.Encoding = e.file.encoding
	e.key.Encrypted = e.file.encrypted()
	e.readHeaders()
	e.readPublic()
	if n := e.file.blocks; n > 1 {
		e.flaws = append(e.flaws, flawf(SeveralBlocks, "contains %d PEM blocks; only the first is used", n))
	}
	if !e.file.encrypted() {
		key, public, err := e.open(nil)
		discard(key.signer)
		e.key.Algorithm = public.algorithm
		e.add(err)
		e.addForeign(key.foreign)
	}
	if e.key.ID == "" {
		e.add(flawf(OtherKey, "is not named after a key ID"))
	}
	e.addForeign(e.file.foreign)
}

// readPublic takes the public half that the file shows, which must be that of the key by whose
// ID the file is named.
func (e *entry) readPublic() {
	if e.file.public == nil {
		return
	}
	public, err := describePublic(e.layout, e.file.public)
	switch {
	case err != nil:
		e.add(err)
	case e.key.ID != "" && public.id != e.key.ID:
		e.add(flawf(OtherKey, "contains the public key %s, but its name is that of another", public.id))
	default:
		e.key.SPKI, e.key.Algorithm = e.file.public, public.algorithm
	}
}

// describePublic names the key of a SubjectPublicKeyInfo. The error is a flaw.
func describePublic(f layout, spki []byte) (publicKey, error) {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return publicKey{}, flawf(Damaged, "contains a public key that does not parse")
	}
	return describe(f, public)
}

// addForeign notes why Notary cannot read the key, where it cannot and should.
func (e *entry) addForeign(why string) {
	if why != "" && e.layout.shared() {
		e.add(flawf(UnreadableByNotary, "%s", why))
	}
}

// readHeaders completes what the path says by the headers. As in Notary's
// migration, the path of the old layout has precedence.
func (e *entry) readHeaders() {
	if e.key.Label == "" {
		e.key.Label = e.file.role
	}
	if e.key.GUN == "" {
		e.key.GUN = model.GUN(e.file.gun)
	}
	if e.key.GUN == "" {
		e.key.GUN = model.GUN(e.file.exportedGUN())
	}
	if !display.Shown(e.key.Label) || len(e.key.Label) > model.MaxNameLength {
		e.flaws = append(e.flaws, flawf(BadHeader, "states a role with unprintable characters"))
		e.key.Label = ""
	}
	if e.key.GUN == "" {
		return
	}
	if _, err := model.ParseGUN(string(e.key.GUN)); err != nil {
		e.flaws = append(e.flaws, flawf(BadHeader, "states an invalid repository name"))
		e.key.GUN = ""
	}
}

// open decrypts and parses the key and compares its ID with the name of the
// file. The names of the key are returned even where they do not match.
func (e *entry) open(passphrase []byte) (key opened, public publicKey, err error) {
	if key, err = e.file.open(passphrase); err != nil {
		return opened{}, publicKey{}, err
	}
	if public, err = describe(e.layout, key.signer.Public()); err != nil {
		return opened{}, publicKey{}, err
	}
	torn := key.torn || e.file.public != nil && !samePublic(e.file.public, key.signer.Public())
	if public.id == e.key.ID && (e.layout.shared() || !torn) {
		return key, public, nil
	}
	discard(key.signer)
	if torn {
		return opened{}, public, flawf(Damaged, "contains a private and a public key that don't match")
	}
	return opened{}, public, flawf(OtherKey, "contains the key %s, but its name is that of another", public.id)
}

// samePublic reports whether a SubjectPublicKeyInfo is that of a key.
func samePublic(spki []byte, public crypto.PublicKey) bool {
	own, err := x509.MarshalPKIXPublicKey(public)
	return err == nil && bytes.Equal(own, spki)
}

// unlock makes the Key. What shows only after decryption is added to its
// description.
func (e *entry) unlock(passphrase []byte) (*Key, error) {
	key, public, err := e.open(passphrase)
	if err != nil {
		return nil, err
	}
	defer discard(key.signer)
	e.addForeign(key.foreign)
	e.key.Algorithm = public.algorithm
	return newKey(e.listed(), key.signer, public)
}

// rank orders files for the same key, the one to use first.
func (e *entry) rank() int {
	rank := 0
	if e.flaws.blocked() {
		rank += 2
	}
	if strings.Contains(e.rel, "/") {
		rank++
	}
	return rank
}

// duplicateOf says that best is the preferred file for the same key.
func (e *entry) duplicateOf(best *entry) *flaw {
	if e.key.Legacy && !best.key.Legacy {
		return flawf(Duplicate, "is a second file for the key; the next notary or docker command replaces %s with it", display.Quote(best.key.Path))
	}
	return flawf(Duplicate, "is a second file for the key in %s", display.Quote(best.key.Path))
}

// add notes an error, which is a flaw, where none of its reason is noted yet.
func (e *entry) add(err error) {
	f, ok := asFlaw(err)
	if ok && !slices.ContainsFunc(e.flaws, func(have *flaw) bool { return have.Reason == f.Reason }) {
		e.flaws = append(e.flaws, f)
	}
}
