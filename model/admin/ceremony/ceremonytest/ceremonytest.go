// Package ceremonytest has a repository whose root several people sign, and machines of theirs in memory,
// for tests.
//
// Entry points: NewScene, Scene.Machine.
package ceremonytest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"io"
	"io/fs"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// TB is what a test offers: a *testing.T, *testing.B or *testing.F.
type TB interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// Now is when people sign.
var Now = dialecttest.At.Add(48 * time.Hour)

// Scene is a repository whose root Ada, Ben and Cleo sign, two of them at least; Dan has a key.
type Scene struct {
	*dialecttest.World
	Roots  [][]byte
	People map[string]dialecttest.Key
	// Here are the private keys of the machine on which changes are planned.
	Here []model.PrivateKey
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// NewScene makes the repository.
func NewScene() *Scene {
	s := &Scene{World: must(dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))), People: map[string]dialecttest.Key{}}
	s.Roots = [][]byte{s.Files[model.RoleRoot]}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan"} {
		s.People[name] = must(s.NewKey(model.RoleRoot))
		s.Keys[model.RoleRoot] = append(s.Keys[model.RoleRoot], s.People[name])
	}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.SetRole(model.RoleRoot, 2, s.People["Ada"].Listed, s.People["Ben"].Listed, s.People["Cleo"].Listed)
	if err := s.Publish(draft, dialecttest.At); err != nil {
		panic(err)
	}
	s.Roots = append(s.Roots, s.Files[model.RoleRoot])
	return s
}

// Replace is a ceremony in which Dan takes the place of Cleo.
func (s *Scene) Replace() *bundle.Bundle {
	rotate := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 2}}
	for _, name := range []string{"Ada", "Ben", "Dan"} {
		rotate.Keys.Keys = append(rotate.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: s.People[name].Listed})
	}
	r := plan.Request{Dialect: s.Dialect, GUN: dialecttest.GUN, Repository: s.Repository, Changes: []model.Change{rotate}}
	p := must(plan.Compile([]plan.Request{r}, nil, dialecttest.At))
	b := must(bundle.New(p, 0, r, must(plan.Seal(p, 0, r, nil)), s.Roots, dialecttest.At.Add(24*time.Hour)))
	day := 24 * time.Hour
	b.Title = "Replace Cleo"
	b.Dates = bundle.Dates{Opens: dialecttest.At.Add(day), Target: dialecttest.At.Add(7 * day), LastSafe: dialecttest.At.Add(14 * day), Expires: dialecttest.At.Add(21 * day)}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan"} {
		b.Participants = append(b.Participants, bundle.Participant{Name: name, Does: "custodian", Keys: []bundle.Held{{ID: s.People[name].Listed.ID}}})
	}
	return b
}

// Path is the file of a ceremony on each machine.
const Path = "root.ceremony"

// Machine is a computer with some files, and the keys of people.
type Machine struct {
	*ceremony.Service
	Shelf Shelf
	Store *Store
	// Asked counts questions for a secret.
	Asked int
	// Answers are what the person types, one after the other; the last one again.
	Answers []string
	Given   [][]byte
}

// Machine has a copy of a ceremony and the key of a person.
func (s *Scene) Machine(b *bundle.Bundle, name string) *Machine {
	m := &Machine{Shelf: Shelf{Path: b.Encode()}, Answers: []string{"right"}}
	m.Store = &Store{Key: s.People[name]}
	m.Service = &ceremony.Service{
		Files: m.Shelf, Keys: port.KeyStores{m.Store}, Clock: func() time.Time { return Now },
		Dialects: map[model.Dialect]dialect.Writable{s.Dialect.Name(): s.Dialect},
	}
	return m
}

// Ask is a port.Interaction.
func (m *Machine) Ask(context.Context, port.SecretAsk) ([]byte, error) {
	answer := []byte(m.Answers[min(m.Asked, len(m.Answers)-1)])
	m.Asked++
	m.Given = append(m.Given, answer)
	return answer, nil
}

