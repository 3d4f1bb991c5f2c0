package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// flowBackend is what flows are given of a session.
type flowBackend struct {
	*changing.Service
	app     *app
	session *session
}

var _ flows.Backend = (*flowBackend)(nil)

// flows returns what flows need, or why nothing can be changed here.
func (a *app) flows(s *session) (*flowBackend, error) {
	service, err := a.writable(s)
	if err != nil {
		return nil, err
	}
	return &flowBackend{Service: service, app: a, session: s}, nil
}

// Facts lists the keys of this machine and the repositories that are known and can be changed.
func (d *flowBackend) Facts(ctx context.Context) (flow.Facts, error) {
	keys, err := d.Stores.Keys(ctx)
	if err != nil {
		return flow.Facts{}, err
	}
	facts := flow.Facts{Dialect: d.DialectOf(""), Of: d.DialectOf, Keys: keys, Lists: d.lists(ctx), KnownAs: d.KnownAs, Holders: holders(d.session), Folder: filepath.Join(d.session.Settings.TrustDir, "private"), Practice: d.session.Practice(), Program: d.app.program(d.session), Now: d.Clock(), Soon: d.session.Settings.Soon}
	for _, l := range d.session.Known(ctx) {
		if _, err := d.Writable(l.GUN); err == nil {
			facts.Names = append(facts.Names, string(l.GUN))
		}
	}
	return facts, nil
}

// lists finds out which repositories list a private key, from what is cached of them, once it
// is asked.
func (d *flowBackend) lists(ctx context.Context) func(model.KeyID) []model.GUN {
	listing := sync.OnceValue(func() map[model.KeyID][]model.GUN {
		var looks []admin.Look
		for _, l := range d.session.Known(ctx) {
			if look, ok := d.session.Service.Cached(ctx, l.GUN); ok {
				looks = append(looks, look)
			}
		}
		keys, _ := d.session.Service.Keys(ctx, looks) // a key that can't be read is missed where it is needed
		return admin.Listing(keys)
	})
	return func(id model.KeyID) []model.GUN { return listing()[id] }
}

// Look reads a repository that is to be changed from its server.
func (d *flowBackend) Look(ctx context.Context, name string) (*model.Repository, error) {
	if _, err := d.Writable(model.GUN(name)); err != nil {
		return nil, err
	}
	v := d.Open(ctx, model.GUN(name))
	switch {
	case v.Fault == nil:
		return v.Repository, nil
	case v.Fault.Kind == model.FaultNotFound:
		return nil, nil
	default:
		return nil, v.Fault
	}
}

// LookAll reads repositories that are to be changed, several at a time.
func (d *flowBackend) LookAll(ctx context.Context, names []string) (map[string]*model.Repository, error) {
	var listed []port.Listed
	for _, name := range names {
		listed = append(listed, port.Listed{GUN: model.GUN(name)})
	}
	found, faults := map[string]*model.Repository{}, map[string]error{}
	err := d.Refresh(ctx, listed, func(v admin.Look) {
		switch {
		case v.Fault == nil:
			found[string(v.GUN)] = v.Repository
		case v.Fault.Kind != model.FaultNotFound:
			faults[string(v.GUN)] = v.Fault
		}
	})
	if err != nil {
		return nil, err
	}
	var all []error
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		all = append(all, faults[name])
	}
	return found, errors.Join(all...)
}

// ReadFile reads the file of a public key or certificate. A path may begin with ~,
// for where no shell has replaced it.
func (d *flowBackend) ReadFile(path string) ([]byte, error) {
	raw, err := disk.Head(d.expand(path), notary.MaxPublicFile+1)
	if err != nil {
		return nil, noPublicKey(path, err)
	}
	return raw, nil
}

func noPublicKey(path string, err error) error {
	if path == "" {
		return usageError("the path of a file is empty", "Give the path of a public key or certificate in PEM form.")
	}
	return usageError("the file "+path+" cannot be read: "+disk.Reason(err), "Give the path of a public key or certificate in PEM form.")
}

// maxCustom is the most bytes of custom data that are read.
const maxCustom = 64 << 10

// ReadCustom reads the custom data of a target.
func (d *flowBackend) ReadCustom(path string) ([]byte, error) {
	raw, err := disk.Head(d.expand(path), maxCustom+1)
	switch {
	case err != nil:
		return nil, usageError("the file "+path+" cannot be read: "+disk.Reason(err), "Give the path of a file with a JSON value.")
	case len(raw) > maxCustom:
		return nil, usageError("the file "+path+" is larger than 64 KiB, too large for custom data", "Keep what is large elsewhere, and sign its hash.")
	}
	return raw, nil
}

// Measure hashes a file that is to be signed.
func (d *flowBackend) Measure(ctx context.Context, path string) (model.Target, error) {
	target, err := disk.Measure(ctx, d.expand(path))
	if err != nil {
		return model.Target{}, usageError("the file "+path+" cannot be read: "+disk.Reason(err), "Give the path of the file to sign.")
	}
	return model.Target{Length: target.Size, Hashes: model.Hashes{SHA256: target.SHA256, SHA512: target.SHA512}}, nil
}

// expand is a path as it was typed, for where no shell has seen it. In the demo, a relative one is in
// the practice world.
func (d *flowBackend) expand(path string) string {
	if d.session.Demo != nil && path != "" {
		return d.app.world.Path(path)
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home := d.app.world.Getenv("HOME"); home != "" {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// SavePlan writes a plan file, and never over one that is there.
func (d *flowBackend) SavePlan(path string, p *plan.Plan) error {
	if err := (disk.File{Name: d.expand(path), New: true}).Write(plan.Encode(p)); err != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "the plan cannot be written: " + disk.Reason(err), Err: err, Hint: "Give a new path, in a folder that you can write to."}
	}
	return nil
}

// Variable looks into the environment for a passphrase.
func (d *flowBackend) Variable(ask port.SecretAsk) (value []byte, name string) {
	return d.app.variable(ask)
}
