package pkcs11

import (
	"context"
	"strings"
	"time"

	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Config is what the modules are told.
type Config struct {
	// Paths are absolute paths of the modules that the user has named.
	Paths []string
	// ID names a key by its SubjectPublicKeyInfo. Where it is nil, or has no name for a key,
	// that is the SHA-256 of the SubjectPublicKeyInfo.
	ID func(spki []byte) model.KeyID
	// ReadLimit is how long a module may take to tell what its tokens hold; 0 is 20 seconds.
	ReadLimit time.Duration
}

// Modules are the modules that the user has named, with their tokens. It is safe for concurrent
// use.
type Modules struct {
	id func(spki []byte) model.KeyID
	state
}

// Open loads no module yet.
func Open(c Config) *Modules { return &Modules{id: c.ID, state: newState(c)} }

// KeyStore are the tokens of all modules, as one store of keys.
func (m *Modules) KeyStore() port.KeyStoreGroup { return group{m} }

func (m *Modules) idOf(spki []byte) model.KeyID { return hardware.KeyID(m.id, spki) }

// groupName is that of all tokens together, and namePrefix is before label and serial number in
// the name of one.
const (
	groupName  = "PKCS #11 tokens"
	namePrefix = "PKCS #11 token "
)

// group are the tokens of all modules, as one store.
type group struct{ modules *Modules }

var _ port.OtherTokens = group{}

// Name is that of the group; its keys have those of their tokens.
func (group) Name() string { return groupName }

// Member is the token with a name.
func (g group) Member(name string) port.KeyStore {
	if !strings.HasPrefix(name, namePrefix) {
		return nil
	}
	return &store{g.modules, name}
}

// ID is that of the configuration.
func (g group) ID(spki []byte) model.KeyID { return g.modules.idOf(spki) }

// Makes is false: what makes a key on such a token differs from module to module.
func (group) Makes(model.Dialect) bool { return false }

// Secret is the PIN.
func (group) Secret() port.SecretKind { return port.PIN }

// Removes is false, as for each token.
func (group) Removes() bool { return false }

// Unlock opens a key on the token that has it.
func (g group) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	return hardware.Unlock(ctx, g, id, pin, &model.Fault{
		Kind: model.FaultUnreachable, Subject: "key " + id.Short(), Text: "is on no token of the PKCS #11 modules in use",
		Hint: "Plug in the token that has it, or name its module with --pkcs11.",
	})
}

// Generate refuses.
func (group) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, notMade(groupName)
}

// Remove refuses where a token has the key.
func (g group) Remove(ctx context.Context, id model.KeyID) error {
	return hardware.Remove(ctx, g, id)
}

// store is one token, there or not.
type store struct {
	modules *Modules
	name    string
}

var _ port.KeyStore = (*store)(nil)

// Name has label and serial number of the token.
func (s *store) Name() string { return s.name }

// ID is that of the configuration.
func (s *store) ID(spki []byte) model.KeyID { return s.modules.idOf(spki) }

// Makes is false, as for the group.
func (*store) Makes(model.Dialect) bool { return false }

// Secret is the PIN.
func (*store) Secret() port.SecretKind { return port.PIN }

// Removes is false: the token's own program removes keys.
func (*store) Removes() bool { return false }

// Generate refuses.
func (s *store) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, notMade(s.name)
}

// Remove refuses where the token has the key.
func (s *store) Remove(ctx context.Context, id model.KeyID) error {
	keys, err := s.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == id {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: k.Path, Text: "was not removed: trustdeck removes no keys from PKCS #11 tokens",
				Hint: "Use the program of the token, or \"pkcs11-tool --delete-object\".",
			}
		}
	}
	return nil
}

func notMade(name string) *model.Fault {
	return &model.Fault{
		Kind: model.FaultUsage, Subject: name, Text: "trustdeck makes no keys on PKCS #11 tokens",
		Hint: "Make it with the program of the token, or with \"pkcs11-tool --login --keypairgen --key-type EC:prime256v1 --label root --id 01\". Then use it.",
	}
}
