package wiring

import (
	"crypto/x509"
	"fmt"
	"sync"

	"trustdeck/internal/disk"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// yubiKeys are those that are plugged in. Their keys are called as Notary calls them, and those
// that it doesn't know as TUF 1.0 does.
var yubiKeys = sync.OnceValue(func() *yubikey.Tokens {
	return yubikey.Open(yubikey.Config{ID: func(spki []byte) model.KeyID {
		public, err := x509.ParsePKIXPublicKey(spki)
		if err != nil {
			return ""
		}
		for _, format := range []dialect.Keys{docker.Dialect{}, tuf.Dialect{}} {
			if listed, err := format.Bare(public); err == nil {
				return listed.ID
			}
		}
		return ""
	}})
})

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
