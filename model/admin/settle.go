package admin

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/memory"
)

// RootProposal is what it would mean to accept the root that a server has now, which
// does not descend from what is known. It is made by ProposeRoot.
type RootProposal struct {
	GUN model.GUN
	// Repository is what the server has, verified under its own root by itself and
	// under the pin.
	Repository *model.Repository
	// Known are the roots that are known here, and whether each contradicts it.
	Known []dialect.KnownRoot
	// Disputed is false where nothing is to be settled.
	Disputed bool
	// Forgets is set where the versions that are remembered are given up with the
	// root of trust that they were verified under.
	Forgets bool

	look  memory.Look
	basis basis
}

// basis is what was remembered when a proposal was made.
type basis struct {
	record  memory.Record
	kept    bool
	damaged bool
}

// same reports whether that is still what is remembered.
func (b basis) same(r memory.Record, ok bool, damage error) bool {
	if damage != nil || b.damaged {
		return b.damaged && damage != nil
	}
	return ok == b.kept && (!ok || r.Equal(b.record))
}

// ProposeRoot looks at a repository and says what accepting its root would mean. The
// repository must verify under that root by itself, and the root must satisfy the pin.
func (d *Service) ProposeRoot(ctx context.Context, gun model.GUN) (*RootProposal, error) {
	now, err := d.proposal(ctx, gun)
	if err != nil {
		return nil, err
	}
	out := &RootProposal{GUN: gun, Repository: now.repo, Known: now.load.Known(), basis: now.basis}
	if _, ok := now.load.Look(); ok {
		return out, nil
	}
	out.Disputed = true
	for _, k := range out.Known {
		if k.Damaged && k.Kind != model.AnchorOwn {
			return nil, &model.Fault{
				Kind: model.FaultLocal, Subject: k.Source, Text: "the root of " + string(gun) + " in this folder is damaged and can't be replaced without being read",
				Hint: "Restore it from a backup, or move the file out of the folder. Then open the repository again.",
			}
		}
		out.Forgets = out.Forgets || k.Kind == model.AnchorOwn && k.Problem != nil
	}
	// Alone: without anything that is known but the pin.
	cfg := now.cfg
	cfg.Anchors, cfg.Memory, cfg.NoFirstUse = nil, memory.Record{}, false
	load, repo, err := d.alone(ctx, cfg, now.repo)
	if err != nil {
		return nil, err
	}
	look, ok := load.Look()
	if p := refusedAlone(repo); p != nil || !ok {
		return nil, refusal(gun, cfg.Pin, p)
	}
	out.Repository, out.look = repo, look
	return out, nil
}

// refusedAlone is why a repository does not verify by itself; nil where it does. That
// it has expired is no reason: it says nothing about whose it is.
func refusedAlone(repo *model.Repository) *model.Problem {
	for _, name := range model.TopLevelRoles() {
		role := repo.Role(name)
		if role.State == model.RoleVerified {
			continue
		}
		for i := range role.Problems {
			if role.Problems[i].Severity == model.Failure && role.Problems[i].Code != model.ProblemExpired {
				return &role.Problems[i]
			}
		}
		return &model.Problem{Role: name, Text: fmt.Sprintf("%s is %s", name, role.State)}
	}
	return nil
}

func refusal(gun model.GUN, pin dialect.Pin, p *model.Problem) error {
	if p == nil {
		p = &model.Problem{Text: "it does not verify"}
	}
	if p.Code == model.ProblemPin {
		return &model.Fault{
			Kind: model.FaultBadData, Subject: string(gun), Text: "the pin " + pin.Pattern + " does not allow this root: " + p.Text,
			Hint: "Compare the fingerprint with the holder of the root key. If they confirm it, change the pin first: --pin, or trust_pinning in the settings.",
		}
	}
	return &model.Fault{
		Kind: model.FaultBadData, Subject: string(gun), Text: "it doesn't verify even on its own: " + p.Text,
		Hint: "Ask its key holder to publish it again. It can't be accepted until it verifies.",
	}
}

// proposed is a repository as it is now, and what it was verified against.
type proposed struct {
	cfg   dialect.Config
	load  dialect.Load
	repo  *model.Repository
	basis basis
}

// proposal looks at a repository against all that is known, for a proposal.
func (d *Service) proposal(ctx context.Context, gun model.GUN) (out proposed, err error) {
	if d.Memories == nil {
		return out, &model.Fault{
			Kind: model.FaultUsage, Subject: string(gun), Text: "nothing is recorded here to accept",
			Hint: "An archive records nothing. Leave out --archive to accept what its server has.",
		}
	}
	saved, _ := d.saved(ctx, gun)
	out.cfg = d.config(ctx, gun)
	out.cfg.Cached = stored(saved)
	out.basis.record, out.basis.kept, err = d.Memories.Load(ctx, gun)
	out.basis.damaged = err != nil
	d.recall(ctx, &out.cfg)
	out.load, out.repo = d.readWhole(ctx, gun, out.cfg, d.remote(gun))
	if fault := out.load.Fault(); fault != nil {
		return out, d.unread(ctx, gun, out.load, fault, false).Fault
	}
	if !out.basis.kept {
		out.basis.record = out.cfg.Memory
	}
	return out, nil
}

