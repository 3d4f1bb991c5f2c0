package wiring

import (
	"crypto"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/loose"
	"trustdeck/keystore/pkcs11"
	"trustdeck/keystore/trustdir"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// keyStores are where the private keys of a run are: the folder that Docker and Notary share,
// which makes keys for Notary repositories, trustdeck's own, the YubiKeys that are plugged in,
// and the tokens of PKCS #11 modules that the user has named.
func keyStores(s settings.Settings, trust *trustdir.Store) port.KeyStores {
	out := port.KeyStores{trustdir.NewKeeper(trust)}
	if s.KeyDir != "" {
		out = append(out, trustdir.NewKeeper(ownKeys(s)))
	}
	if len(s.KeyFiles) > 0 {
		out = append(out, loose.Open(s.KeyFiles, trustdir.NewKeeper(ownKeys(s))))
	}
	if yubikey.Supported {
		out = append(out, yubiKeys().KeyStore())
	}
	if len(s.PKCS11) > 0 {
		out = append(out, pkcs11.Open(pkcs11.Config{Paths: s.PKCS11, ID: tokenKey}).KeyStore())
	}
	return out
}

// ownKeys is trustdeck's own folder of private keys. It makes those for TUF 1.0 repositories,
// and calls keys as these do.
func ownKeys(s settings.Settings) *trustdir.Store {
	return trustdir.OpenOwn(s.KeyDir, trustdir.Own{
		ID: func(public crypto.PublicKey) (model.KeyID, error) {
			listed, err := tuf.Bare(public)
			return listed.ID, err
		},
		Makes: []model.Dialect{tuf.Dialect{}.Name()},
	})
}

// keyFolders is a place of keys that are files, which can be changed and backed up.
type keyFolders interface {
	port.KeyStore
	port.KeyFiles
	port.TrustFiles
}

// bothFolders are the trust folder and trustdeck's own, as one place of keys.
func bothFolders(s settings.Settings) keyFolders {
	trust := trustdir.NewKeeper(trustdir.Open(s.TrustDir))
	if s.KeyDir == "" {
		return trust
	}
	return trustdir.Folders{KeyStore: trust, Trust: trust, Own: trustdir.NewKeeper(ownKeys(s))}
}

// intoOwn are both folders, of which trustdeck's own takes keys from elsewhere, and new ones.
func intoOwn(s settings.Settings) keyFolders {
	own := trustdir.NewKeeper(ownKeys(s))
	return trustdir.Folders{KeyStore: own, Trust: trustdir.NewKeeper(trustdir.Open(s.TrustDir)), Own: own}
}

// otherProvers are the dialects beside Docker's in which keys can sign.
func otherProvers() admin.Provers { return admin.Provers{tuf.Dialect{}} }
