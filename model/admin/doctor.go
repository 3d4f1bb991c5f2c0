package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// Codes of the findings about this machine and the server.
const (
	// CodeServer: the server does not answer, or not to these credentials.
	CodeServer = "server"
	// CodeKeyFile: something is wrong with a private key file.
	CodeKeyFile = "key-file"
	// CodeKeyExposed: other users of this machine may read or change a private key file.
	CodeKeyExposed = "key-exposed"
	// CodeKeyPlain: a private key is not encrypted.
	CodeKeyPlain = "key-not-encrypted"
	// CodeKeyUnused: no repository that was read lists the key.
	CodeKeyUnused = "key-unused"
	// CodeKeyUnsaved: a private key was never backed up, or not as it is now.
	CodeKeyUnsaved = "key-without-backup"
	// CodeFirstUse: a root is trusted because it was the first one seen.
	CodeFirstUse = "trust-on-first-use"
)

// Doctor gathers what an administrator should know: about the server, the key
// files here, and each repository in views. It changes nothing.
func (d *Service) Doctor(ctx context.Context, views []Look) []health.Finding {
	ctx = port.OneReading(ctx) // the keys are listed for each repository
	var out []health.Finding
	if err := d.Remote.Ping(ctx); err != nil {
		out = append(out, fromError(CodeServer, model.Failure, err))
	}
	out = append(out, d.keyFindings(ctx, views)...)
	out = append(out, d.tokenFindings(ctx, views)...)
	out = append(out, d.stagedFindings(ctx, views)...)
	for _, v := range views {
		found := viewFindings(v)
		d.letJoin(ctx, v.Repository, found)
		out = append(out, found...)
	}
	health.SortFindings(out)
	return out
}

// letJoin names the key that must join a role where none of the keys that may sign its
// fresh file is on this machine: the targets key of the repository, which gains no power
// by it.
func (d *Service) letJoin(ctx context.Context, r *model.Repository, found []health.Finding) {
	if r == nil || d.SourceOf(r.GUN).Kind == model.SourceArchive {
		return // nothing can join there
	}
	keys, err := d.PrivateKeys(ctx, r)
	if err != nil {
		return // what is wrong with the folder is a finding of its own
	}
	here := func(role model.RoleName, id model.KeyID) bool {
		return slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.Is(id) && (role.Delegation() || plan.MayJoin(k, r)) })
	}
	for i := range found {
		f := &found[i]
		witness, ok := f.Repair.(model.Witness)
		if !ok || !witness.Fresh || slices.ContainsFunc(r.Role(f.Role).Keys, func(id model.KeyID) bool { return here(f.Role, id) }) {
			continue
		}
		for _, id := range r.Role(model.RoleTargets).Keys {
			if here(model.RoleTargets, id) {
				f.JoinKey = id
			}
		}
	}
}

func viewFindings(v Look) []health.Finding {
	out := append([]health.Finding(nil), v.Assessment.Findings...)
	if v.Fault != nil {
		f := fromError(CodeServer, model.Failure, v.Fault)
		f.GUN = v.GUN
		if v.Fault.Kind == model.FaultNotFound {
			f.Code, f.Severity = string(model.ProblemMissing), model.Notice
		}
		out = append(out, f)
	}
	if v.Repository != nil && v.Repository.Anchor.Kind == model.AnchorFirstUse {
		out = append(out, health.Finding{
			Code: CodeFirstUse, Severity: model.Notice, GUN: v.GUN, Role: model.RoleRoot,
			Text:   "its root is trusted only because it was the first one seen here" + rootKeyNames(v.Repository),
			Remedy: "compare the fingerprint with its holder's, and pin it",
		})
	}
	return out
}

func rootKeyNames(r *model.Repository) string {
	text := ""
	for _, id := range r.Anchor.Keys {
		if key, ok := r.Key(id); ok && key.Fingerprint() != "" {
			text += ", fingerprint " + key.Fingerprint()
		}
	}
	return text
}

func fromError(code string, severity model.Severity, err error) health.Finding {
	f := health.Finding{Code: code, Severity: severity, Text: err.Error(), Remedy: model.HintOf(err)}
	var fault *model.Fault
	if errors.As(err, &fault) && fault.Scope != "" {
		f.Text += " (asked for " + fault.Scope + ")"
	}
	return f
}

func (d *Service) keyFindings(ctx context.Context, views []Look) []health.Finding {
	keys, err := d.Keys(ctx, views)
	var out []health.Finding
	if err != nil {
		out = append(out, fromError(CodeKeyFile, model.Warning, err))
	}
	looked := len(views) > 0
	var lesser []health.Finding
	for _, k := range keys {
		switch {
		case k.Exposed && k.ID != "" && k.Usable():
			f := fromError(CodeKeyExposed, model.Warning, k.Fault)
			f.GUN, f.Key = k.GUN, k.ID
			out = append(out, f)
		case k.Fault != nil:
			out = append(out, fromError(CodeKeyFile, model.Warning, k.Fault))
		}
		if k.Usable() && !k.Encrypted && k.Place != model.PlaceToken {
			out = append(out, health.Finding{
				Code: CodeKeyPlain, Severity: model.Warning, GUN: k.GUN, Key: k.ID,
				Text:   named(k) + "is not encrypted: " + k.Path,
				Remedy: "give it a passphrase: trustdeck key passphrase " + string(k.ID),
			})
		}
		if d.Backups != nil && k.Usable() && k.ID != "" && k.Place != model.PlaceToken {
			if f, ok := unsaved(k); ok && f.Severity > model.Notice {
				out = append(out, f)
			} else if ok {
				lesser = append(lesser, f)
			}
		}
		if looked && len(k.Uses) == 0 && k.Usable() {
			out = append(out, health.Finding{
				Code: CodeKeyUnused, Severity: model.Notice, GUN: k.GUN, Key: k.ID,
				Text:   named(k) + "is listed by no repository that was read: " + k.Path,
				Remedy: "keep it if another repository lists it; clients that are far behind may still need old root keys",
			})
		}
	}
	return append(out, together(lesser)...)
}

// named begins a sentence about a key: "the private key 1c6d 0796 (targets) ".
func named(k KeyUse) string { return fmt.Sprintf("the private key %s (%s) ", k.ID.Short(), k.Label) }

// together makes one finding of several about keys that can be made again.
func together(unsaved []health.Finding) []health.Finding {
	if len(unsaved) < 2 {
		return unsaved
	}
	return []health.Finding{{
		Code: CodeKeyUnsaved, Severity: model.Notice,
		Text:   fmt.Sprintf("%d private keys besides root keys have no up-to-date backup", len(unsaved)),
		Remedy: "back them up: trustdeck backup create FILE",
	}}
}

// unsaved says of a key that it was never backed up, or not since its file was written.
func unsaved(k KeyUse) (f health.Finding, ok bool) {
	if k.BackedUp() {
		return f, false
	}
	text := "has no known backup"
	if !k.Backup.BackedUp.IsZero() {
		text = "was rewritten after its backup"
	}
	f = health.Finding{
		Code: CodeKeyUnsaved, Severity: model.Notice, GUN: k.GUN, Key: k.ID,
		Text:   named(k) + text + ": " + k.Path,
		Remedy: "back it up: trustdeck backup create --key " + string(k.ID) + " FILE",
	}
	if k.Label == string(model.RoleRoot) {
		f.Severity = model.Warning // nobody can make it again
	}
	return f, true
}
