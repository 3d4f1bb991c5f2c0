package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Known says which repositories are known here that may need a key of this machine.
type Known struct {
	// Repositories are those that the server lists, those that trust folder, cache, memory
	// and journal know, those that key files name, and those that the user named; sorted.
	Repositories []model.GUN
	// Unlisted is why the server does not list its repositories; nil where it does.
	Unlisted error
	// Fault is why a place here could not be asked; nil where all could.
	Fault error
}

// KnownRepositories gathers the repositories that may need a key of this machine.
func (d *Service) KnownRepositories(ctx context.Context) (Known, error) {
	keys, err := d.Stores.Keys(ctx)
	if err != nil {
		return Known{}, err
	}
	listed, unlisted, local := d.Listing(ctx)
	out := Known{Unlisted: unlisted, Fault: local}
	for _, l := range listed {
		out.Repositories = append(out.Repositories, l.GUN)
	}
	for _, k := range keys {
		if k.GUN != "" {
			out.Repositories = append(out.Repositories, k.GUN)
		}
	}
	if d.Memories != nil {
		remembered, err := d.Memories.Repositories(ctx)
		out.Fault = errors.Join(out.Fault, err)
		for _, l := range remembered {
			out.Repositories = append(out.Repositories, l.GUN)
		}
	}
	if d.Journal != nil {
		entries, err := d.Journal.Open(ctx)
		out.Fault = errors.Join(out.Fault, err)
		for _, e := range entries {
			if saved, err := plan.Decode(e.Plan); err == nil {
				for _, r := range saved.Requests {
					out.Repositories = append(out.Repositories, r.GUN)
				}
			}
		}
	}
	slices.Sort(out.Repositories)
	out.Repositories = slices.Compact(out.Repositories)
	return out, nil
}

// compileRetiring compiles, and where keys would be removed from this machine finds
// out first which of them must stay.
func (d *Service) compileRetiring(ctx context.Context, requests []plan.Request) (*plan.Plan, error) {
	p, err := d.compile(ctx, requests)
	if err != nil {
		return nil, err
	}
	gone := removals(p)
	if len(gone) == 0 {
		return p, nil
	}
	v, err := d.survey(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range gone {
		// All of these repositories let go of it.
		var except []model.GUN
		for _, i := range r.parts {
			except = append(except, requests[i].GUN)
		}
		for _, i := range r.parts {
			if why := v.keep(r.key.ID, except, allKnown(requests[i].Changes)); why != "" {
				if requests[i].Keep == nil {
					requests[i].Keep = map[model.KeyID]string{}
				}
				requests[i].Keep[r.key.ID] = why
			}
		}
	}
	return d.compile(ctx, requests)
}

// allKnown reports whether the user has given their word that the repositories known
// here are all.
func allKnown(changes []model.Change) bool {
	return slices.ContainsFunc(changes, func(c model.Change) bool {
		rotate, ok := c.(model.RotateKey)
		return ok && rotate.AllKnown
	})
}

// KeptKey is a private key that was to be removed from this machine and stays.
type KeptKey struct {
	ID model.KeyID
	// Why it stays, and what to do about it.
	Why string
}

// Retire removes private keys from this machine. A key stays where any repository that
// is known here lists it or could not be read wholly; where the server does not list its
// repositories, unless the user has given their word that those known here are all; and
// where there is no checked backup of the key as it is now. before are repositories as they
// were when they listed the keys, where nothing lists them now.
func (d *Service) Retire(ctx context.Context, ids []model.KeyID, allKnown bool, before ...*model.Repository) (gone []model.KeyID, kept []KeptKey, err error) {
	if len(d.Stores) == 0 {
		return nil, nil, &model.Fault{Kind: model.FaultUsage, Text: "there is no trust folder here to remove keys from"}
	}
	v, err := d.survey(ctx, before...)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if why := v.keep(id, nil, allKnown); why != "" {
			kept = append(kept, KeptKey{id, why})
			continue
		}
		if err := d.Stores.Remove(ctx, v.called(id)...); err != nil {
			return gone, kept, err
		}
		gone = append(gone, id)
	}
	return gone, kept, nil
}

// retirement is everything that must be known before a private key is removed.
type retirement struct {
	dialectOf dialect.Of
	server    string
	known     Known
	views     []admin.Look
	keys      []model.PrivateKey
	// marks are the backups that are remembered; unmarked is why none are.
	marks    map[model.KeyID]port.BackupMark
	unmarked error
	stores   port.KeyStores
}

