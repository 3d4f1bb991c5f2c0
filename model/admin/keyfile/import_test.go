package keyfile_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// A drawer is a trust folder in memory. The block of a foreign key is its passphrase.
type drawer struct {
	port.KeyStore
	here []model.PrivateKey
	// foreign are the keys of files, by path, and private all that can be opened.
	foreign map[string][]port.ForeignKey
	private map[model.KeyID]*ecdsa.PrivateKey
	// under are the passphrases of what was added; as is, where empty.
	under map[model.KeyID]string
	// files are those that were written elsewhere.
	files map[string][]byte
	// full is the ID of the key that cannot be written.
	full model.KeyID
	// reads counts how often the folder was listed; from the second time on, again is there too.
	reads int
	again []model.PrivateKey
	// cut are the keys of a change of passphrases that was cut off.
	cut []port.CutOffPassphrase
}

var _ port.KeyFiles = (*drawer)(nil)

func newDrawer() *drawer {
	return &drawer{foreign: map[string][]port.ForeignKey{}, private: map[model.KeyID]*ecdsa.PrivateKey{}, under: map[model.KeyID]string{}, files: map[string][]byte{}}
}

// add puts a key into a file. Without a passphrase it is bare; native says that it
// can be kept as it is.
func (d *drawer) add(t *testing.T, path, label string, gun model.GUN, passphrase string, native bool) model.KeyID {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := notary.Bare(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	key := port.ForeignKey{Block: []byte(passphrase), Native: native, Key: model.PrivateKey{Label: label, GUN: gun, Encrypted: passphrase != "", Path: path}}
	key.Key.ID = public.ID
	d.private[public.ID] = private
	d.foreign[path] = append(d.foreign[path], key)
	return public.ID
}

func (*drawer) Dir() string                { return "/trust" }
func (*drawer) Name() string               { return "/trust" }
func (*drawer) ID(spki []byte) model.KeyID { return notarytest.StoredID(spki) }

func (d *drawer) Keys(context.Context) ([]model.PrivateKey, error) {
	if d.reads++; d.reads > 1 {
		return append(slices.Clone(d.here), d.again...), nil
	}
	return d.here, nil
}

func (d *drawer) ReadKeys(path string, _ []byte) (port.ForeignFile, error) {
	out := port.ForeignFile{}
	for _, k := range d.foreign[path] {
		k.Block = bytes.Clone(k.Block)
		out.Keys = append(out.Keys, k)
	}
	if len(out.Keys) == 0 {
		return out, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "contains no private key"}
	}
	return out, nil
}

type opened struct{ crypto.Signer }

func (opened) Close() error { return nil }

func (o opened) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(o.Signer, random, message, opts)
}

func (d *drawer) OpenKey(key port.ForeignKey, passphrase []byte) (port.Signer, error) {
	if key.Key.Encrypted && !bytes.Equal(key.Block, passphrase) {
		return nil, &model.Fault{Kind: model.FaultSecret, Subject: key.Key.Path, Text: "wrong passphrase"}
	}
	return opened{d.private[key.Key.ID]}, nil
}

func (d *drawer) AddKey(_ context.Context, key port.ForeignKey, opens, keep []byte) (model.PrivateKey, error) {
	if key.Key.ID == d.full {
		return model.PrivateKey{}, &model.Fault{Kind: model.FaultLocal, Text: "no space left"}
	}
	if len(keep) == 0 && !key.Native || len(keep) > 0 && key.Key.Encrypted && !bytes.Equal(opens, key.Block) {
		return model.PrivateKey{}, errors.New("it is added without its passphrase")
	}
	out := key.Key
	out.Path = "/trust/private/" + string(out.ID) + ".key"
	d.here, d.under[out.ID] = append(d.here, out), string(keep)
	return out, nil
}

func (d *drawer) Unlock(_ context.Context, id model.KeyID, passphrase []byte) (port.Signer, error) {
	if under := d.under[id]; under != "" && under != string(passphrase) {
		return nil, &model.Fault{Kind: model.FaultSecret, Text: "wrong passphrase"}
	}
	return opened{d.private[id]}, nil
}

func (d *drawer) Generate(_ context.Context, n port.NewKey, passphrase []byte) (port.Signer, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := notary.Bare(&private.PublicKey)
	d.private[public.ID], d.under[public.ID] = private, string(passphrase)
	d.here = append(d.here, model.PrivateKey{ID: public.ID, Label: notary.Base(n.Role), Encrypted: true, Path: "/trust/private/" + string(public.ID) + ".key"})
	return opened{private}, err
}

func (d *drawer) ExportKey(_ context.Context, key model.PrivateKey) ([]byte, error) {
	if !key.Encrypted {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "has no passphrase"}
	}
	d.foreign["/out"] = append(d.foreign["/out"], port.ForeignKey{Key: key})
	return []byte(key.ID), nil
}

func (d *drawer) CheckNew(path string) error {
	if d.files[path] != nil {
		return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "already exists"}
	}
	return nil
}

func (d *drawer) WriteNew(path string, content []byte) error {
	if path == "/full" {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "no space left"}
	}
	d.files[path] = content
	return nil
}

func (d *drawer) ReadBack(path string) ([]byte, error) { return d.files[path], nil }

// person answers from a list, and writes down what was asked.
type person struct {
	answers []string
	asked   []port.SecretAsk
}

func (p *person) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	p.asked = append(p.asked, ask)
	if len(p.answers) == 0 {
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "nobody answers"}
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return []byte(answer), nil
}

func service(d *drawer) *keyfile.Service {
	return &keyfile.Service{Dialect: docker.Dialect{}, Store: d, Files: d}
}

