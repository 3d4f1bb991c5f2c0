package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Deletion is what there is of a repository that can be deleted, and what stays.
type Deletion struct {
	GUN model.GUN
	// Remote tells that the server's trust data is deleted, too. Served is that; nil where
	// there is none, and where Unread says why it cannot be read.
	Remote bool
	Served *model.Repository
	Unread *model.Fault
	// Local counts the metadata files in the trust folder, and Staged the changes that are
	// staged there.
	Local, Staged int
	// Keys are the private keys of this machine that the repository lists, or that are kept
	// for it. They stay.
	Keys []model.PrivateKey
	// Remembered tells that trustdeck keeps what it has verified of the repository.
	Remembered bool
	// Longer are other repositories whose names begin with this one's.
	Longer []model.GUN
}

// Nothing reports that there is nothing to delete.
func (p *Deletion) Nothing() bool { return !p.Remote && p.Local+p.Staged == 0 || p.Gone() }

// Gone reports that the server, which is to delete it, has nothing, and neither has this
// machine.
func (p *Deletion) Gone() bool { return p.Served == nil && p.Unread == nil && p.Local+p.Staged == 0 }

// DeletionRun is how a deletion is done.
type DeletionRun struct {
	// Archive is where every version is saved first, by Save; empty is nowhere.
	Archive string
	Save    func(ctx context.Context, gun model.GUN, dir string) error
	Watch   admin.Watch
	Stop    func() bool
}

// DeletionOutcome is what was deleted.
type DeletionOutcome struct {
	// Archived is where everything was saved first; empty where it was not.
	Archived string
	// Deleted tells that the server had the trust data, and has it no more: a client that
	// knows nothing was told so.
	Deleted bool
	// Removed counts the files that were removed from the trust folder. Left are the paths
	// of what is in their place and was not.
	Removed int
	Left    []string
	// Lost are other repositories that the server has lost with it.
	Lost []model.GUN
}

// maxLonger is of how many other repositories the server is asked what has become of them.
const maxLonger = 20

// ProposeDeletion finds out what there is of a repository. It only reads. The error is a
// *model.Fault.
func (d *Service) ProposeDeletion(ctx context.Context, gun model.GUN, remote bool) (*Deletion, error) {
	out := &Deletion{GUN: gun, Remote: remote}
	look := d.Open(ctx, gun)
	switch {
	case look.Fault == nil:
		out.Served = look.Repository
	case look.Fault.Kind == model.FaultBadData:
		out.Unread = look.Fault
	case look.Fault.Kind != model.FaultNotFound && remote:
		return nil, look.Fault
	}
	if d.Trust != nil {
		files, err := d.Trust.Metadata(ctx, gun)
		if err != nil {
			return nil, err
		}
		staged, err := d.Trust.Staged(ctx, gun)
		if err != nil {
			return nil, err
		}
		out.Local, out.Staged = len(files), len(staged)
	}
	keys, err := d.PrivateKeys(ctx, look.Repository)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.GUN == gun || listsKey(look.Repository, k) {
			out.Keys = append(out.Keys, k)
		}
	}
	if d.Memories != nil {
		if _, out.Remembered, err = d.Memories.Load(ctx, gun); err != nil {
			return nil, err
		}
	}
	out.Longer, err = d.longer(ctx, gun)
	return out, err
}

// listsKey reports whether a repository lists a key for any of its roles.
func listsKey(r *model.Repository, k model.PrivateKey) bool {
	return r != nil && slices.ContainsFunc(r.Roles, func(role model.Role) bool { return k.IsAny(role.Keys) })
}

// longer are other repositories of the server whose names begin with this one's, as far as
// they are known here: some servers delete them, too.
func (d *Service) longer(ctx context.Context, gun model.GUN) ([]model.GUN, error) {
	listed, _ := d.List(ctx) // a server need not list what it has
	var out []model.GUN
	for _, l := range listed {
		if l.GUN == gun || !strings.HasPrefix(string(l.GUN), string(gun)) || len(out) == maxLonger {
			continue
		}
		_, err := d.OpenAs(ctx, l.GUN, nil)
		if err == nil || model.KindOf(err) == model.FaultBadData {
			out = append(out, l.GUN)
		}
		if ctx.Err() != nil {
			return nil, &model.Fault{Kind: model.FaultCanceled, Text: "cancelled", Err: ctx.Err()}
		}
	}
	return out, nil
}