// survey reads every repository that may need a key of this machine. before are repositories
// as they were: they listed keys that may be listed nowhere now.
func (d *Service) survey(ctx context.Context, before ...*model.Repository) (*retirement, error) {
	var err error
	out := &retirement{dialectOf: d.DialectOf, server: d.Remote.Source().Name, stores: d.Stores}
	if out.known, err = d.KnownRepositories(ctx); err != nil {
		return nil, err
	}
	if d.Backups != nil {
		out.marks, out.unmarked = d.Backups.Marks(ctx)
	}
	out.views = make([]admin.Look, len(out.known.Repositories))
	var group errgroup.Group
	group.SetLimit(d.Requests())
	for i, gun := range out.known.Repositories {
		group.Go(func() error {
			out.views[i] = d.Open(ctx, gun)
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
	var read []*model.Repository
	for _, v := range out.views {
		read = append(read, v.Repository)
	}
	out.keys, err = d.PrivateKeys(ctx, append(read, before...)...)
	return out, err
}

// called are the private keys here that have an ID.
func (r *retirement) called(id model.KeyID) []model.PrivateKey {
	return slices.DeleteFunc(slices.Clone(r.keys), func(k model.PrivateKey) bool { return !k.Is(id) })
}

// idsOf are all IDs of a key.
func (r *retirement) idsOf(id model.KeyID) []model.KeyID {
	out := []model.KeyID{id}
	for _, k := range r.called(id) {
		out = append(out, k.IDs()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keep says why a key must stay, without regard to some repositories; empty where it need
// not.
func (r *retirement) keep(id model.KeyID, except []model.GUN, allKnown bool) string {
	var why []string
	for _, v := range r.views {
		if reason := r.needs(v, r.idsOf(id)); reason != "" && !slices.Contains(except, v.GUN) {
			why = append(why, reason)
		}
	}
	return strings.Join(slices.Concat(r.bound(id), several(why), r.others(except, allKnown), r.backup(id)), "; ")
}

// bound names the stores of a key that never let go of it.
func (r *retirement) bound(id model.KeyID) []string {
	var why []string
	for _, k := range r.called(id) {
		if store := r.stores.Of(k); !store.Removes() {
			why = append(why, store.Name()+" doesn't let trustdeck remove keys; remove it there with its own tools")
		}
	}
	return why
}

// several names the first of many reasons.
func several(why []string) []string {
	const most = 3
	if len(why) <= most {
		return why
	}
	return append(slices.Clone(why[:most]), fmt.Sprintf("and %d more", len(why)-most))
}

// needs says why a repository needs a key with some IDs, or may need it; empty where it does
// not.
func (r *retirement) needs(v admin.Look, ids []model.KeyID) string {
	for _, id := range ids {
		if v.Repository == nil {
			break
		}
		if key, ok := v.Repository.Key(id); ok && len(key.Roles) > 0 {
			return fmt.Sprintf("it signs %s of %s; rotate it there first", key.Roles[0], v.GUN)
		}
	}
	switch {
	case v.Fault != nil && v.Fault.Kind == model.FaultNotFound:
		return fmt.Sprintf("%s is known here, but %s doesn't have it; if another server has it, it may need the key", v.GUN, r.server)
	case v.Fault != nil:
		return fmt.Sprintf("%s could not be read and may need it: %s", v.GUN, v.Fault.Text)
	}
	for i := range v.Repository.Roles {
		if role := &v.Repository.Roles[i]; role.State != model.RoleVerified && role.State != model.RoleUnpublished {
			return fmt.Sprintf("%s of %s is %s and may need it; run trustdeck doctor", role.Name, v.GUN, role.State)
		}
	}
	for _, p := range v.Repository.Problems {
		if p.Severity == model.Failure {
			return fmt.Sprintf("%s is not reliable and may need it (%s); run trustdeck doctor", v.GUN, p.Text)
		}
	}
	return ""
}

// others says why repositories that are not known may need a key.
func (r *retirement) others(except []model.GUN, allKnown bool) []string {
	if r.known.Fault != nil {
		return []string{"not every source of repositories could be read: " + r.known.Fault.Error()}
	}
	if r.known.Unlisted == nil || allKnown {
		return nil
	}
	var names []string
	for _, gun := range r.known.Repositories {
		if !slices.Contains(except, gun) {
			names = append(names, string(gun))
		}
	}
	looked := "no other repository is known here"
	if len(names) > 0 {
		looked = "known here are " + strings.Join(several(names), ", ")
	}
	return []string{fmt.Sprintf("%s doesn't list its repositories, so an unknown one may need it; %s; if these are all, confirm with --these-are-all", r.server, looked)}
}

// backup says why a key has no checked backup as it is now. Where several stores have it, each
// copy needs one: the passphrases differ.
func (r *retirement) backup(id model.KeyID) []string {
	if r.unmarked != nil {
		return []string{r.unmarked.Error()}
	}
	copies := r.called(id)
	if len(copies) == 0 {
		copies = []model.PrivateKey{{ID: id}}
	}
	for _, k := range copies {
		if why := unsaved(k, r.marks[k.ID]); why != "" {
			return []string{why}
		}
	}
	return nil
}

// unsaved says why the backups of a private key do not do; empty where they do.
func unsaved(k model.PrivateKey, mark port.BackupMark) string {
	switch {
	case mark.BackedUp.IsZero():
		return "it has no known backup; make one with trustdeck backup create --key " + string(k.ID) + " FILE"
	case mark.Checked.IsZero():
		return "its backup was never checked; check it with trustdeck backup check " + display.ShellFile(mark.File)
	case k.Modified.After(mark.BackedUp) || k.Modified.After(mark.Checked):
		return "its file has changed since its last checked backup; make a new one with trustdeck backup create --key " + string(k.ID) + " FILE"
	default:
		return ""
	}
}

// noteRetired writes down that a key was removed from this machine.
func (x *execution) noteRetired(ctx context.Context, gun model.GUN, id model.KeyID) error {
	return x.note(ctx, port.Note{Kind: port.NoteRetired, GUN: gun, Key: id})
}