func read(t *testing.T, d *drawer, r keyfile.ImportRequest, paths ...string) *keyfile.Import {
	t.Helper()
	for _, path := range paths {
		r.Files = append(r.Files, keyfile.File{Path: path, Content: []byte("content")})
	}
	out, err := service(d).Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if !bytes.Equal(f.Content, make([]byte, len(f.Content))) {
			t.Errorf("the content of %s was not wiped", f.Path)
		}
	}
	return out
}

// Keys of several kinds: each keeps its passphrase or gets one that those of its role share,
// and what is here already is left alone.
func TestImport(t *testing.T) {
	d := newDrawer()
	sealed := d.add(t, "exported", "root", "", "root-phrase", true)
	one, two := d.add(t, "bare", "", "", "", false), d.add(t, "bare2", "", "", "", false)
	targets := d.add(t, "targets", "targets", "", "", false)
	same, other := d.add(t, "same", "", "", "", false), d.add(t, "other", "carol", "", "", false)
	d.here = []model.PrivateKey{{ID: same, Label: "alice"}, {ID: other, Label: "bob"}}

	p := &person{answers: []string{"guess", "root-phrase", "short\n", "signers-phrase", "targets-phrase"}}
	i := read(t, d, keyfile.ImportRequest{Secrets: p}, "exported", "bare", "bare2", "targets", "same", "other", "bare")
	var states []keyfile.State
	for _, k := range i.Keys {
		states = append(states, k.State)
	}
	if want := []keyfile.State{keyfile.New, keyfile.New, keyfile.New, keyfile.New, keyfile.Present, keyfile.Differs, keyfile.Repeated}; !slices.Equal(states, want) {
		t.Fatalf("the states are %v, want %v", states, want)
	}
	if !i.Unlabelled() || !i.Homeless("signer") || i.Fits("signer") == nil {
		t.Error("what is missing of the keys is not said")
	}
	i.Assign("signer", "docker.io/acme/app")
	kept, err := service(d).Import(t.Context(), i, keyfile.Run{Secrets: p})
	if err != nil || len(kept) != 4 {
		t.Fatalf("%d keys were kept, %v", len(kept), err)
	}
	for id, want := range map[model.KeyID]string{sealed: "", one: "signers-phrase", two: "signers-phrase", targets: "targets-phrase"} {
		if d.under[id] != want {
			t.Errorf("%s is kept under %q, want %q", id.Short(), d.under[id], want)
		}
	}
	if kept[3].GUN != "docker.io/acme/app" || kept[0].GUN != "" || kept[1].Label != "signer" {
		t.Errorf("the keys are kept as %+v", kept)
	}
	if n := len(p.asked); n != 5 || p.asked[1].Wrong == nil || !p.asked[2].New || p.asked[4].Of != 2 {
		t.Errorf("it was asked %d times: %+v", n, p.asked)
	}
	i.Wipe()
	for _, k := range i.Keys {
		if !bytes.Equal(k.Foreign.Block, make([]byte, len(k.Foreign.Block))) {
			t.Error("a key is left in memory")
		}
	}
}

// A key whose file names it can be kept closed: where that is asked for, and where nobody
// knows the passphrase.
func TestImportClosed(t *testing.T) {
	for name, row := range map[string]struct {
		asIs    bool
		answers []string
	}{"asked for": {true, nil}, "skipped": {false, []string{""}}} {
		t.Run(name, func(t *testing.T) {
			d := newDrawer()
			id := d.add(t, "exported", "root", "", "root-phrase", true)
			p := &person{answers: row.answers}
			i := read(t, d, keyfile.ImportRequest{AsIs: row.asIs, Secrets: p}, "exported")
			if i.Keys[0].Opened || i.Keys[0].Key.ID != id {
				t.Errorf("it is read as %+v", i.Keys[0].Key)
			}
			if kept, err := service(d).Import(t.Context(), i, keyfile.Run{Secrets: p}); err != nil || len(kept) != 1 || len(p.answers) != 0 {
				t.Errorf("%d keys were kept, %v", len(kept), err)
			}
		})
	}
}

// What was kept before something failed, or was stopped, is returned with the error.
func TestImportInPart(t *testing.T) {
	d := newDrawer()
	d.add(t, "a", "alice", "", "", false)
	d.full = d.add(t, "b", "bob", "", "", false)
	i := read(t, d, keyfile.ImportRequest{Secrets: &person{}}, "a", "b")
	var seen []admin.Step
	kept, err := service(d).Import(t.Context(), i, keyfile.Run{
		Secrets: &person{answers: []string{"phrase-1", "phrase-2"}}, Watch: func(steps []admin.Step) { seen = steps },
	})
	if err == nil || len(kept) != 1 || kept[0].Label != "alice" || seen[1].State != admin.StepFailed || seen[2].State != admin.StepSkipped {
		t.Errorf("%+v were kept, %v, steps %+v", kept, err, seen)
	}
	calls := 0
	kept, err = service(d).Import(t.Context(), i, keyfile.Run{Secrets: &person{answers: []string{"phrase-1"}}, Stop: func() bool { calls++; return calls > 1 }})
	if !errors.Is(err, admin.ErrStopped) || len(kept) != 1 {
		t.Errorf("stopped, %d were kept, %v", len(kept), err)
	}
	if _, err := service(d).Read(t.Context(), keyfile.ImportRequest{Files: []keyfile.File{{Path: "a"}, {Path: "c"}}, Secrets: &person{}}); model.KindOf(err) != model.FaultUsage {
		t.Errorf("a file without keys: %v", err)
	}
}
