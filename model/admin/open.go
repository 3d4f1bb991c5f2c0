package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/port"
)

// A reader gives one file of one repository.
type reader func(ctx context.Context, ref port.Ref) (port.File, error)

// Open reads and verifies one repository now. Whatever goes wrong is in the
// View; where the server cannot be read, the View holds what was cached, and
// says so.
func (d *Service) Open(ctx context.Context, gun model.GUN) Look {
	return d.open(ctx, gun, d.remote(gun))
}

func (d *Service) open(ctx context.Context, gun model.GUN, read reader) Look {
	saved, hasSaved := d.saved(ctx, gun)
	var load dialect.Load
	var repo *model.Repository
	for again := looks; again > 0; again-- {
		cfg := d.config(ctx, gun)
		cfg.Cached = stored(saved)
		d.recall(ctx, &cfg)
		load, repo = d.readWhole(ctx, gun, cfg, read)
		if fault := load.Fault(); fault != nil {
			return d.unread(ctx, gun, load, fault, hasSaved)
		}
		if !d.remember(ctx, cfg.Memory, load, repo, again == 1) {
			break
		}
	}
	repo.Source = d.SourceOf(gun)
	if repo.Source.Kind != model.SourceArchive {
		repo.Source.Read = d.Clock()
	}
	d.save(ctx, repo, load, saved)
	return d.view(gun, repo)
}

// Files are another way to the files of a repository than the remote of a Service.
type Files struct {
	Read func(ctx context.Context, ref port.Ref) (port.File, error)
	// Source says where they come from.
	Source model.Source
	// Cached are files that were read before, and Anchors roots that are trusted beside
	// those that the Service knows.
	Cached  map[model.RoleName]dialect.Stored
	Anchors []dialect.Anchor
}

// OpenFiles reads and verifies a repository from files, and remembers nothing.
func (d *Service) OpenFiles(ctx context.Context, gun model.GUN, files Files) Look {
	cfg := d.config(ctx, gun)
	cfg.Cached, cfg.Anchors = files.Cached, append(cfg.Anchors, files.Anchors...)
	load := d.run(ctx, cfg, files.Read)
	if fault := load.Fault(); fault != nil {
		return d.unread(ctx, gun, load, fault, false)
	}
	repo := load.Repository()
	repo.Source = files.Source
	repo.Source.Read = d.Clock()
	return d.view(gun, repo)
}

// view judges a repository that was read.
func (d *Service) view(gun model.GUN, repo *model.Repository) Look {
	view := Look{GUN: gun, Repository: repo, Assessment: d.assess(repo)}
	if snapshot := repo.Role(model.RoleSnapshot); snapshot != nil {
		view.Changed = snapshot.Modified
	}
	return view
}

// assess judges a repository, and notes whether it can be changed: what mends it depends on
// that.
func (d *Service) assess(repo *model.Repository) health.Assessment {
	_, writable := d.DialectOf(repo.GUN).(dialect.Writable)
	repo.ReadOnly = !writable
	return health.Assess(repo, d.Health)
}

// unread makes the View of a repository of which nothing could be read.
func (d *Service) unread(ctx context.Context, gun model.GUN, load dialect.Load, fault *model.Fault, hasSaved bool) Look {
	if load.Absent() {
		fault = &model.Fault{
			Kind: model.FaultNotFound, Subject: string(gun), Err: fault,
			Text: d.SourceOf(gun).Name + " does not have trust data for it",
			Hint: "check the spelling and the server, or initialise the repository",
		}
	}
	if hasSaved {
		if view, ok := d.Cached(ctx, gun); ok {
			view.Fault = fault
			return view
		}
	}
	return Look{GUN: gun, Fault: fault, Assessment: absent(fault)}
}

// absent judges a repository that is not there to be judged.
func absent(fault *model.Fault) health.Assessment {
	if fault.Kind == model.FaultNotFound {
		return health.Assessment{Level: health.None, Reason: fault.Text}
	}
	return health.Assessment{Level: health.Stale, Reason: fault.Text}
}

// Cached verifies what the cache holds of a repository, without a request. ok
// is false where it holds nothing.
func (d *Service) Cached(ctx context.Context, gun model.GUN) (Look, bool) {
	saved, ok := d.saved(ctx, gun)
	if !ok {
		return Look{}, false
	}
	cfg := d.config(ctx, gun)
	cfg.Cached = stored(saved)
	d.recall(ctx, &cfg)
	cfg.FirstUse = model.AnchorOwn
	load := d.run(ctx, cfg, func(_ context.Context, ref port.Ref) (port.File, error) {
		if f, ok := saved.Files[ref.Role]; ok && ref.Version == 0 {
			return f, nil
		}
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: string(ref.Role), Text: "it is not cached"}
	})
	if load.Fault() != nil {
		return Look{}, false
	}
	repo := load.Repository()
	repo.Source = model.Source{Kind: model.SourceCache, Name: d.SourceOf(gun).Name, Read: saved.Read}
	view := Look{GUN: gun, Repository: repo, Assessment: d.assess(repo), Stale: true}
	if f, ok := saved.Files[model.RoleSnapshot]; ok {
		view.Changed = f.Modified
	}
	return view, true
}