// DeletionSteps lists what Delete does, in order.
func DeletionSteps(p *Deletion, archive string) []admin.Step {
	var texts []string
	if archive != "" {
		texts = append(texts, fmt.Sprintf("save every version of %s to %s, and check it", p.GUN, archive))
	}
	if p.deletes() {
		texts = append(texts,
			"read it again, and compare it with what you reviewed",
			fmt.Sprintf("delete the trust data of %s on the server", p.GUN),
			"read it as a new client, which must find none")
	}
	if p.Local+p.Staged > 0 {
		texts = append(texts, fmt.Sprintf("remove the cached trust data of %s from this machine", p.GUN))
	}
	return admin.NewSteps(texts...)
}

// deletes reports whether the server is asked to delete anything.
func (p *Deletion) deletes() bool { return p.Remote && (p.Served != nil || p.Unread != nil) }

// Delete deletes the trust data of a repository: the server's first, so that a refusal leaves
// everything as it is, then that of the trust folder. What was cut off is done by doing it
// again. The outcome is right also where an error is returned beside it.
func (d *Service) Delete(ctx context.Context, p *Deletion, run DeletionRun) (*DeletionOutcome, error) {
	out := &DeletionOutcome{}
	var work []func(context.Context) error
	if run.Archive != "" {
		work = append(work, func(ctx context.Context) error {
			err := run.Save(ctx, p.GUN, run.Archive)
			if err == nil {
				out.Archived = run.Archive
			}
			return err
		})
	}
	if p.deletes() {
		work = append(work,
			func(ctx context.Context) error { return d.unmoved(ctx, p) },
			func(ctx context.Context) error { return d.deleteServed(context.WithoutCancel(ctx), p) },
			func(ctx context.Context) error {
				var err error
				out.Lost, err = d.readDeleted(context.WithoutCancel(ctx), p)
				out.Deleted = err == nil
				return err
			})
	}
	if p.Local+p.Staged > 0 {
		work = append(work, func(ctx context.Context) (err error) {
			if d.TrustData == nil {
				return &model.Fault{Kind: model.FaultUsage, Text: "there is no trust folder here"}
			}
			out.Removed, out.Left, err = d.TrustData.RemoveRepository(context.WithoutCancel(ctx), p.GUN)
			return err
		})
	}
	runner := admin.Runner{Steps: DeletionSteps(p, run.Archive), Watch: run.Watch, Stop: run.Stop, Clock: d.Clock}
	return out, runner.Run(ctx, work...)
}

// unmoved refuses to delete what somebody else has published since it was reviewed.
func (d *Service) unmoved(ctx context.Context, p *Deletion) error {
	now, err := d.OpenAs(ctx, p.GUN, nil)
	switch kind := model.KindOf(err); {
	case err != nil && kind != model.FaultBadData && kind != model.FaultNotFound:
		return err
	case kind == model.FaultNotFound || (err == nil) != (p.Served != nil):
	case p.Served == nil || sameVersions(now, p.Served):
		return nil
	}
	return &model.Fault{
		Kind: model.FaultStale, Subject: string(p.GUN), Text: "it has changed since you reviewed it; nothing was deleted",
		Hint: "Check what changed, and start again.",
	}
}

// sameVersions reports whether two looks found the same files.
func sameVersions(a, b *model.Repository) bool {
	for _, name := range []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot} {
		x, y := a.Role(name), b.Role(name)
		if (x == nil) != (y == nil) || x != nil && x.Version != y.Version {
			return false
		}
	}
	return true
}

// deleteServed asks the server to delete it. An answer that got lost is no failure where the
// server has nothing any more.
func (d *Service) deleteServed(ctx context.Context, p *Deletion) error {
	err := d.Publisher.Delete(ctx, p.GUN)
	if err == nil || model.KindOf(err) != model.FaultUnreachable {
		return err
	}
	if _, now := d.OpenAs(ctx, p.GUN, nil); model.KindOf(now) == model.FaultNotFound {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUnreachable, Subject: string(p.GUN), Text: "it isn't known whether the server has deleted it", Err: err,
		Hint: "Start again once the server answers: trustdeck then deletes what is left.",
	}
}

// readDeleted reads a repository that was deleted as a client that knows nothing, and those
// that should still be there.
func (d *Service) readDeleted(ctx context.Context, p *Deletion) (lost []model.GUN, err error) {
	_, err = d.OpenAs(ctx, p.GUN, nil)
	switch kind := model.KindOf(err); {
	case err == nil, kind == model.FaultBadData:
		return nil, &model.Fault{
			Kind: model.FaultServer, Subject: string(p.GUN), Text: "the server says that it deleted it, but still has it", Err: errors.New("still there"),
			Hint: "A cache in front of the server may still serve it. Check later with: trustdeck inspect",
		}
	case kind != model.FaultNotFound:
		return nil, err
	}
	for _, gun := range p.Longer {
		if _, err := d.OpenAs(ctx, gun, nil); model.KindOf(err) == model.FaultNotFound {
			lost = append(lost, gun)
		}
	}
	return lost, nil
}
