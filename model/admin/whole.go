package admin

import (
	"bytes"
	"context"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// reads is how often a repository is read that changes while it is read.
const reads = 4

// readWhole reads and verifies a repository of the remote; where nothing could be
// read, the repository is nil and the Load knows why. What was published between
// two requests does not belong together: a repository that does not verify is read
// again where its root or its timestamp is another one by now.
func (d *Service) readWhole(ctx context.Context, gun model.GUN, cfg dialect.Config, read reader) (load dialect.Load, repo *model.Repository) {
	for range reads {
		load = d.run(ctx, cfg, read)
		if load.Fault() != nil {
			return load, nil
		}
		d.searchUnlisted(ctx, gun, load)
		repo = load.Repository()
		if whole(repo) || !d.moved(ctx, gun, load) {
			break
		}
	}
	return load, repo
}

// whole reports whether the top-level roles fit together.
func whole(repo *model.Repository) bool {
	for _, name := range model.TopLevelRoles() {
		if role := repo.Role(name); role == nil || role.State != model.RoleVerified {
			return false
		}
	}
	return true
}

// moved reports whether the server has another root or timestamp than the one
// that was read.
func (d *Service) moved(ctx context.Context, gun model.GUN, load dialect.Load) bool {
	raw := load.Raw()
	for _, role := range []model.RoleName{model.RoleTimestamp, model.RoleRoot} {
		ref := port.Ref{Role: role, Limit: d.DialectOf(gun).Limit(role)}
		if f, err := d.Remote.Read(ctx, gun, ref); err == nil && !bytes.Equal(f.Bytes, raw[ref.Role]) {
			return true
		}
	}
	return false
}

// remote reads the files of one repository where it is.
func (d *Service) remote(gun model.GUN) reader {
	return func(ctx context.Context, ref port.Ref) (port.File, error) { return d.Remote.Read(ctx, gun, ref) }
}

// OpenAs reads a repository without cache or trust folder, from a root that is
// trusted, or from none.
func (d *Service) OpenAs(ctx context.Context, gun model.GUN, root []byte) (*model.Repository, error) {
	return d.openAs(ctx, gun, root, d.remote(gun))
}

func (d *Service) openAs(ctx context.Context, gun model.GUN, root []byte, read reader) (*model.Repository, error) {
	cfg := dialect.Config{GUN: gun, At: d.Clock(), Pin: d.Pins.For(gun), FirstUse: model.AnchorFirstUse, Working: d.working(gun)}
	if root != nil {
		cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorOwn, Source: "the old root", Raw: root}}
	}
	load, repo := d.readWhole(ctx, gun, cfg, read)
	if fault := load.Fault(); fault != nil {
		return nil, fault
	}
	return repo, nil
}
