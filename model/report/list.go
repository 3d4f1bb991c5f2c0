package report

import (
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Repos is the answer of "trustdeck repos".
type Repos struct {
	Answer
	Source Source `json:"source"`
	// Repositories sorted by name.
	Repositories []Summary `json:"repositories"`
	// Configured are the names of the settings, sorted; left out where there are none.
	Configured []Configured `json:"configured,omitempty"`
}

// Configured is a repository that the settings give a name.
type Configured struct {
	Name string `json:"name"`
	// Location is a URL, or the absolute path of a folder.
	Location string `json:"location"`
}

// NewRepos makes the answer from its lines, in any order, and from the locations of the
// settings by name.
func NewRepos(source model.Source, lines []Summary, names map[string]string) Repos {
	lines = append([]Summary{}, lines...)
	slices.SortFunc(lines, func(a, b Summary) int { return strings.Compare(a.Name, b.Name) })
	out := Repos{Answer: answer("repos"), Source: NewSource(source), Repositories: lines}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out.Configured = append(out.Configured, Configured{Name: name, Location: names[name]})
	}
	return out
}

// Summary is a repository in one line.
type Summary struct {
	// Name begins with that of the context and a colon where there are several.
	Name string `json:"name"`
	// Context is the one in which it is; absent where there is one.
	Context string `json:"context,omitempty"`
	// Level is "broken", "soon", "stale", "ok" or "none".
	Level string `json:"level"`
	// Health is the same for people, where "soon" is "expiring" or "warning".
	Health string `json:"health"`
	Reason string `json:"reason,omitempty"`
	// Verified and Stale as in Repository.
	Verified bool `json:"verified"`
	Stale    bool `json:"stale"`
	// Signers is their number.
	Signers int `json:"signers"`
	// Threshold of the targets role, and the number of its Keys.
	Threshold int `json:"threshold"`
	Keys      int `json:"keys"`
	// Thresholds of root and of the roles that decide what clients find.
	Thresholds []Threshold `json:"thresholds"`
	// NextExpiry is the role that expires next, timestamp aside.
	NextExpiry *Expiry `json:"nextExpiry,omitempty"`
	// Changed is the last publish, where known.
	Changed time.Time `json:"changed,omitzero"`
	Fault   *Fault    `json:"fault,omitempty"`
}

// Threshold is how many signatures a role needs, of how many keys.
type Threshold struct {
	Role      string `json:"role"`
	Threshold int    `json:"threshold"`
	Keys      int    `json:"keys"`
}

// NewSummary converts a view.
func NewSummary(v admin.Look) Summary {
	out := Summary{
		Name:     string(v.GUN),
		Level:    v.Assessment.Level.String(),
		Health:   v.Assessment.Word(),
		Reason:   v.Assessment.Reason,
		Verified: Verified(v),
		Stale:    v.Stale,
		Changed:  utc(v.Changed),
		Fault:    NewFault(v.Fault),

		Thresholds: []Threshold{},
	}
	if v.Assessment.First != "" {
		out.NextExpiry = &Expiry{Role: string(v.Assessment.First), Expires: utc(v.Assessment.Expires)}
	}
	if v.Repository != nil {
		out.Signers = len(v.Repository.Signers)
		if targets := v.Repository.Role(model.RoleTargets); targets != nil {
			out.Threshold, out.Keys = targets.Threshold, len(targets.Keys)
		}
		for _, role := range v.Repository.Deciding() {
			out.Thresholds = append(out.Thresholds, Threshold{Role: string(role.Name), Threshold: role.Threshold, Keys: len(role.Keys)})
		}
	}
	return out
}

// Keys is the answer of "trustdeck keys".
type Keys struct {
	Answer
	// TrustDir is the folder that was read.
	TrustDir string       `json:"trustDir"`
	Keys     []PrivateKey `json:"keys"`
	// Unread are repositories that could not be read: uses in them are not
	// listed.
	Unread []string `json:"unread"`
}

// NewKeys makes the answer.
func NewKeys(trustDir string, keys []admin.KeyUse, unread []model.GUN) Keys {
	return Keys{Answer: answer("keys"), TrustDir: trustDir, Keys: each(keys, newPrivateKey), Unread: texts(unread)}
}

// PrivateKey is a private key that is here, without its secret.
type PrivateKey struct {
	// ID is the canonical ID.
	ID string `json:"id"`
	// Label is the role header of the file.
	Label string `json:"label"`
	// Repository is absent for root and delegation keys.
	Repository string `json:"repository,omitempty"`
	// Algorithm is absent while the key is encrypted.
	Algorithm string `json:"algorithm,omitempty"`
	Encrypted bool   `json:"encrypted"`
	// Encoding names the form of the file.
	Encoding string `json:"encoding,omitempty"`
	// Place is "file" or "token".
	Place string `json:"place"`
	// Path is the file, or says which slot of which token it is.
	Path string `json:"path"`
	// Store is the folder or token that has the key.
	Store string `json:"store"`
	// OtherIDs are canonical IDs of the key in formats that compute them in another way.
	OtherIDs []string `json:"otherIds,omitempty"`
	// Legacy is true for the folder layout from before Notary 0.4.
	Legacy   bool      `json:"legacy"`
	Modified time.Time `json:"modified,omitzero"`
	// Uses are the roles that list the key, in the repositories looked at.
	Uses []Use `json:"uses"`
	// BackedUp is when the newest backup that holds the key was made, in the file
	// Backup, and Checked when its copy in a backup was last tried, as far as is known
	// here.
	BackedUp time.Time `json:"backedUp,omitzero"`
	Checked  time.Time `json:"checked,omitzero"`
	Backup   string    `json:"backup,omitempty"`
	// Usable is false where the file keeps the key from being used; where there is a
	// Fault and it is true, the Fault only warns.
	Usable bool `json:"usable"`
	// Fault says what is wrong with the file.
	Fault *Fault `json:"fault,omitempty"`
}

// Use is a role in which a key counts.
type Use struct {
	Repository string `json:"repository"`
	Role       string `json:"role"`
}

func newPrivateKey(k admin.KeyUse) PrivateKey {
	return PrivateKey{
		ID: string(k.ID), Label: k.Label, Repository: string(k.GUN),
		Algorithm: k.Algorithm, Encrypted: k.Encrypted, Encoding: k.Encoding,
		Place: k.Place, Path: k.Path, Store: k.Store, OtherIDs: texts(k.Also), Legacy: k.Legacy, Modified: utc(k.Modified),
		Uses:     newUses(k.Uses),
		BackedUp: utc(k.Backup.BackedUp), Checked: utc(k.Backup.Checked), Backup: k.Backup.File,
		Usable: k.Usable(), Fault: NewFault(k.Fault),
	}
}
