package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
)

// remedy says what to do about a problem.
func remedy(r *model.Repository, p model.Problem) string {
	role := r.Role(p.Role)
	switch p.Code {
	case model.ProblemExpired:
		if role != nil {
			return renewal(r, role)
		}
	case model.ProblemPending:
		if role != nil {
			return asked(r, role)
		}
	case model.ProblemThreshold, model.ProblemNoSignatures:
		if role != nil {
			return signing(r, role)
		}
	case model.ProblemTooFewKeys:
		return "add keys to " + string(p.Role) + ", or lower its threshold"
	case model.ProblemNotInSnapshot:
		return unlisted(role, p)
	case model.ProblemAhead:
		return "have the robot run that signs the snapshot"
	case model.ProblemMissing:
		return "publish the repository again from a client that has " + string(p.Role) + "; ask the server's operator whether data was lost"
	case model.ProblemUnavailable:
		if p.Fault != nil && p.Fault.Hint != "" {
			return p.Fault.Hint
		}
		return "try again; if the problem persists, ask the server's operator"
	case model.ProblemRollback, model.ProblemEquivocation, model.ProblemDropped:
		return "don't publish; ask the server's operator whether an old backup was restored. " + settling(r, p)
	case model.ProblemMemory:
		if p.Severity == model.Failure {
			return "restore the file from a backup. " + settling(r, p)
		}
		return "check the free space and permissions of the folder, then open the repository again"
	case model.ProblemRootReplaced:
		return "don't accept it unless the holder of the root key confirms a new key; compare its fingerprint over another channel. " + settling(r, p)
	case model.ProblemPin:
		return "compare the fingerprint of the root certificate with the one its holder gives you; change the pin only if they replaced the root"
	case model.ProblemAnchors:
		return "compare the root in the trust folder with the server's, and find out why they differ; move a damaged file out of the folder. " + settling(r, p)
	case model.ProblemCertificate:
		return "rotate the root key with a certificate that names this repository"
	case model.ProblemNotEmission, model.ProblemClients:
		if _, ok := repair(r, p).(model.Renew); ok {
			return "renew " + string(p.Role) + ", which writes it in standard form, before anyone else publishes"
		}
		return "sign " + string(p.Role) + " again with a client that writes standard metadata, before anyone else publishes"
	case model.ProblemCustom:
		return "replace the custom value with one that is compact, sorted and free of < > &"
	case model.ProblemForeignSignature, model.ProblemSignature:
		return "clients are not affected; the signature disappears when " + string(p.Role) + " is signed again"
	case model.ProblemKeyID, model.ProblemKeyForm, model.ProblemKey:
		return relisting(repair(r, p))
	case model.ProblemHash, model.ProblemLength, model.ProblemVersion:
		return "publish again to create a new snapshot; if the problem returns, check for a proxy and ask about the server's storage"
	case model.ProblemPath:
		return "remove these targets, or widen the paths of the delegation"
	case model.ProblemUnverified:
		return "fix the files it depends on first"
	case model.ProblemReplaced:
		return "ask the server's operator why a published version has different bytes now; keep both"
	case model.ProblemDamaged:
		return "restore the file from a copy, or archive again while the server has it"
	case model.ProblemStale:
		return "refresh when the server is reachable"
	case model.ProblemMalformed, model.ProblemWrongType, model.ProblemLimit, model.ProblemCycle, model.ProblemDelegation:
		return "publish " + string(p.Role) + " again with a key holder's client; the current file is not usable metadata"
	}
	return ""
}

// signing says what to do about a role that lacks signatures.
func signing(r *model.Repository, role *model.Role) string {
	name := string(role.Name)
	switch {
	case role.AwaitsSignatures():
		return "countersign " + name + " with " + keyNames(role) + ", or ask their holders to"
	case abandoned(r, role):
		return "witness " + name + " with a new file that has only the tags you choose: no authorised key has signed this one. Witnessing it unchanged brings all of its tags back"
	case witnessed(role.Name):
		return "witness " + name + " with " + keyNames(role)
	default:
		return "sign " + name + " again with " + keyNames(role)
	}
}

// relisting says what to do about a key that is listed wrongly, where that repairs it.
func relisting(repair model.Change) string {
	if c, ok := repair.(model.RestateKeys); ok {
		return fmt.Sprintf("restate the keys in %s: they stay, under the key IDs that the specification asks for", c.Roles[0])
	}
	return "replace the key in the role that lists it"
}

// unlisted says what to do about a file that the snapshot does not list.
func unlisted(role *model.Role, p model.Problem) string {
	switch {
	case role != nil && has(role, model.ProblemDropped):
		return "first find out why the snapshot no longer lists it"
	case role != nil && role.Name.Delegation():
		return fmt.Sprintf("witness %s with a fresh file above version %d, which the server still has: until then clients find nothing in it and cannot sign it", p.Role, role.Version)
	default:
		return "publish the repository again from a client that has " + string(p.Role)
	}
}

// settles is what accepts a finding that memory has made, once its owner has explained
// it; nil for any other. A root is accepted as a whole.
func settles(p model.Problem) model.Change {
	switch p.Code {
	case model.ProblemRollback, model.ProblemEquivocation, model.ProblemDropped:
		if p.Role != model.RoleRoot {
			return model.AcceptRollback{Roles: []model.RoleName{p.Role}}
		}
		return model.AcceptRoot{}
	case model.ProblemRootReplaced, model.ProblemAnchors:
		return model.AcceptRoot{}
	case model.ProblemMemory:
		if p.Severity == model.Failure {
			return model.AcceptRoot{}
		}
	default:
	}
	return nil
}

