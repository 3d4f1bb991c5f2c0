package trustdir

import (
	"crypto"
	"encoding/pem"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// A layout is how a folder keeps private keys: under which IDs, how they are encrypted, and what
// their files say of them beside that.
type layout interface {
	// id names a public key. The error is a flaw.
	id(crypto.PublicKey) (model.KeyID, error)
	// makes reports whether new keys for repositories of a dialect are made here.
	makes(model.Dialect) bool
	// label is what the file of a key for a role calls it, and owner the repository that it
	// names.
	label(model.RoleName) string
	owner(label string, gun model.GUN) model.GUN
	// identify tells a key by the path of its file below private.
	identify(rel string) entry
	// outside completes a file by what its text says outside of the first PEM block.
	outside(f *keyFile, text []byte)
	// seal is the text of the file of a key. The error is a flaw. The caller wipes it.
	seal(private crypto.Signer, label string, gun model.GUN, passphrase []byte) ([]byte, error)
	// keep is the text of the file of a key that is encrypted already, as native says.
	keep(block *pem.Block, label string, gun model.GUN, spki []byte) []byte
	native(f *keyFile) bool
	// rename is the text of a file with another label. The error is a flaw.
	rename(text []byte, label string) ([]byte, error)
	// export is the text of a file for other programs.
	export(e *entry, text []byte) []byte
	// encoding names the encryption.
	encoding() string
	// shared reports whether Notary and Docker must be able to read the files.
	shared() bool
	// folder is what people call the folder, and prompts the programs whose prompts must be
	// able to take a passphrase.
	folder() string
	prompts() string
}

// notaryLayout is that of the folder which Notary and Docker share.
type notaryLayout struct{}

func (notaryLayout) id(public crypto.PublicKey) (model.KeyID, error) {
	bare, err := notary.Bare(public)
	if err != nil {
		return "", flawf(Unsupported, "contains a key that can't make Notary signatures")
	}
	return bare.ID, nil
}

func (notaryLayout) makes(dialect model.Dialect) bool { return dialect == model.NotaryV1 }

func (notaryLayout) label(role model.RoleName) string {
	if role.Delegation() {
		return notary.Base(role)
	}
	return string(role)
}

// owner is left out where Notary leaves it out.
func (notaryLayout) owner(label string, gun model.GUN) model.GUN {
	roles := []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp}
	if slices.Contains(roles, model.RoleName(label)) {
		return gun
	}
	return ""
}

// identify knows the layout of today and that from before Notary 0.4:
//
//	<id>.key
//	root_keys/<id>_root.key
//	tuf_keys/<GUN>/<id>_<role>.key
//
// The last releases with the old layout left out _<role> and wrote a header.
func (notaryLayout) identify(rel string) entry {
	e, dir, name := newEntry(notaryLayout{}, rel)
	first, rest, _ := strings.Cut(dir, "/")
	switch first {
	case rootKeysDir:
		e.key.Legacy = true
		e.key.Label = string(model.RoleRoot)
	case tufKeysDir:
		e.key.Legacy = true
		e.key.GUN = model.GUN(rest)
	case "":
	default:
		e.flaws = append(e.flaws, flawf(Misplaced, "is in a subfolder, where notary lists it but cannot use it"))
	}
	if e.key.Legacy {
		id, role, ok := strings.Cut(name, "_")
		if name = id; ok {
			e.key.Label = role
		}
	}
	e.named(name)
	return e
}

// outside is nothing: the headers of the block say it all.
func (notaryLayout) outside(*keyFile, []byte) {}

func (notaryLayout) seal(private crypto.Signer, label string, gun model.GUN, passphrase []byte) ([]byte, error) {
	return seal(private, label, gun, passphrase)
}

func (notaryLayout) keep(block *pem.Block, label string, gun model.GUN, _ []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: blockEncrypted, Headers: headersOf(label, gun), Bytes: block.Bytes})
}

func (notaryLayout) native(f *keyFile) bool { return f.scheme != nil && f.foreign == "" }

func (notaryLayout) encoding() string { return sealForm }
func (notaryLayout) shared() bool     { return true }
func (notaryLayout) folder() string   { return "the trust folder" }
func (notaryLayout) prompts() string  { return "notary and docker" }
