package sandbox

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// expiryLayout is how the server writes a moment in its reasons.
const expiryLayout = "Mon Jan 2 15:04:05 MST 2006"

// A part is one file of an upload.
type part struct {
	role model.RoleName
	raw  []byte
}

// A validation checks an upload against what is stored, in the order of the real
// server (docs/notary-v1.md, uploads), and gathers what is to be stored.
type validation struct {
	gun      model.GUN
	at       time.Time
	stored   repository
	uploaded files
	// root is the one that gives the keys; nil until it is loaded.
	root *notary.File
	// issuers are the root and the targets files that were loaded, by role.
	issuers map[model.RoleName]*notary.Issuer
	// awaiting holds the bytes of root and targets files that were loaded: a
	// snapshot must list them.
	awaiting files
	accepted files
}

func newValidation(gun model.GUN, at time.Time, stored repository, parts []part) *validation {
	v := &validation{
		gun: gun, at: at, stored: stored,
		uploaded: files{},
		issuers:  map[model.RoleName]*notary.Issuer{},
		awaiting: files{},
		accepted: files{},
	}
	for _, p := range parts {
		v.uploaded[p.role] = p.raw
	}
	return v
}

// run checks root, targets files and an uploaded snapshot. What the server adds
// itself is added afterwards.
func (v *validation) run() *refusal {
	if refused := v.loadRoot(); refused != nil {
		return refused
	}
	if why := v.loadTargetsFiles(); why != nil {
		return invalidUpdate(why)
	}
	if raw, ok := v.uploaded[model.RoleSnapshot]; ok {
		if why := v.loadSnapshot(raw); why != nil {
			return invalidUpdate(why)
		}
		v.accepted[model.RoleSnapshot] = raw
	}
	return nil
}

// loadRoot loads the stored root, which may have expired, and the uploaded one,
// which may not.
func (v *validation) loadRoot() *refusal {
	prev := v.stored.current(model.RoleRoot)
	current := int64(1)
	if prev != nil {
		if prev.file == nil || notary.Stands(v.gun, v.at, prev.file) != nil {
			return invalidUpdate(nil) // nothing can be published over a broken root
		}
		current = prev.number
		v.setRoot(prev.file, prev.raw)
	}
	raw, ok := v.uploaded[model.RoleRoot]
	if !ok {
		if prev == nil {
			return invalidUpdate(badUpdate("no pre-existing root and no root provided in update."))
		}
		return nil
	}
	f, text := parse(model.RoleRoot, raw)
	switch {
	case f == nil:
		return invalidUpdate(badRoot("%s", text))
	case f.Version != current && f.Version != current+1:
		return invalidUpdate(badRoot("Root modifications must increment the version. Current %d, new %d", current, f.Version))
	}
	if why := v.rootProblem(prev, f); why != "" {
		return invalidUpdate(badRoot("%s", why))
	}
	v.issuers, v.awaiting = map[model.RoleName]*notary.Issuer{}, files{}
	v.setRoot(f, raw)
	v.accepted[model.RoleRoot] = raw
	return nil
}

// rootProblem says why a root is refused, in the order in which the server looks;
// empty where it is not.
func (v *validation) rootProblem(prev *version, f *notary.File) string {
	stands := notary.Stands(v.gun, v.at, f)
	switch {
	case stands != nil && stands.Code == model.ProblemCertificate:
		return "could not validate the path to a trusted root: unable to retrieve valid leaf certificates"
	case prev != nil && notary.Succeeds(v.gun, v.at, prev.file, f) != nil:
		return "could not rotate trust to a new trusted root: failed to validate data with current trusted certificates"
	case stands != nil:
		return "could not validate the path to a trusted root: failed to validate integrity of roots"
	default:
		return v.expired(f)
	}
}

func (v *validation) setRoot(f *notary.File, raw []byte) {
	v.root = f
	v.load(f, raw)
}

func (v *validation) load(f *notary.File, raw []byte) {
	v.issuers[f.Role] = notary.NewIssuer(f)
	v.awaiting[f.Role] = raw
}