// alone reads a repository once more against other knowledge. It must be the same as
// before.
func (d *Service) alone(ctx context.Context, cfg dialect.Config, before *model.Repository) (dialect.Load, *model.Repository, error) {
	load, repo := d.readWhole(ctx, cfg.GUN, cfg, d.remote(cfg.GUN))
	if fault := load.Fault(); fault != nil {
		return nil, nil, fault
	}
	for _, role := range repo.Roles {
		if was := before.Role(role.Name); was != nil && was.Raw != nil && role.Raw != nil && was.SHA256 != role.SHA256 && !role.Online {
			return nil, nil, &model.Fault{
				Kind: model.FaultStale, Subject: string(cfg.GUN), Text: fmt.Sprintf("%s changed while it was read", role.Name),
				Hint: "Start again.",
			}
		}
	}
	return load, repo, nil
}

// CheckFingerprint checks that a fingerprint, in full, is the key ID or certificate ID
// of a root key of the proposed root, and that this key has signed it: to be listed
// there proves nothing.
func (p *RootProposal) CheckFingerprint(fingerprint string) error {
	id := model.KeyID(strings.ToLower(strings.TrimSpace(fingerprint)))
	if raw, err := hex.DecodeString(string(id)); err != nil || len(raw) != len(memory.Digest{}) {
		return fmt.Errorf("%q is not a full fingerprint: a key ID or certificate ID has 64 hexadecimal digits", fingerprint)
	}
	root := p.Repository.Role(model.RoleRoot)
	var found []string
	for i, key := range root.Keys {
		listed, signed := root.Listed[i], signedBy(root, root.Listed[i])
		if signed && (id == key || id == listed) {
			return nil
		}
		text := "key ID " + string(key)
		if listed != key {
			known, _ := p.Repository.Key(key)
			text += ", " + known.Called(listed) + " " + string(listed)
		}
		if !signed {
			text += ", which has not re-signed it"
		}
		found = append(found, text)
	}
	return fmt.Errorf("%s is not the fingerprint of a key that has signed root %d. Its root keys are: %s", id, root.Version, strings.Join(found, "; "))
}

// signedBy reports whether a key, by the ID under which it is listed, has a valid
// signature on a role.
func signedBy(role *model.Role, listed model.KeyID) bool {
	return slices.ContainsFunc(role.Signatures, func(s model.Signature) bool {
		return s.KeyID == listed && s.State == model.SignatureValid
	})
}

// AcceptRoot remembers the proposed root in place of those that it contradicts. The
// fingerprint is checked once more. Nothing is sent to the server, and the folder of
// Docker or Notary is left as it is.
func (d *Service) AcceptRoot(ctx context.Context, p *RootProposal, fingerprint string) error {
	if err := p.CheckFingerprint(fingerprint); err != nil {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: string(p.GUN), Text: err.Error(),
			Hint: "Give the full key ID or certificate ID that the holder of the root key gave you.",
		}
	}
	var contradicting []memory.Superseded
	for _, k := range p.Known {
		if k.Kind != model.AnchorOwn && k.Problem != nil {
			contradicting = append(contradicting, memory.Superseded{Digest: k.Digest, Version: k.Version})
		}
	}
	return d.Memories.Update(ctx, p.GUN, func(r memory.Record, ok bool, damage error) (memory.Record, error) {
		switch {
		case !p.basis.same(r, ok, damage):
			return r, changedMeanwhile(p.GUN)
		case !ok:
			r = p.basis.record
		}
		if _, known := r.RootDigest(); known && !p.Forgets {
			return r.Supersede(p.look, contradicting, d.Clock()), nil
		}
		return r.AcceptRoot(p.look, contradicting, d.Clock()), nil
	})
}

func changedMeanwhile(gun model.GUN) error {
	return &model.Fault{
		Kind: model.FaultStale, Subject: string(gun), Text: "its record changed after you reviewed it",
		Hint: "Start again, and review it as it is now.",
	}
}

// RollbackProposal is what it would mean to accept that roles are not what was
// verified before. It is made by ProposeRollback.
type RollbackProposal struct {
	GUN model.GUN
	// Roles are those in dispute.
	Roles []RoleDispute
	// Known are the roles that the repository has or had, but the root.
	Known []model.RoleName

	snapshot int64
	basis    basis
}