// settling names the command that accepts a finding that memory has made. Data that is
// not from a server has no memory.
func settling(r *model.Repository, p model.Problem) string {
	if r.Source.Kind == model.SourceArchive {
		return "This is an archive: nothing can be accepted here"
	}
	if c, ok := settles(p).(model.AcceptRollback); ok {
		return fmt.Sprintf("When you know the cause is harmless: trustdeck accept-rollback %s %s", r.GUN, c.Roles[0])
	}
	return fmt.Sprintf("When you know the root is right: trustdeck accept-root %s --fingerprint HEX", r.GUN)
}

// repair is the change that mends a problem; nil where there is none. Whether its keys
// are here, the plan says.
func repair(r *model.Repository, p model.Problem) model.Change {
	if c := settles(p); c != nil && r.Source.Kind != model.SourceArchive {
		return c
	}
	role := r.Role(p.Role)
	if role == nil || role.Version == 0 {
		return nil
	}
	one := []model.RoleName{p.Role}
	switch {
	case (p.Code == model.ProblemPending || lacksSignatures(p)) && role.AwaitsSignatures():
		return model.Countersign{Roles: one}
	case p.Code == model.ProblemCertificate:
		return model.RotateKey{Role: model.RoleRoot}
	case (p.Code == model.ProblemExpired || p.Code == model.ProblemNotEmission) && !role.Online:
		return model.Renew{Roles: one}
	case (p.Code == model.ProblemKeyForm || p.Code == model.ProblemKeyID && p.Severity < model.Failure) && len(role.Parents) > 0:
		return model.RestateKeys{Roles: []model.RoleName{role.Parents[0].From}}
	case p.Role.Delegation() && (p.Code == model.ProblemNotInSnapshot && !has(role, model.ProblemDropped) || lacksSignatures(p) && abandoned(r, role)):
		return model.Witness{Roles: one, Fresh: true}
	case lacksSignatures(p) && witnessed(p.Role):
		return model.Witness{Roles: one}
	default:
		return nil
	}
}

// witnessed reports whether a role is one that is witnessed: its file stays as it is.
func witnessed(role model.RoleName) bool { return role == model.RoleTargets || role.Delegation() }

func has(role *model.Role, code model.ProblemCode) bool {
	return slices.ContainsFunc(role.Problems, func(p model.Problem) bool { return p.Code == code })
}

func lacksSignatures(p model.Problem) bool {
	return p.Code == model.ProblemThreshold || p.Code == model.ProblemNoSignatures
}

// abandoned reports whether a delegation has the file of somebody who has no part in the
// repository any more: what a server keeps when a signer is removed, and shows again when
// the role is named again. Its tags are nobody's decision of today.
func abandoned(r *model.Repository, role *model.Role) bool {
	if !role.Name.Delegation() || role.Valid > 0 {
		return false
	}
	return !slices.ContainsFunc(role.Signatures, func(s model.Signature) bool {
		key, known := r.Key(s.KeyID)
		return known && len(key.Roles) > 0
	})
}

// asked says who has yet to sign a role, and since when or from when on.
func asked(r *model.Repository, role *model.Role) string {
	var who []string
	for _, s := range role.Asked() {
		who = append(who, holder(r, s.KeyID))
	}
	text := "ask " + strings.Join(who, " and ") + " to sign " + string(role.Name)
	if role.AwaitsSignatures() {
		text = "countersign " + string(role.Name) + ", or ask " + strings.Join(who, " and ") + " to"
	}
	switch opens := role.SigningOpens; {
	case opens.IsZero():
		return text
	case opens.After(r.At):
		return text + "; signing opens on " + day(opens)
	default:
		return text + "; signing opened on " + day(opens)
	}
}

// holder names who has a key: as the metadata does, else by the key.
func holder(r *model.Repository, id model.KeyID) string {
	if key, ok := r.Key(id); ok && key.Holder != "" {
		return key.Holder
	}
	return "the holder of key " + id.Short()
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// operator names who runs the service that signs a role, and the holders of its online
// keys where the metadata has their names.
func operator(r *model.Repository, role *model.Role) string {
	var names []string
	for _, id := range role.Keys {
		if key, ok := r.Key(id); ok && key.Online && key.Holder != "" && !slices.Contains(names, key.Holder) {
			names = append(names, key.Holder)
		}
	}
	if len(names) == 0 {
		return "its operator"
	}
	return "its operator, " + strings.Join(names, " and ") + ","
}

// renewal says how a role gets a new expiry.
func renewal(r *model.Repository, role *model.Role) string {
	switch {
	case role.SelfRenewing:
		return "the server re-signs it on request; ask its operator whether the signing service is running"
	case role.Online:
		return fmt.Sprintf("the service that signs %s has not re-signed it; ask %s whether the service is running", role.Name, operator(r, role))
	case role.Name == model.RoleSnapshot:
		return "renew snapshot with " + keyNames(role) + "; publishing anything does that too"
	default:
		return fmt.Sprintf("renew %s with %s", role.Name, keyNames(role))
	}
}

func keyNames(role *model.Role) string {
	const most = 3
	if len(role.Keys) == 0 {
		return "a new key: the role lists none"
	}
	var names []string
	for i, id := range role.Keys {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(role.Keys)-most))
			break
		}
		names = append(names, id.Short())
	}
	need := ""
	if role.Threshold > 1 {
		need = fmt.Sprintf("%d of ", role.Threshold)
	}
	return need + "key " + strings.Join(names, ", ")
}
