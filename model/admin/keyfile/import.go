package keyfile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// File is a file that may hold private keys.
type File struct {
	// Path is for people.
	Path    string
	Content []byte
	// Exposed is true where other users of the machine may read or change it.
	Exposed bool
}

// ImportRequest says which keys are wanted, and who knows their passphrases.
type ImportRequest struct {
	// Files are wiped once they are read.
	Files []File
	// Label names the role of the keys whose files state none, where it is known already.
	Label string
	// AsIs leaves keys closed that can be kept as they are encrypted.
	AsIs bool
	// Into says which folder keeps them, where there are several.
	Into    string
	Secrets port.Interaction
}

// State says how a key of a file stands to the folder.
type State string

// The states.
const (
	// New: the folder does not have it.
	New State = "new"
	// Present: the folder has it.
	Present State = "present"
	// Differs: the folder has it, as the key of another role or repository. It stays so.
	Differs State = "differs"
	// Repeated: it is in the files twice, and this is not the first time.
	Repeated State = "repeated"
)

// Incoming is a private key of a file.
type Incoming struct {
	// Foreign is the key as its file has it.
	Foreign port.ForeignKey
	// Key is what its file says, what opening it has shown, and whose it will be.
	Key   model.PrivateKey
	State State
	// Here is the key of the folder where State says that there is one.
	Here model.PrivateKey
	// Opened is true where it was opened and has signed.
	Opened bool
	// Exposed is true where other users could read the file that it came from.
	Exposed bool
	// opens is its passphrase in the file.
	opens []byte
}

// Bare reports whether the file has the key without a passphrase.
func (i *Incoming) Bare() bool { return !i.Foreign.Key.Encrypted }

// Converted reports whether the key gets another encryption, under the same passphrase: the
// folder's own.
func (i *Incoming) Converted() bool { return !i.Bare() && i.Opened && !i.Foreign.Native }

// stays reports whether the key can stay closed: its file names it, and it can be kept as it is.
func (i *Incoming) stays() bool { return i.Foreign.Native && i.Foreign.Key.ID != "" }

// Import is what the private keys of files come to. Nothing has been written. Its owner wipes
// it.
type Import struct {
	Keys []Incoming
	// Into is that of the request.
	Into string
	// Others are what is in the files beside private keys: paths, each with the types that PEM
	// names.
	Others []string
}

// Wipe overwrites everything that is secret.
func (i *Import) Wipe() {
	for n := range i.Keys {
		clear(i.Keys[n].Foreign.Block)
		clear(i.Keys[n].opens)
	}
}

// Unlabelled reports whether a key to be imported states no role.
func (i *Import) Unlabelled() bool {
	return slices.ContainsFunc(i.Keys, func(k Incoming) bool { return k.State == New && k.Foreign.Key.Label == "" })
}

// New are the keys that are to be imported.
func (i *Import) New() []*Incoming {
	var out []*Incoming
	for n := range i.Keys {
		if i.Keys[n].State == New {
			out = append(out, &i.Keys[n])
		}
	}
	return out
}

// Read reads the private keys of files, and opens them: only that shows which keys they are.
// It writes nothing. A key that is there already, or in no form that clients use, is found
// here.
func (s *Service) Read(ctx context.Context, r ImportRequest) (*Import, error) {
	here, err := s.here(ctx)
	if err != nil {
		return nil, err
	}
	out := &Import{Into: r.Into}
	read := func() error {
		for _, f := range r.Files {
			found, err := s.Files.ReadKeys(f.Path, f.Content)
			clear(f.Content)
			if err != nil {
				return err
			}
			for _, k := range found.Keys {
				out.Keys = append(out.Keys, Incoming{Key: k.Key, Foreign: k, Exposed: f.Exposed})
			}
			for _, kind := range found.Others {
				out.Others = append(out.Others, fmt.Sprintf("%s: %s", f.Path, kind))
			}
		}
		return s.openAll(ctx, out, r)
	}
	if err := read(); err != nil {
		out.Wipe()
		return nil, err
	}
	seen := map[model.KeyID]bool{}
	for i := range out.Keys {
		out.Keys[i].compare(here)
		if seen[out.Keys[i].Key.ID] {
			out.Keys[i].State = Repeated
		}
		seen[out.Keys[i].Key.ID] = true
	}
	return out, nil
}

