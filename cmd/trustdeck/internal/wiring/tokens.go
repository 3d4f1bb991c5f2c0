package wiring

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"sync"

	"trustdeck/internal/disk"
	"trustdeck/keystore/trustdir"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/attest"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// yubiKeys are those that are plugged in.
var yubiKeys = sync.OnceValue(func() *yubikey.Tokens {
	return yubikey.Open(yubikey.Config{ID: tokenKey})
})

// tokenKey calls a key on a token by its SubjectPublicKeyInfo; empty where no dialect can list it.
func tokenKey(spki []byte) model.KeyID {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return ""
	}
	id, _ := tokenKeyID(public) // none is what no dialect can list
	return id
}

// tokenKeyID calls a key on a token as Notary does, and one that it doesn't know as TUF 1.0 does.
func tokenKeyID(public crypto.PublicKey) (id model.KeyID, err error) {
	for _, format := range []dialect.Keys{docker.Dialect{}, tuf.Dialect{}} {
		var listed model.PublicKey
		if listed, err = format.Bare(public); err == nil {
			return listed.ID, nil
		}
	}
	return "", err
}

// pluggedTokens are the tokens that are plugged in. Without support for them they say how to get
// it.
func pluggedTokens() port.Tokens { return yubiKeys() }

// Tokens are those that this session can change: the practice token in the demo.
func (s *Session) Tokens() port.TokenStores {
	if s.Demo != nil && s.Demo.Token != nil {
		return s.Demo.Token
	}
	return yubiKeys()
}

// TokenChanges are the use cases that change these tokens.
func (s *Session) TokenChanges() *tokens.Service {
	keys := keyStores(s.Settings, trustdir.Open(s.Settings.TrustDir))
	if service, ok := s.Service.(*admin.Service); ok {
		keys = service.Stores // the practice world has a token of its own
	}
	return &tokens.Service{Stores: s.Tokens(), Keys: keys, Files: bothFolders(s.Settings), Provers: append(admin.Provers{docker.Dialect{}}, otherProvers()...)}
}

// TokenRoots are those that prove keys to be on tokens: the ones that the driver of tokens
// brings along, and those in files that the user names.
func TokenRoots(files []string) (*attest.Roots, error) {
	out := &attest.Roots{}
	if yubikey.Supported {
		out.BuiltIn = yubikey.Verify
	}
	for _, file := range files {
		fault := func(err error) error {
			return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(file), Text: disk.Reason(err), Hint: "give a file of certificates, in PEM or DER form, with --roots", Err: err}
		}
		content, err := disk.Read(file, attest.MaxFile)
		if err != nil {
			return nil, fault(err)
		}
		certificates, err := attest.Certificates(file, content)
		if err != nil {
			return nil, fault(err)
		}
		if out.Add(certificates...) == 0 {
			return nil, fault(fmt.Errorf("none of its %s is a root, which signs itself", model.Count(len(certificates), "certificate")))
		}
	}
	return out, nil
}