// Signing is what a person agrees to who has looked at the file.
func (m *Machine) Signing(t TB) ceremony.Signing {
	t.Helper()
	f, err := m.Open(Path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := m.SigningKeys(t.Context(), f)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return ceremony.Signing{Path: Path, Digest: f.Digest(), Key: keys[0], Time: Now, Root: f.Roots()[1].Digest}
}

// SignHere has the person sign.
func (m *Machine) SignHere(t TB) []byte {
	t.Helper()
	if _, err := m.Sign(t.Context(), m.Signing(t), ceremony.Run{Secrets: m}); err != nil {
		t.Fatal(err)
	}
	return m.Shelf[Path]
}

// Shelf has files in memory.
type Shelf map[string][]byte

func (s Shelf) Read(path string, most int64) ([]byte, error) {
	if text, ok := s[path]; ok && int64(len(text)) <= most {
		return bytes.Clone(text), nil
	}
	return nil, &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "not here", Err: fs.ErrNotExist}
}

// Create writes a file that is not there.
func (s Shelf) Create(path string, content []byte) error {
	if _, ok := s[path]; ok {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "is there already"}
	}
	return s.Replace(path, content)
}

// Replace writes a file.
func (s Shelf) Replace(path string, content []byte) error {
	s[path] = bytes.Clone(content)
	return nil
}

// Store has one key, in a file.
type Store struct {
	port.KeyStore
	Key dialecttest.Key
	// Broken signs something else.
	Broken bool
	// Open is true where any passphrase is right.
	Open   bool
	Closed int
}

// Name is that of a folder.
func (*Store) Name() string { return "/keys" }

// Secret is a passphrase.
func (*Store) Secret() port.SecretKind { return port.Passphrase }

// ID is that of the key.
func (s *Store) ID([]byte) model.KeyID { return s.Key.Listed.ID }

// Keys is the key.
func (s *Store) Keys(context.Context) ([]model.PrivateKey, error) {
	spki, err := x509.MarshalPKIXPublicKey(s.Key.Private.Public())
	return []model.PrivateKey{{ID: s.Key.Listed.ID, SPKI: spki, Encrypted: true, Label: "root", Place: model.PlaceFile}}, err
}

// Unlock opens the key.
func (s *Store) Unlock(_ context.Context, _ model.KeyID, passphrase []byte) (port.Signer, error) {
	if !s.Open && string(passphrase) != "right" {
		return nil, &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
	}
	return &signer{s.Key.Private, s}, nil
}

// Makes reports that it can make a key.
func (*Store) Makes(model.Dialect) bool { return true }

// Generate makes no key: it is the one that is there.
func (s *Store) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return &signer{s.Key.Private, s}, nil
}

// signer is the key, unlocked.
type signer struct {
	crypto.Signer
	of *Store
}

func (s *signer) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if s.of.Broken {
		message = append([]byte("not "), message...)
	}
	return crypto.SignMessage(s.Signer, random, message, opts)
}

func (s *signer) Close() error {
	s.of.Closed++
	return nil
}

// Token is a store with a serial number.
type Token struct {
	port.TokenStore
	*Store
}

// Name is that of the token.
func (t Token) Name() string { return "YubiKey 7" }

// Serial is its number.
func (Token) Serial() string { return "7" }

// Secret is a PIN.
func (Token) Secret() port.SecretKind { return port.PIN }

// ID is that of the key.
func (t Token) ID(spki []byte) model.KeyID { return t.Store.ID(spki) }

// Keys is the key.
func (t Token) Keys(ctx context.Context) ([]model.PrivateKey, error) { return t.Store.Keys(ctx) }

// Unlock opens the key.
func (t Token) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	return t.Store.Unlock(ctx, id, pin)
}

// Makes reports that tokens are given keys in another way.
func (Token) Makes(model.Dialect) bool { return false }

// Generate fails.
func (Token) Generate(context.Context, port.NewKey, []byte) (port.Signer, error) {
	return nil, &model.Fault{Kind: model.FaultUsage, Text: "keys are made on tokens in another way"}
}

// Compile plans changes of the repository: a Scene is the place where it is published.
func (s *Scene) Compile(_ context.Context, gun model.GUN, changes []model.Change) (*plan.Plan, plan.Request, error) {
	r := plan.Request{Dialect: s.Dialect, GUN: gun, Repository: s.Repository, Changes: changes}
	p, err := plan.Compile([]plan.Request{r}, s.Here, dialecttest.At)
	return p, r, err
}

// RootChain are its roots.
func (s *Scene) RootChain(context.Context, plan.Request) ([][]byte, error) {
	return s.Roots, nil
}

// ServerKey is none: no server has keys here.
func (s *Scene) ServerKey(context.Context, model.GUN, model.RoleName, bool) (model.PublicKey, error) {
	return model.PublicKey{}, nil
}