// loadTargetsFiles loads the uploaded targets files, the shallow ones first, and
// before each of them those of its parents that are stored.
func (v *validation) loadTargetsFiles() *reason {
	var roles []model.RoleName
	for role := range v.uploaded {
		if role.HoldsTargets() {
			roles = append(roles, role)
		}
	}
	slices.SortFunc(roles, func(a, b model.RoleName) int {
		if d := strings.Count(string(a), "/") - strings.Count(string(b), "/"); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	for _, role := range roles {
		for _, parent := range ancestors(role) {
			if v.issuers[parent] != nil {
				continue
			}
			if stored := v.stored.current(parent); stored != nil && stored.file != nil {
				if v.signed(stored.file) == "" {
					v.load(stored.file, stored.raw)
				}
			}
		}
		raw := v.uploaded[role]
		f, text := parse(role, raw)
		if f == nil {
			return badTargets("%s", text)
		}
		if text = v.signed(f); text == "" {
			text = v.expired(f)
		}
		if text != "" {
			return badTargets("%s", text)
		}
		v.load(f, raw)
		v.accepted[role] = raw
	}
	return nil
}

// ancestors lists the targets files above a role, the top one first.
func ancestors(role model.RoleName) []model.RoleName {
	var out []model.RoleName
	for role != model.RoleTargets {
		role = notary.Parent(role)
		out = append(out, role)
	}
	slices.Reverse(out)
	return out
}

// signed says why a file does not count as signed; empty where it does.
func (v *validation) signed(f *notary.File) string {
	issuer := v.issuers[notary.Parent(f.Role)]
	if issuer == nil {
		return "tuf: invalid role " + string(f.Role) + ". delegation does not exist"
	}
	if f.Role.Delegation() && issuer.PolicyID(f.Role) == "" {
		return "tuf: invalid role " + string(f.Role) + ". delegation does not exist"
	}
	if !issuer.Judge(f).Met {
		return "valid signatures did not meet threshold for " + string(f.Role)
	}
	return ""
}

func (v *validation) expired(f *notary.File) string {
	if f.Expires.Before(v.at) {
		return string(f.Role) + " expired at " + f.Expires.Format(expiryLayout)
	}
	return ""
}

// parse reads a file of an upload. Bytes that Notary would not have written are
// refused here, and only here.
func parse(role model.RoleName, raw []byte) (*notary.File, string) {
	f, err := notary.Parse(role, raw)
	if err != nil {
		return nil, err.Error()
	}
	if text := f.Deviation(raw); text != "" {
		return nil, string(role) + " is not in Notary's form, so other clients would compute a different hash: " + text
	}
	return f, ""
}

// loadSnapshot checks a snapshot: signatures, form, and that it lists every file
// that was loaded, as it is.
func (v *validation) loadSnapshot(raw []byte) *reason {
	f, text := parse(model.RoleSnapshot, raw)
	if f == nil {
		return badSnapshot("%s", text)
	}
	if text = v.signed(f); text == "" {
		text = v.expired(f)
	}
	if text == "" {
		text = v.lists(f)
	}
	if text != "" {
		return badSnapshot("%s", text)
	}
	return nil
}

// lists says which loaded file the snapshot does not list as it is; empty where
// it lists them all.
func (v *validation) lists(snapshot *notary.File) string {
	for _, role := range slices.Sorted(maps.Keys(v.awaiting)) {
		i := slices.IndexFunc(snapshot.Meta, func(m model.MetaEntry) bool { return m.Role == role })
		if i < 0 {
			return "no checksums for supported algorithms were provided for " + string(role)
		}
		if wrong := mismatch(snapshot.Meta[i].Hashes, v.awaiting[role]); wrong != "" {
			return fmt.Sprintf(wrong, role)
		}
	}
	return ""
}

// mismatch says of which hash raw has another one, with a place for the name of
// the role; it is empty where raw has all.
func mismatch(want model.Hashes, raw []byte) string {
	short, long := sha256.Sum256(raw), sha512.Sum512(raw)
	switch {
	case want.SHA256 != nil && !bytes.Equal(want.SHA256, short[:]):
		return "sha256 checksum for %s did not match: expected " + hex.EncodeToString(want.SHA256)
	case want.SHA512 != nil && !bytes.Equal(want.SHA512, long[:]):
		return "sha512 checksum for %s did not match: expected " + hex.EncodeToString(want.SHA512)
	default:
		return ""
	}
}