// openAll opens the keys of files, the encrypted ones with the passphrases that are given.
func (s *Service) openAll(ctx context.Context, out *Import, r ImportRequest) error {
	asked := func(i Incoming) bool { return i.Key.Encrypted && (!r.AsIs || !i.stays()) }
	of, step := 0, 0
	for _, k := range out.Keys {
		if asked(k) {
			of++
		}
	}
	for n := range out.Keys {
		k := &out.Keys[n]
		if k.Key.Encrypted && !asked(*k) {
			continue
		}
		if k.Key.Encrypted {
			step++
		}
		if err := s.open(ctx, k, r, step, of); err != nil {
			return err
		}
	}
	return nil
}

// open opens a key. One that may stay closed does if its passphrase is unknown.
func (s *Service) open(ctx context.Context, k *Incoming, r ImportRequest, step, of int) error {
	signer, err := s.Files.OpenKey(k.Foreign, nil)
	ask := port.SecretAsk{Key: k.Key, Repository: k.Key.GUN, Purpose: "import it", Step: step, Of: of}
	if k.stays() {
		ask.Skip = "It is imported as it is, but untested."
	}
	if ask.Key.Label == "" {
		ask.Key.Label = r.Label
	}
	for model.KindOf(err) == model.FaultSecret {
		if k.opens, err = r.Secrets.Ask(ctx, ask); err != nil {
			return err
		}
		if len(k.opens) == 0 && k.stays() {
			return nil
		}
		if signer, err = s.Files.OpenKey(k.Foreign, k.opens); err != nil {
			clear(k.opens)
			k.opens, ask.Wrong = nil, err
		}
	}
	if err != nil {
		return err
	}
	defer func() { _ = signer.Close() }() // wiping does not fail
	public, err := s.provesHere(signer)
	if err != nil {
		return s.unfit(k.Key, signer, err)
	}
	k.Key.ID, k.Key.Algorithm, k.Opened = public.ID, public.Algorithm, true
	return nil
}

// unfit says that no repository could use a key for which the folder is, and what else there is.
func (s *Service) unfit(k model.PrivateKey, signer port.Signer, err error) error {
	out := &model.Fault{
		Kind: model.FaultUsage, Subject: k.Path, Text: "no repository could use this key: " + err.Error(),
		Hint: "Import an ECDSA key, or an RSA key of at least 2048 bits.",
	}
	if _, err := s.provenBy(s.Others, signer); err == nil && s.Elsewhere != "" {
		out.Hint = "For repositories of another kind, import it into the other folder: --folder " + s.Elsewhere + "."
	}
	return out
}

// compare finds what the folder has of a key.
func (i *Incoming) compare(here map[model.KeyID]model.PrivateKey) {
	var ok bool
	i.State = New
	if i.Here, ok = here[i.Key.ID]; !ok {
		return
	}
	i.State = Present
	if i.Key.Label != "" && i.Key.Label != i.Here.Label || i.Key.GUN != "" && i.Key.GUN != i.Here.GUN {
		i.State = Differs
	}
}

// Fits says why the new keys cannot be those of a role: a file states another one.
func (i *Import) Fits(label string) error {
	for _, k := range i.New() {
		if stated := k.Foreign.Key.Label; stated != "" && stated != label {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: k.Key.Path, Text: fmt.Sprintf("key %s states that it is a %s key, not one of %s", k.Key.ID.Short(), stated, label),
				Hint: "Leave the role out, and the file decides. Import keys of other roles separately.",
			}
		}
	}
	return nil
}

// Assign says whose the new keys are whose files do not say it.
func (i *Import) Assign(label string, gun model.GUN) {
	for _, k := range i.New() {
		k.Key.Label, k.Key.GUN = cmp.Or(k.Foreign.Key.Label, label), k.Foreign.Key.GUN
		if k.Key.GUN == "" && ofOneRepository(k.Key.Label) {
			k.Key.GUN = gun
		}
	}
}