// RoleDispute is a role that is not what was verified before.
type RoleDispute struct {
	Role model.RoleName
	// Problem says what was found.
	Problem model.Problem
	// Was is what is remembered.
	Was memory.Seen
	// Version and Signers are of the file that the server has now; 0 where it has none.
	Version int64
	Signers []model.KeyID
	// Now is what would be remembered; empty where Refused is not, or Version is 0.
	Now memory.Seen
	// Refused says why it cannot be accepted: it doesn't verify even on its own. Empty
	// where it does.
	Refused string
}

// ProposeRollback looks at a repository and lists the roles that are older than what is
// remembered, have another content, or are no longer listed. The root must be the one
// that is trusted.
func (d *Service) ProposeRollback(ctx context.Context, gun model.GUN) (*RollbackProposal, error) {
	now, err := d.proposal(ctx, gun)
	if err != nil {
		return nil, err
	}
	if _, ok := now.load.Look(); !ok {
		return nil, &model.Fault{
			Kind: model.FaultBadData, Subject: string(gun), Text: "its root is refused or in dispute, so nothing below it can be accepted",
			Hint: "Accept the root first: trustdeck accept-root " + string(gun),
		}
	}
	out := &RollbackProposal{GUN: gun, basis: now.basis}
	for name := range now.cfg.Memory.Roles {
		if now.repo.Role(name) == nil {
			out.Known = append(out.Known, name)
		}
	}
	for i := range now.repo.Roles {
		role := &now.repo.Roles[i]
		if role.Name != model.RoleRoot {
			out.Known = append(out.Known, role.Name)
		}
		if p := disputed(role); p != nil {
			out.Roles = append(out.Roles, RoleDispute{Role: role.Name, Problem: *p, Was: now.cfg.Memory.Roles[role.Name], Version: role.Version})
		}
	}
	if len(out.Roles) == 0 {
		return out, nil
	}
	// By itself: under the same root of trust, without what is remembered of the roles.
	cfg := now.cfg
	cfg.Memory.Roles = map[model.RoleName]memory.Seen{model.RoleRoot: cfg.Memory.Roles[model.RoleRoot]}
	load, repo, err := d.alone(ctx, cfg, now.repo)
	if err != nil {
		return nil, err
	}
	look, _ := load.Look()
	for i := range out.Roles {
		out.Roles[i].judge(repo, look)
	}
	out.snapshot = repo.Role(model.RoleSnapshot).Version
	return out, nil
}

// disputed is what is wrong with a role compared with what is remembered; nil where
// nothing is.
func disputed(role *model.Role) *model.Problem {
	if role.Name == model.RoleRoot {
		return nil
	}
	ofMemory := []model.ProblemCode{model.ProblemRollback, model.ProblemEquivocation, model.ProblemDropped}
	for i := range role.Problems {
		if slices.Contains(ofMemory, role.Problems[i].Code) {
			return &role.Problems[i]
		}
	}
	return nil
}

// judge takes what a role is by itself.
func (r *RoleDispute) judge(repo *model.Repository, look memory.Look) {
	role := repo.Role(r.Role)
	seen, genuine := look.Roles[r.Role]
	switch {
	case role == nil:
		r.Refused = "its parent no longer delegates to it"
	case r.Problem.Code == model.ProblemDropped:
		// Its parent is sound, or it would not have been found.
	case !genuine:
		r.Refused = "it doesn't verify even on its own: " + worstOf(role)
	default:
		r.Now = seen
		for _, s := range role.Signatures {
			if s.State == model.SignatureValid {
				r.Signers = append(r.Signers, s.Key)
			}
		}
	}
}

// now is what is to be remembered instead; nil where there is no file.
func (r *RoleDispute) now() *memory.Seen {
	if r.Problem.Code == model.ProblemDropped {
		return nil
	}
	return &r.Now
}

func worstOf(role *model.Role) string {
	if len(role.Problems) == 0 {
		return role.State.String()
	}
	return role.Problems[0].Text
}

// AcceptRollback remembers what the server has now of these roles, in place of what was
// verified before. Nothing is sent to the server.
func (d *Service) AcceptRollback(ctx context.Context, p *RollbackProposal, roles []model.RoleName) error {
	var accepted []*RoleDispute
	for _, name := range roles {
		i := slices.IndexFunc(p.Roles, func(r RoleDispute) bool { return r.Role == name })
		if i < 0 || p.Roles[i].Refused != "" {
			return &model.Fault{
				Kind: model.FaultUsage, Subject: string(p.GUN), Text: "there is nothing to accept for " + string(name),
				Hint: "Look at the repository with: trustdeck inspect " + string(p.GUN),
			}
		}
		accepted = append(accepted, &p.Roles[i])
	}
	return d.Memories.Update(ctx, p.GUN, func(r memory.Record, ok bool, damage error) (memory.Record, error) {
		switch {
		case !p.basis.same(r, ok, damage):
			return r, changedMeanwhile(p.GUN)
		case !ok:
			r = p.basis.record
		}
		for _, role := range accepted {
			r = r.AcceptRollback(role.Role, role.now(), p.snapshot, d.Clock())
		}
		return r, nil
	})
}