// config gathers what a repository is verified against.
func (d *Service) config(ctx context.Context, gun model.GUN) dialect.Config {
	cfg := dialect.Config{
		GUN: gun, At: d.Clock(),
		Pin: d.Pins.For(gun), NoFirstUse: d.Pins.NoFirstUse, FirstUse: model.AnchorFirstUse,
		Working: d.working(gun),
	}
	if d.SourceOf(gun).Kind == model.SourceArchive {
		// An archive is of another time: what is trusted now says nothing
		// about it. Its oldest root anchors it, so that the walk is shown.
		cfg.FirstUse, cfg.NoFirstUse = model.AnchorArchive, false
		ref := port.Ref{Role: model.RoleRoot, Version: 1, Limit: d.DialectOf(gun).Limit(model.RoleRoot)}
		if f, err := d.Remote.Read(ctx, gun, ref); err == nil {
			cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorArchive, Source: d.SourceOf(gun).Name, Raw: f.Bytes}}
		}
		return cfg
	}
	if d.Trust == nil {
		return cfg
	}
	root, ok, err := d.Trust.Root(gun)
	switch {
	case err != nil:
		d.warn("verify", "the cached root of "+string(gun)+" could not be read: "+err.Error())
		// An anchor that is there and cannot be read must not be passed over
		// in silence: an empty one is reported by the verification.
		cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: d.Trust.Dir()}}
	case ok:
		cfg.Anchors = []dialect.Anchor{d.cachedRoot(ctx, root)}
	}
	return cfg
}

// working reports whether a repository is read where administrators work on it.
func (d *Service) working(gun model.GUN) bool { return d.SourceOf(gun).Kind == model.SourceFolder }

// cachedRoot is the root in the trust folder as an anchor. Where it was restored from a
// backup, that is a part of where it comes from.
func (d *Service) cachedRoot(ctx context.Context, root []byte) dialect.Anchor {
	out := dialect.Anchor{Kind: model.AnchorTrustDir, Source: d.Trust.Dir(), Raw: root}
	if d.Backups == nil {
		return out
	}
	restored, err := d.Backups.Roots(ctx)
	if err != nil {
		d.warn("verify", "whether the cached root comes from a backup could not be determined: "+err.Error())
	}
	if from, ok := restored[hexSum(root)]; ok {
		out.Source += fmt.Sprintf(", restored from the backup %s on %s", from.Backup, from.At.Format(time.DateOnly))
		out.Restored = true
	}
	return out
}

// hexSum is the SHA-256 of a file in hexadecimal.
func hexSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// run drives a Load to its end, reading in parallel.
func (d *Service) run(ctx context.Context, cfg dialect.Config, read reader) dialect.Load {
	load := d.DialectOf(cfg.GUN).Load(cfg)
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		type answer struct {
			file  port.File
			fault *model.Fault
		}
		answers := make([]answer, len(wants))
		var group errgroup.Group
		group.SetLimit(d.Requests())
		for i, w := range wants {
			group.Go(func() error {
				ref := port.Ref{Role: w.Role, Version: w.Version, SHA256: w.SHA256, Limit: w.Limit}
				f, err := read(ctx, ref)
				answers[i] = answer{f, model.FaultOf(err, w.Role)}
				return nil
			})
		}
		_ = group.Wait() // the functions return no error
		for i, w := range wants {
			load.Give(w, answers[i].file.Bytes, answers[i].file.Modified, answers[i].fault)
		}
	}
	return load
}

// SourceOf says where a repository is read from.
func (d *Service) SourceOf(gun model.GUN) model.Source {
	if many, ok := d.Remote.(port.ManySources); ok {
		return many.SourceOf(gun)
	}
	return d.Remote.Source()
}

// Requests is how many requests run at once.
func (d *Service) Requests() int {
	if d.Parallel > 0 {
		return d.Parallel
	}
	return DefaultParallel
}

func (d *Service) warn(kind, text string) {
	d.Log.Add(model.Event{Time: d.Clock(), Level: model.Warning, Kind: kind, Text: text})
}

func (d *Service) saved(ctx context.Context, gun model.GUN) (port.Saved, bool) {
	if d.Cache == nil {
		return port.Saved{}, false
	}
	saved, ok, err := d.Cache.Load(ctx, gun)
	if err != nil {
		d.warn("cache", "the cache of "+string(gun)+" could not be read: "+err.Error())
		return port.Saved{}, false
	}
	return saved, ok
}

// freshEnough is how old an unchanged cache entry may be before it is written
// anew for its date.
const freshEnough = 10 * time.Minute

// save keeps what was read, if it is genuine and its root is not in dispute: it is
// shown where the server cannot be read.
func (d *Service) save(ctx context.Context, repo *model.Repository, load dialect.Load, before port.Saved) {
	if _, ok := load.Look(); d.Cache == nil || !ok || !whole(repo) {
		return
	}
	saved := port.Saved{Read: d.Clock(), Files: map[model.RoleName]port.File{}}
	same := saved.Read.Sub(before.Read) < freshEnough
	for name, raw := range load.Raw() {
		role := repo.Role(name)
		if role == nil || role.State != model.RoleVerified {
			continue
		}
		if role.Ahead { // what clients get is kept
			if was, ok := before.Files[name]; ok {
				saved.Files[name] = was
			}
			continue
		}
		saved.Files[name] = port.File{Bytes: raw, Modified: role.Modified}
		same = same && bytes.Equal(before.Files[name].Bytes, raw)
	}
	if same && len(saved.Files) == len(before.Files) {
		return
	}
	if err := d.Cache.Save(ctx, repo.GUN, saved); err != nil {
		d.warn("cache", "the cache of "+string(repo.GUN)+" could not be written: "+err.Error())
	}
}