// ofOneRepository reports whether the keys of a role belong to one repository.
func ofOneRepository(label string) bool {
	role := model.RoleName(label)
	return role.TopLevel() && role != model.RoleRoot
}

// Homeless reports whether a new key of a role that belongs to one repository does not say
// which.
func (i *Import) Homeless(label string) bool {
	return slices.ContainsFunc(i.New(), func(k *Incoming) bool {
		return k.Foreign.Key.GUN == "" && ofOneRepository(cmp.Or(k.Foreign.Key.Label, label))
	})
}

// ImportSteps lists what Import does, in order.
func ImportSteps(i *Import, folder string) []admin.Step {
	var texts []string
	for _, k := range i.New() {
		texts = append(texts, fmt.Sprintf("write the %s key %s into %s", k.Key.Label, k.Key.ID.Short(), folder))
	}
	return admin.NewSteps(append(texts, "read them back from disk")...)
}

// Run is how an import is done: who is asked for the passphrases of keys that have none, and
// who is told of the steps and asked whether to stop. Watch and Stop may be nil.
type Run struct {
	Secrets port.Interaction
	Watch   admin.Watch
	Stop    func() bool
}

// Import keeps the new keys, one after the other, each whole or not at all, and reads them
// back. It returns those that are there now, also beside an error.
func (s *Service) Import(ctx context.Context, i *Import, run Run) ([]model.PrivateKey, error) {
	fresh := map[string][]byte{}
	defer func() {
		for _, p := range fresh {
			clear(p)
		}
	}()
	steps := admin.Runner{Steps: ImportSteps(i, s.Files.Dir()), Watch: run.Watch, Stop: run.Stop}
	var kept []model.PrivateKey
	var work []func(context.Context) error
	for _, k := range i.New() {
		work = append(work, func(ctx context.Context) error {
			keep, err := s.passphrase(ctx, i, k, fresh, run.Secrets, &steps)
			if err != nil {
				return err
			}
			key := k.Foreign
			key.Key = k.Key
			one, err := s.Files.AddKey(ctx, key, k.opens, keep)
			if err == nil {
				kept = append(kept, one)
			}
			return err
		})
	}
	work = append(work, func(ctx context.Context) error { return s.readBack(ctx, i, fresh) })
	return kept, steps.Run(ctx, work...)
}

// passphrase is the one under which a key is kept, nil where it is kept as it is encrypted. A
// key without one gets a new one, which those of the same role share.
func (s *Service) passphrase(ctx context.Context, i *Import, k *Incoming, fresh map[string][]byte, secrets port.Interaction, steps *admin.Runner) ([]byte, error) {
	switch {
	case k.Foreign.Native:
		return nil, nil
	case !k.Bare():
		return k.opens, nil
	case fresh[k.Key.Label] != nil:
		return fresh[k.Key.Label], nil
	}
	labels := map[string]bool{}
	for _, other := range i.New() {
		if other.Bare() {
			labels[other.Key.Label] = true
		}
	}
	steps.Asks(port.Passphrase)
	ask := port.SecretAsk{Key: k.Key, Repository: k.Key.GUN, Purpose: "import it", New: true, Step: len(fresh) + 1, Of: len(labels)}
	chosen, err := admin.ChoosePassphrase(ctx, secrets, ask, s.Dialect.Words())
	if err == nil {
		fresh[k.Key.Label] = chosen
	}
	return chosen, err
}

// readBack opens what was written as the next program will, and has it sign.
func (s *Service) readBack(ctx context.Context, i *Import, fresh map[string][]byte) error {
	for _, k := range i.New() {
		if !k.Opened {
			continue
		}
		opens := k.opens
		if k.Bare() {
			opens = fresh[k.Key.Label]
		}
		signer, err := s.Store.Unlock(ctx, k.Key.ID, opens)
		if err != nil {
			return err
		}
		_, err = s.proves(signer)
		_ = signer.Close() // wiping does not fail
		if err != nil {
			return unproved(k.Key, err)
		}
	}
	return nil
}
