package tuitest

import (
	"context"
	"strings"
	"sync"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
	"trustdeck/model/transcript"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The files of a CeremonyBackend: a ceremony that Ada, who sits here, has not signed, a copy that Ben has,
// and a request of Dan's.
const (
	CeremonyFile    = ceremonytest.Path
	CeremonyCopy    = "ben.ceremony"
	CeremonyRequest = "dan.request"
)

// CeremonyBackend is a flows.Ceremonies on the machine of a custodian. Its fields are set before use.
type CeremonyBackend struct {
	// Known are the facts.
	Known flow.Facts
	// On is the machine, and Scene the repository.
	On    *ceremonytest.Machine
	Scene *ceremonytest.Scene
	// Dialect is that of repositories for which a ceremony is prepared.
	Dialect dialect.Writable

	mu     sync.Mutex
	before int
}

var _ flows.Ceremonies = (*CeremonyBackend)(nil)

// prepared are a scene, its ceremony, and the copy that Ben has signed: to make them takes a while.
var prepared = sync.OnceValues(func() (*ceremonytest.Scene, []byte) {
	scene := ceremonytest.NewScene()
	ctx, ben := context.Background(), scene.Machine(scene.Replace(), "Ben")
	copied, err := ben.Open(ceremonytest.Path)
	if err != nil {
		panic(err)
	}
	keys, err := ben.SigningKeys(ctx, copied)
	if err != nil {
		panic(err)
	}
	w := ceremony.Signing{Path: ceremonytest.Path, Digest: copied.Digest(), Key: keys[0], Time: ceremonytest.Now}
	if _, err := ben.Sign(ctx, w, ceremony.Run{Secrets: ben}); err != nil {
		panic(err)
	}
	return scene, ben.Shelf[ceremonytest.Path]
})

// NewCeremonyBackend is the machine of Ada.
func NewCeremonyBackend() *CeremonyBackend {
	scene, signed := prepared()
	b := scene.Replace()
	out := &CeremonyBackend{Scene: scene, On: scene.Machine(b, "Ada"), Dialect: scene.Dialect}
	out.On.Shelf[CeremonyCopy], out.On.Store.Open = signed, true
	out.Known = flow.Facts{Dialect: scene.Dialect, Names: []string{string(b.Repository)}, Now: ceremonytest.Now}
	out.before = len(out.On.Shelf)
	return out
}

// Wrote counts the files that were written, beside those that were there.
func (d *CeremonyBackend) Wrote() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.On.Shelf) - d.before
}

// Facts returns what is known.
func (d *CeremonyBackend) Facts(context.Context) (flow.Facts, error) { return d.Known, nil }

// Variable knows no passphrase.
func (*CeremonyBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// Machine is one without a network.
func (*CeremonyBackend) Machine() model.Machine {
	return model.Machine{Network: model.No, Swap: model.No, Version: "v1"}
}

// Open verifies a file.
func (d *CeremonyBackend) Open(path string) (*ceremony.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.Open(path)
}

// PrivateKeys are those on Ada's machine.
func (d *CeremonyBackend) PrivateKeys(ctx context.Context) ([]model.PrivateKey, error) {
	return d.On.Keys.Keys(ctx)
}

// SigningKeys is Ada's key.
func (d *CeremonyBackend) SigningKeys(ctx context.Context, f *ceremony.File) ([]ceremony.Key, error) {
	return d.On.SigningKeys(ctx, f)
}

// Sign signs with Ada's key.
func (d *CeremonyBackend) Sign(ctx context.Context, w ceremony.Signing, run ceremony.Run) (*ceremony.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.Sign(ctx, w, run)
}

// Merge brings copies together.
func (d *CeremonyBackend) Merge(path string, copies []string) (*ceremony.Merged, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.Merge(path, copies...)
}

// MergeAnswer takes an answer.
func (d *CeremonyBackend) MergeAnswer(path, text string) (*ceremony.Merged, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.MergeAnswer(path, text)
}

// ReadAnswer reads a file.
func (d *CeremonyBackend) ReadAnswer(path string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, err := d.On.Shelf.Read(path, bundle.MaxSize)
	return string(text), err
}

// Request writes a request of Ada's.
func (d *CeremonyBackend) Request(ctx context.Context, w ceremony.Requesting, run ceremony.Run) (*ceremony.Requested, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Dialect = d.Scene.Dialect.Name()
	return d.On.Request(ctx, w, run)
}

// ReadPlan knows no plan.
func (*CeremonyBackend) ReadPlan(_ context.Context, path string) (flows.StartingPlan, error) {
	return flows.StartingPlan{}, &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "is no plan", Hint: "Give the path of a file that was written with -f."}
}

// ReadRequest reads a request.
func (d *CeremonyBackend) ReadRequest(path string, gun model.GUN, rehearsal bool, _ []string) (*bundle.Asked, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.ReadRequest(path, gun, rehearsal)
}

// Earlier are the people of a file.
func (d *CeremonyBackend) Earlier(path string, roles ...*model.Role) ([]bundle.Participant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.Earlier(path, roles...)
}

// Changes are those in the dialect of the backend.
func (d *CeremonyBackend) Changes(gun model.GUN, asking *ceremony.Asking, r *model.Repository) ([]model.Change, error) {
	return asking.Changes(d.Dialect, gun, r)
}

// Start writes a ceremony of the scene, whatever is asked for.
func (d *CeremonyBackend) Start(_ context.Context, w ceremony.Starting, run ceremony.Run) (*ceremony.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := d.Scene.Replace()
	b.Title, b.Rehearsal = w.Title, w.Rehearsal
	if err := d.On.Shelf.Create(w.To, b.Encode()); err != nil {
		return nil, err
	}
	if run.Watch != nil {
		run.Watch(ceremony.StartSteps(&w))
	}
	return d.On.Open(w.To)
}

// Published adds that to the transcript.
func (d *CeremonyBackend) Published(f *ceremony.File, said []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.On.Record(f, transcript.Entry{What: transcript.Published, Text: said})
}

// Kinds is that of the scene.
func (d *CeremonyBackend) Kinds() []flow.Option {
	return []flow.Option{{Value: string(d.Scene.Dialect.Name()), Label: "A folder"}}
}

// CheckNew refuses a file that is there.
func (d *CeremonyBackend) CheckNew(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.On.Shelf[path]; ok || strings.ContainsAny(path, "\x1b") {
		return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "already exists", Hint: "Give the path of a new file."}
	}
	return nil
}
