package ceremony_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"io"
	"io/fs"
	"strings"
	"testing"
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

// now is when people sign.
var now = dialecttest.At.Add(48 * time.Hour)

// scene is a repository whose root Ada, Ben and Cleo sign, two of them at least; Dan has a key.
type scene struct {
	*dialecttest.World
	roots  [][]byte
	people map[string]dialecttest.Key
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newScene() *scene {
	s := &scene{World: must(dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))), people: map[string]dialecttest.Key{}}
	s.roots = [][]byte{s.Files[model.RoleRoot]}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan"} {
		s.people[name] = must(s.NewKey(model.RoleRoot))
		s.Keys[model.RoleRoot] = append(s.Keys[model.RoleRoot], s.people[name])
	}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.SetRole(model.RoleRoot, 2, s.people["Ada"].Listed, s.people["Ben"].Listed, s.people["Cleo"].Listed)
	if err := s.Publish(draft, dialecttest.At); err != nil {
		panic(err)
	}
	s.roots = append(s.roots, s.Files[model.RoleRoot])
	return s
}

// replace is a ceremony in which Dan takes the place of Cleo.
func (s *scene) replace() *bundle.Bundle {
	rotate := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: 2}}
	for _, name := range []string{"Ada", "Ben", "Dan"} {
		rotate.Keys.Keys = append(rotate.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: s.people[name].Listed})
	}
	r := plan.Request{Dialect: s.Dialect, GUN: dialecttest.GUN, Repository: s.Repository, Changes: []model.Change{rotate}}
	p := must(plan.Compile([]plan.Request{r}, nil, dialecttest.At))
	b := must(bundle.New(p, 0, r, must(plan.Seal(p, 0, r, nil)), s.roots, dialecttest.At.Add(24*time.Hour)))
	day := 24 * time.Hour
	b.Title = "Replace Cleo"
	b.Dates = bundle.Dates{Opens: dialecttest.At.Add(day), Target: dialecttest.At.Add(7 * day), LastSafe: dialecttest.At.Add(14 * day), Expires: dialecttest.At.Add(21 * day)}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan"} {
		b.Participants = append(b.Participants, bundle.Participant{Name: name, Does: "custodian", Keys: []bundle.Held{{ID: s.people[name].Listed.ID}}})
	}
	return b
}

const path = "root.ceremony"

// machine is a computer with some files, and the keys of people.
type machine struct {
	*ceremony.Service
	files shelf
	store *store
	// asked counts questions for a secret.
	asked int
	// answers are what the person types, one after the other; the last one again.
	answers []string
	given   [][]byte
}

// machine has a copy of a ceremony and the key of a person.
func (s *scene) machine(b *bundle.Bundle, name string) *machine {
	m := &machine{files: shelf{path: b.Encode()}, answers: []string{"right"}}
	m.store = &store{key: s.people[name]}
	m.Service = &ceremony.Service{
		Files: m.files, Keys: port.KeyStores{m.store}, Clock: func() time.Time { return now },
		Dialects: map[model.Dialect]dialect.Writable{s.Dialect.Name(): s.Dialect},
	}
	return m
}

// Ask is a port.Interaction.
func (m *machine) Ask(context.Context, port.SecretAsk) ([]byte, error) {
	answer := []byte(m.answers[min(m.asked, len(m.answers)-1)])
	m.asked++
	m.given = append(m.given, answer)
	return answer, nil
}

// signing is what a person agrees to who has looked at the file.
func (m *machine) signing(t testing.TB) ceremony.Signing {
	t.Helper()
	f, err := m.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := m.SigningKeys(t.Context(), f)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return ceremony.Signing{Path: path, Digest: f.Digest(), Key: keys[0], Time: now, Root: f.Roots()[1].Digest}
}

// sign has the person sign.
func (m *machine) sign(t testing.TB) []byte {
	t.Helper()
	if _, err := m.Sign(t.Context(), m.signing(t), ceremony.Run{Secrets: m}); err != nil {
		t.Fatal(err)
	}
	return m.files[path]
}

// shelf has files in memory.
type shelf map[string][]byte

func (s shelf) Read(path string, most int64) ([]byte, error) {
	if text, ok := s[path]; ok && int64(len(text)) <= most {
		return bytes.Clone(text), nil
	}
	return nil, &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "not here", Err: fs.ErrNotExist}
}

func (s shelf) Create(path string, content []byte) error {
	if _, ok := s[path]; ok {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "is there already"}
	}
	return s.Replace(path, content)
}

func (s shelf) Replace(path string, content []byte) error {
	s[path] = bytes.Clone(content)
	return nil
}

// store has one key, in a file.
type store struct {
	port.KeyStore
	key dialecttest.Key
	// broken signs something else.
	broken bool
	closed int
}

func (*store) Name() string            { return "/keys" }
func (*store) Secret() port.SecretKind { return port.Passphrase }
func (s *store) ID([]byte) model.KeyID { return s.key.Listed.ID }
func (s *store) Keys(context.Context) ([]model.PrivateKey, error) {
	spki, err := x509.MarshalPKIXPublicKey(s.key.Private.Public())
	return []model.PrivateKey{{ID: s.key.Listed.ID, SPKI: spki, Encrypted: true, Label: "root", Place: model.PlaceFile}}, err
}

func (s *store) Unlock(_ context.Context, _ model.KeyID, passphrase []byte) (port.Signer, error) {
	if string(passphrase) != "right" {
		return nil, &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
	}
	return &signer{s.key.Private, s}, nil
}

// signer is the key, unlocked.
type signer struct {
	crypto.Signer
	of *store
}

func (s *signer) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if s.of.broken {
		message = append([]byte("not "), message...)
	}
	return crypto.SignMessage(s.Signer, random, message, opts)
}

func (s *signer) Close() error {
	s.of.closed++
	return nil
}

// token is a store with a serial number.
type token struct {
	port.TokenStore
	*store
}

func (t token) Name() string                                         { return "YubiKey 7" }
func (token) Serial() string                                         { return "7" }
func (token) Secret() port.SecretKind                                { return port.PIN }
func (t token) ID(spki []byte) model.KeyID                           { return t.store.ID(spki) }
func (t token) Keys(ctx context.Context) ([]model.PrivateKey, error) { return t.store.Keys(ctx) }
func (t token) Unlock(ctx context.Context, id model.KeyID, pin []byte) (port.Signer, error) {
	return t.store.Unlock(ctx, id, pin)
}

// says reports whether an error says some words.
func says(err error, words string) bool { return err != nil && strings.Contains(err.Error(), words) }
